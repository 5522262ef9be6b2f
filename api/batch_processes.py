"""Parts of the customers scored by several processes at once, each with a model and a catalog of its own.

Knows what each process opens; must not know what is done with a part.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from api.batch import Job, Scorer
from catalog import store as catalog_store
from recommender import processes as processes_
from recommender import scoring_store, service
from recommender.store import Range
from sql.pool import Connection, Database

T = TypeVar("T")
# What is done with a part: (scorer, connection, number, range) → whatever can be pickled.
Work = Callable[[Scorer, Connection, int, Range], Coroutine[Any, Any, T]]


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
    opened: partial[Coroutine[Any, Any, Scorer]] = partial(scorer, version=task.version, job=task.job)
    return processes_.each(processes_.Task(task.dsn, opened, task.work), parts, processes)
