"""What the tables say, named by the operator's own codes, so that two databases can be compared.

Knows tables and columns; must not know how the rows came in.
"""

from __future__ import annotations

import asyncio

import asyncpg

# Rows as text without internal numbers, which differ between two databases that hold the same.
CONTENTS = {
    "customer": "select to_jsonb(c) - 'id' - 'etag' - 'updated_at' as row from customer c",
    "customer_profile": "select jsonb_build_array(c.code, p.known_from, p.attributes) as row"
    " from customer_profile p join customer c on c.id = p.customer_id",
    "product": "select to_jsonb(p) - 'customer_id' - 'offering_id' - 'bundle_offering_id'"
    " || jsonb_build_object('c', c.code, 'o', o.code, 'b', b.code) as row"
    " from product p join customer c on c.id = p.customer_id join offering o on o.id = p.offering_id"
    " left join offering b on b.id = p.bundle_offering_id",
    "product_usage": "select to_jsonb(u) - 'customer_id' - 'offering_id'"
    " || jsonb_build_object('c', c.code, 'o', o.code) as row"
    " from product_usage u join customer c on c.id = u.customer_id join offering o on o.id = u.offering_id",
    "market_segment": "select to_jsonb(m) - 'id' - 'etag' as row from market_segment m",
    "market_member": "select jsonb_build_array(c.code, s.code, m.member_from, m.member_to) as row"
    " from market_member m join customer c on c.id = m.customer_id join market_segment s on s.id = m.market_id",
    "outcome": "select to_jsonb(u) - 'customer_id' - 'offering_id'"
    " || jsonb_build_object('c', c.code, 'o', o.code) as row"
    " from outcome u join customer c on c.id = u.customer_id join offering o on o.id = u.offering_id",
    "attribute": "select to_jsonb(a) as row from attribute a",
    "offering": "select jsonb_build_array(o.code, v.version, v.name, v.lifecycle_status, v.valid) as row"
    " from offering o left join offering_version v on v.offering_id = o.id",
}

Fingerprint = dict[str, tuple[int, str]]


async def fingerprint(dsn: str, *tables: str) -> Fingerprint:
    """table → (rows, sum of their hashes)."""
    connection = await asyncpg.connect(dsn)
    try:
        found = {}
        for name in tables or CONTENTS:
            row = await connection.fetchrow(
                f"select count(*), coalesce(sum(hashtextextended(row::text, 0)::numeric), 0)::text"
                f" from ({CONTENTS[name]}) t"
            )
            found[name] = (row[0], row[1])
        return found
    finally:
        await connection.close()


async def fetch(dsn: str, query: str, *arguments: object) -> list[tuple[object, ...]]:
    """Waits for a server that is coming up."""
    async with asyncio.timeout(30):
        connection = await _connected(dsn)
    try:
        return [tuple(row.values()) for row in await connection.fetch(query, *arguments)]
    finally:
        await connection.close()


async def _connected(dsn: str) -> asyncpg.Connection[asyncpg.Record]:
    while True:
        try:
            return await asyncpg.connect(dsn)
        except (OSError, asyncpg.CannotConnectNowError, asyncpg.PostgresConnectionError):
            await asyncio.sleep(0.02)
