"""A database into a backup's file and back, by PostgreSQL's own pg_dump and pg_restore.

It knows snapshots, processes and fingerprints of rows, and must not know what the tables mean.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg

import sql
from sql.backup_file import BadBackup, Manifest, Print, check, reading, writing
from sql.backup_programs import Tell, beside, dump, load
from sql.migrate import shipped
from sql.unavailable import location, translate

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]

QUERIES = sql.queries("backup")
# Rows that every migrated database has; they do not make it anybody's.
_OURS = {"public.schema_migration", "public.catalog_revision", "public.catalog_part", "public.document_revision"}
# A plain table's name stands in the statements; another one takes its place.
_STAND_IN = "public.schema_migration t"


@dataclass(frozen=True, slots=True)
class Difference:
    """A table that does not hold what the backup's manifest says; None where there is no such table."""

    table: str
    expected: Print | None
    found: Print | None


async def backup(dsn: str, path: Path, *, at: str, code: str, dumped: Tell) -> Manifest:
    """Write everything that was committed at one moment to `path`, wholly or not at all.

    `dumped` hears the bytes as they are written; `at` and `code` go into the manifest. Raises BadBackup,
    DatabaseUnavailable and OSError.
    """
    with writing(path) as file:
        async with _session(dsn) as connection, connection.transaction(isolation="repeatable_read", readonly=True):
            await connection.fetch(QUERIES.steady)
            snapshot = await connection.fetchval(QUERIES.snapshot)
            tables = await connection.fetch(QUERIES.tables)
            prints = await beside(
                dump(dsn, snapshot, file, dumped), _prints(connection, [row["name"] for row in tables])
            )
            about = await connection.fetchrow(QUERIES.about)
            assert about is not None
            manifest = Manifest(
                1, at, code, about["server"], about["database"], await _migrations(connection), prints,
                file.size, file.sha256,
            )  # fmt: skip
        file.finish(manifest)
    return manifest


async def restore(
    dsn: str, path: Path, *, replace: bool, size: Tell, read: Tell, restored: Tell
) -> tuple[Manifest, list[Difference]]:
    """Bring a backup back in one transaction, and compare every table with its manifest: no difference is equality.

    Raises BadBackup, and changes nothing, when the file is damaged or newer than this code, when others use the
    database, or when it holds data and `replace` is false. `size` hears the dump's bytes, `read` those checked,
    `restored` those given to PostgreSQL.
    """
    with reading(path) as (manifest, dumped):
        _check_version(manifest)
        size(manifest.size)
        await asyncio.to_thread(check, manifest, dumped, read)
        async with _session(dsn) as connection:
            await _check_target(connection, location(dsn), replace=replace)
            is_bare = not await connection.fetch(QUERIES.tables)
        await load(dsn, dumped, restored, first="" if is_bare else _forgetting())
    async with _session(dsn) as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.fetch(QUERIES.steady)
        found = await _prints(connection, [row["name"] for row in await connection.fetch(QUERIES.tables)])
    return manifest, differences(manifest.tables, found)


def differences(expected: Mapping[str, Print], found: Mapping[str, Print]) -> list[Difference]:
    """The tables, by name, in which the two are not the same."""
    names = sorted(expected.keys() | found.keys())
    return [
        Difference(name, expected.get(name), found.get(name)) for name in names if expected.get(name) != found.get(name)
    ]


def _forgetting() -> str:
    return ";\n".join((QUERIES.forget_staging, QUERIES.forget_tables, QUERIES.begin_anew))


def _check_version(manifest: Manifest) -> None:
    if unknown := sorted(set(manifest.migrations) - {migration.name for migration in shipped()}):
        raise BadBackup(
            f"the backup is of a newer version of Jishi ({manifest.code}; it has {unknown[-1]}); restore it with that "
            "version 备份来自更新的版本，请先升级程序"
        )


async def _check_target(connection: Connection, where: str, *, replace: bool) -> None:
    if others := await connection.fetchval(QUERIES.others):
        raise BadBackup(
            f"{others} other sessions use the database at {where}; stop Jishi and whatever else uses it first "
            "数据库正在被使用，请先停止服务"
        )
    if not replace and await _holds_data(connection):
        raise BadBackup(
            f"the database at {where} holds data; restore into an empty one (another JISHI_HOME or "
            "JISHI_DATABASE_URL), or give up what is there with --replace "
            "数据库已有数据，请恢复到空库，或用 --replace 覆盖"
        )


async def _holds_data(connection: Connection) -> bool:
    names = [row["name"] for row in await connection.fetch(QUERIES.tables)]
    if "public.catalog_revision" in names and await connection.fetchval(QUERIES.revision):
        return True
    for name in names:
        if name not in _OURS and await connection.fetchval(QUERIES.holds_rows.replace(_STAND_IN, f"{name} t")):
            return True
    return False


async def _migrations(connection: Connection) -> tuple[str, ...]:
    if not await connection.fetchval(QUERIES.is_migrated):
        return ()
    return tuple(row["name"] for row in await connection.fetch(QUERIES.migrations))


async def _prints(connection: Connection, tables: list[str]) -> dict[str, Print]:
    found = {}
    for name in tables:
        row = await connection.fetchrow(QUERIES.fingerprint.replace(_STAND_IN, f"{name} t"))
        assert row is not None
        found[name] = Print(row["rows"], row["hash"])
    return found


@asynccontextmanager
async def _session(dsn: str) -> AsyncIterator[Connection]:
    where = location(dsn)
    try:
        connection = await asyncpg.connect(dsn, timeout=10.0, server_settings={"application_name": "jishi backup"})
    except Exception as error:
        raise translate(error, where) or error from error
    try:
        yield connection
    except (asyncpg.PostgresError, asyncpg.InterfaceError, ConnectionError) as error:
        raise translate(error, where) or error from error
    finally:
        await connection.close(timeout=5.0)
