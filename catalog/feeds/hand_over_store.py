"""Hand-overs and their steps between PostgreSQL and values.

Knows statements and their columns; must not know which step is right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from asyncpg import Connection, Record

import sql
from catalog.feeds.hand_over import HandOver, HandOverEvent, HandOverKind, HandOverStatus, NewHandOver
from sql.pool import Database

QUERIES = sql.queries("hand_over")
_NAMES = tuple(field.name for field in fields(HandOver))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which hand-overs; None: any. `region` and `subject` are what the caller is limited to."""

    region: str | None = None
    customer: str | None = None
    subject: str | None = None
    statuses: Sequence[str] | None = None
    kinds: Sequence[str] | None = None
    offering: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """A hand-over that is held until the transaction ends."""

    id: int
    kind: HandOverKind
    status: HandOverStatus
    etag: int


@dataclass(frozen=True, slots=True)
class Step:
    """One step as the history shows it."""

    sequence: int
    at: datetime
    subject: str
    before_status: str | None
    status: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Contact:
    """Personal data in full; only an endpoint that was registered for it gets it."""

    msisdn: str | None
    name: str | None


async def hold(conn: Connection, customer: str, region: str | None) -> int | None:
    """The customer's row, held so that one acceptance at a time is judged; None when there is none in the region."""
    found = await conn.fetchval(QUERIES.hold, customer, region)
    return None if found is None else int(found)


async def manager(conn: Connection, customer_id: int) -> str | None:
    found = await conn.fetchval(QUERIES.manager, customer_id)
    return None if found is None else str(found)


async def open_of(conn: Connection, customer_id: int, offering_id: int) -> int | None:
    found = await conn.fetchval(QUERIES.open_of, customer_id, offering_id)
    return None if found is None else int(found)


async def has_tried(conn: Connection, customer_id: int, offerings: Sequence[int]) -> bool:
    return bool(await conn.fetchval(QUERIES.has_tried, customer_id, list(offerings)))


async def add(conn: Connection, one: NewHandOver, at: datetime, by: str) -> int:
    found = await conn.fetchval(
        QUERIES.add, one.kind.value, one.customer_id, one.offering_id, one.version, one.quantity, dict(one.parts),
        one.term, one.is_trial, one.trial_until, one.quote and dict(one.quote), one.channel, one.agent,
        one.account_manager, one.contact_consent, one.note, one.recommendation_id, one.replaces, at, by,
    )  # fmt: skip
    return int(found)


async def add_event(
    conn: Connection,
    hand_over_id: int,
    at: datetime,
    by: str,
    before: HandOverStatus | None,
    status: HandOverStatus,
    reason: str | None,
) -> None:
    await conn.execute(QUERIES.add_event, hand_over_id, at, by, before and before.value, status.value, reason)


async def take(conn: Connection, hand_over_id: int) -> Taken | None:
    row = await conn.fetchrow(QUERIES.take, hand_over_id)
    return _taken(row) if row else None


async def change(
    conn: Connection,
    hand_over_id: int,
    status: HandOverStatus,
    reason: str | None,
    at: datetime,
    *,
    external_id: str | None = None,
    account_manager: str | None = None,
) -> None:
    await conn.execute(QUERIES.change, hand_over_id, status.value, reason, external_id, account_manager, at)


async def of_product(conn: Connection, customer_id: int, offering_id: int) -> list[Taken]:
    return [_taken(row) for row in await conn.fetch(QUERIES.of_product, customer_id, offering_id)]


async def delivered(conn: Connection, at: datetime) -> list[Taken]:
    return [_taken(row) for row in await conn.fetch(QUERIES.delivered, at)]


async def page(
    conn: Connection, wanted: Wanted, after: int | None, limit: int, *, descending: bool = False
) -> list[HandOver]:
    rows = await conn.fetch(
        QUERIES.list, wanted.region, wanted.customer, wanted.subject, wanted.statuses, wanted.kinds, wanted.offering,
        wanted.since, wanted.until, after, descending, limit,
    )  # fmt: skip
    return [_hand_over(row) for row in rows]


async def one(conn: Connection, hand_over_id: int, region: str | None) -> HandOver | None:
    row = await conn.fetchrow(QUERIES.one, hand_over_id, region)
    return _hand_over(row) if row else None


async def count(db: Database, wanted: Wanted) -> int:
    found = await db.fetchval(
        QUERIES.count, wanted.region, wanted.customer, wanted.subject, wanted.statuses, wanted.kinds, wanted.offering,
        wanted.since, wanted.until,
    )  # fmt: skip
    return int(found)


async def count_events(db: Database) -> int:
    return int(await db.fetchval(QUERIES.count_events))


async def history(conn: Connection, hand_over_id: int) -> list[Step]:
    return [Step(**row) for row in await conn.fetch(QUERIES.history, hand_over_id)]


async def events(db: Database, after: int, until: int | None, limit: int) -> list[HandOverEvent]:
    """What happened behind the number `after`, in order."""
    return [_event(row) for row in await db.fetch(QUERIES.events, after, until, limit)]


async def contacts(db: Database, customers: Sequence[str], endpoint: str, at: datetime) -> Mapping[str, Contact]:
    """Whom to call; each look-up leaves its audit row."""
    async with db.transaction() as conn:
        rows = await conn.fetch(QUERIES.contacts, list(customers), endpoint, at)
    return {row["code"]: Contact(row["msisdn"], row["name"]) for row in rows}


def _taken(row: Record) -> Taken:
    return Taken(row["id"], HandOverKind(row["kind"]), HandOverStatus(row["status"]), row["etag"])


def _hand_over(row: Record) -> HandOver:
    known = {name: row[name] for name in _NAMES}
    return HandOver(**known | {"kind": HandOverKind(row["kind"]), "status": HandOverStatus(row["status"])})


def _event(row: Record) -> HandOverEvent:
    before = row["before_status"]
    return HandOverEvent(
        row["sequence"],
        row["event_at"],
        row["subject"],
        HandOverStatus(before) if before else None,
        HandOverStatus(row["event_status"]),
        row["reason"],
        _hand_over(row),
    )
