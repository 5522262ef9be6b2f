"""Ranges of customers worked off by several processes at once, each with a connection and something opened of its own.

It knows processes; it must not know what is done with a range.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any, Generic, TypeVar

from threadpoolctl import threadpool_limits

from recommender import copying
from recommender.store import Range
from sql.pool import Connection, Database

S = TypeVar("S")
T = TypeVar("T")
# A part is handed out before the one at work is done, so that no process waits.
AHEAD = 2


@dataclass(frozen=True, slots=True)
class Task(Generic[S, T]):
    """What every process is told: where the database is, what it opens once, and what it does with each part.

    `work` is asked with (what was opened, a connection, the part's number, the part); all of it can be pickled.
    """

    dsn: str
    open: Callable[[Database], Coroutine[Any, Any, S]]
    work: Callable[[S, Connection, int, Range], Coroutine[Any, Any, T]]


def each(task: Task[Any, T], parts: Sequence[tuple[int, Range]], processes: int) -> Iterator[tuple[int, T]]:
    """(number, result) of every part, in the order in which they are done."""
    # A process of its own even for one: its memory is given back, and Ctrl-C ends it at once.
    with ProcessPoolExecutor(processes, get_context("spawn"), _open, (task, os.getpid())) as pool:
        waiting, going = list(reversed(parts)), dict[Future[T], int]()
        try:
            while waiting or going:
                while waiting and len(going) < AHEAD * processes:
                    number, part = waiting.pop()
                    going[pool.submit(_do, number, part)] = number
                done, _ = wait(going, return_when=FIRST_COMPLETED)
                for one in done:
                    yield going.pop(one), one.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


class _Opened:
    """What one process keeps open from part to part."""

    def __init__(self, task: Task[Any, Any]) -> None:
        self.loop = asyncio.new_event_loop()
        self.task = task
        self.db = self.loop.run_until_complete(Database.open(task.dsn, command_timeout=None, max_size=1))
        self.state = self.loop.run_until_complete(task.open(self.db))

    def do(self, number: int, part: Range) -> Any:
        async def work() -> Any:
            async with self.db.connection() as connection:
                await copying.alone(connection)
                return await self.task.work(self.state, connection, number, part)

        # One thread of BLAS: the processes share the cores already.
        with threadpool_limits(1, "blas"):
            return self.loop.run_until_complete(work())


_opened: list[_Opened] = []


def _open(task: Task[Any, Any], parent: int) -> None:
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    _opened[:] = [_Opened(task)]


def _do(number: int, part: Range) -> Any:
    return _opened[0].do(number, part)


def _end_with(parent: int) -> None:
    """A killed parent leaves nobody behind."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)
