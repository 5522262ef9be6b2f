"""One server process over a listening socket that somebody else bound: how it says that it answers, and how it stops.

It knows uvicorn and the application's event `stopping`, and must not know what the application does.
"""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import FrameType
from typing import cast

import uvicorn
from starlette.applications import Starlette

# Requests on their way are answered within so many seconds of a stop, or given up.
FINISH = 10
# Of a WebSocket, in bytes; what a subscription takes is far smaller, and refused with a code of its own.
LARGEST_MESSAGE = 256 * 1024
_TICKS_A_SECOND = 10


class Server(uvicorn.Server):
    """Stops on the first SIGTERM without losing a request, at once on a second Ctrl-C; `serve` then returns."""

    def __init__(self, application: Starlette, on_ready: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                application,
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=FINISH,
                server_header=False,
                lifespan="on",
                ws_max_size=LARGEST_MESSAGE,
                # Nothing here asks from where somebody calls.
                proxy_headers=False,
            )
        )
        self._on_ready, self._stopping = on_ready, application.state.stopping

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if not self.should_exit:
            self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # An event stream would otherwise go on until its time to finish is over.
        self._stopping.set()
        await super().shutdown(sockets=sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        # Not passed on to the handler before, which would end the process before its database is closed.
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True


class OneOfSeveral(Server):
    """One that its supervisor alone stops: a Ctrl-C in the terminal reaches it too, and says nothing to it.

    `alive` is called every second, and returns False when the supervisor is gone. At the sockets of the `others` it
    takes what they leave: nobody waits for a process that died, hangs or is not ready yet.
    """

    def __init__(
        self,
        application: Starlette,
        on_ready: Callable[[], None],
        alive: Callable[[], bool],
        others: Sequence[socket.socket] = (),
    ) -> None:
        super().__init__(application, on_ready)
        self._alive, self._others = alive, others

    async def on_tick(self, counter: int) -> bool:
        if counter % _TICKS_A_SECOND == 0 and not self._alive():
            return True
        for other in self._others:
            await self._take_from(other)
        return await super().on_tick(counter)

    async def _take_from(self, other: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        with suppress(BlockingIOError):
            while True:
                connection, _ = other.accept()
                connection.setblocking(False)
                await loop.connect_accepted_socket(lambda: self._protocol(loop), connection)

    def _protocol(self, loop: asyncio.AbstractEventLoop) -> asyncio.Protocol:
        """What uvicorn makes for a connection that it takes itself."""
        make = cast("Callable[..., asyncio.Protocol]", self.config.http_protocol_class)
        return make(config=self.config, server_state=self.server_state, app_state=self.lifespan.state, _loop=loop)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if sig == signal.SIGTERM:
            self.should_exit = True
