"""Insight in PostgreSQL: rows of a refresh into the slot nobody reads, the switch, and what is asked of the result.

It knows statements and their columns; it must not know what any figure means.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from asyncpg import LockNotAvailableError, Record

import sql
from recommender.copying import PATIENCE
from recommender.insight.product import ProductRow
from recommender.insight.rows import CUSTOMER_COLUMNS, MOMENT_COLUMNS, CustomerRows, MomentRows
from sql.pool import Database

QUERIES = sql.queries("insight")
LOCK_MS = 500
# Runs that are kept, with their definitions and reports.
KEPT = 100


async def clear_spare(db: Database) -> int:
    """Empties the slot that nobody reads, whatever a broken refresh left there, and returns it."""
    slot = int(await db.fetchval(QUERIES.empty_slot))
    # Names of tables are no parameters; the slot is 0 or 1.
    tables = [f"customer_insight_{slot}", f"customer_moment_{slot}"]
    try:
        async with db.transaction() as connection:
            await connection.execute(f"set local lock_timeout = {LOCK_MS}")
            await connection.execute(f"truncate {', '.join(tables)}")
    except LockNotAvailableError:
        # A backup holds them; who waits for it makes every reader wait behind. Rows can go meanwhile.
        async with db.transaction() as connection:
            for table in tables:
                await connection.execute(f"delete from {table}", timeout=PATIENCE)
    return slot


async def write_customers(db: Database, slot: int, customers: CustomerRows, moments: MomentRows) -> None:
    """Fills the slot that nobody reads."""
    async with db.transaction() as connection:
        for table, columns, records in (
            (f"customer_insight_{slot}", CUSTOMER_COLUMNS, customers.records(slot)),
            (f"customer_moment_{slot}", MOMENT_COLUMNS, moments.records(slot)),
        ):
            await connection.copy_records_to_table(table, records=records, columns=columns, timeout=PATIENCE)


@dataclass(frozen=True, slots=True)
class Small:
    """The rows of the small tables, in the order of their columns."""

    pyramid: Sequence[tuple[str, str, int, int, Decimal]]
    segments: Sequence[tuple[str, str, int, float, list[dict[str, Any]]]]
    reach: Sequence[tuple[str, int]]
    health: Sequence[ProductRow]


async def switch(
    db: Database,
    slot: int,
    small: Small,
    *,
    at: datetime,
    customers: int,
    definition: Mapping[str, Any],
    report: Mapping[str, Any],
) -> int:
    """In one transaction: the small tables anew, the run, and the slot that is read from now on; the run's version."""
    async with db.transaction() as connection:
        await connection.execute(QUERIES.clear_small)
        for table, records in (
            ("value_pyramid", small.pyramid),
            ("needs_segment", small.segments),
            ("play_reach", small.reach),
            ("product_health", [row.values() for row in small.health]),
        ):
            await connection.copy_records_to_table(table, records=records, timeout=PATIENCE)
        version = int(await connection.fetchval(QUERIES.save_run, at, customers, dict(definition), dict(report)))
        await connection.execute(QUERIES.serve_run, version, slot)
        await connection.execute(QUERIES.forget_runs, KEPT)
    return version


async def cancelled(db: Database, at: datetime, days: int) -> dict[int, tuple[int, int]]:
    """Offering id → (accepted, of them cancelled later) among recommendations of the last `days`."""
    async with db.connection() as connection:
        rows = await connection.fetch(QUERIES.cancelled, at - timedelta(days=days), at, timeout=PATIENCE)
    return {row["offering_id"]: (row["accepted"], row["cancelled"]) for row in rows}


async def definition(db: Database) -> dict[str, Any] | None:
    """What the operator put in the place of the built-in definition, None when nothing."""
    row = await db.fetchrow(QUERIES.definition)
    return row["content"] if row else None


async def put_definition(db: Database, content: Mapping[str, Any] | None, at: datetime) -> None:
    """Keeps a definition for the next refresh; None goes back to the built-in one."""
    async with db.transaction() as connection:
        if content is None:
            await connection.execute(QUERIES.drop_definition)
        else:
            await connection.execute(QUERIES.put_definition, dict(content), at)


@dataclass(frozen=True, slots=True)
class Run:
    """The refresh that is read now."""

    version: int
    at: datetime
    customers: int
    definition: dict[str, Any]
    report: dict[str, Any]


async def run(db: Database) -> Run | None:
    """None before the first refresh."""
    row = await db.fetchrow(QUERIES.report)
    return Run(*row.values()) if row else None


@dataclass(frozen=True, slots=True)
class OfCustomer:
    """One customer's insight; `moments` are (moment, from, until) that are open.

    `definition` is JSON, for `definition.parse_text`.
    """

    version: int
    at: datetime
    definition: str
    kind: str
    score: float | None
    level: str | None
    revenue: Decimal | None
    risk: float | None
    quadrant: str | None
    stage: str
    segment: str | None
    traits: list[dict[str, Any]]
    data_use: str | None
    calling: str | None
    moments: tuple[tuple[str, datetime, datetime], ...]


async def of_customer(db: Database, customer_id: int, at: datetime) -> OfCustomer | None:
    """What the last refresh says of one customer, and the moments open at `at`; None when it knew no such customer."""
    row = await db.fetchrow(QUERIES.of_customer, customer_id, at)
    if row is None:
        return None
    opened = tuple(zip(row["moments"] or (), row["open_from"] or (), row["open_until"] or (), strict=True))
    return OfCustomer(
        version=row["version"],
        at=row["at"],
        definition=row["definition"],
        kind=row["kind"],
        score=row["value_score"],
        level=row["value_level"],
        revenue=row["monthly_revenue"],
        risk=row["churn_risk"],
        quadrant=row["quadrant"],
        stage=row["lifecycle_stage"],
        segment=row["segment"],
        traits=row["traits"] or [],
        data_use=row["data_use"],
        calling=row["calling"],
        moments=opened,
    )


async def levels(db: Database, customer_ids: Sequence[int]) -> dict[int, str]:
    """Customer id → value level, of those who have one."""
    return {row["customer_id"]: row["value_level"] for row in await db.fetch(QUERIES.levels, list(customer_ids))}


async def pyramid(db: Database) -> list[Record]:
    return await db.fetch(QUERIES.pyramid)


async def segments(db: Database) -> list[Record]:
    return await db.fetch(QUERIES.segments)


async def reach(db: Database) -> list[Record]:
    return await db.fetch(QUERIES.reach)


async def health(db: Database) -> list[ProductRow]:
    return [ProductRow(**dict(row)) for row in await db.fetch(QUERIES.health)]
