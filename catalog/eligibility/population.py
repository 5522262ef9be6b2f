"""Very many customers as plain arrays: what the batch form of eligibility reads.

Knows shapes; must not know where the arrays come from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from catalog.eligibility.facts import TODAY, Fact, Facts

IntArray: TypeAlias = npt.NDArray[np.integer]
Float64Array: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Words:
    """One value a customer: `codes` (customers) into `words`, -1 unknown. Flags are the words False and True."""

    words: Sequence[str | float | bool]
    codes: IntArray


@dataclass(frozen=True, slots=True)
class Numbers:
    """One number a customer, NaN unknown; with `is_date` days since the beginning of 1970."""

    values: Float64Array
    is_date: bool = False


@dataclass(frozen=True, slots=True)
class Ragged:
    """Any number of words a customer: row i has `indices[starts[i]:starts[i + 1]]`, which point into `words`.

    `starts` is customers + 1 long, as in a CSR matrix.
    """

    words: Sequence[str]
    starts: IntArray
    indices: IntArray


Column = Words | Numbers | Ragged


@dataclass(frozen=True, slots=True)
class Population:
    """`held` points into offering codes or items. `facts` are by the names that policies use, like "customer.kind",
    "customer.tags" (Ragged), "attribute.age"; a fact that is not there is unknown of everybody. "market.code" (Ragged)
    are the markets they belong to. What rests (refused lately, shown often) points into codes or items too.
    """

    customers: int
    held: Ragged
    facts: Mapping[str, Column] = field(default_factory=dict)
    resting: Ragged | None = None


def population_of(held: Sequence[Iterable[str]], facts: Sequence[Facts]) -> Population:
    """A few thousand customers, from what each holds and the facts of each."""
    names = {name for one in facts for name in one if name != TODAY}
    return Population(len(held), ragged(held), {name: _column([one.get(name) for one in facts]) for name in names})


def ragged(rows: Sequence[Iterable[str]]) -> Ragged:
    """Rows of words; each word is listed once."""
    index: dict[str, int] = {}
    found = [[index.setdefault(word, len(index)) for word in row] for row in rows]
    starts = np.cumsum([0, *map(len, found)])
    return Ragged(tuple(index), starts, np.array([one for row in found for one in row], dtype=np.int64))


def _column(values: Sequence[Fact]) -> Words | Ragged:
    """Whatever the values are, each distinct one is judged once, as a single customer's would be."""
    if any(isinstance(value, frozenset) for value in values):
        return ragged([value if isinstance(value, frozenset) else () for value in values])
    index: dict[Any, int] = {}
    codes = [-1 if value is None else index.setdefault(value, len(index)) for value in values]
    return Words(tuple(index), np.array(codes, dtype=np.int64))


def tenures(joined: Float64Array, at: datetime) -> Numbers:
    """Whole months as a customer, like `facts.tenure`, from seconds since 1970 (NaN unknown)."""
    offset = at.utcoffset()
    shift = offset.total_seconds() if offset else 0.0
    known = np.isfinite(joined) & (joined <= at.timestamp())
    days = np.where(known, np.floor((joined + shift) / 86_400), 0).astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    of_month = (days - months).astype(np.int64)
    passed = (at.year - 1970) * 12 + at.month - 1 - months.astype(np.int64) - (at.day - 1 < of_month)
    return Numbers(np.where(known, passed, np.nan))
