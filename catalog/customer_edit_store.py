"""One customer's fields and dated attributes, taken, added and changed in the caller's transaction.

Knows statements and their columns; must not know which change is right.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from asyncpg import Connection

import sql
from catalog.customer_edit import Fields

QUERIES = sql.queries("customer")
COLUMNS = tuple(field.name for field in fields(Fields))


@dataclass(frozen=True, slots=True)
class Taken:
    """A customer whose row is held until the transaction ends; `is_allowed` within the region that was asked for."""

    id: int
    is_allowed: bool
    fields: Fields


async def take(conn: Connection, code: str, region: str | None) -> Taken | None:
    row = await conn.fetchrow(QUERIES.take, code, region)
    if row is None:
        return None
    known = {name: row[name] for name in COLUMNS} | {"tags": tuple(row["tags"])}
    return Taken(row["id"], row["is_allowed"], Fields(**known))


async def add(conn: Connection, code: str, wanted: Fields, at: datetime) -> int | None:
    """The new customer's row, or None when somebody else added the code meanwhile."""
    found = await conn.fetchval(QUERIES.add, code, *_row(wanted), at)
    return None if found is None else int(found)


async def change(conn: Connection, code: str, wanted: Fields, at: datetime) -> None:
    await conn.execute(QUERIES.change, code, *_row(wanted), at)


async def profile(conn: Connection, customer_id: int, at: datetime) -> Mapping[str, Any]:
    """The attributes known at `at`, none when nothing is."""
    return await conn.fetchval(QUERIES.profile, customer_id, at) or {}


async def put_profile(conn: Connection, customer_id: int, known_from: datetime, attributes: Mapping[str, Any]) -> None:
    await conn.execute(QUERIES.put_profile, customer_id, known_from, dict(attributes))


def _row(one: Fields) -> list[object]:
    return [list(one.tags) if name == "tags" else getattr(one, name) for name in COLUMNS]
