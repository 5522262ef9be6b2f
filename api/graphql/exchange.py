"""One HTTP exchange: what the headers of a request say, what becomes known on the way, and how the answer is sent.

It must not know GraphQL's execution or who may do what.
"""

from __future__ import annotations

import asyncio
import re
import types
from collections.abc import Callable, Coroutine, Generator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from random import getrandbits
from typing import Any

from starlette.types import Receive, Scope, Send

from api.auth import Principal
from api.graphql import wire
from api.graphql.document import Document, Operation
from api.graphql.errors import Expected
from api.graphql.limits import Limits

Header = tuple[bytes, bytes]

CLOSE: tuple[Header, ...] = ((b"connection", b"close"),)

_REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
_OPERATION_NAME = re.compile(r"[_A-Za-z][_0-9A-Za-z]{0,63}")
_PHONE = re.compile(r"(?<!\d)(86)?1[3-9]\d{9}(?!\d)")
NO_STORE: Header = (b"cache-control", b"no-store")
_SECURITY: tuple[Header, ...] = (
    (b"vary", b"Accept, Accept-Language, Authorization"),
    (b"x-content-type-options", b"nosniff"),
    # Forbids frames too, and nothing that it lets load could send a referrer; every header more is checked and sent.
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
_LONGEST_KNOWN = 256
_NOTHING_DOUBLED: frozenset[bytes] = frozenset()


class Refusal(Expected):
    """A request that HTTP itself forbids: it keeps its status code whatever the media type."""

    def __init__(self, status: int, *, en: str, zh: str, headers: tuple[Header, ...] = (), **detail: str | int) -> None:
        super().__init__(en=en, zh=zh, status=status, **detail)
        self.headers = headers


class Gone(Exception):
    """The caller went away before the body was complete."""


@dataclass(slots=True)
class Exchange:
    """One request and what becomes known of it, for the answer and the log; `codes` are those of its errors."""

    headers: Mapping[bytes, bytes]
    request_id: str
    language: str
    doubled: frozenset[bytes] = _NOTHING_DOUBLED
    method: str = "POST"
    media_type: str = wire.PLAIN_JSON
    principal: Principal | None = None
    document: Document | None = None
    operation: Operation | None = None
    status: int = 200
    caching: Header = NO_STORE
    codes: list[str] = field(default_factory=list)
    response_headers: list[Header] = field(default_factory=list)

    @classmethod
    def of(cls, scope: Scope) -> Exchange:
        """Of a header that is sent twice the first counts; `doubled` names them."""
        pairs = scope["headers"]
        headers, doubled = dict(pairs), _NOTHING_DOUBLED
        if len(headers) < len(pairs):
            names = [name for name, _ in pairs]
            headers, doubled = dict(reversed(pairs)), frozenset(name for name in names if names.count(name) > 1)
        given = headers.get(b"x-request-id")
        request_id = f"{getrandbits(128):032x}" if given is None else _request_id(given)
        return cls(headers, request_id, _language(headers.get(b"accept-language")), doubled, scope.get("method", "GET"))

    def accepted(self) -> str | None:
        """The media type to answer with; None when the caller accepts none of ours."""
        return _type(self.headers.get(b"accept"))

    def header(self, name: bytes) -> str | None:
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")

    def token(self) -> str | None:
        """The bearer token, when there is exactly one Authorization header and it holds one."""
        given = self.header(b"authorization")
        if given is None or b"authorization" in self.doubled:
            return None
        scheme, _, token = given.partition(" ")
        return token.strip() or None if scheme == "Bearer" or scheme.lower() == "bearer" else None

    def operation_name(self) -> str | None:
        """The operation's name as it may be logged: bounded, and without a telephone number in it."""
        name = self.operation.name if self.operation else None
        return name if name is not None and _OPERATION_NAME.fullmatch(name) and not _PHONE.search(name) else None

    async def body(self, receive: Receive, limits: Limits) -> bytes:
        """The whole body. Refusal when it is too large or too slow, Gone when the caller hangs up."""
        length = self.headers.get(b"content-length") or b"0"
        if not length.isdigit() or len(length) > 15 or int(length) > limits.body_bytes:
            raise too_large(limits.body_bytes)
        # Most bodies are there already; a limit on the time is set for those alone that are not.
        reading = self._read(receive, limits)
        try:
            waiting = reading.send(None)
        except StopIteration as done:
            return bytes(done.value)
        try:
            async with asyncio.timeout(limits.body_seconds):
                return await _rest(reading, waiting)
        except TimeoutError:
            en, zh = "the body did not arrive in time", "请求体未及时到达"
            raise Refusal(408, en=en, zh=zh, headers=CLOSE, limit="body_seconds") from None

    async def _read(self, receive: Receive, limits: Limits) -> bytes:
        message = await receive()
        body: bytes = message.get("body", b"")
        while message["type"] != "http.disconnect" and len(body) <= limits.body_bytes:
            if not message.get("more_body", False):
                return body
            message = await receive()
            body += message.get("body", b"")
        if message["type"] == "http.disconnect":
            raise Gone
        raise too_large(limits.body_bytes)

    async def send(self, send: Send, content: bytes) -> None:
        headers = [
            (b"x-request-id", self.request_id.encode()),
            self.caching,
            *_SECURITY,
            *self.response_headers,
        ]
        if self.status != 304:
            headers.append(_CONTENT_TYPES.get(self.media_type) or _content_type(self.media_type))
            headers.append((b"content-length", b"%d" % len(content)))
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": content})


@types.coroutine
def _rest(begun: Coroutine[Any, Any, bytes], waiting: Any) -> Generator[Any, Any, bytes]:
    """What `begun` returns, which was already asked for its first step and waits."""
    while True:
        step: Callable[[Any], Any] = begun.send
        try:
            given = yield waiting
        except BaseException as error:
            step, given = begun.throw, error
        try:
            waiting = step(given)
        except StopIteration as done:
            return bytes(done.value)


def _content_type(media_type: str) -> Header:
    return (b"content-type", media_type.encode() + b"; charset=utf-8")


_CONTENT_TYPES = {name: _content_type(name) for name in (wire.PLAIN_JSON, wire.RESPONSE_JSON)}


@lru_cache(256)
def _known_language(accept_language: bytes | None) -> str:
    return wire.language(accept_language.decode("latin-1") if accept_language else None)


def _language(accept_language: bytes | None) -> str:
    """The language that a caller prefers; headers are remembered, unless they are as long as nobody's."""
    short = accept_language is None or len(accept_language) <= _LONGEST_KNOWN
    return _known_language(accept_language) if short else _known_language.__wrapped__(accept_language)


@lru_cache(256)
def _known_type(accept: bytes | None) -> str | None:
    return wire.response_type(None if accept is None else accept.decode("latin-1"))


def _type(accept: bytes | None) -> str | None:
    short = accept is None or len(accept) <= _LONGEST_KNOWN
    return _known_type(accept) if short else _known_type.__wrapped__(accept)


def too_large(most: int) -> Refusal:
    en, zh = f"the request exceeds {most} bytes; send less at a time", f"请求超过 {most} 字节，请减少内容"
    return Refusal(413, en=en, zh=zh, headers=CLOSE, limit="body_bytes")


def _request_id(given: bytes) -> str:
    """The caller's id when it is a plain one, and no telephone number stands in it; a new one otherwise."""
    text = given.decode("latin-1")
    if _REQUEST_ID.fullmatch(text) and not _PHONE.search(text):
        return text
    return f"{getrandbits(128):032x}"
