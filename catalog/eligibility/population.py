"""Very many customers as plain arrays: what the batch form of eligibility reads.

Knows shapes; must not know where the arrays come from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

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
