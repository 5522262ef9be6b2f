"""Endpoints of webhooks, how far each was told, and the lease of whoever tells it, between PostgreSQL and values.

Knows statements and their columns; must not know how a message travels.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from asyncpg import Connection, Record

import sql
from catalog.feeds.webhook import Endpoint, Stream, StreamStatus, Topic
from sql.pool import Database

QUERIES = sql.queries("webhook")
_ENDPOINT = (
    "id",
    "code",
    "url",
    "personal_data",
    "secret_generation",
    "previous_until",
    "created_at",
    "created_by",
    "etag",
)


@dataclass(frozen=True, slots=True)
class Batch:
    """What one sender alone may send now: the rows behind `after` up to `until`. `id` stays the same for every try."""

    endpoint: Endpoint
    topic: Topic
    after: int
    until: int
    id: UUID
    attempts: int
    lease: UUID


async def endpoints(db: Database, code: str | None = None) -> list[Endpoint]:
    """Every endpoint with its streams, or the one with this code."""
    rows = await db.fetch(QUERIES.endpoints, code)
    streams: dict[int, list[Stream]] = defaultdict(list)
    for row in await db.fetch(QUERIES.streams, [row["id"] for row in rows]):
        streams[row["endpoint_id"]].append(_stream(row))
    return [_endpoint(row, streams[row["id"]]) for row in rows]


async def take(conn: Connection, code: str) -> Endpoint | None:
    """The endpoint, held until the transaction ends; without its streams."""
    row = await conn.fetchrow(QUERIES.take, code)
    return _endpoint(row) if row else None


async def add(conn: Connection, code: str, url: str, personal_data: bool, at: datetime, by: str) -> int | None:
    """The new endpoint's row, or None when the code is taken."""
    found = await conn.fetchval(QUERIES.add, code, url, personal_data, at, by)
    return None if found is None else int(found)


async def change(conn: Connection, one: Endpoint) -> None:
    await conn.execute(QUERIES.change, one.id, one.url, one.personal_data, one.secret_generation, one.previous_until)


async def follow(conn: Connection, endpoint_id: int, topics: Iterable[Topic], after: int | None = None) -> None:
    """Tells the endpoint of exactly these topics; a new one from the number `after`, None: from now on."""
    wanted = [topic.value for topic in topics]
    await conn.execute(QUERIES.unfollow, endpoint_id, wanted)
    await conn.executemany(QUERIES.follow, [(endpoint_id, topic, after) for topic in wanted])


async def remove(conn: Connection, endpoint_id: int) -> None:
    await conn.execute(QUERIES.remove, endpoint_id)


async def set_status(conn: Connection, endpoint_id: int, topic: Topic | None, status: StreamStatus) -> None:
    """Stops or resumes a topic (None: all), and wakes the senders when the transaction commits."""
    await conn.execute(QUERIES.set_status, endpoint_id, topic and topic.value, status.value)
    await conn.execute(QUERIES.tell)


async def skip(conn: Connection, endpoint_id: int, topic: Topic | None) -> None:
    """Passes over the batch that the endpoint does not take."""
    await conn.execute(QUERIES.skip, endpoint_id, topic and topic.value)


async def claim(db: Database, most: int, lease: timedelta, rows: int, size: int) -> list[Batch]:
    """Up to `most` batches that are due, each this sender's alone for the time of the lease."""
    async with db.transaction() as conn:
        found = await conn.fetch(QUERIES.claim, most, lease, rows, size)
    return [_batch(row) for row in found]


async def delivered(db: Database, batch: Batch, status: int, rows: int) -> bool:
    """The receiver took it; False when the lease went to somebody else meanwhile."""
    async with db.transaction() as conn:
        return await conn.fetchval(QUERIES.delivered, batch.lease, status, rows) is not None


async def failed(
    db: Database, batch: Batch, status: int | None, error: str, wait: timedelta, *, give_up: bool
) -> StreamStatus | None:
    """It did not arrive; the state of the stream, None when the lease went to somebody else meanwhile."""
    async with db.transaction() as conn:
        found = await conn.fetchval(QUERIES.failed, batch.lease, status, error, wait, give_up)
    return StreamStatus(found) if found else None


async def next_due(db: Database) -> float | None:
    """In how many seconds something that waits falls due; None when nothing waits."""
    found = await db.fetchval(QUERIES.next_due)
    return None if found is None else float(found)


def _endpoint(row: Record, streams: Sequence[Stream] = ()) -> Endpoint:
    return Endpoint(**{name: row[name] for name in _ENDPOINT}, streams=tuple(streams))


def _stream(row: Record) -> Stream:
    known = {name: row[name] for name in Stream.__dataclass_fields__}
    return Stream(**known | {"topic": Topic(row["topic"]), "status": StreamStatus(row["status"])})


def _batch(row: Record) -> Batch:
    return Batch(
        _endpoint(row),
        Topic(row["topic"]),
        row["cursor"],
        row["batch_until"],
        row["batch_id"],
        row["attempts"],
        row["lease"],
    )
