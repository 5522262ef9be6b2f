"""Brings a database's schema to what this code expects, by plain SQL files in the order of their names.

It knows files, checksums and a lock, and must not know what the tables hold.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

import asyncpg

from sql.errors import DatabaseUnavailable
from sql.server import check
from sql.unavailable import location, translate

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]

_CONNECT_LIMIT = 10.0
# Any fixed number will do, as long as nothing else in this database takes the same advisory lock.
_LOCK = 0x6A69736869
_TABLE = """
create table if not exists schema_migration (
    name       text primary key,
    checksum   text not null,
    applied_at timestamptz not null default now()
)
"""


class MigrationError(Exception):
    """The database and this code do not fit together; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file: its name without .sql, and its text."""

    name: str
    text: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the text, the same whatever the line ends are."""
        return hashlib.sha256(self.text.replace("\r\n", "\n").encode()).hexdigest()


def shipped() -> list[Migration]:
    """The migrations of this version of the code, in order."""
    folder = resources.files("sql").joinpath("migrations")
    files = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".sql")), key=lambda entry: entry.name)
    return [Migration(entry.name.removesuffix(".sql"), entry.read_text(encoding="utf-8")) for entry in files]


async def migrate(dsn: str, *, migrations: Iterable[Migration] | None = None) -> list[str]:
    """Apply what is missing, one transaction a file, and return the names applied now.

    Several processes may do this at once: one works, the others wait for it. MigrationError when an applied file was
    changed, when the database is newer than this code, or when a file fails (what came before it stays applied).
    """
    wanted = list(shipped() if migrations is None else migrations)
    async with _connection(dsn) as connection:
        await connection.execute("select pg_advisory_lock($1)", _LOCK)
        await connection.execute(_TABLE)
        missing = _missing(wanted, await _applied(connection))
        for migration in missing:
            await _apply(connection, migration)
        return [migration.name for migration in missing]


async def pending(dsn: str, *, migrations: Iterable[Migration] | None = None) -> list[str]:
    """The names that `migrate` would apply; changes nothing, and raises the same errors."""
    wanted = list(shipped() if migrations is None else migrations)
    async with _connection(dsn) as connection:
        known = await connection.fetchval("select to_regclass('schema_migration') is not null")
        applied = await _applied(connection) if known else {}
        return [migration.name for migration in _missing(wanted, applied)]


@asynccontextmanager
async def _connection(dsn: str) -> AsyncIterator[Connection]:
    try:
        # No limit on commands: an index on a large table takes what it takes.
        connection = await _connect(dsn)
        try:
            await check(connection, location(dsn))
            yield connection
        finally:
            await connection.close(timeout=5.0)
    except asyncpg.InsufficientPrivilegeError as error:
        raise MigrationError(
            f"the database's user may not do this: {error}; let the owner of the database {location(dsn)} run Jishi "
            "(alter database NAME owner to USER) 数据库用户权限不足，请使用该数据库的所有者"
        ) from error
    except Exception as error:
        raise translate(error, location(dsn)) or error from error


async def _connect(dsn: str) -> Connection:
    try:
        return await asyncpg.connect(dsn, timeout=_CONNECT_LIMIT, server_settings={"application_name": "jishi migrate"})
    except TimeoutError as error:
        raise DatabaseUnavailable(
            f"nothing at {location(dsn)} answers like PostgreSQL within {_CONNECT_LIMIT:g} s; check host and port in "
            "JISHI_DATABASE_URL, and whether that server hangs 该地址没有 PostgreSQL 响应，请检查主机、端口和服务器"
        ) from error


async def _applied(connection: Connection) -> dict[str, str]:
    rows = await connection.fetch("select name, checksum from schema_migration order by name")
    return {row["name"]: row["checksum"] for row in rows}


def _missing(wanted: list[Migration], applied: dict[str, str]) -> list[Migration]:
    if unknown := sorted(applied.keys() - {migration.name for migration in wanted}):
        raise MigrationError(
            f"the database was migrated by a newer version (it has {unknown[-1]}); install that version of Jishi, or "
            "restore the backup made before it 数据库版本比程序新，请升级程序或恢复升级前的备份"
        )
    for migration in wanted:
        if applied.get(migration.name, migration.checksum) != migration.checksum:
            raise MigrationError(
                f"migration {migration.name} was changed after it had been applied; restore the file as released, and "
                "put the change into a new migration 已执行的迁移文件被修改，请还原该文件并新建迁移"
            )
    return [migration for migration in wanted if migration.name not in applied]


async def _apply(connection: Connection, migration: Migration) -> None:
    try:
        async with connection.transaction():
            await connection.execute(migration.text)
            await connection.execute(
                "insert into schema_migration (name, checksum) values ($1, $2)", migration.name, migration.checksum
            )
    except asyncpg.PostgresError as error:
        if translate(error, ""):
            raise
        raise MigrationError(
            f"migration {migration.name} failed and was rolled back: {error}; the migrations before it stay, so mend "
            "the cause and start again 迁移失败并已回滚，请排除原因后重试"
        ) from error
