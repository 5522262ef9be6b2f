"""The catalog between PostgreSQL and values: a snapshot read whole, categories and attributes written one by one.

Knows statements and their columns; must not know rules, nor open a transaction that it was not handed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from asyncpg import Connection, Record

import sql
from catalog import market_store, price_rows, registry_store, version_store
from catalog.customer import Attribute
from catalog.offering import Category, Offering
from catalog.snapshot import Snapshot
from catalog.text import Text
from sql.pool import Database

QUERIES = sql.queries("catalog")


async def revision(db: Database) -> int:
    return int(await db.fetchval(QUERIES.revision))


async def load(db: Database, at: datetime, before: Snapshot | None = None) -> Snapshot:
    """The catalog as committed now. Objects equal to those of the snapshot `before` are shared with it."""
    async with db.connection() as conn, conn.transaction(isolation="repeatable_read", readonly=True):
        return await load_within(conn, at, before)


async def load_within(conn: Connection, at: datetime, before: Snapshot | None = None) -> Snapshot:
    """The catalog as the caller's transaction sees it."""
    number = await conn.fetchval(QUERIES.revision)
    versions = await version_store.current_and_coming(conn, at)
    known = before.versions if before else {}
    entries = await registry_store.load(conn)
    return Snapshot(
        revision=number,
        versions={code: _shared(found, known.get(code, ())) for code, found in versions.items()},
        categories={one.code: one for one in await categories(conn)},
        markets={row["code"]: market_store.market(row) for row in await conn.fetch(QUERIES.markets, at)},
        attributes={one.code: one for one in await attributes(conn)},
        specifications=entries["specification"],
        places=entries["place"],
        channels=entries["channel"],
        policies=entries["policy"],
        solutions=entries["solution"],
    )


async def categories(conn: Connection) -> list[Category]:
    return [_category(row) for row in await conn.fetch(QUERIES.categories)]


async def attributes(conn: Connection) -> list[Attribute]:
    return [_attribute(row) for row in await conn.fetch(QUERIES.attributes)]


def _shared(found: tuple[Offering, ...], known: tuple[Offering, ...]) -> tuple[Offering, ...]:
    if found == known:
        return known
    same = {one.version: one for one in known}
    return tuple(same[one.version] if same.get(one.version) == one else one for one in found)


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
