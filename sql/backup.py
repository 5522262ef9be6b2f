"""A database into a backup's file and back, by PostgreSQL's own pg_dump and pg_restore.

It knows snapshots, processes and fingerprints of rows, and must not know what the tables mean.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

import asyncpg

import sql
from sql.backup_file import PIECE, BadBackup, Manifest, Print, Writer, check, reading, writing
from sql.embedded_account import Account, binaries
from sql.migrate import shipped
from sql.unavailable import location, translate

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]

QUERIES = sql.queries("backup")
# Rows that every migrated database has; they do not make it anybody's.
_OURS = {"public.schema_migration", "public.catalog_revision"}
# A plain table's name stands in the statements; another one takes its place.
_STAND_IN = "public.schema_migration t"
_SAY = 4000

Answer = TypeVar("Answer")
Tell = Callable[[int], None]


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
            prints = await _beside(
                _dump(dsn, snapshot, file, dumped), _prints(connection, [row["name"] for row in tables])
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
    with reading(path) as (manifest, dump):
        _check_version(manifest)
        size(manifest.size)
        await asyncio.to_thread(check, manifest, dump, read)
        async with _session(dsn) as connection:
            await _check_target(connection, location(dsn), replace=replace)
            await connection.execute(QUERIES.forget_staging)
        await _load(dsn, dump, restored)
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


async def _beside(other: Coroutine[Any, Any, None], wanted: Coroutine[Any, Any, Answer]) -> Answer:
    """Run both at once; when one fails, the other is given up."""
    tasks = asyncio.create_task(other), asyncio.create_task(wanted)
    try:
        return (await asyncio.gather(*tasks))[1]
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def _dump(dsn: str, snapshot: str, file: Writer, dumped: Tell) -> None:
    # Partitions are chosen anew when rows come back: a hash may differ on another machine.
    options = ["--format=custom", "--compress=gzip:1", "--no-owner", "--no-privileges", "--load-via-partition-root"]
    options += [f"--snapshot={snapshot}", "--exclude-table=staging.*"]
    async with _client("pg_dump", options, dsn) as process:
        assert process.stdout is not None
        while piece := await process.stdout.read(PIECE):
            file.write(piece)
            dumped(len(piece))


async def _load(dsn: str, dump: IO[bytes], restored: Tell) -> None:
    options = ["--single-transaction", "--clean", "--if-exists", "--no-owner", "--no-privileges"]
    async with _client("pg_restore", options, dsn) as process:
        assert process.stdin is not None
        with contextlib.suppress(ConnectionError):
            while piece := await asyncio.to_thread(dump.read, PIECE):
                process.stdin.write(piece)
                await process.stdin.drain()
                restored(len(piece))
            process.stdin.close()


@asynccontextmanager
async def _client(name: str, options: list[str], dsn: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """One of PostgreSQL's programs at work; raises BadBackup with its words when it fails, and never outlives us."""
    address, password = _without_password(dsn)
    program = binaries(Account(os.geteuid(), os.getegid())) / name
    process = await asyncio.create_subprocess_exec(
        program, *options, f"--dbname={address}",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, limit=PIECE,
        env=os.environ | {"LC_ALL": "C"} | ({"PGPASSWORD": password} if password else {}),
    )  # fmt: skip
    assert process.stderr is not None
    words = asyncio.create_task(process.stderr.read())
    try:
        yield process
        code = await process.wait()
        said = (await words).decode(errors="replace").strip()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        await asyncio.wait([words])
    if code:
        raise BadBackup(f"{name} failed, and nothing was changed 操作失败，未作更改:\n{said[-_SAY:]}")


def _without_password(dsn: str) -> tuple[str, str | None]:
    """The address without its password, which every user of the machine could read among the processes."""
    parts = urlsplit(dsn)
    asked = dict(parse_qsl(parts.query))
    password = asked.pop("password", None) or (unquote(parts.password) if parts.password else None)
    user, _, host = parts.netloc.rpartition("@")
    netloc = f"{user.partition(':')[0]}@{host}" if user else host
    return urlunsplit(parts._replace(netloc=netloc, query=urlencode(asked, quote_via=quote))), password


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
