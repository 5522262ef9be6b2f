"""The use cases of whoever keeps the register of cluster markets: fetch, ask the core, save with revision and audit.

Knows the order of the steps; must not know HTTP or GraphQL. The caller opens the transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from asyncpg import Connection

from catalog import market_edit, market_store, store
from catalog.customer_store import Caller, write_audit
from catalog.desk.editing import refused
from catalog.market import MarketSegment, within

Core = Callable[[MarketSegment], MarketSegment]


async def create(conn: Connection, wanted: MarketSegment, caller: Caller, at: datetime) -> MarketSegment:
    """A new market, saved. Raises EditRefused, with nothing written."""
    _refuse_abroad(wanted, caller)
    await store.lock(conn)
    made = await market_store.add(conn, wanted)
    if made is None:
        raise refused(("code",), "DUPLICATE_CODE", "此代码已被使用", "this code is taken; choose another")
    await store.next_revision(conn, at)
    await _audit(conn, caller, at, "market.create", None, made)
    return made


async def edit(
    conn: Connection, code: str, etag: int, caller: Caller, at: datetime, action: str, core: Core
) -> MarketSegment:
    """The market as `core` makes it, saved. Raises EditRefused, with nothing written.

    A market out of the caller's region and one that does not exist look alike.
    """
    await store.lock(conn)
    current = await market_store.of_code(conn, code)
    if current is None or not within(current.place, caller.region):
        raise refused(("code",), "NOT_FOUND", "没有此聚类市场", "there is no such market")
    if current.etag != etag:
        raise _conflict()
    wanted = core(current)
    _refuse_abroad(wanted, caller)
    saved = current
    if wanted != current:
        changed = await market_store.change(conn, wanted)
        if changed is None:
            raise _conflict()
        saved = changed
        await store.next_revision(conn, at)
    await _audit(conn, caller, at, action, current, saved)
    return saved


def _refuse_abroad(wanted: MarketSegment, caller: Caller) -> None:
    if not within(wanted.place, caller.region):
        raise refused(("place",), "NOT_YOUR_REGION", "不在您负责的区域", "lies outside the region that you work in")


def _conflict() -> Exception:
    zh = "他人已先行修改，请以当前内容为准重新编辑"
    return refused(("etag",), "CONFLICT", zh, "somebody else was faster; start again from the object as it is now")


async def _audit(
    conn: Connection, caller: Caller, at: datetime, action: str, before: MarketSegment | None, after: MarketSegment
) -> None:
    old, new = market_edit.written(before) if before else {}, market_edit.written(after)
    differing = [key for key in {**old, **new} if old.get(key) != new.get(key)]
    detail = {
        "etag": after.etag,
        "before": {key: old[key] for key in differing if key in old},
        "after": {key: new[key] for key in differing if key in new},
    }
    await write_audit(conn, caller, at, action, "market_segment", after.code, detail)
