"""Outcomes between PostgreSQL and values: counts by group, never rows of customers.

It knows statements and their columns; it must not know what a count means.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from asyncpg import Record

import sql
from recommender.outcomes import Arms, Effect
from recommender.uplift import Counted
from sql.pool import Database

QUERIES = sql.queries("outcome")
# As long as the probability that is shown with an item looks ahead.
ADOPTED_WITHIN = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Orders:
    """Voluntary subscriptions that a channel brought (None: not known), and how many customers they belong to."""

    channel: str | None
    orders: int
    customers: int


async def effects(db: Database, start: datetime, end: datetime, region: str | None, by: str) -> list[Effect]:
    """By PRODUCT, CHANNEL, AGENT or SEGMENT, the most shown first; of items first reported within [start, end)."""
    rows = await db.fetch(QUERIES.effects, start, end, region, by, ADOPTED_WITHIN)
    return [_effect(row) for row in rows]


def _effect(row: Record) -> Effect:
    treated, control = row["treated"], row["control"]
    return Effect(
        key=row["key"],
        shown=row["shown"],
        accepted=row["accepted"],
        refused=row["refused"],
        cancelled=row["cancelled"],
        customers=row["customers"],
        accepting=row["accepting"],
        refusing=row["refusing"],
        cancelling=row["cancelling"],
        accepting_arms=Arms(Counted(treated, row["treated_accepting"]), Counted(control, row["control_accepting"])),
        adopting_arms=Arms(Counted(treated, row["treated_adopting"]), Counted(control, row["control_adopting"])),
    )


async def orders_by_channel(db: Database, start: datetime, end: datetime, region: str | None) -> list[Orders]:
    """Orders that began within [start, end), the channel with the most first."""
    rows = await db.fetch(QUERIES.orders_by_channel, start, end, region)
    return [Orders(row["channel"], row["orders"], row["customers"]) for row in rows]


@dataclass(frozen=True, slots=True)
class Drawn:
    """One slot of an answer whose slots may have been shuffled; `at` is when the answer was first reported on."""

    answer: UUID
    customer: str
    offering: str
    priority: int
    propensity: float
    accepted: bool
    channel: str | None
    at: datetime


async def drawn(db: Database, start: datetime, end: datetime, most: int) -> list[Drawn]:
    """The slots of at most `most` answers first reported within [start, end), answer by answer."""
    return [Drawn(*row.values()) for row in await db.fetch(QUERIES.drawn, start, end, most)]
