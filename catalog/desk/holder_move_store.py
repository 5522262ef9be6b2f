"""Moves of holders between PostgreSQL and values.

Knows statements and their columns; must not know rules, nor open a transaction that it was not handed.
"""

from __future__ import annotations

from datetime import datetime

from asyncpg import Connection

import sql
from catalog.desk.holder_move import HolderMove
from catalog.offering import Offering

QUERIES = sql.queries("holder_move")


async def put(
    conn: Connection, source: Offering, target: int, at: datetime, reason: str | None, subject: str, now: datetime
) -> int:
    row = (source.id, source.version, target, at, reason, subject, now)
    return int(await conn.fetchval(QUERIES.put_move, *row))


async def of_id(conn: Connection, number: int) -> HolderMove | None:
    """The move, held until the transaction ends."""
    row = await conn.fetchrow(QUERIES.move, number)
    return HolderMove(**row) if row else None


async def page(conn: Connection, code: str | None, before: int | None, limit: int) -> list[HolderMove]:
    """Newest first, behind the id `before` (None: from the newest)."""
    return [HolderMove(**row) for row in await conn.fetch(QUERIES.moves, code, before, limit)]


async def count(conn: Connection, code: str | None) -> int:
    return int(await conn.fetchval(QUERIES.count_moves, code))


async def cancel(conn: Connection, number: int, at: datetime) -> None:
    await conn.execute(QUERIES.cancel_move, number, at)


async def due(conn: Connection, at: datetime) -> int | None:
    """The id of the move that is to be done first."""
    found = await conn.fetchval(QUERIES.due, at)
    return None if found is None else int(found)


async def last_customer(conn: Connection) -> int:
    return int(await conn.fetchval(QUERIES.last_customer))


async def move(conn: Connection, one: HolderMove, until: int) -> int:
    """Moves the holders among the customers up to before `until`; how many products."""
    span = (one.next_customer, until)
    done = await conn.execute(
        QUERIES.move_holders, one.offering_id, one.from_version, one.to_version, *span, one.at, timeout=600
    )
    return int(done.rpartition(" ")[2])


async def go_on(conn: Connection, one: HolderMove, until: int, moved: int, done_at: datetime | None) -> None:
    await conn.execute(QUERIES.go_on, one.id, until, moved, done_at)
