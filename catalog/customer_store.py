"""Customers between PostgreSQL and values: one statement an answer, the audit row inside it.

Knows statements and their columns; must not know roles beyond the region it is handed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from asyncpg import Connection, Record

import sql
from catalog.customer import Customer, Member, Product
from sql.pool import Database

QUERIES = sql.queries("customer")
QUIET_PERIOD = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, for the audit; `region` is the place that the caller is limited to, None: everywhere."""

    subject: str
    role: str
    region: str | None
    request_id: str


async def code_by_msisdn(db: Database, msisdn: str) -> str | None:
    """The operator's id of the customer who has this number, or None."""
    found = await db.fetchval(QUERIES.code_by_msisdn, msisdn)
    return None if found is None else str(found)


async def look_up(
    db: Database,
    who: str,
    caller: Caller,
    action: str,
    at: datetime,
    quiet: timedelta = QUIET_PERIOD,
    window: timedelta = timedelta(0),
    *,
    is_number: bool = False,
) -> Customer | None:
    """The customer as known at `at`, or None when there is none in the caller's region; either way audited.

    `who` is the operator's id, or the phone number. `quiet` is how long a refusal counts, `window` how far back it is
    counted what was shown.
    """
    query = QUERIES.look_up_number if is_number else QUERIES.look_up
    caller_and_action = (caller.subject, caller.role, action, caller.request_id)
    row = await db.fetchrow(query, who, caller.region, at, *caller_and_action, at - quiet, at - window)
    return _customer(row) if row else None


def _customer(row: Record) -> Customer:
    return Customer(
        id=row["id"],
        code=row["code"],
        kind=row["kind"],
        status=row["status"],
        msisdn=row["msisdn"],
        name=row["name"],
        place=row["place"],
        brand=row["brand"],
        joined_at=row["joined_at"],
        enterprise=row["enterprise"],
        industry=row["industry"],
        size_class=row["size_class"],
        account_manager=row["account_manager"],
        tags=tuple(row["tags"]),
        personalisation=row["personalisation"],
        etag=row["etag"],
        attributes=row["attributes"],
        products=_products(row),
        refused=frozenset(row["refused"] or ()),
        markets=tuple(row["markets"] or ()),
        shown=Counter(row["shown"] or ()),
    )


def _products(row: Record) -> tuple[Product, ...]:
    columns = (
        *("offering_ids", "holding_kinds", "statuses", "origins", "starts", "ends", "instances", "bundles"),
        *("prices", "channels", "active_days", "last_active", "versions"),
    )
    return tuple(map(Product, *(row[column] or () for column in columns)))


async def market_members(db: Database, market_id: int, at: datetime, limit: int) -> tuple[int, tuple[Member, ...]]:
    """How many members the market has at `at`, and a repeatable sample of at most `limit` of them."""
    rows = await db.fetch(QUERIES.market_members, market_id, at, limit)
    members = tuple(
        Member(
            customer_id=row["customer_id"],
            attributes=row["attributes"],
            holdings=tuple(zip(row["offering_ids"] or (), row["holding_kinds"] or (), row["ends"] or (), strict=True)),
            kind=row["kind"],
            status=row["status"],
            place=row["place"],
            brand=row["brand"],
            joined_at=row["joined_at"],
            enterprise=row["enterprise"],
            industry=row["industry"],
            size_class=row["size_class"],
            tags=tuple(row["tags"]),
            personalisation=row["personalisation"],
            markets=tuple(row["markets"] or ()),
        )
        for row in rows
    )
    return (rows[0]["members"] if rows else 0), members


async def market_size(db: Database, market_id: int, at: datetime) -> int:
    return int(await db.fetchval(QUERIES.market_size, market_id, at))


async def id_within(conn: Connection, code: str, region: str | None) -> int | None:
    """The customer's row id when they are in the region, for a write in the caller's transaction."""
    found = await conn.fetchval(QUERIES.id_within, code, region)
    return None if found is None else int(found)


@dataclass(frozen=True, slots=True)
class ProductChange:
    """A subscription as it should be from now on; None is unknown, or none."""

    offering_id: int
    start_date: datetime | None
    instance: str = ""
    termination_date: datetime | None = None
    status: str = "active"
    origin: str = "VOLUNTARY"
    bundle_offering_id: int | None = None
    price: Decimal | None = None
    channel: str | None = None
    agent: str | None = None


async def put_product(conn: Connection, customer_id: int, change: ProductChange) -> bool:
    """Lands a subscription; False when it was there already, just so."""
    found = await conn.fetchval(
        QUERIES.put_product,
        customer_id,
        change.offering_id,
        change.start_date,
        change.instance,
        change.termination_date,
        change.status,
        change.origin,
        change.bundle_offering_id,
        change.price,
        change.channel,
        change.agent,
    )
    return found is not None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a recommended item."""

    customer_id: int
    recommendation_id: UUID
    offering_id: int
    outcome: str
    at: datetime
    channel: str | None
    agent: str | None
    reason: str | None
    model_version: int | None
    priority: int | None
    score: float | None
    propensity: float | None = None
    in_control: bool | None = None


async def code_within(conn: Connection, customer_id: int, region: str | None) -> str | None:
    """The operator's id of the customer with this row id when they are in the region."""
    found = await conn.fetchval(QUERIES.code_within, customer_id, region)
    return None if found is None else str(found)


async def put_outcome(conn: Connection, one: Outcome) -> bool:
    """Keeps an outcome; False when the same was reported before."""
    found = await conn.fetchval(
        QUERIES.put_outcome,
        one.customer_id,
        one.recommendation_id,
        one.offering_id,
        one.outcome,
        one.at,
        one.channel,
        one.agent,
        one.reason,
        one.model_version,
        one.priority,
        one.score,
        one.propensity,
        one.in_control,
    )
    return found is not None


async def write_audit(
    conn: Connection, caller: Caller, at: datetime, action: str, entity: str, entity_id: str, detail: Mapping[str, Any]
) -> None:
    await conn.execute(
        QUERIES.write_audit, at, caller.subject, caller.role, action, entity, entity_id, caller.request_id, dict(detail)
    )


async def write_audits(
    conn: Connection, caller: Caller, at: datetime, rows: Sequence[tuple[str, str, str, Mapping[str, Any]]]
) -> None:
    """The same of many: action, entity, its id and the detail of each."""
    who = (at, caller.subject, caller.role)
    found = [(*who, *row[:3], caller.request_id, dict(row[3])) for row in rows]
    if found:
        await conn.executemany(QUERIES.write_audit, found)


class KeyReused(Exception):
    """An idempotency key came with another request than the first time."""


async def answered(conn: Connection, subject: str, key: str, request: str) -> dict[str, Any] | None:
    """The answer that this key got before, or None; waits for another transaction that is at the same key.

    `request` is a hash of the arguments; a different one for the same key raises KeyReused.
    """
    await conn.execute(QUERIES.lock_key, subject, key)
    row = await conn.fetchrow(QUERIES.answered, subject, key)
    if row is None:
        return None
    if row["request"] != request:
        raise KeyReused(key)
    return dict(row["response"])


async def remember(
    conn: Connection, subject: str, key: str, request: str, response: Mapping[str, Any], at: datetime
) -> None:
    await conn.execute(QUERIES.remember, subject, key, request, dict(response), at)
