"""GraphQL over HTTP: one endpoint that lets nobody in without a token and executes nothing before it is checked.

It knows status codes and the order of the checks, and must not know what the schema is about.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from inspect import isawaitable
from typing import Any

import orjson
import strawberry
from graphql import ExecutionResult, execute
from starlette.types import Receive, Scope, Send
from strawberry.execution import optimized_is_awaitable

from api.auth import AuthError, Principal, Verifier
from api.graphql import wire
from api.graphql.document import Document, Documents, Operation, Refused, canonical
from api.graphql.errors import (
    BadRequest,
    DeadlineExceeded,
    Expected,
    RateLimited,
    Unauthenticated,
    entry,
    field_entry,
    internal,
    request_entries,
    translate,
)
from api.graphql.exchange import Exchange, Gone, Refusal, too_large
from api.graphql.limits import Limits
from api.graphql.persisted import Persisted
from api.graphql.responses import LATEST, Answer, Responses, audience
from api.graphql.rules import INTROSPECTION_ROLES, Rules, require
from api.logs import tell
from api.metrics import Metrics
from api.plans.plans import Plans
from api.rates import Buckets

MakeContext = Callable[[Principal, str, datetime, str, str], Any]

_JSON = wire.PLAIN_JSON.encode()
_log = logging.getLogger("jishi.request")
_DOCUMENT_CODES = frozenset({"PARSE_ERROR", "VALIDATION_ERROR", "LIMIT_EXCEEDED", "FORBIDDEN"})


@dataclass(slots=True)
class GraphQLEndpoint:
    """An ASGI application that serves one schema at one address.

    `make_context(principal, request_id, at, method, language)` gives what resolvers find as `info.context`; `rules` say
    which role may use which field; `clock()` is the time now, in UTC; `plans` execute what they can, the rest is
    graphql-core's. `responses` keeps answers that are the same for many; a GET says how long they may be kept outside:
    `fresh_seconds` at most, as nobody can take back what a browser holds.
    """

    schema: strawberry.Schema
    verifier: Verifier
    rules: Rules
    make_context: MakeContext
    clock: Callable[[], datetime]
    limits: Limits = field(default_factory=Limits)
    metrics: Metrics = field(default_factory=Metrics)
    plans: Plans | None = None
    responses: Responses | None = None
    fresh_seconds: int = 60
    documents: Documents = field(init=False)
    persisted: Persisted = field(init=False)
    buckets: Buckets = field(init=False)

    def __post_init__(self) -> None:
        self.documents = Documents(self.schema._schema, self.limits)
        self.persisted = Persisted(self.documents)
        self.buckets = Buckets(self.limits.requests_per_second)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        exchange = Exchange.of(scope)
        try:
            content = await self._answer(scope, receive, exchange)
        except Gone:
            return
        except Exception as error:
            content = orjson.dumps(self.failure(error, exchange))
        await exchange.send(send, content)
        self._record(exchange, time.perf_counter() - started)

    async def _answer(self, scope: Scope, receive: Receive, exchange: Exchange) -> bytes:
        at = self.clock()
        method = scope["method"]
        if method not in ("GET", "POST"):
            raise Refusal(405, en="use GET or POST", zh="请使用 GET 或 POST", headers=((b"allow", b"GET, POST"),))
        media_type = exchange.accepted()
        if media_type is None:
            raise Refusal(
                406,
                en=f"the answer is {wire.RESPONSE_JSON} or {wire.PLAIN_JSON}; accept one of them",
                zh=f"只能返回 {wire.RESPONSE_JSON} 或 {wire.PLAIN_JSON}，请修改 Accept",
            )
        exchange.media_type = media_type
        principal = exchange.principal = self.authenticate(exchange, at)
        self.admit(principal, exchange, at)
        raw = self._of_url(scope) if method == "GET" else await self._of_body(receive, exchange)
        asked = (method, raw, *audience(principal, exchange.language))
        shelf = self.responses
        if shelf is not None:
            # Not for who began before the catalog became what is kept.
            shelf = shelf if shelf.turn_to(at) else None
            known = shelf.again(asked) if shelf is not None else None
            if known is not None:
                return self._kept(known, exchange, at)
        request = self._parsed(method, raw)
        document = exchange.document = self.document(request, principal)
        operation = exchange.operation = document.operation(request.operation_name)
        self._permit(operation, method, principal)
        operation.cost.check(request.variables)
        if shelf is None or not shelf.takes(operation):
            context = self.make_context(principal, exchange.request_id, at, method, exchange.language)
            return await self._content(document, operation, request.variables, principal, context, exchange)
        key = (document.digest, operation.name, canonical(operation, request.variables), *asked[2:])
        known = shelf.find(key, asked)
        if known is not None:
            return self._kept(known, exchange, at)
        turn = shelf.turn
        context = self.make_context(principal, exchange.request_id, at, method, exchange.language)
        content = await self._content(document, operation, request.variables, principal, context, exchange)
        self.metrics.looked_up("response", hit=False)
        if exchange.codes or turn != shelf.turn:
            return content
        known = Answer(key, content, document, operation, shelf.until)
        shelf.keep(known, asked)
        return self._validated(known, exchange, at)

    def _kept(self, known: Answer, exchange: Exchange, at: datetime) -> bytes:
        """An answer from the shelf."""
        exchange.document, exchange.operation = known.document, known.operation
        self.metrics.looked_up("response", hit=True)
        return self._validated(known, exchange, at)

    def _validated(self, known: Answer, exchange: Exchange, at: datetime) -> bytes:
        """The body for a POST; a GET may keep it for a while, and has an empty answer when it has the same already."""
        if exchange.method != "GET":
            return known.content
        seconds = self.fresh_seconds
        if known.until is not LATEST:
            seconds = min(seconds, int((known.until - at).total_seconds()))
        exchange.caching = (b"cache-control", b"private, max-age=%d" % seconds)
        exchange.response_headers.append((b"etag", known.etag))
        if not wire.names_etag(exchange.header(b"if-none-match"), known.etag):
            return known.content
        exchange.status = 304
        return b""

    async def _content(
        self,
        document: Document,
        operation: Operation,
        variables: dict[str, Any],
        principal: Principal,
        context: Any,
        exchange: Exchange,
    ) -> bytes:
        """The body of the answer to an operation that has passed every check: the one place that executes."""
        result = await self._execute(document, operation, variables, principal, context)
        return orjson.dumps(self._shown(result, exchange))

    def authenticate(self, exchange: Exchange, at: datetime) -> Principal:
        token = exchange.token()
        if token is None:
            exchange.response_headers.append((b"www-authenticate", b"Bearer"))
            raise Unauthenticated(
                en="send a token: `Authorization: Bearer …`", zh="请携带令牌：`Authorization: Bearer …`"
            )
        try:
            return self.verifier.verify(token, at=at)
        except AuthError as error:
            exchange.response_headers.append((b"www-authenticate", b'Bearer error="invalid_token"'))
            exchange.codes.append(f"TOKEN_{error.code.upper()}")
            raise Unauthenticated(en="the token is not valid; ask for a new one", zh="令牌无效，请重新获取") from None

    def admit(self, principal: Principal, exchange: Exchange, at: datetime) -> None:
        wait = self.buckets.take(principal.subject, principal.role, at=at.timestamp())
        if wait:
            exchange.response_headers.append((b"retry-after", str(int(wait) + 1).encode()))
            raise RateLimited(
                en="too many requests; wait a moment", zh="请求过于频繁，请稍候", limit="requests_per_second"
            )

    async def read(self, scope: Scope, receive: Receive, exchange: Exchange) -> wire.GraphQLRequest:
        method = scope["method"]
        raw = self._of_url(scope) if method == "GET" else await self._of_body(receive, exchange)
        return self._parsed(method, raw)

    def _of_url(self, scope: Scope) -> bytes:
        """What a GET says behind its question mark."""
        text: bytes = scope["query_string"]
        if len(text) > self.limits.body_bytes:
            raise too_large(self.limits.body_bytes)
        return text

    def _of_body(self, receive: Receive, exchange: Exchange) -> Awaitable[bytes]:
        headers = exchange.headers
        is_encoded = headers.get(b"content-encoding", b"") not in (b"", b"identity")
        is_plain = headers.get(b"content-type") == _JSON
        if is_encoded or not (is_plain or wire.is_json(exchange.header(b"content-type"))):
            raise Refusal(
                415,
                en="send `Content-Type: application/json` in UTF-8, not compressed",
                zh="请使用 UTF-8 编码、未压缩的 `Content-Type: application/json`",
            )
        return exchange.body(receive, self.limits)

    def _parsed(self, method: str, raw: bytes) -> wire.GraphQLRequest:
        parse = wire.from_query_string if method == "GET" else wire.from_body
        return parse(raw, max_depth=self.limits.value_depth, max_values=self.limits.values)

    def document(self, request: wire.GraphQLRequest, principal: Principal) -> Document:
        """The prepared document that a request carries or names."""
        text = request.query
        if request.document_id is not None:
            text = self.persisted.text(request.document_id)
        elif self.persisted.only:
            self.persisted.admit(text, principal.role)
        known = self.documents.known(text)
        self.metrics.looked_up("document", hit=known is not None)
        return known or self.documents.prepare(text, role=principal.role)

    def _permit(self, operation: Operation, method: str, principal: Principal) -> None:
        if operation.kind == "subscription":
            raise BadRequest(
                en="open a WebSocket for a subscription, or send it to /graphql/stream",
                zh="订阅请使用 WebSocket，或发送到 /graphql/stream",
            )
        if method == "GET" and operation.kind != "query":
            raise Refusal(405, en="send mutations by POST", zh="修改操作请使用 POST", headers=((b"allow", b"POST"),))
        require(operation.denied(self.rules, principal.role))

    async def _execute(
        self, document: Document, operation: Operation, variables: dict[str, Any], principal: Principal, context: Any
    ) -> ExecutionResult:
        hide = principal.role not in INTROSPECTION_ROLES
        running: Any = None
        if self.plans:
            again = document.is_uploaded
            running = self.plans.execute(
                document.ast, operation, variables, context, hide_suggestions=hide, at_once=again
            )
        running = running or execute(
            self.schema._schema,
            document.ast,
            context_value=context,
            variable_values=variables,
            operation_name=operation.name,
            executor_class=self.schema.execution_context_class,
            is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]
            hide_suggestions=hide,
            operation_extensions=None,
        )
        return await self._in_time(running, operation) if isawaitable(running) else running

    async def _in_time(self, running: Awaitable[ExecutionResult], operation: Operation) -> ExecutionResult:
        limit = asyncio.timeout(self.limits.deadline(operation.fields))
        try:
            async with limit:
                return await running
        except TimeoutError:
            if not limit.expired():
                raise
            raise DeadlineExceeded(
                en="the answer took too long and was given up; ask for less, and repeat an edit only with its key",
                zh="处理超时，已放弃；请减少请求内容，修改操作请使用相同的 idempotencyKey 重试",
                limit="deadline_seconds",
            ) from None

    def _shown(self, result: ExecutionResult, exchange: Exchange) -> dict[str, Any]:
        if not result.errors:
            return {"data": result.data}
        if result.data is None and all(error.path is None for error in result.errors):
            raise Refused("BAD_REQUEST", result.errors)
        entries = [
            field_entry(
                error,
                language=exchange.language,
                request_id=exchange.request_id,
                report=lambda cause: report(cause, exchange),
            )
            for error in result.errors
        ]
        exchange.codes += [item["extensions"]["code"] for item in entries]
        return {"errors": entries, "data": result.data}

    def failure(self, error: Exception, exchange: Exchange) -> dict[str, Any]:
        """The body for a request that failed as a whole; it has no `data`."""
        if isinstance(error, Refused):
            exchange.codes.append(error.code)
            exchange.status = 400 if exchange.media_type == wire.RESPONSE_JSON else 200
            return {"errors": request_entries(error.errors, error.code, request_id=exchange.request_id)}
        shown = translate(error)
        if shown is None:
            report(error, exchange)
            shown = internal()
        if "limit" in shown.detail:
            self.metrics.refused(str(shown.detail["limit"]))
        if isinstance(shown, Refusal):
            exchange.response_headers += shown.headers
        exchange.codes.append(shown.code)
        exchange.status = _status(shown, exchange)
        return {"errors": [entry(shown, language=exchange.language, request_id=exchange.request_id)]}

    def _record(self, exchange: Exchange, seconds: float) -> None:
        """One line of log and the figures; no variable, no address and no subject is written."""
        operation, principal = exchange.operation, exchange.principal
        kind = operation.kind if operation else "none"
        role = principal.role if principal else "none"
        self.metrics.answered(operation=kind, status=exchange.status, role=role, seconds=seconds)
        for code in exchange.codes:
            self.metrics.failed(code)
        if operation and exchange.document:
            told = operation.told = operation.told or _told(exchange)
        else:
            told = _told(exchange)
        tell(
            _log,
            "request",
            f'"requestId": "{exchange.request_id}", {told}, "role": "{role}", "status": {exchange.status}, '
            f'"milliseconds": {seconds * 1000:.3f}, "codes": {json.dumps(exchange.codes) if exchange.codes else "[]"}',
        )


def _told(exchange: Exchange) -> str:
    """What a line of the log says of the operation, as members of its object."""
    members = {
        "operation": exchange.operation.kind if exchange.operation else "none",
        "operationName": exchange.operation_name(),
        "document": exchange.document.digest[:16] if exchange.document else None,
    }
    return json.dumps(members)[1:-1]


def _status(shown: Expected, exchange: Exchange) -> int:
    """With application/json a fault of the document is answered with 200, as the specification asks."""
    of_document = shown.code in _DOCUMENT_CODES or (shown.code == BadRequest.code and exchange.document is not None)
    if exchange.media_type == wire.PLAIN_JSON and of_document and not isinstance(shown, Refusal):
        return 200
    return shown.status


def report(error: BaseException, exchange: Exchange) -> None:
    _log.error("a surprise while answering", exc_info=error, extra={"fields": {"requestId": exchange.request_id}})
