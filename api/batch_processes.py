"""Parts of the customers worked off by several processes at once, each with a model and a catalog of its own.

Knows processes and what each of them opens; must not know what is done with a part.
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

from api.batch import Job, Scorer
from catalog import store as catalog_store
from recommender import scoring_store, service
from recommender.store import Range
from sql.pool import Connection, Database

T = TypeVar("T")
# What is done with a part: (scorer, connection, number, range) → whatever can be pickled.
Work = Callable[[Scorer, Connection, int, Range], Coroutine[Any, Any, T]]
# A part is handed out before the one at work is done, so that no process waits.
AHEAD = 2


@dataclass(frozen=True, slots=True)
class Task(Generic[T]):
    """What every process needs to know: where the database is, which model scores, what is wanted, what is done."""

    dsn: str
    version: int
    job: Job
    work: Work[T]


async def scorer(db: Database, version: int, job: Job) -> Scorer:
    """A model and the catalog as it is at the job's time."""
    model = await service.load_version(db, version)
    snapshot = await catalog_store.load(db, job.at)
    return Scorer(model, snapshot.moment(job.at), job, await scoring_store.places(db, model.space))


def each(task: Task[T], parts: Sequence[tuple[int, Range]], processes: int) -> Iterator[tuple[int, T]]:
    """(number, result) of every part, in the order in which they are done."""
    # A process of its own even for one: the memory of scoring is given back, and Ctrl-C ends it at once.
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

    def __init__(self, task: Task[Any]) -> None:
        self.loop = asyncio.new_event_loop()
        self.task = task
        self.db = self.loop.run_until_complete(Database.open(task.dsn, command_timeout=None, max_size=1))
        self.scorer = self.loop.run_until_complete(scorer(self.db, task.version, task.job))

    def do(self, number: int, part: Range) -> Any:
        async def work() -> Any:
            async with self.db.connection() as connection:
                return await self.task.work(self.scorer, connection, number, part)

        # One thread of BLAS: the processes share the cores already.
        with threadpool_limits(1, "blas"):
            return self.loop.run_until_complete(work())


_opened: list[_Opened] = []


def _open(task: Task[Any], parent: int) -> None:
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    _opened[:] = [_Opened(task)]


def _do(number: int, part: Range) -> Any:
    return _opened[0].do(number, part)


def _end_with(parent: int) -> None:
    """A killed parent leaves nobody behind."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)
