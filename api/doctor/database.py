"""Looks at the database: reachable, fit, migrated; the catalog, the model and the imports in it.

Knows what is healthy; must not create a database that is not there yet, nor change one that is.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import asyncpg

import sql
from api.doctor.finding import Finding, broken, fine, glance
from api.settings import Settings
from sql import embedded, embedded_cluster
from sql.errors import DatabaseUnavailable
from sql.migrate import MigrationError, pending
from sql.pool import Database
from sql.unavailable import location

QUERIES = sql.queries("doctor")
MADE_FOR = 18
CLOCKS_APART = timedelta(seconds=5)
OLD_MODEL = timedelta(days=7)
OLD_IMPORT = timedelta(hours=1)
FEW_CONNECTIONS = 10


async def look(chosen: Settings, now: datetime) -> list[Finding]:
    """Stops at the first thing that keeps the rest from being seen."""
    if not chosen.database_url and embedded_cluster.load(chosen.home) is None:
        return [fine("database", "none yet; `jishi up` makes an embedded one")]
    try:
        async with _server(chosen) as dsn:
            db = await Database.open(dsn, max_size=1, command_timeout=30.0)
            try:
                return [*await _server_is_fit(db, dsn, now), *await _schema_fits(dsn), *await _contents(db, now)]
            finally:
                await db.close()
    except DatabaseUnavailable as error:
        return [broken("database", "cannot be used", str(error), str(error))]


@asynccontextmanager
async def _server(chosen: Settings) -> AsyncIterator[str]:
    if chosen.database_url:
        yield chosen.database_url
        return
    server = await asyncio.to_thread(embedded.start, chosen.home)
    try:
        yield server.dsn
    finally:
        await asyncio.to_thread(server.close)


async def _server_is_fit(db: Database, dsn: str, now: datetime) -> list[Finding]:
    row = await db.fetchrow(QUERIES.server)
    assert row is not None
    found = f"PostgreSQL {row['version']}, {row['encoding']}, at {location(dsn)}"
    findings = [fine("database", found)]
    if row["major"] < MADE_FOR:
        findings = [glance("database", found, f"upgrade to PostgreSQL {MADE_FOR}", f"建议升级到 PostgreSQL {MADE_FOR}")]
    if row["is_superuser"]:
        findings.append(
            glance(
                "database",
                "the role is a superuser",
                "let Jishi use a role of its own that owns its database and nothing else",
                "请为其使用仅拥有本数据库的普通角色",
            )
        )
    if row["most"] - row["used"] < FEW_CONNECTIONS:
        findings.append(
            glance(
                "database",
                f"{row['used']} of {row['most']} connections are in use",
                "raise max_connections, or run fewer --workers",
                "请提高 max_connections 或减少 --workers",
            )
        )
    apart = abs(row["now"] - now)
    if apart > CLOCKS_APART:
        findings.append(
            glance(
                "clock",
                f"the database's clock is {apart.total_seconds():,.0f} s away",
                "synchronise both machines' clocks",
                "请同步两台机器的时间",
            )
        )
    return findings


async def _schema_fits(dsn: str) -> list[Finding]:
    try:
        missing = await pending(dsn)
    except MigrationError as error:
        return [broken("migrations", "the database and this version do not fit", str(error), str(error))]
    if missing:
        return [
            glance(
                "migrations",
                f"{len(missing)} pending: {', '.join(missing)}",
                "run jishi migrate",
                "请运行 jishi migrate",
            )
        ]
    return [fine("migrations", "all applied")]


async def _contents(db: Database, now: datetime) -> list[Finding]:
    try:
        return [await _catalog(db), await _model(db, now), *await _imports(db, now)]
    except asyncpg.UndefinedTableError:
        # Pending migrations said so already.
        return []


async def _catalog(db: Database) -> Finding:
    row = await db.fetchrow(QUERIES.catalog)
    if row is None or not row["launched"]:
        return glance(
            "catalog",
            "no launched offering",
            "run jishi import catalog FILE, or jishi up for a demo operator",
            "请运行 jishi import catalog 文件，或用 jishi up 生成演示数据",
        )
    return fine("catalog", f"{row['launched']:,} launched offerings, revision {row['revision']}")


async def _model(db: Database, now: datetime) -> Finding:
    row = await db.fetchrow(QUERIES.model)
    if row is None:
        return glance(
            "model", "none serves", "run jishi train; until then nothing is recommended", "请运行 jishi train"
        )
    age = now - row["created_at"]
    found = f"model {row['version']} serves, trained {_ago(age)} ago"
    if age > OLD_MODEL:
        return glance("model", found, "train every night: jishi train --at 02:00", "请每晚训练：jishi train --at 02:00")
    return fine("model", found)


async def _imports(db: Database, now: datetime) -> list[Finding]:
    rows = await db.fetch(QUERIES.imports)
    last = [f"{row['kind']} {_ago(now - row['published_at'])} ago ({row['rows_rejected']:,} rejected)" for row in rows]
    findings = [fine("imports", "; ".join(last) or "none yet")]
    findings += [
        glance(
            "imports",
            f"{row['kind']} {row['file_name']} was begun {_ago(now - row['started_at'])} ago and is not finished",
            "import the same file again: it goes on where it was",
            "请再次导入同一文件，将从中断处继续",
        )
        for row in await db.fetch(QUERIES.unfinished)
        if now - row["started_at"] > OLD_IMPORT
    ]
    return findings


def _ago(age: timedelta) -> str:
    seconds = max(0.0, age.total_seconds())
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
