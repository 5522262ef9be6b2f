"""The catalog as it was in force in a month that is past, read from PostgreSQL when somebody asks.

Knows which versions a snapshot lacks for it; must not know who asks. It is what was in force then as known now; what
was known then is the audit's matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from asyncpg import Connection

import sql
from catalog import market_store, price_rows, store, version_store
from catalog.lifecycle import LifecycleStatus
from catalog.offering import Offering
from catalog.period import Period
from catalog.snapshot import Snapshot
from sql.pool import Database

QUERIES = sql.queries("history")
Month = tuple[int, int]
LAST: Month = (9999, 12)
Versions = Mapping[str, tuple[Offering, ...]]


def month_of(at: datetime) -> Month:
    """The calendar month, in UTC, that an instant lies in: so much is read at once."""
    utc = at.astimezone(UTC)
    return utc.year, utc.month


def bounds(month: Month) -> tuple[datetime, datetime]:
    """Where a month begins, and where the next one does; there is no year after the last."""
    year, number = month
    start = datetime(year, number, 1, tzinfo=UTC)
    if month == LAST:
        return start, datetime.max.replace(tzinfo=UTC)
    return start, datetime(year + number // 12, number % 12 + 1, 1, tzinfo=UTC)


async def load(db: Database, current: Snapshot, since: datetime, month: Month) -> Snapshot:
    """`current` with what was in force in the month; it has nothing that ended before `since`."""
    start, end = bounds(month)
    async with db.connection() as conn, conn.transaction(isolation="repeatable_read", readonly=True):
        ended = await _ended(conn, start, end, since)
        markets = {row["code"]: market_store.market(row) for row in await conn.fetch(store.QUERIES.markets, start)}
    versions = merged(current.versions, ended)
    return replace(current, versions=versions, markets=markets, _moments={}, _changed=frozenset())


async def _ended(conn: Connection, start: datetime, end: datetime, since: datetime) -> list[Offering]:
    """The versions that ended, each as it was while it was in force."""
    found = await conn.fetch(QUERIES.ended, start, end, since)
    during: dict[tuple[str, int], Period] = {(row["code"], row["version"]): price_rows.period(row) for row in found}
    rows = await version_store.rows(conn, None, sorted({row["id"] for row in found}))
    return [
        replace(one, lifecycle_status=LifecycleStatus.LAUNCHED, valid=during[one.code, one.version])
        for versions in version_store.assemble(rows).values()
        for one in versions
        if (one.code, one.version) in during
    ]


def merged(current: Versions, ended: Iterable[Offering]) -> Versions:
    """`current` with the versions that ended in their places; where both have one, it is as it was."""
    found = dict(current)
    for one in ended:
        known = {version.version: version for version in found.get(one.code, ())}
        found[one.code] = tuple(version for _, version in sorted({**known, one.version: one}.items()))
    return found
