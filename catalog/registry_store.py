"""Entries of the registers between PostgreSQL and values.

Knows statements and their columns; must not know rules, nor open a transaction that it was not handed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from asyncpg import Connection, Record

import sql
from catalog import price_rows
from catalog.documents.values import ValueReader
from catalog.documents.written import Json, known, period
from catalog.registry import REGISTERS, Entry

QUERIES = sql.queries("catalog")
# What has a column of its own; everything else that a document says of an entry is its content.
COLUMNS = frozenset({"code", "name", "validFor"})
Entries = dict[str, dict[str, Any]]


async def load(conn: Connection) -> Entries:
    """kind → code → the entry, with its etag."""
    found: Entries = {kind: {} for kind in REGISTERS}
    for row in await conn.fetch(QUERIES.entries):
        found[row["kind"]][row["code"]] = _entry(row)
    return found


async def put(conn: Connection, kind: str, one: Entry, at: datetime) -> bool:
    """Writes what differs; whether anything did."""
    node = REGISTERS[kind].write(one)
    content = {key: value for key, value in node.items() if key not in COLUMNS}
    row = (kind, one.code, one.name.to_json(), one.valid.start, one.valid.end, content, at)
    return await conn.fetchval(QUERIES.put_entry, *row) is not None


async def put_all(conn: Connection, entries: Mapping[str, tuple[Entry, ...]], at: datetime) -> int:
    """Writes what differs of a document's registers; returns how many entries changed."""
    return sum([await put(conn, kind, one, at) for kind, found in entries.items() for one in found])


def _entry(row: Record) -> Entry:
    valid = price_rows.period(row)
    node: Json = {**known(code=row["code"], name=row["name"], validFor=period(valid)), **row["content"]}
    reader = ValueReader(UTC)
    found = REGISTERS[row["kind"]].read(reader, node, ())
    if found is None:
        # Only what was read once is written, so this is a row that somebody changed by hand.
        raise ValueError(f"{row['kind']} {row['code']} in the database: {reader.problems[0].message.said('en')}")
    return replace(found, etag=row["etag"])
