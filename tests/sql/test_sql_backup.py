from __future__ import annotations

import asyncio
import dataclasses
import json
import secrets
import stat
import tarfile
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from sql.backup import backup, differences, restore
from sql.backup_file import BadBackup, Manifest, Print, reading, writing
from sql.embedded import EmbeddedPostgres
from sql.migrate import migrate
from sql.pool import Database

AT = "2026-03-01T02:00:00+00:00"


def ignore(_: int) -> None:
    return None


async def saved(dsn: str, path: Path) -> Manifest:
    return await backup(dsn, path, at=AT, code="0.1.0", dumped=ignore)


async def brought_back(dsn: str, path: Path, *, replace: bool = False) -> list[str]:
    _, found = await restore(dsn, path, replace=replace, size=ignore, read=ignore, restored=ignore)
    return [one.table for one in found]


@pytest.fixture
async def filled(dsn: str) -> str:
    """A database with rows in partitioned tables, odd texts, numbers and bytes."""
    connection = await asyncpg.connect(dsn)
    await connection.execute("""
        insert into customer (code, msisdn, name, tags)
            select 'C' || n, '1380000' || n, E'王\\t''\\\\\\n' || n, array['a;b', null] from generate_series(1, 200) n;
        insert into product (customer_id, offering_id, price, start_date)
            select n, n % 7, n / 3.0, case when n % 2 = 0 then now() else '-infinity' end
            from generate_series(1, 200) n;
        insert into product_usage (customer_id, offering_id, month, active_days, volume)
            select n, 1, '2026-01-01', 3, n / 7.0 from generate_series(1, 200) n;
        insert into model (created_at, manifest, artifact, sha256)
            values (now(), '{"名": [1, 2.50]}', '\\x00ff'::bytea, repeat('0', 64));
        create table staging.import_1 (line int); insert into staging.import_1 values (1);
        insert into import_batch (kind, mode, file_name, sha256, effective_at, started_at)
            values ('customer', 'delta', 'f', 'x', now(), now());
    """)
    await connection.close()
    return dsn


@pytest.fixture
async def bare(postgres_server: EmbeddedPostgres) -> AsyncIterator[str]:
    """An empty database of the same server, not even migrated."""
    name = f"bare_{secrets.token_hex(8)}"
    admin = await asyncpg.connect(postgres_server.admin_dsn)
    await admin.execute(f"create database {name} template template0 strategy file_copy owner jishi")
    yield urlunsplit(urlsplit(postgres_server.dsn)._replace(path=f"/{name}"))
    await admin.execute(f"drop database {name} with (force)")
    await admin.close()


async def test_what_is_restored_elsewhere_is_equal_row_for_row(filled: str, bare: str, tmp_path: Path) -> None:
    manifest = await saved(filled, tmp_path / "b")
    assert await brought_back(bare, tmp_path / "b") == []
    assert manifest.tables["public.customer"].rows == 200
    again = await saved(bare, tmp_path / "c")
    assert again.tables == manifest.tables


async def test_what_unfinished_imports_have_staged_is_not_in_a_backup(filled: str, bare: str, tmp_path: Path) -> None:
    await saved(filled, tmp_path / "b")
    await brought_back(bare, tmp_path / "b")
    connection = await asyncpg.connect(bare)
    assert await connection.fetchval("select to_regclass('staging.import_1')") is None
    assert await connection.fetchval("select count(*) from pg_namespace where nspname = 'staging'") == 1
    await connection.close()


async def test_identities_go_on_where_they_were(filled: str, bare: str, tmp_path: Path) -> None:
    await saved(filled, tmp_path / "b")
    await brought_back(bare, tmp_path / "b")
    connection = await asyncpg.connect(bare)
    await connection.execute("insert into customer (code) values ('new')")
    assert await connection.fetchval("select count(distinct id) from customer") == 201
    await connection.close()


async def test_a_backup_holds_one_moment_while_writes_go_on(filled: str, bare: str, tmp_path: Path) -> None:
    db = await Database.open(filled)
    stop = asyncio.Event()

    async def write() -> int:
        number = 0
        while not stop.is_set():
            number += 1
            async with db.transaction() as connection:
                await connection.execute("insert into customer (code) values ($1)", f"W{number}")
                await connection.execute(
                    "insert into product (customer_id, offering_id) select id, 1 from customer where code = $1",
                    f"W{number}",
                )
        return number

    writer = asyncio.create_task(write())
    await saved(filled, tmp_path / "b")
    stop.set()
    assert await writer > 0
    await db.close()
    assert await brought_back(bare, tmp_path / "b") == []
    connection = await asyncpg.connect(bare)
    whole = "select count(*) from customer c join product p on p.customer_id = c.id where code like 'W%'"
    assert await connection.fetchval(whole) == await connection.fetchval(
        "select count(*) from customer where code like 'W%'"
    )
    await connection.close()


async def test_a_database_that_holds_data_is_not_restored_into_unless_it_is_given_up(
    filled: str, tmp_path: Path
) -> None:
    await saved(filled, tmp_path / "b")
    with pytest.raises(BadBackup, match="--replace"):
        await brought_back(filled, tmp_path / "b")
    connection = await asyncpg.connect(filled)
    await connection.execute("delete from customer where code = 'C1'")
    await connection.close()
    assert await brought_back(filled, tmp_path / "b", replace=True) == []


async def test_a_migrated_database_without_data_counts_as_empty(
    filled: str, dsn: str, bare: str, tmp_path: Path
) -> None:
    await migrate(bare)
    await saved(filled, tmp_path / "b")
    assert await brought_back(bare, tmp_path / "b") == []


async def test_nothing_is_restored_while_others_use_the_database(filled: str, bare: str, tmp_path: Path) -> None:
    await saved(filled, tmp_path / "b")
    other = await asyncpg.connect(bare)
    with pytest.raises(BadBackup, match="stop Jishi"):
        await brought_back(bare, tmp_path / "b")
    await other.close()


async def test_a_backup_that_was_changed_or_cut_short_is_refused_and_nothing_is_changed(
    filled: str, bare: str, tmp_path: Path
) -> None:
    manifest = await saved(filled, tmp_path / "b")
    content = (tmp_path / "b").read_bytes()
    for where in (0.2, 0.5, 0.9):
        flipped = bytearray(content)
        flipped[512 + int(manifest.size * where)] ^= 1
        (tmp_path / "b").write_bytes(flipped)
        with pytest.raises(BadBackup, match="were changed"):
            await brought_back(bare, tmp_path / "b")
    for part in (0.0, 0.001, 0.5, 0.97):
        (tmp_path / "b").write_bytes(content[: int(len(content) * part)])
        with pytest.raises(BadBackup, match=r"cut short|cannot be read"):
            await brought_back(bare, tmp_path / "b")
    connection = await asyncpg.connect(bare)
    assert await connection.fetchval("select count(*) from pg_tables where schemaname = 'public'") == 0
    await connection.close()


async def test_a_restore_that_fails_in_the_middle_leaves_the_database_as_it_was(filled: str, tmp_path: Path) -> None:
    await saved(filled, tmp_path / "b")
    with reading(tmp_path / "b") as (manifest, dump):
        content = dump.read()
    # A dump that PostgreSQL cannot read to its end, under a manifest that says that it is right.
    _write(tmp_path / "bad", manifest, content[: len(content) // 2])
    with pytest.raises(BadBackup, match="nothing was changed"):
        await brought_back(filled, tmp_path / "bad", replace=True)
    connection = await asyncpg.connect(filled)
    assert await connection.fetchval("select count(*) from customer") == 200
    assert await connection.fetchval("select count(*) from staging.import_1") == 1
    await connection.close()


async def test_a_table_that_differs_after_a_restore_is_named(filled: str, bare: str, tmp_path: Path) -> None:
    await saved(filled, tmp_path / "b")
    with reading(tmp_path / "b") as (manifest, dump):
        content = dump.read()
    tables = dict(manifest.tables) | {"public.customer": Print(201, "7")}
    _write(tmp_path / "other", dataclasses.replace(manifest, tables=tables), content)
    assert await brought_back(bare, tmp_path / "other") == ["public.customer"]


async def test_a_backup_of_a_newer_version_is_refused(filled: str, bare: str, tmp_path: Path) -> None:
    await saved(filled, tmp_path / "b")
    with reading(tmp_path / "b") as (manifest, dump):
        content = dump.read()
    newer = dataclasses.replace(manifest, migrations=(*manifest.migrations, "9999_later"))
    _write(tmp_path / "newer", newer, content)
    with pytest.raises(BadBackup, match="newer version"):
        await brought_back(bare, tmp_path / "newer")


async def test_a_backup_is_readable_by_its_owner_alone_and_by_ordinary_tools(filled: str, tmp_path: Path) -> None:
    await saved(filled, tmp_path / "b")
    assert stat.S_IMODE((tmp_path / "b").stat().st_mode) == 0o600
    with tarfile.open(tmp_path / "b") as archive:
        assert archive.getnames() == ["jishi.dump", "manifest.json"]
        manifest = archive.extractfile("manifest.json")
        assert manifest is not None
        assert json.load(manifest)["created_at"] == AT


async def test_a_backup_that_fails_leaves_no_file_behind(filled: str, tmp_path: Path) -> None:
    (tmp_path / "b").write_text("the one before")
    task = asyncio.create_task(saved(filled, tmp_path / "b"))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [path.name for path in tmp_path.iterdir()] == ["b"]
    assert (tmp_path / "b").read_text() == "the one before"


def test_tables_are_compared_by_rows_and_hash_in_both_directions() -> None:
    one, other = {"a": Print(1, "5"), "b": Print(2, "6")}, {"b": Print(2, "7"), "c": Print(0, "0")}
    assert [(found.table, found.expected, found.found) for found in differences(one, other)] == [
        ("a", Print(1, "5"), None),
        ("b", Print(2, "6"), Print(2, "7")),
        ("c", None, Print(0, "0")),
    ]
    assert differences(one, one) == []


def _write(path: Path, manifest: Manifest, dump: bytes) -> None:
    with writing(path) as file:
        file.write(dump)
        file.finish(dataclasses.replace(manifest, size=file.size, sha256=file.sha256))
