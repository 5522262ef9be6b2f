"""Notifications that survive restarts: a connection of its own, renewed for ever, with a slow poll beside it.

It knows LISTEN, and must not know what a notification means.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable

import asyncpg

from sql.unavailable import translate

_log = logging.getLogger(__name__)
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 2.0

Callback = Callable[[str], Awaitable[None] | None]


class Listener:
    """Calls `callback(payload)` for each notification, and `callback("")` on each (re)connect and slow poll.

    A notification sent while the connection was down is lost to PostgreSQL; the call on reconnect stands for it.
    An error of the callback is logged and does not end the listening.
    """

    def __init__(
        self, dsn: str, channel: str, callback: Callback, *, poll: float, timeout: float, name: str, where: str
    ) -> None:
        self._dsn, self._channel, self._callback = dsn, channel, callback
        self._poll, self._timeout, self._name, self._where = poll, timeout, name, where
        self._task = asyncio.get_running_loop().create_task(self._run(), name=f"listen {channel}")

    async def close(self) -> None:
        """Stop listening; returns when the connection is gone."""
        # A wait that ends in the same turn of the loop may swallow one request to stop (asyncio.wait_for before 3.12).
        while not self._task.done():
            self._task.cancel()
            await asyncio.wait([self._task], timeout=0.5)
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def _run(self) -> None:
        pause, told = _FIRST_PAUSE, False
        while True:
            try:
                async with contextlib.aclosing(self._payloads()) as payloads:
                    async for payload in payloads:
                        pause, told = _FIRST_PAUSE, False
                        await self._call(payload)
            except (
                OSError,
                TimeoutError,
                asyncpg.PostgresError,
                asyncpg.InterfaceError,
                asyncpg.InternalClientError,
            ) as error:
                if not told:
                    _log.warning("not listening on %s: %s", self._channel, translate(error, self._where) or error)
                told = True
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _payloads(self) -> AsyncGenerator[str, None]:
        """Payloads of one connection until it is lost; "" first, and whenever `poll` seconds were silent."""
        connection = await asyncpg.connect(
            self._dsn,
            timeout=self._timeout,
            command_timeout=self._timeout,
            server_settings={"application_name": self._name},
        )
        try:
            heard: asyncio.Queue[str | None] = asyncio.Queue()
            connection.add_termination_listener(lambda *_: heard.put_nowait(None))
            await connection.add_listener(self._channel, lambda *told: heard.put_nowait(str(told[3])))
            yield ""
            while True:
                try:
                    async with asyncio.timeout(self._poll):
                        payload = await heard.get()
                except TimeoutError:
                    # A half-open connection is silent too; only a question tells.
                    await connection.execute("select 1")
                    payload = ""
                if payload is None:
                    return
                yield payload
        finally:
            connection.terminate()

    async def _call(self, payload: str) -> None:
        try:
            answer = self._callback(payload)
            if inspect.isawaitable(answer):
                await answer
        except Exception:
            _log.exception("the callback of channel %s failed", self._channel)
