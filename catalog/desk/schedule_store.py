"""What launches and retirements that lie ahead would leave behind when they are cancelled, in PostgreSQL.

Knows statements and their columns; must not know rules, nor open a transaction that it was not handed.
"""

from __future__ import annotations

from datetime import datetime

from asyncpg import Connection

import sql
from catalog.desk.advancing import Ends
from catalog.offering import Offering

QUERIES = sql.queries("schedule")


async def keep(conn: Connection, one: Offering, undo: Ends) -> None:
    """Remembers the undo of the plan that `one` was saved with; without one, nothing of it lies ahead any more."""
    if undo:
        ends = {str(version): end.isoformat() if end else None for version, end in undo.items()}
        await conn.execute(QUERIES.put_schedule, one.id, one.version, ends)
    else:
        await conn.execute(QUERIES.drop_schedule, one.id, one.version)


async def undo_of(conn: Connection, one: Offering) -> Ends:
    """What the plan of `one` goes back to; empty when none is known, as of those that a file brought."""
    found = await conn.fetchval(QUERIES.schedule, one.id, one.version) or {}
    return {int(version): datetime.fromisoformat(end) if end else None for version, end in found.items()}
