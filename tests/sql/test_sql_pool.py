from __future__ import annotations

import asyncio
import time
from decimal import Decimal

import asyncpg
import pytest
from sql_proxy import Proxy

from sql import embedded
from sql.pool import Database, DatabaseUnavailable


async def test_sibling_reads_run_at_the_same_time(server_db: Database) -> None:
    started = time.monotonic()
    await asyncio.gather(*(server_db.fetchval("select pg_sleep(0.5)") for _ in range(3)))
    assert time.monotonic() - started < 1.4


async def test_json_comes_and_goes_as_python_values(db: Database) -> None:
    value = {"zh": "流量", "list": [1, 2.5, None, {"a": True}]}
    assert await db.fetchval("select $1::jsonb", value) == value
    assert await db.fetchval("select $1::jsonb ->> 'zh'", value) == "流量"
    assert await db.fetchval("select array[$1::jsonb]", value) == [value]
    async with db.connection() as connection:
        await connection.copy_records_to_table(
            "attribute", records=[("a", "numeric", value)], columns=["code", "kind", "name"]
        )
    assert await db.fetchval("select name from attribute") == value


async def test_a_read_is_sent_again_when_its_backend_is_terminated(postgres_dsn: str) -> None:
    db = await Database.open(postgres_dsn, max_size=1)
    before = await db.fetchval("select pg_backend_pid()")
    killer = await asyncpg.connect(postgres_dsn)
    read = asyncio.create_task(
        db.fetchval("select pg_backend_pid() from pg_sleep(case pg_backend_pid() when $1 then 5 else 0 end)", before)
    )
    await asyncio.sleep(0.2)
    assert await killer.fetchval("select pg_terminate_backend($1)", before)
    assert await read != before
    await killer.close()
    await db.close()


async def test_a_statement_that_writes_is_never_sent_again(dsn: str) -> None:
    db = await Database.open(dsn, max_size=1)
    pid = await db.fetchval("select pg_backend_pid()")
    killer = await asyncpg.connect(dsn)
    insert = "insert into attribute (code, kind) select gen_random_uuid(), 'numeric' from pg_sleep(3)"
    write = asyncio.create_task(db.execute(insert))
    await asyncio.sleep(0.2)
    await killer.fetchval("select pg_terminate_backend($1)", pid)
    with pytest.raises(DatabaseUnavailable, match="try again") as caught:
        await write
    assert caught.value.outcome_unknown
    assert await db.fetchval("select count(*) from attribute") == 0
    await killer.close()
    await db.close()


async def test_a_busy_pool_gives_an_error_in_time(postgres_dsn: str) -> None:
    db = await Database.open(postgres_dsn, max_size=1, acquire_timeout=0.2)
    async with db.connection():
        started = time.monotonic()
        with pytest.raises(DatabaseUnavailable, match=r"within 0\.2 s"):
            await db.fetchval("select 1")
        assert time.monotonic() - started < 1.5
    assert await db.fetchval("select 1") == 1
    await db.close()


async def test_a_connection_at_hand_is_used_again_and_handed_on_to_whoever_waits(postgres_dsn: str) -> None:
    db = await Database.open(postgres_dsn, max_size=2)
    pid = "select pg_backend_pid() from pg_sleep($1)"
    assert len({await db.fetchval(pid, 0.0) for _ in range(4)}) == 1
    assert len(set(await asyncio.gather(*(db.fetchval(pid, 0.05) for _ in range(8))))) == 2
    async with db.transaction() as one, db.transaction() as other:
        waiting = asyncio.create_task(db.fetchval("select 7"))
        assert await one.fetchval("select 1") + await other.fetchval("select 2") == 3
        assert not waiting.done(), "both are lent"
    assert await waiting == 7
    await db.close()


async def test_a_slow_statement_gives_an_error_in_time_and_is_cancelled(postgres_dsn: str) -> None:
    db = await Database.open(postgres_dsn, command_timeout=0.3)
    started = time.monotonic()
    with pytest.raises(DatabaseUnavailable, match="did not answer in time"):
        await db.fetchval("select pg_sleep(30)")
    assert time.monotonic() - started < 1.5
    await asyncio.sleep(0.3)
    assert await db.fetchval("select count(*) from pg_stat_activity where query like 'select pg_sleep(30)%'") == 0
    await db.close()


async def test_the_wait_for_a_connection_counts_against_the_time_of_the_command(postgres_dsn: str) -> None:
    db = await Database.open(postgres_dsn, max_size=1, command_timeout=0.6, acquire_timeout=0.6)
    async with db.connection():
        read = asyncio.create_task(db.fetchval("select pg_sleep(0.5)"))
        await asyncio.sleep(0.4)
    with pytest.raises(DatabaseUnavailable):
        await read
    await db.close()


async def test_a_transaction_is_whole_or_nothing(db: Database) -> None:
    insert = "insert into attribute (code, kind) values ($1, 'numeric')"
    with pytest.raises(asyncpg.UniqueViolationError):
        async with db.transaction() as connection:
            await connection.executemany(insert, [("lost",), ("lost",)])
    async with db.transaction() as connection:
        await connection.execute(insert, "kept")
    assert [row["code"] for row in await db.fetch("select code from attribute")] == ["kept"]


async def test_what_breaks_a_rule_of_the_schema_is_not_called_unavailable(db: Database) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        async with db.transaction() as connection:
            await connection.execute("insert into attribute (code, kind) values ('a', 'nonsense')")
    assert await db.fetchval("select 1.10::numeric") == Decimal("1.10")


async def test_session_settings_do_not_reach_the_next_borrower(postgres_dsn: str) -> None:
    db = await Database.open(postgres_dsn, max_size=1)
    async with db.connection() as connection:
        await connection.execute("set statement_timeout = '1h'; create temp table leftover ()")
    assert await db.fetchval("show statement_timeout") == "0"
    await db.close()


async def test_a_hung_server_gives_an_error_in_time_and_is_used_again_when_it_wakes(postgres_dsn: str) -> None:
    async with Proxy(postgres_dsn) as proxy:
        db = await Database.open(proxy.dsn, max_size=2, connect_timeout=0.4, command_timeout=0.4, acquire_timeout=0.4)
        assert await db.fetchval("select 1") == 1
        proxy.freeze()
        for _ in range(3):
            started = time.monotonic()
            with pytest.raises(DatabaseUnavailable):
                async with db.transaction() as connection:
                    await connection.execute("select 1")
            with pytest.raises(DatabaseUnavailable):
                await db.fetchval("select 1")
            assert time.monotonic() - started < 1.4
        proxy.thaw()
        await asyncio.sleep(0.5)
        assert await db.fetchval("select 1") == 1
        await db.close()


async def test_a_cut_connection_is_replaced_without_the_reader_noticing(postgres_dsn: str) -> None:
    async with Proxy(postgres_dsn) as proxy:
        db = await Database.open(proxy.dsn, min_size=3, max_size=3)
        await asyncio.gather(*(db.fetchval("select pg_sleep(0.05)") for _ in range(3)))
        proxy.cut()
        assert await asyncio.gather(*(db.fetchval("select 1") for _ in range(6))) == [1] * 6
        await db.close()


async def test_a_read_works_without_prepared_statements_as_behind_a_pooler(postgres_dsn: str) -> None:
    db = await Database.open(postgres_dsn, statement_cache_size=0)
    assert await db.fetchval("select $1::int + 1", 1) == 2
    await db.close()


async def test_a_closed_port_is_explained_without_the_password() -> None:
    with pytest.raises(DatabaseUnavailable, match="cannot be reached; check that it runs") as caught:
        await Database.open("postgresql://jishi:secret-word@127.0.0.1:1/jishi")
    assert "127.0.0.1:1/jishi" in str(caught.value)
    assert "secret-word" not in str(caught.value)


async def test_a_missing_database_and_a_wrong_password_are_explained(dsn: str) -> None:
    with pytest.raises(DatabaseUnavailable, match="createdb"):
        await Database.open(dsn.replace("/test_", "/no_such_"))
    user, rest = dsn.split("@", 1)
    with pytest.raises(DatabaseUnavailable, match="password for the database is wrong"):
        await Database.open(user[:-4] + "0000@" + rest)


@pytest.mark.parametrize("encoding", ["UTF8", "LATIN1"])
async def test_a_database_that_spoils_chinese_text_is_refused_with_the_remedy(
    postgres_server: embedded.EmbeddedPostgres, encoding: str
) -> None:
    admin = await asyncpg.connect(postgres_server.admin_dsn)
    await admin.execute(
        f"create database spoiling template template0 owner jishi locale_provider libc locale 'C' encoding '{encoding}'"
    )
    try:
        with pytest.raises(DatabaseUnavailable, match=r"builtin-locale=C\.UTF-8"):
            await Database.open(postgres_server.dsn.replace("/jishi?", "/spoiling?"))
    finally:
        await admin.execute("drop database spoiling with (force)")
        await admin.close()


async def test_chinese_letters_are_letters(server_db: Database) -> None:
    assert await server_db.fetchval("select '流量包' ~ '^[[:alpha:]]+$' and lower('É') = 'é'")


async def test_a_connection_lost_in_the_middle_is_lost_for_every_statement_that_follows(dsn: str) -> None:
    db = await Database.open(dsn, max_size=1)
    with pytest.raises(DatabaseUnavailable, match="was lost"):
        await _go_on_after_a_loss(db, dsn)
    await db.close()


async def _go_on_after_a_loss(db: Database, dsn: str) -> None:
    killer = await asyncpg.connect(dsn)
    async with db.connection() as connection:
        await killer.fetchval("select pg_terminate_backend($1)", await connection.fetchval("select pg_backend_pid()"))
        await killer.close()
        with pytest.raises(asyncpg.PostgresError):
            await connection.fetchval("select pg_sleep(3)")
        await asyncio.sleep(0.1)
        await connection.execute("rollback")
