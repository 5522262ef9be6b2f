from __future__ import annotations

import asyncio
from collections.abc import Iterator

import asyncpg
import pytest
from server_support import on_database, run

from sql import embedded
from sql.migrate import Migration, MigrationError, migrate, pending, shipped

ONE = Migration("0001_one", "create table one (id int);")
TWO = Migration("0002_two", "create table two (id int); insert into two values (1);")
BROKEN = Migration("0003_broken", "create table three (id int); select no_such_column from three;")


@pytest.fixture
def empty(postgres_server: embedded.EmbeddedPostgres) -> Iterator[str]:
    """The DSN of a database without tables."""
    run(_administer(postgres_server.admin_dsn, "create database empty owner jishi"))
    yield on_database(postgres_server.dsn, "empty")
    run(_administer(postgres_server.admin_dsn, "drop database empty with (force)"))


async def _administer(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute(statement)
    await connection.close()


async def _tables(dsn: str) -> set[str]:
    connection = await asyncpg.connect(dsn)
    rows = await connection.fetch("select tablename from pg_tables where schemaname = 'public'")
    await connection.close()
    return {row["tablename"] for row in rows}


async def test_the_shipped_migrations_are_pending_then_applied_then_nothing(empty: str) -> None:
    names = [migration.name for migration in shipped()]
    assert names[0] == "0001_catalog"
    assert await pending(empty) == names
    assert await migrate(empty) == names
    assert await pending(empty) == []
    assert await migrate(empty) == []


async def test_looking_at_what_is_pending_changes_nothing(empty: str) -> None:
    await pending(empty)
    assert await _tables(empty) == set()


async def test_several_starters_apply_each_file_once(empty: str) -> None:
    applied = await asyncio.gather(*(migrate(empty, migrations=[ONE, TWO]) for _ in range(4)))
    assert sorted(applied, key=len) == [[], [], [], ["0001_one", "0002_two"]]


async def test_a_file_changed_after_it_was_applied_is_refused(empty: str) -> None:
    await migrate(empty, migrations=[ONE])
    changed = Migration(ONE.name, ONE.text + " -- changed")
    for attempt in (migrate, pending):
        with pytest.raises(MigrationError, match=r"0001_one was changed .* restore the file"):
            await attempt(empty, migrations=[changed, TWO])
    assert await _tables(empty) == {"one", "schema_migration"}


async def test_line_ends_of_another_system_are_no_change(empty: str) -> None:
    await migrate(empty, migrations=[Migration("0001_lines", "select 1;\nselect 2;\n")])
    assert await pending(empty, migrations=[Migration("0001_lines", "select 1;\r\nselect 2;\r\n")]) == []


async def test_a_database_of_a_newer_version_is_left_alone(empty: str) -> None:
    await migrate(empty, migrations=[ONE, TWO])
    with pytest.raises(MigrationError, match=r"newer version \(it has 0002_two\); install that version"):
        await migrate(empty, migrations=[ONE])


async def test_a_file_that_fails_leaves_nothing_and_keeps_what_came_before(empty: str) -> None:
    with pytest.raises(MigrationError, match=r"0003_broken failed and was rolled back: .*no_such_column"):
        await migrate(empty, migrations=[ONE, TWO, BROKEN])
    assert await _tables(empty) == {"one", "two", "schema_migration"}
    assert await migrate(empty, migrations=[ONE, TWO]) == []
