"""Where subscriptions are opened: the same checks as for any other request, and how many may be open at a time.

Knows documents, rules, costs and counts; must not know how an event travels to its client.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from inspect import isawaitable
from typing import Any, cast

from graphql import ExecutionResult, subscribe
from starlette.types import Scope

from api.auth import Principal
from api.graphql.document import Refused
from api.graphql.errors import BadRequest, Expected, entry, field_entry, internal, request_entries, translate
from api.graphql.exchange import Exchange
from api.graphql.http import GraphQLEndpoint, report
from api.graphql.rules import INTROSPECTION_ROLES, require
from api.graphql.wire import GraphQLRequest


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many subscriptions may be open: in this process, of one subject, and on one connection."""

    connections: int = 500
    of_subject: int = 20
    of_connection: int = 10
    init_seconds: float = 10.0
    idle_seconds: float = 60.0
    send_seconds: float = 10.0
    message_bytes: int = 64 * 1024


class TooMany(Expected):
    code = "TOO_MANY_SUBSCRIPTIONS"
    status = 429


@dataclass(slots=True)
class Desk:
    """Opens subscriptions over the endpoint that answers everything else.

    `stopping` is set when this process is to end: what goes on for ever ends then, and its client connects anew.
    """

    endpoint: GraphQLEndpoint
    bounds: Bounds = field(default_factory=Bounds)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _open: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def seat(self, principal: Principal) -> Iterator[None]:
        """A place for one connection; TooMany when there is none left."""
        own = self._open[principal.subject]
        if self._open.total() >= self.bounds.connections or own >= self.bounds.of_subject:
            raise TooMany(en="too many subscriptions are open; close one, or try later", zh="订阅连接过多，请稍后重试")
        self._open[principal.subject] += 1
        self.endpoint.metrics.following(1)
        try:
            yield
        finally:
            self.endpoint.metrics.following(-1)
            self._open[principal.subject] -= 1
            self._open += Counter()

    async def open(
        self, request: GraphQLRequest, principal: Principal, scope: Scope, exchange: Exchange
    ) -> AsyncIterator[dict[str, Any]]:
        """The events of a subscription as bodies of answers. Raises what refuses it, before the first event."""
        endpoint, at = self.endpoint, self.endpoint.clock()
        endpoint.admit(principal, exchange, at)
        document = exchange.document = endpoint.document(request, principal)
        operation = exchange.operation = document.operation(request.operation_name)
        if operation.kind != "subscription":
            raise BadRequest(en="send queries and mutations by POST to /graphql", zh="查询与修改请用 POST 发送")
        require(operation.denied(endpoint.rules, principal.role))
        operation.cost.check(request.variables)
        context = endpoint.make_context(principal, exchange.request_id, at, exchange.method, exchange.language)
        running = subscribe(
            endpoint.schema._schema,
            document.ast,
            context_value=context,
            variable_values=request.variables,
            operation_name=operation.name,
            executor_class=endpoint.schema.execution_context_class,
            hide_suggestions=principal.role not in INTROSPECTION_ROLES,
            operation_extensions=None,
        )
        found = await running if isawaitable(running) else running
        if isinstance(found, ExecutionResult):
            raise Refused("BAD_REQUEST", found.errors or [])
        return self._events(found, exchange)

    async def _events(self, found: AsyncIterator[ExecutionResult], exchange: Exchange) -> AsyncIterator[dict[str, Any]]:
        try:
            async for result in found:
                yield self._shown(result, exchange)
        finally:
            await cast(Any, found).aclose()

    def _shown(self, result: ExecutionResult, exchange: Exchange) -> dict[str, Any]:
        body: dict[str, Any] = {"data": result.data}
        if result.errors:
            body["errors"] = [
                field_entry(
                    error,
                    language=exchange.language,
                    request_id=exchange.request_id,
                    report=lambda cause: report(cause, exchange),
                )
                for error in result.errors
            ]
        return body


def entries(error: Exception, exchange: Exchange) -> list[Mapping[str, Any]]:
    """What a client is told of a subscription that was refused, or that broke."""
    if isinstance(error, Refused):
        return list(request_entries(error.errors, error.code, request_id=exchange.request_id))
    shown = translate(error)
    if shown is None:
        report(error, exchange)
        shown = internal()
    return [entry(shown, language=exchange.language, request_id=exchange.request_id)]
