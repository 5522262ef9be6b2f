"""What is learned of everybody: ranges of customers read and summed in bounded memory, by several processes if wanted.

It knows how the work is split and added up; it must not know what is learned.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from recommender import fitting, processes, reading, store
from recommender.fitting import Learn
from recommender.inputs import AttributeKind, InputSpace
from recommender.source import Source
from recommender.splits import chunk_at
from sql.pool import Connection, Database

# Customers (ids) that are in memory together in each process, and that make one part of the work: what was learned of
# a part goes back to the one who asked, who adds them up in their order.
STEP, PART = 50_000, 500_000
Counted = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be learned of whom, as plain values that every process understands."""

    words: store.Vocabulary
    kinds: Mapping[str, AttributeKind]
    cutoffs: tuple[int, ...]
    space: InputSpace
    at: int
    window: int | None
    learns: tuple[Learn, ...]

    @classmethod
    def of(cls, source: Source, space: InputSpace, window: int | None, learns: tuple[Learn, ...]) -> Question:
        return cls(source.words, source.kinds, source.cutoffs, space, source.at, window, learns)


@dataclass(frozen=True, slots=True)
class Crew:
    """So many processes, and the database in which each reads."""

    dsn: str
    processes: int


def ask(question: Question, size: store.Extent, crew: Crew, counted: Counted) -> dict[Learn, Any]:
    """By the crew; `counted` is told how many customers are done."""
    parts = list(enumerate(store.ranges(size, PART)))
    task = processes.Task(crew.dsn, partial(_nothing, question), _part)
    waiting: dict[int, tuple[int, dict[Learn, Any]]] = {}
    known: dict[Learn, Any] = {}
    done = following = 0
    for number, part in processes.each(task, parts, min(crew.processes, len(parts))):
        waiting[number] = part
        done += part[0]
        counted(done)
        # Sums of fractions depend on their order, and the same data make the same model.
        while following in waiting:
            known = fitting.combine(known, waiting.pop(following)[1])
            following += 1
    return known


async def _nothing(question: Question, db: Database) -> Question:
    return question


async def _part(question: Question, connection: Connection, _: int, part: store.Range) -> tuple[int, dict[Learn, Any]]:
    return await learned(question, connection, part)


async def learned(question: Question, connection: Connection, part: store.Range) -> tuple[int, dict[Learn, Any]]:
    """Of the customers in a half-open range of ids: how many there are, and what was learned of them."""
    known: dict[Learn, Any] = {}
    customers = 0
    low, high = part
    for first in range(low, high, STEP):
        some = (first, min(first + STEP, high))
        data = await reading.read(connection, [some], question.words, question.kinds, question.cutoffs)
        customers += data.history.customers
        chunk = chunk_at(data, question.space, question.at, question.window)
        known = fitting.combine(known, fitting.evidence([chunk], question.learns))
    return customers, known
