"""A bare HTTP client that notices lost answers: one connection, one request at a time, no retries of its own.

Knows bytes on a connection; must not know GraphQL documents.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any


class Lost(Exception):
    """No whole answer came: the request may or may not have been carried out."""


class Client:
    """One keep-alive connection to 127.0.0.1:port, opened again after each loss."""

    def __init__(self, port: int, token: str) -> None:
        self._port, self._token = port, token
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, document: str, variables: dict[str, Any] | None = None, *, timeout: float = 10.0) -> Any:
        """The answer's body. Raises Lost."""
        body = json.dumps({"query": document, "variables": variables or {}}).encode()
        head = (
            f"POST /graphql HTTP/1.1\r\nHost: jishi\r\nAuthorization: Bearer {self._token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        try:
            async with asyncio.timeout(timeout):
                if self._streams is None:
                    self._streams = await asyncio.open_connection("127.0.0.1", self._port)
                reader, writer = self._streams
                writer.write(head.encode() + body)
                return json.loads(await _body(reader))
        except (OSError, TimeoutError, asyncio.IncompleteReadError, ValueError) as error:
            self.close()
            raise Lost from error

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].transport.abort()
        self._streams = None


async def _body(reader: asyncio.StreamReader) -> bytes:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    length = next(line for line in head.split("\r\n") if line.startswith("content-length:"))
    return await reader.readexactly(int(length.partition(":")[2]))
