"""What was reckoned of cluster markets, between PostgreSQL and values.

It knows statements and their columns; it must not know how a figure came about.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import sql
from sql.pool import Database

QUERIES = sql.queries("market_outlook")
PATIENCE = 600.0
_OUTLOOK = ("market_id", "at", "model_version", "members", "expected_adopters", "monthly_value", "gap_value", "offers")
_ITEM = (
    *("market_id", "offering_id", "eligible", "expected_adopters", "worth", "penetration", "reference", "strength"),
    *("lift", "monthly_value", "possible_adopters"),
)


@dataclass(frozen=True, slots=True)
class OutlookRow:
    """One market: what its members (or as many as it would have) are expected to take, and what it would bring a month.

    `gap_value` is what being like the markets of its kind would bring; `borrowed_from` names whose figures these are.
    """

    market_id: int
    code: str
    at: datetime
    model_version: int
    members: int
    expected_adopters: float | None
    monthly_value: Decimal
    gap_value: Decimal
    borrowed_from: Sequence[str]
    offers: int
    most_offers: int


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One item in one market, under the offering that it is named after."""

    market_id: int
    offering_id: int
    eligible: float
    expected_adopters: float | None
    worth: float
    penetration: float
    reference: float
    strength: float
    lift: float
    monthly_value: Decimal
    possible_adopters: float | None


async def replace_all(db: Database, outlooks: Iterable[OutlookRow], items: Iterable[ItemRow]) -> None:
    """All at once: readers see the figures before or those after."""
    markets = [(*(getattr(one, name) for name in _OUTLOOK), list(one.borrowed_from)) for one in outlooks]
    cells = [tuple(getattr(one, name) for name in _ITEM) for one in items]
    async with db.transaction() as connection:
        await connection.execute(QUERIES.clear, timeout=PATIENCE)
        columns = [*_OUTLOOK, "borrowed_from"]
        await connection.copy_records_to_table("market_outlook", records=markets, columns=columns, timeout=PATIENCE)
        await connection.copy_records_to_table("market_item", records=cells, columns=_ITEM, timeout=PATIENCE)
        await connection.execute(QUERIES.analyze, timeout=PATIENCE)


async def outlooks(db: Database, at: datetime, region: str | None) -> list[OutlookRow]:
    """Every reckoned market within a region, by code."""
    return [OutlookRow(**row) for row in await db.fetch(QUERIES.outlooks, at, region)]


async def best_items(db: Database, markets: Sequence[int], most: int) -> list[ItemRow]:
    """The items of each market that are expected to bring the most, best first."""
    return [ItemRow(**row) for row in await db.fetch(QUERIES.best_items, list(markets), most)]


async def items(db: Database, market: int) -> list[ItemRow]:
    return [ItemRow(**row) for row in await db.fetch(QUERIES.items, market)]


async def items_of(db: Database, offerings: Sequence[int], at: datetime, region: str | None) -> list[ItemRow]:
    """Some offerings in every market within a region."""
    return [ItemRow(**row) for row in await db.fetch(QUERIES.items_of, list(offerings), region, at)]


async def borrowed_from(db: Database, market: int) -> list[str]:
    """The codes of the markets whose figures stand for this one; none where its own do, or nothing was reckoned."""
    return list(await db.fetchval(QUERIES.borrowed_from, market) or ())
