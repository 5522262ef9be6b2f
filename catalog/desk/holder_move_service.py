"""The use cases of grandfathering: plan a move of holders, cancel it, do what is due in pieces.

Knows the order of the steps; must not know HTTP, GraphQL or the command line.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from catalog.customer_store import Caller, write_audit
from catalog.desk import holder_move, holder_move_store
from catalog.desk.editing import refused
from catalog.desk.editing_desk import Desk
from catalog.desk.holder_move import HolderMove
from sql.pool import Connection, Database

# How many customers are looked at in one transaction: a piece takes a second or two.
PIECE = 100_000


async def plan(
    desk: Desk, code: str, source: int, target: int, *, at: datetime | None, reason: str | None
) -> HolderMove:
    """A move from `at` (None: now) on, kept; `jishi move-holders` does it then. Raises EditRefused."""
    now = desk.editor.at
    versions = await desk.of_code(code)
    if not versions or not desk.reach.holds(versions[-1].category):
        zh, en = "没有此产品，或不在您负责的类目中", "there is no such offering in your categories"
        raise refused(("code",), "NOT_FOUND", zh, en)
    held = holder_move.check(versions, source, target, at or now, now)
    caller = desk.editor.caller
    number = await holder_move_store.put(desk.conn, held, target, at or now, reason, caller.subject, now)
    made = await _known(desk.conn, number)
    await _audit(desk.conn, caller, now, "holders.plan", made)
    return made


async def cancel(desk: Desk, number: int) -> HolderMove:
    """The move, taken back before it began. Raises EditRefused."""
    found = await holder_move_store.of_id(desk.conn, number)
    versions = await desk.of_code(found.code) if found else ()
    if found is None or not versions or not desk.reach.holds(versions[-1].category):
        raise refused(("id",), "NOT_FOUND", "没有此迁移计划", "there is no such move in your categories")
    holder_move.check_cancel(found)
    await holder_move_store.cancel(desk.conn, number, desk.editor.at)
    cancelled = await _known(desk.conn, number)
    await _audit(desk.conn, desk.editor.caller, desk.editor.at, "holders.cancel", cancelled)
    return cancelled


async def do_due(
    db: Database, caller: Caller, at: datetime, progress: Callable[[HolderMove, int], None], piece: int = PIECE
) -> list[HolderMove]:
    """Does every move that is due at `at`, a piece in each transaction; one that was interrupted goes on where it was.

    `progress` gets the move and how many customers are still to be looked at. Returns the moves that were ended.
    """
    ended: list[HolderMove] = []
    while True:
        async with db.transaction() as conn:
            number = await holder_move_store.due(conn, at)
            if number is None:
                return ended
            one, left = await _piece(conn, number, caller, at, piece)
        progress(one, left)
        if one.done_at:
            ended.append(one)


async def _piece(conn: Connection, number: int, caller: Caller, at: datetime, piece: int) -> tuple[HolderMove, int]:
    one = await _known(conn, number)
    if one.done_at or one.cancelled_at:
        return one, 0
    last, until = await holder_move_store.last_customer(conn), one.next_customer + piece
    moved = await holder_move_store.move(conn, one, until)
    await holder_move_store.go_on(conn, one, until, moved, at if until > last else None)
    now = await _known(conn, number)
    if now.done_at:
        await _audit(conn, caller, at, "holders.move", now)
    return now, max(0, last - until + 1)


async def _known(conn: Connection, number: int) -> HolderMove:
    found = await holder_move_store.of_id(conn, number)
    assert found is not None
    return found


async def _audit(conn: Connection, caller: Caller, at: datetime, action: str, one: HolderMove) -> None:
    detail = {
        "move": one.id,
        "from": one.from_version,
        "to": one.to_version,
        "at": one.at.isoformat(),
        "moved": one.moved,
        "reason": one.reason,
    }
    await write_audit(conn, caller, at, action, "product_offering", one.code, detail)
