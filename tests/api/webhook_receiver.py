"""A receiver of webhooks on this machine, which keeps what came and answers as it is told."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Receiver:
    """`answers` are given in turn, the last of them for ever; `hold` keeps every answer back while it is set."""

    url: str = ""
    answers: list[int] = field(default_factory=lambda: [200])
    got: list[tuple[Mapping[str, str], bytes]] = field(default_factory=list)
    hold: asyncio.Event | None = None
    headers: str = ""

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.got]

    @property
    def bodies(self) -> list[Any]:
        return [json.loads(body) for _, body in self.got]

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:]) if name}
        body = await reader.readexactly(int(headers["content-length"]))
        status = self.answers[min(len(self.got), len(self.answers) - 1)]
        self.got.append((headers, body))
        if self.hold:
            await self.hold.wait()
        writer.write(f"HTTP/1.1 {status} x\r\n{self.headers}content-length: 0\r\nconnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()


@asynccontextmanager
async def receiving(**known: Any) -> AsyncIterator[Receiver]:
    receiver = Receiver(**known)
    server = await asyncio.start_server(receiver.answer, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    async with server:
        yield receiver


async def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 -- what is waited for tells nobody
            await asyncio.sleep(0.01)


def is_genuine(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    """What a receiver does before it believes a message; docs/integration.md shows the same lines."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    seal = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    given = [one.removeprefix("v1,") for one in headers["webhook-signature"].split()]
    return any(hmac.compare_digest(seal, one) for one in given)
