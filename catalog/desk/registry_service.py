"""The use cases of whoever keeps the registers: fetch the entry, ask the core, save with revision and audit.

Knows the order of the steps; must not know HTTP or GraphQL. The caller opens the transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from asyncpg import Connection

from catalog import registry_store, store
from catalog.customer_store import write_audit
from catalog.desk import registry_edit
from catalog.desk.editing import refused
from catalog.desk.editing_desk import Editor
from catalog.desk.reach import Reach
from catalog.desk.registry_edit import Item, Kind
from catalog.offering import Category
from catalog.snapshot import Snapshot

Core = Callable[[Item], Item]


async def create(conn: Connection, kind: Kind, wanted: Item, editor: Editor, known: Snapshot) -> Item:
    """A new entry, saved. `known` is an earlier state of the catalog, to spare reading it. Raises EditRefused."""
    await store.lock(conn)
    now = await store.load_within(conn, editor.at, known)
    if wanted.code in getattr(now, kind.field):
        raise refused(("code",), "DUPLICATE_CODE", "此代码已被使用", "this code is taken; choose another")
    _check_reach(now, wanted, None, editor)
    registry_edit.check(now, kind, wanted, editor.at)
    return await _save(conn, kind, None, wanted, editor, f"{kind.name}.create")


async def edit(conn: Connection, kind: Kind, code: str, etag: int, editor: Editor, core: Core, known: Snapshot) -> Item:
    """The entry as `core` makes it, saved. Raises EditRefused, with nothing written."""
    now, current = await _take(conn, kind, code, etag, editor, known)
    wanted = core(current)
    _check_reach(now, wanted, current, editor)
    registry_edit.check(now, kind, wanted, editor.at)
    return await _save(conn, kind, current, wanted, editor, f"{kind.name}.edit")


async def end(conn: Connection, kind: Kind, code: str, etag: int, editor: Editor, core: Core, known: Snapshot) -> Item:
    """The entry up to the time that `core` gives it, saved. What something launched names ends in the future only.

    Raises EditRefused, with nothing written.
    """
    now, current = await _take(conn, kind, code, etag, editor, known)
    wanted = core(current)
    if wanted.valid.end and wanted.valid.end <= editor.at:
        registry_edit.check_unused(now, kind, current, editor.at)
    if kind.name != "policy":
        registry_edit.check(now, kind, wanted, editor.at)
    return await _save(conn, kind, current, wanted, editor, f"{kind.name}.end")


async def _take(
    conn: Connection, kind: Kind, code: str, etag: int, editor: Editor, known: Snapshot
) -> tuple[Snapshot, Item]:
    """The catalog as it is now, held until the transaction ends, and the entry in it."""
    await store.lock(conn)
    now = await store.load_within(conn, editor.at, known)
    current: Item | None = getattr(now, kind.field).get(code)
    is_hidden = isinstance(current, Category) and not _reach(now, editor).holds([code])
    if current is None or is_hidden:
        raise refused(("code",), "NOT_FOUND", f"没有此{kind.zh}", f"there is no such {kind.name}")
    if current.etag != etag:
        zh, en = "他人已先行修改，请重新读取", "somebody else was faster; start again from the object as it is now"
        raise refused(("etag",), "CONFLICT", zh, en)
    return now, current


def _reach(now: Snapshot, editor: Editor) -> Reach:
    return Reach.of(editor.categories, {code: one.parent for code, one in now.categories.items()})


def _check_reach(now: Snapshot, wanted: Item, current: Item | None, editor: Editor) -> None:
    """A category is hung below one's own only; the roots are the administrator's."""
    if not isinstance(wanted, Category) or (isinstance(current, Category) and current.parent == wanted.parent):
        return
    reach = _reach(now, editor)
    if not reach.holds([wanted.parent] if wanted.parent else []):
        zh, en = "只能放在您负责的类目之下", "is hung below a category of yours only"
        raise refused(("parent",), "NOT_YOUR_CATEGORY", zh, en)


async def _save(conn: Connection, kind: Kind, before: Item | None, after: Item, editor: Editor, action: str) -> Item:
    if isinstance(after, Category):
        changed = await store.put_categories(conn, [after]) > 0
    else:
        changed = await registry_store.put(conn, kind.name, after, editor.at)
    if changed:
        await store.next_revision(conn, editor.at)
    detail = _differences(kind, before, after)
    await write_audit(conn, editor.caller, editor.at, action, kind.name, after.code, detail)
    return after


def _differences(kind: Kind, before: Item | None, after: Item) -> Mapping[str, Any]:
    old, new = kind.write(before) if before else {}, kind.write(after)
    differing = [key for key in {**old, **new} if old.get(key) != new.get(key)]
    return {
        "before": {key: old[key] for key in differing if key in old},
        "after": {key: new[key] for key in differing if key in new},
    }
