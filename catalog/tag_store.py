"""Tags, what was said of whose, and customers as rules see them, between PostgreSQL and values.

Knows statements and their columns; must not know which tag is right.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from asyncpg import Connection, Record

import sql
from catalog import price_rows
from catalog.documents.values import ValueReader
from catalog.policies.document import read_condition, write_condition
from catalog.tag import Said, Tag, Verdict
from catalog.text import Text
from sql.pool import Database

QUERIES = sql.queries("tag")


@dataclass(frozen=True, slots=True)
class Person:
    """A customer as the conditions of tags see them; `offerings` are the ids of what is held."""

    id: int
    kind: str
    status: str
    brand: str | None
    place: str | None
    enterprise: str | None
    industry: str | None
    size_class: str | None
    joined_at: datetime | None
    personalisation: bool
    tags: tuple[str, ...]
    said: tuple[Said, ...]
    attributes: Mapping[str, str | float | None]
    markets: tuple[str, ...]
    offerings: tuple[int, ...]


async def tags(db: Database | Connection, code: str | None = None) -> list[Tag]:
    """Every tag, or the one with this code."""
    return [_tag(row) for row in await db.fetch(QUERIES.tags, code)]


async def put(conn: Connection, one: Tag, etag: int | None) -> int | None:
    """Its new etag, or None when somebody else was faster; `etag` None: it is new."""
    condition = None if one.condition is None else write_condition(one.condition)
    found = await conn.fetchval(
        QUERIES.put, one.code, one.name.to_json(), condition, one.valid.start, one.valid.end, etag
    )
    return None if found is None else int(found)


async def take(conn: Connection, code: str, region: str | None) -> list[Said] | None:
    """What was said of a customer's tags, the row held; None when there is no such customer in the region."""
    row = await conn.fetchrow(QUERIES.take, code, region)
    return None if row is None else list(_said(row["tagging"]))


async def say(conn: Connection, code: str, said: Iterable[Said], at: datetime) -> None:
    """Keeps what was said of a customer's tags, in the place of all that was said before."""
    await conn.execute(QUERIES.say, code, {one.code: _written(one) for one in said} or None, at)


async def holding(conn: Connection, code: str, at: datetime) -> list[str]:
    """The tags that hold for a customer at `at`."""
    return list(await conn.fetchval(QUERIES.holds, code, at) or ())


async def bounds(db: Database) -> tuple[int, int] | None:
    """The lowest and the highest number of a customer, None when there is nobody."""
    row = await db.fetchrow(QUERIES.bounds)
    return None if row is None or row["low"] is None else (row["low"], row["high"])


async def people(db: Database, low: int, high: int, at: datetime) -> list[Person]:
    """Customers from `low` up to but not including `high`."""
    return [_person(row) for row in await db.fetch(QUERIES.people, low, high, at)]


async def apply(conn: Connection, found: Sequence[Verdict], at: datetime) -> None:
    """Writes what rules change."""
    rows = [(one.customer_id, code, is_set) for one in found
            for codes, is_set in ((one.added, True), (one.removed, False)) for code in codes]  # fmt: skip
    if rows:
        ids, codes, sets = zip(*rows, strict=True)
        await conn.execute(QUERIES.apply, ids, codes, sets, at)


def _tag(row: Record) -> Tag:
    condition = None
    if row["condition"] is not None:
        reader = ValueReader(UTC)
        condition = read_condition(reader, row["condition"], ("condition",))
        if condition is None:
            # Only what was read once is written, so this is a row that somebody changed by hand.
            raise ValueError(f"tag {row['code']} in the database: {reader.problems[0].message.said('en')}")
    return Tag(row["code"], Text.from_json(row["name"]), condition, price_rows.period(row), row["etag"])


def _said(tagging: Mapping[str, Any] | None) -> Iterable[Said]:
    for code, one in sorted((tagging or {}).items()):
        until = one.get("until")
        yield Said(
            code,
            bool(one["set"]),
            one["source"],
            one["by"],
            one.get("reason"),
            datetime.fromisoformat(one["since"]),
            datetime.fromisoformat(until) if until else None,
        )


def _written(one: Said) -> dict[str, Any]:
    known = {
        "set": one.is_set,
        "source": one.source,
        "by": one.by,
        "reason": one.reason,
        "since": one.since.isoformat(),
        "until": one.until.isoformat() if one.until else None,
    }
    return {name: value for name, value in known.items() if value is not None}


def _person(row: Record) -> Person:
    known = {name: row[name] for name in Person.__dataclass_fields__ if name != "said"}
    lists = {name: tuple(row[name]) for name in ("tags", "markets", "offerings")}
    return Person(**known | lists, said=tuple(_said(row["tagging"])))
