"""A faulty TCP road to the server: it can be frozen, thawed and cut."""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qs, urlsplit


class Proxy:
    """Forwards 127.0.0.1:port to the Unix socket of `dsn`; its own `dsn` leads through it."""

    def __init__(self, dsn: str) -> None:
        self._target = urlsplit(dsn)
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self.dsn = ""

    async def __aenter__(self) -> Proxy:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        account = self._target.netloc.rpartition("@")[0]
        self.dsn = f"postgresql://{account}@127.0.0.1:{port}{self._target.path}?sslmode=disable"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.cut()
        self._flowing.set()
        await asyncio.sleep(0)

    def freeze(self) -> None:
        """Take everything, forward nothing."""
        self._flowing.clear()

    def thaw(self) -> None:
        self._flowing.set()

    def cut(self) -> None:
        """Reset every connection; new ones are possible."""
        for writer in list(self._writers):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        folder = parse_qs(self._target.query)["host"][0]
        server_reader, server_writer = await asyncio.open_unix_connection(f"{folder}/.s.PGSQL.5432")
        self._writers |= {writer, server_writer}
        await asyncio.gather(
            self._forward(reader, server_writer), self._forward(server_reader, writer), return_exceptions=True
        )
        self._writers -= {writer, server_writer}

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                await self._flowing.wait()
                writer.write(data)
        except ConnectionError:
            pass
        finally:
            writer.close()
