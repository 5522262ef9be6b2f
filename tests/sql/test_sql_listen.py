from __future__ import annotations

import asyncio

import asyncpg
import pytest
from sql_proxy import Proxy

from sql.pool import Database

BACKENDS = "select pid from pg_stat_activity where datname = current_database() and application_name like '%listen'"


async def heard(queue: asyncio.Queue[str]) -> str:
    return await asyncio.wait_for(queue.get(), 5)


async def test_a_notification_reaches_the_callback_after_the_call_for_the_connection(server_db: Database) -> None:
    queue: asyncio.Queue[str] = asyncio.Queue()
    listener = server_db.listen("catalog", queue.put, poll=60)
    assert await heard(queue) == ""
    await server_db.execute("select pg_notify('catalog', '7')")
    assert await heard(queue) == "7"
    await listener.close()
    assert await server_db.fetch(BACKENDS) == []


async def test_listening_goes_on_after_the_connection_was_terminated(server_db: Database, postgres_dsn: str) -> None:
    queue: asyncio.Queue[str] = asyncio.Queue()
    listener = server_db.listen("catalog", queue.put_nowait, poll=60)
    assert await heard(queue) == ""
    assert await server_db.fetchval(f"select bool_and(pg_terminate_backend(pid)) from ({BACKENDS}) as found")
    # What was sent meanwhile is lost; the call for the new connection stands for it.
    assert await heard(queue) == ""
    killer = await asyncpg.connect(postgres_dsn)
    await killer.execute("notify catalog, 'after'")
    assert await heard(queue) == "after"
    await killer.close()
    await listener.close()


async def test_silence_is_broken_by_a_slow_poll(server_db: Database) -> None:
    queue: asyncio.Queue[str] = asyncio.Queue()
    listener = server_db.listen("catalog", queue.put_nowait, poll=0.1)
    assert [await heard(queue) for _ in range(3)] == ["", "", ""]
    await listener.close()


async def test_a_half_open_connection_is_found_by_the_poll_and_renewed(postgres_dsn: str) -> None:
    async with Proxy(postgres_dsn) as proxy:
        db = await Database.open(proxy.dsn, connect_timeout=0.3)
        queue: asyncio.Queue[str] = asyncio.Queue()
        listener = db.listen("catalog", queue.put_nowait, poll=0.2)
        assert await heard(queue) == ""
        proxy.freeze()
        await asyncio.sleep(1)
        while not queue.empty():
            queue.get_nowait()
        proxy.thaw()
        assert await heard(queue) == ""
        await db.execute("select pg_notify('catalog', 'on')")
        while await heard(queue) != "on":
            pass
        await listener.close()
        await db.close()


async def test_an_error_of_the_callback_is_logged_and_does_not_end_the_listening(
    server_db: Database, caplog: pytest.LogCaptureFixture
) -> None:
    queue: asyncio.Queue[str] = asyncio.Queue()

    def fail_once(payload: str) -> None:
        queue.put_nowait(payload)
        if payload == "":
            raise ValueError("not this one")

    listener = server_db.listen("catalog", fail_once, poll=60)
    assert await heard(queue) == ""
    await server_db.execute("select pg_notify('catalog', '8')")
    assert await heard(queue) == "8"
    assert "the callback of channel catalog failed" in caplog.text
    await listener.close()


async def test_closing_ends_whatever_is_heard_in_the_same_moment(server_db: Database) -> None:
    queue: asyncio.Queue[str] = asyncio.Queue()
    async with asyncio.timeout(20):
        for number in range(20):
            listener = server_db.listen("catalog", queue.put_nowait, poll=60)
            assert await heard(queue) == ""
            sending = [asyncio.create_task(server_db.execute("select pg_notify('catalog', $1)", "x")) for _ in range(5)]
            # From 0 to 4 ms: in some rounds the notification and the end come in one turn of the loop.
            await asyncio.sleep(number / 5000)
            await listener.close()
            await asyncio.gather(*sending)
            while not queue.empty():
                queue.get_nowait()
