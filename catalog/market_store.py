"""Cluster markets between PostgreSQL and values, one at a time; the snapshot reads them all.

Knows statements and their columns; must not know which change is right, nor open a transaction.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from asyncpg import Connection, Record

import sql
from catalog import price_rows
from catalog.market import MarketKind, MarketSegment
from catalog.text import Text

QUERIES = sql.queries("market")


def market(row: Record) -> MarketSegment:
    return MarketSegment(
        id=row["id"],
        code=row["code"],
        kind=MarketKind(row["kind"]),
        name=Text.from_json(row["name"]),
        place=row["place"],
        size=row["size"],
        potential=row["potential"],
        facts=row["facts"],
        valid=price_rows.period(row),
        etag=row["etag"],
    )


async def of_code(conn: Connection, code: str) -> MarketSegment | None:
    """The market with this code, or None; one that was closed before it began was never there."""
    row = await conn.fetchrow(QUERIES.of_code, code)
    return market(row) if row else None


async def of_codes(conn: Connection, codes: Iterable[str]) -> dict[str, MarketSegment]:
    """code → market; unknown codes are left out."""
    return {row["code"]: market(row) for row in await conn.fetch(QUERIES.of_codes, list(codes))}


async def add(conn: Connection, one: MarketSegment) -> MarketSegment | None:
    """The market with its row, or None when its code is taken."""
    found = await conn.fetchval(QUERIES.add, one.code, *_row(one))
    return None if found is None else replace(one, id=found)


async def change(conn: Connection, one: MarketSegment) -> MarketSegment | None:
    """The market with its next etag, or None when it no longer has the one that `one` was made of."""
    found = await conn.fetchval(QUERIES.change, one.code, one.etag, *_row(one))
    return None if found is None else replace(one, etag=found)


def _row(one: MarketSegment) -> tuple[object, ...]:
    return (
        one.kind.value,
        one.name.to_json(),
        one.place,
        one.size,
        one.potential,
        dict(one.facts),
        one.valid.start,
        one.valid.end,
    )
