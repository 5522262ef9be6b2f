from __future__ import annotations

from sql.pool import Database


async def test_sibling_reads_run_at_the_same_time(db: Database) -> None:
    assert await db.fetchval("select count(*) from customer") == 0
