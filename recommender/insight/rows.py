"""Rows as a refresh writes them: customers, and their open moments.

It knows the columns of the tables; it must not know how to reach them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import numpy as np

from recommender.interactions import Float64Array, IntArray

CUSTOMER_COLUMNS = (
    *("slot", "customer_id", "value_score", "value_level", "monthly_revenue", "churn_risk", "quadrant"),
    *("lifecycle_stage", "segment", "data_use", "calling"),
)
MOMENT_COLUMNS = ("slot", "customer_id", "moment", "open_from", "open_until")


def money(ten_thousandths: int) -> Decimal:
    """An exact amount from ten-thousandths."""
    return Decimal(int(ten_thousandths)).scaleb(-4)


@dataclass(frozen=True, slots=True)
class CustomerRows:
    """One entry a customer; a score or risk of NaN and a word of None are not known. Revenue in ten-thousandths."""

    ids: IntArray
    score: Float64Array
    level: Sequence[str | None]
    revenue: IntArray
    risk: Float64Array
    quadrant: Sequence[str | None]
    stage: Sequence[str]
    segment: Sequence[str | None]
    data_use: Sequence[str | None]
    calling: Sequence[str | None]

    def records(self, slot: int) -> Iterable[tuple[Any, ...]]:
        score, risk = (
            [None if np.isnan(one) else one for one in column.tolist()] for column in (self.score, self.risk)
        )
        revenue = [money(one) for one in self.revenue.tolist()]
        return zip(
            *([slot] * len(self.ids), self.ids.tolist(), score, self.level, revenue, risk, self.quadrant),
            *(self.stage, self.segment, self.data_use, self.calling),
            strict=True,
        )


@dataclass(frozen=True, slots=True)
class MomentRows:
    """One entry an open moment: seconds from which and until which it is open."""

    ids: IntArray
    moment: Sequence[str]
    opened: IntArray
    until: IntArray

    def records(self, slot: int) -> Iterable[tuple[Any, ...]]:
        start, end = (
            [datetime.fromtimestamp(one, UTC) for one in column.tolist()] for column in (self.opened, self.until)
        )
        return zip([slot] * len(self.ids), self.ids.tolist(), self.moment, start, end, strict=True)
