"""Changes of the catalog between PostgreSQL and values.

Knows statements and their columns; must not know who follows them. Edits leave their changes by themselves: triggers
of migration 0016 write them in the transaction of the edit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from asyncpg import Connection

import sql
from catalog.documents.write import differences
from catalog.feeds.change import Change
from catalog.offering import Offering
from sql.pool import Database

QUERIES = sql.queries("change")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which changes; None: any."""

    entities: Sequence[str] | None = None
    codes: Sequence[str] | None = None
    actions: Sequence[str] | None = None
    since: datetime | None = None

    def accepts(self, one: Change) -> bool:
        return (
            (self.entities is None or one.entity in self.entities)
            and (self.codes is None or one.code in self.codes)
            and (self.actions is None or one.action in self.actions)
            and (self.since is None or one.at >= self.since)
        )


ANY = Wanted()


async def page(db: Database, after: int, limit: int, wanted: Wanted = ANY) -> tuple[Change, ...]:
    """At most `limit` changes behind the number `after`, in order."""
    rows = await db.fetch(QUERIES.page, after, wanted.entities, wanted.codes, wanted.actions, wanted.since, limit)
    return tuple(Change(**row) for row in rows)


async def between(db: Database, after: int, until: int) -> tuple[Change, ...]:
    """The changes behind `after` up to `until`: the same ones whenever it is asked."""
    return tuple(Change(**row) for row in await db.fetch(QUERIES.between, after, until))


async def count(db: Database, wanted: Wanted = ANY) -> int:
    return int(await db.fetchval(QUERIES.count, wanted.entities, wanted.codes, wanted.actions, wanted.since))


async def last(db: Database) -> int:
    return int(await db.fetchval(QUERIES.last))


async def record_imported(conn: Connection, found: Iterable[tuple[Offering | None, Offering]]) -> None:
    """One change for each version that a file brought, beside what was there before it."""
    rows = []
    for before, after in found:
        told = differences(before, after)
        action = "offering.import" if before else "offering.create"
        rows.append((after.code, after.version, action, told["before"], told["after"]))
    await conn.executemany(QUERIES.record, rows)
