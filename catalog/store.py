"""The catalog between PostgreSQL and values: a snapshot read whole, categories and attributes written one by one.

Knows statements and their columns; must not know rules, nor open a transaction that it was not handed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from asyncpg import Connection, Record

import sql
from catalog import market_store, price_rows, registry_store, version_store
from catalog.customer import Attribute
from catalog.offering import Category, Offering
from catalog.snapshot import Snapshot, shared
from catalog.text import Text
from sql.pool import Database

QUERIES = sql.queries("catalog")
# When more offerings changed than this, the catalog is read whole.
FEW = 1_000
# What reading the catalog whole may take, in seconds.
PATIENCE = 60.0
# The registers, by the tables that they are kept in.
PARTS = ("attribute", "category", "catalog_entry", "market_segment")


async def revision(db: Database) -> int:
    return int(await db.fetchval(QUERIES.revision))


async def load(db: Database, at: datetime, before: Snapshot | None = None) -> Snapshot:
    """The catalog as committed now. When `before` is given, what did not change since is shared with it."""
    async with db.connection() as conn, conn.transaction(isolation="repeatable_read", readonly=True):
        return await load_within(conn, at, before)


async def load_within(conn: Connection, at: datetime, before: Snapshot | None = None) -> Snapshot:
    """The catalog as the caller's transaction sees it."""
    number = await conn.fetchval(QUERIES.revision)
    if before is None or not before.revision:
        return await _whole(conn, number, at, {})
    changed = {row["code"]: row["id"] for row in await conn.fetch(QUERIES.changed_offerings, before.revision)}
    if len(changed) > FEW:
        return await _whole(conn, number, at, before.versions)
    parts = [row["part"] for row in await conn.fetch(QUERIES.changed_parts, before.revision)]
    found = version_store.assemble(await version_store.rows(conn, at, list(changed.values()))) if changed else {}
    versions = {code: found.get(code, ()) for code in changed}
    return before.advanced(number, versions, **await _registers(conn, parts, at))


async def _whole(conn: Connection, number: int, at: datetime, known: Mapping[str, tuple[Offering, ...]]) -> Snapshot:
    rows = await version_store.rows(conn, at, None, PATIENCE)
    # Hundreds of thousands of objects: made beside the loop, which answers others meanwhile.
    found = await asyncio.to_thread(version_store.assemble, rows)
    versions = {code: shared(one, known.get(code, ())) for code, one in found.items()}
    return Snapshot(number, versions, **await _registers(conn, PARTS, at))


async def _registers(conn: Connection, parts: Iterable[str], at: datetime) -> dict[str, Any]:
    """The snapshot's registers that are kept in these tables."""
    found: dict[str, Any] = {}
    if "category" in parts:
        found["categories"] = {one.code: one for one in await categories(conn)}
    if "market_segment" in parts:
        found["markets"] = {row["code"]: market_store.market(row) for row in await conn.fetch(QUERIES.markets, at)}
    if "attribute" in parts:
        found["attributes"] = {one.code: one for one in await attributes(conn)}
    if "catalog_entry" in parts:
        entries = await registry_store.load(conn)
        found |= {"specifications": entries["specification"], "places": entries["place"]}
        found |= {"channels": entries["channel"], "policies": entries["policy"], "solutions": entries["solution"]}
    return found


async def categories(conn: Connection) -> list[Category]:
    return [_category(row) for row in await conn.fetch(QUERIES.categories)]


async def attributes(conn: Connection) -> list[Attribute]:
    return [_attribute(row) for row in await conn.fetch(QUERIES.attributes)]


def _category(row: Record) -> Category:
    return Category(row["code"], Text.from_json(row["name"]), row["parent"], price_rows.period(row), row["etag"])


def _attribute(row: Record) -> Attribute:
    return Attribute(row["code"], row["kind"], row["sensitive"], Text.from_json(row["name"]))


async def lock(conn: Connection) -> None:
    await conn.execute(QUERIES.lock)


async def next_revision(conn: Connection, at: datetime) -> int:
    """Moves the revision on and notifies every server process when the caller's transaction commits."""
    return int(await conn.fetchval(QUERIES.next_revision, at))


async def put_categories(conn: Connection, wanted: Sequence[Category]) -> int:
    """Writes what differs; returns how many categories changed."""
    changed = set()
    for one in wanted:
        if await conn.fetchval(QUERIES.put_category, one.code, one.name.to_json(), one.valid.start, one.valid.end):
            changed.add(one.code)
    for one in wanted:
        if await conn.fetchval(QUERIES.put_category_parent, one.code, one.parent):
            changed.add(one.code)
    return len(changed)


async def put_attributes(conn: Connection, wanted: Sequence[Attribute]) -> int:
    """Writes what differs; returns how many attributes changed."""
    changed = 0
    for one in wanted:
        row = (one.code, one.kind, one.sensitive, one.name.to_json())
        changed += await conn.fetchval(QUERIES.put_attribute, *row) is not None
    return changed


async def put_offerings(conn: Connection, codes: Iterable[str]) -> dict[str, int]:
    """Makes sure that every code has its row; code → id."""
    return {code: await conn.fetchval(QUERIES.put_offering, code) for code in codes}


async def put_template(conn: Connection, one: Offering) -> None:
    await conn.execute(QUERIES.put_template, one.code, one.template)
