"""Whom a campaign reached, and what they did in its months and a year before: from PostgreSQL to arrays without names.

It knows the statement and its columns; it must not know what was planned.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

import sql
from recommender.campaign import Period
from sql.pool import Database

QUERIES = sql.queries("campaign")


@dataclass(frozen=True, slots=True)
class Followed:
    """One customer of either arm; revenue and use are sums over the months of the campaign and over those before."""

    in_control: bool
    enrolled: bool
    known: bool
    revenue: float
    revenue_before: float
    use: float
    use_before: float


@dataclass(frozen=True, slots=True)
class Arm:
    """Everybody approached in one arm: who enrolled, and `period` for those who were customers a year before."""

    enrolled: tuple[bool, ...]
    period: Period

    @classmethod
    def of(cls, rows: Collection[Followed]) -> Arm:
        known = [one for one in rows if one.known]
        columns = (
            np.array([getattr(one, name) for one in known], dtype=np.float64)
            for name in ("revenue", "revenue_before", "use", "use_before")
        )
        return cls(tuple(one.enrolled for one in rows), Period(*columns))


@dataclass(frozen=True, slots=True)
class Months:
    """So many whole months from the first day of one, in the operator's `zone` (a name)."""

    first: date
    count: int
    zone: str


async def followed(
    db: Database,
    start: datetime,
    end: datetime,
    region: str | None,
    *,
    enrolled_in: Collection[int],
    used: Collection[int],
    prices: Mapping[int, float],
    months: Months,
) -> tuple[Arm, Arm]:
    """(treated, control) of those first reported within [start, end). `prices`: offering id → what it costs a month."""
    rows = await db.fetch(
        QUERIES.followed,
        start,
        end,
        region,
        list(enrolled_in),
        months.first,
        months.count,
        list(prices),
        list(prices.values()),
        list(used),
        months.zone,
    )
    found = [Followed(**row) for row in rows]
    return Arm.of([one for one in found if not one.in_control]), Arm.of([one for one in found if one.in_control])
