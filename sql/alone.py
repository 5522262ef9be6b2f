"""What only one session of a database may do at a time, and what several do one after another.

It knows advisory locks, and must not know what is done under them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import asyncpg

import sql
from sql.pool import Database

QUERIES = sql.queries("alone")


@asynccontextmanager
async def alone(db: Database, what: str) -> AsyncIterator[bool]:
    """Whether nobody else does `what` in this database; if so, nobody else may until the block or this process ends.

    Not through pgbouncer in transaction mode, where a session's locks are anybody's.
    """
    async with db.connection() as connection:
        # Giving the connection back frees its locks.
        yield await connection.fetchval(QUERIES.take, what)


@asynccontextmanager
async def in_turn(db: Database, what: str, *, patience: float) -> AsyncIterator[None]:
    """The block runs while nobody else is in one for `what`; after `patience` seconds of waiting it runs all the same.

    For work that is right at any time, and only better not done by all at the same moment.
    """
    async with db.connection() as connection:
        await connection.fetchval(QUERIES.be_patient, f"{round(1000 * patience)}ms")
        with suppress(asyncpg.LockNotAvailableError):
            await connection.fetchval(QUERIES.wait, what, timeout=patience + 2.0)
        yield
