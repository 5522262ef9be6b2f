"""What a customer holds, and what was recommended with which reasons: values that cross between the rooms.

It knows codes, weights and instants; it must not know a model, nor how a score came about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from recommender.inputs import Value
from recommender.interactions import KINDS, ended_kind

HoldingKind = Literal["voluntary", "forced", "inactive", "ended"]


@dataclass(frozen=True, slots=True)
class Holding:
    """An item held, or once held, and how; `ended_at` None: nobody knows when it ended, or it has not.

    `started_at` None: nobody knows when it began.
    """

    item: str
    kind: HoldingKind
    ended_at: datetime | None = None
    started_at: datetime | None = None

    def column_kind(self, at: datetime) -> str:
        """Which of KINDS it is at `at`."""
        if self.kind != "ended" or self.ended_at is None:
            return self.kind
        return KINDS[ended_kind((at - self.ended_at).total_seconds())]


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one fact adds to the raw score.

    HOLDING: `key` is an item code, `holding_kind` how it is held, `value` how many days ago it ended where that is
    known. ATTRIBUTE: `key` its name, `value` its value or bin.
    """

    kind: Literal["HOLDING", "ATTRIBUTE", "POPULARITY"]
    key: str
    value: str | None
    holding_kind: HoldingKind | None
    weight: float


@dataclass(frozen=True, slots=True)
class Scored:
    """One item, its raw score, the probability that it is taken within the window (None: not known), and the reasons.

    `contributions` are all that are not zero, greatest first; they sum to `score`.
    """

    item: str
    score: float
    probability: float | None
    contributions: Sequence[Contribution]


@dataclass(frozen=True, slots=True)
class Step:
    """A higher step of something held: `scored.item` would take the place of the item `replaces`."""

    scored: Scored
    replaces: str


Member = tuple[Sequence[Holding], Mapping[str, Value]]
