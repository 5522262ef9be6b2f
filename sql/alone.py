"""What only one session of a database may do at a time.

It knows advisory locks, and must not know what is done under them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

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
