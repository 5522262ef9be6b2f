"""Several server processes: started together, watched, replaced when they die or hang, stopped together.

It knows processes, pipes and signals, and must not know what a process serves.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import multiprocessing
import signal
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from typing import Any

log = logging.getLogger("jishi.workers")
LOOK_EVERY = 0.1
# Loading a large catalog takes a while; afterwards a process that says nothing for so long hangs.
START_LIMIT = 300.0
SILENCE_LIMIT = 30.0
STOP_LIMIT = 15.0
# A process that dies at once is replaced after a pause that doubles up to this.
LONGEST_PAUSE = 30.0
READY, ALIVE = b"ready", b"alive"


def preload(module: str) -> None:
    """Import the module of a crew's processes once, in a process from which they are forked.

    They start at once then, share the memory of what was imported, and inherit nothing of this process's threads.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([module])
    forkserver.ensure_running()


@dataclass(slots=True)
class _Seat:
    """The place of one process: who sits there now, since when, and when it may be filled again."""

    process: ForkServerProcess
    pipe: Connection
    heard: float
    is_ready: bool = False
    pause: float = 0.5
    vacant_until: float | None = None


def _work(module: str, pipe: Connection, number: int, arguments: tuple[Any, ...]) -> None:
    import_module(module).work(pipe, number, *arguments)


class Crew:
    """`size` processes that run `module`.work(pipe, number, *arguments), numbered from 0.

    Such a `work` sends READY once and ALIVE every second or so, and ends when the other end of its pipe is closed.
    """

    def __init__(self, size: int, module: str, arguments: tuple[Any, ...]) -> None:
        self._size, self._module, self._arguments = size, module, arguments
        self._context = multiprocessing.get_context("forkserver")
        self._seats: list[_Seat] = []

    @property
    def processes(self) -> list[int]:
        """The process ids of those who sit there now."""
        return [seat.process.pid for seat in self._seats if seat.process.pid is not None]

    async def run(self, on_ready: Callable[[], None]) -> bool:
        """Until SIGINT or SIGTERM; `on_ready` is called once all are ready. False when one could not even start."""
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for told in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(told, self._asked_to_stop, stop)
        self._seats = [self._filled(number, loop.time()) for number in range(self._size)]
        try:
            return await self._watch(stop, on_ready)
        finally:
            await self._stop()
            for told in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(told)

    def _asked_to_stop(self, stop: asyncio.Event) -> None:
        if stop.is_set():
            self._kill()
        stop.set()

    async def _watch(self, stop: asyncio.Event, on_ready: Callable[[], None]) -> bool:
        told = False
        while not stop.is_set():
            now = asyncio.get_running_loop().time()
            for seat in self._seats:
                self._listen(seat, now)
                if not self._fails(seat, now):
                    continue
                if not told:
                    return False
                self._vacate(seat, now)
            self._seats = [self._refilled(number, seat, now) for number, seat in enumerate(self._seats)]
            if not told and all(seat.is_ready for seat in self._seats):
                told = True
                on_ready()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), LOOK_EVERY)
        return True

    def _filled(self, number: int, now: float) -> _Seat:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_work, args=(self._module, theirs, number, self._arguments), daemon=True)
        process.start()
        theirs.close()
        return _Seat(process, ours, now)

    def _listen(self, seat: _Seat, now: float) -> None:
        with contextlib.suppress(EOFError, OSError):
            while seat.vacant_until is None and seat.pipe.poll():
                if seat.pipe.recv_bytes() == READY:
                    seat.is_ready = True
                seat.heard = now

    def _fails(self, seat: _Seat, now: float) -> bool:
        if seat.vacant_until is not None:
            return False
        limit = SILENCE_LIMIT if seat.is_ready else START_LIMIT
        return not seat.process.is_alive() or now - seat.heard > limit

    def _vacate(self, seat: _Seat, now: float) -> None:
        log.error("a server process ended or hung; another takes its place", extra={"fields": {"pause": seat.pause}})
        seat.process.kill()
        seat.pipe.close()
        seat.vacant_until = now + seat.pause

    def _refilled(self, number: int, seat: _Seat, now: float) -> _Seat:
        if seat.vacant_until is None or now < seat.vacant_until:
            return seat
        fresh = self._filled(number, now)
        fresh.pause = 0.5 if seat.is_ready else min(2 * seat.pause, LONGEST_PAUSE)
        return fresh

    async def _stop(self) -> None:
        """Ask all to finish what they do, and end those that take too long."""
        deadline = asyncio.get_running_loop().time() + STOP_LIMIT
        for seat in self._seats:
            if seat.process.is_alive():
                seat.process.terminate()
        while any(seat.process.is_alive() for seat in self._seats):
            if asyncio.get_running_loop().time() > deadline:
                self._kill()
            await asyncio.sleep(0.02)

    def _kill(self) -> None:
        for seat in self._seats:
            seat.process.kill()
