"""Holders of an offering, counted in PostgreSQL: all of them, or in a sample where there are very many products.

Knows statements and how much of a table is read; must not know what the counts are for.
"""

from __future__ import annotations

from datetime import datetime

import sql
from catalog.retire_impact import HeldRow
from sql.pool import Database

QUERIES = sql.queries("retire_impact")
# So many products are read in any case; of more, a sample of about as many.
READ = 1_000_000


async def holders(db: Database, offering_id: int, at: datetime, region: str | None) -> tuple[list[HeldRow], float]:
    """Counts by status, origin and version, and the share of all products that they were counted in."""
    share = share_of(int(await db.fetchval(QUERIES.products_estimate)))
    found = await db.fetch(QUERIES.holders, offering_id, at, region, share * 100)
    return [HeldRow(**dict(row)) for row in found], share


def share_of(products: int) -> float:
    return 1.0 if products <= READ else READ / products
