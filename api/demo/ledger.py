"""What the demo's customers hold, as the generator writes it down while it tells their lives.

Knows what is held since when and why; must not know how chance decides. Days are float32, counted from the beginning
of the story.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from api.demo.lines import STORY, Line
from api.demo.population import NEVER, Population

Array = npt.NDArray[Any]

ORIGINS = ("VOLUNTARY", "BUNDLE", "GIFT", "TRIAL")
VOLUNTARY, BUNDLE, GIFT, TRIAL = range(4)


class Rows(NamedTuple):
    """Products held, an array a column: `who` is a position in the population, `offering` and `bundle` (-1: none) are
    positions in the catalog, `end` is +inf for what goes on, `used` is false for what nobody uses."""

    who: Array
    offering: Array
    start: Array
    end: Array
    origin: Array
    bundle: Array
    used: Array


class Forced(NamedTuple):
    """What a bundle or a gift put on each customer within one contest; `start` is +inf where nothing."""

    start: Array
    end: Array
    offering: Array
    bundle: Array


@dataclass(slots=True)
class Life:
    """All that happened to a population. `affinity`, `rate` (a day, at the end of the story) and `arrival` (+inf: not)
    have a row a line and a column a customer; `rate` is 0 where a line cannot be delivered."""

    lines: tuple[Line, ...]
    people: Population
    affinity: Array
    rate: Array
    arrival: Array
    forced: dict[str, Forced] = field(default_factory=dict)
    held: dict[int, list[Rows]] = field(default_factory=dict)

    def rows(self) -> Rows:
        """Everything, in the order of customer, offering and start."""
        everything = [rows for chunks in self.held.values() for rows in chunks]
        columns = Rows(*(np.concatenate(column) for column in zip(*everything, strict=True)))
        order = np.argsort(
            (columns.who.astype(np.int64) * 4096 + columns.offering) * 16384 + (columns.start + 8192).astype(np.int64)
        )
        return Rows(*(column[order] for column in columns))

    def depth(self, line: int) -> Array:
        """How far up the ladder of a line each customer wants to be."""
        features = self.people.features
        return np.asarray(0.8 * self.affinity[line] + 0.5 * features["income" if "income" in features else "size"])

    def add(
        self, who: Array, offering: int, start: Array, end: Array, origin: int, bundle: Array | int, used: Array
    ) -> None:
        full = [np.broadcast_to(np.asarray(one, dtype=np.int16), who.shape) for one in (offering, origin, bundle)]
        self.held.setdefault(offering, []).append(Rows(who, full[0], start, end, full[1], full[2], used))


def window(life: Life, line: Line) -> tuple[Array, Array]:
    """(gate, until): from and before which day each customer could take the line; until ≤ gate where never."""
    people = life.people
    gate = np.maximum(people.joined, np.float32(max(line.launched, 0)))
    until = np.minimum(people.quiet, np.float32(min(line.retired, STORY)))
    if line.phone5g:
        gate = np.maximum(gate, people.phone5g)
    for start, end in prerequisites(life, line):
        gate, until = np.maximum(gate, start), np.minimum(until, end)
    return gate, until


def prerequisites(life: Life, line: Line) -> list[tuple[Array, Array]]:
    """For each group of alternatives that the line requires: since and until when one of them is held (+inf: never)."""
    return [_held(life, group) for group in line.requires]


def _held(life: Life, alternatives: tuple[int, ...]) -> tuple[Array, Array]:
    """Since and until when each customer holds one of `alternatives` without a gap; what was chosen goes first."""
    n = life.people.size
    start, end = np.full(n, NEVER), np.full(n, -NEVER)
    for origin in (VOLUNTARY, BUNDLE):
        for line in life.lines:
            of_line = [offering for offering in line.offerings if offering in alternatives]
            rows = [
                rows
                for each in of_line
                for rows in life.held.get(each, [])
                if len(rows.who) and rows.origin[0] == origin
            ]
            if rows:
                _merge(start, end, rows)
    return start, end


def _merge(start: Array, end: Array, chunks: list[Rows]) -> None:
    """Take one line's stay for those who have none yet."""
    first, last = np.full_like(start, NEVER), np.full_like(end, -NEVER)
    for rows in chunks:
        first[rows.who] = np.minimum(first[rows.who], rows.start)
        last[rows.who] = np.maximum(last[rows.who], rows.end)
    new = np.isinf(start) & np.isfinite(first)
    start[new], end[new] = first[new], last[new]
