"""Servers of one database take in what changed one after another, and wait for no other when they start."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from api import services
from api.services import CatalogHolder
from catalog import store
from sql.alone import in_turn
from sql.pool import Database

AT = datetime(2026, 3, 1, tzinfo=UTC)


async def changed(db: Database) -> int:
    async with db.transaction() as conn:
        return await store.next_revision(conn, AT)


async def loaded(db: Database) -> CatalogHolder:
    holder = CatalogHolder(db, lambda: AT)
    await holder.refresh()
    return holder


async def test_a_server_waits_with_a_change_until_the_one_before_it_has_taken_it_in(db: Database) -> None:
    holder = await loaded(db)
    before = holder.current.revision
    async with services.turn(db):
        revision = await changed(db)
        waiting = asyncio.create_task(holder.refresh())
        while not await db.fetchval("select count(*) from pg_locks where not granted"):
            assert not waiting.done()
            await asyncio.sleep(0.01)
        assert holder.current.revision == before
    await asyncio.wait_for(waiting, 10.0)
    assert holder.current.revision == revision


async def test_a_server_that_starts_waits_for_nobody(db: Database) -> None:
    async with services.turn(db):
        holder = await asyncio.wait_for(loaded(db), 5.0)
    assert holder.is_loaded


async def test_a_server_waits_no_longer_than_its_patience(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "PATIENCE_SECONDS", 0.05)
    holder = await loaded(db)
    async with services.turn(db):
        revision = await changed(db)
        await asyncio.wait_for(holder.refresh(), 5.0)
    assert holder.current.revision == revision


async def test_whoever_had_the_turn_gives_it_up_when_the_work_fails(db: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with in_turn(db, "refresh", patience=1.0):
            raise ZeroDivisionError
    async with asyncio.timeout(10.0), in_turn(db, "refresh", patience=60.0):
        pass
