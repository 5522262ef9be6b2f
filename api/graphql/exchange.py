"""One HTTP exchange: what the headers of a request say, what becomes known on the way, and how the answer is sent.

It must not know GraphQL's execution or who may do what.
"""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

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
_SECURITY: tuple[Header, ...] = (
    (b"cache-control", b"no-store"),
    (b"vary", b"Accept, Accept-Language, Authorization"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)


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

    headers: Mapping[bytes, list[bytes]]
    request_id: str
    language: str
    media_type: str = wire.PLAIN_JSON
    principal: Principal | None = None
    document: Document | None = None
    operation: Operation | None = None
    status: int = 200
    codes: list[str] = field(default_factory=list)
    response_headers: list[Header] = field(default_factory=list)

    @classmethod
    def of(cls, scope: Scope) -> Exchange:
        headers: dict[bytes, list[bytes]] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name, []).append(value)
        accept_language = headers.get(b"accept-language", [b""])[0].decode("latin-1")
        return cls(headers, _request_id(headers), wire.language(accept_language))

    def header(self, name: bytes) -> str | None:
        values = self.headers.get(name)
        return values[0].decode("latin-1") if values else None

    def token(self) -> str | None:
        """The bearer token, when there is exactly one Authorization header and it holds one."""
        given = self.headers.get(b"authorization", [])
        scheme, _, token = given[0].decode("latin-1").partition(" ") if len(given) == 1 else ("", "", "")
        return token.strip() or None if scheme.lower() == "bearer" else None

    def operation_name(self) -> str | None:
        """The operation's name as it may be logged: bounded, and without a telephone number in it."""
        name = self.operation.name if self.operation else None
        return name if name is not None and _OPERATION_NAME.fullmatch(name) and not _PHONE.search(name) else None

    async def body(self, receive: Receive, limits: Limits) -> bytes:
        """The whole body. Refusal when it is too large or too slow, Gone when the caller hangs up."""
        length = self.header(b"content-length") or "0"
        if not length.isdecimal() or len(length) > 15 or int(length) > limits.body_bytes:
            raise too_large(limits.body_bytes)
        body = bytearray()
        try:
            async with asyncio.timeout(limits.body_seconds):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise Gone
                    body += message.get("body", b"")
                    if len(body) > limits.body_bytes:
                        raise too_large(limits.body_bytes)
                    if not message.get("more_body", False):
                        return bytes(body)
        except TimeoutError:
            en, zh = "the body did not arrive in time", "请求体未及时到达"
            raise Refusal(408, en=en, zh=zh, headers=CLOSE, limit="body_seconds") from None

    async def send(self, send: Send, content: bytes) -> None:
        headers = [
            (b"content-type", self.media_type.encode() + b"; charset=utf-8"),
            (b"content-length", str(len(content)).encode()),
            (b"x-request-id", self.request_id.encode()),
            *_SECURITY,
            *self.response_headers,
        ]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": content})


def too_large(most: int) -> Refusal:
    en, zh = f"the request exceeds {most} bytes; send less at a time", f"请求超过 {most} 字节，请减少内容"
    return Refusal(413, en=en, zh=zh, headers=CLOSE, limit="body_bytes")


def _request_id(headers: Mapping[bytes, list[bytes]]) -> str:
    """The caller's id when it is a plain one, and no telephone number stands in it; a new one otherwise."""
    given = headers.get(b"x-request-id", [b""])[0].decode("latin-1")
    if _REQUEST_ID.fullmatch(given) and not _PHONE.search(given):
        return given
    return uuid.uuid4().hex
