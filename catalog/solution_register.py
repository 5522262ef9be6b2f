"""Solutions in their register: made, changed, read as PostgreSQL has them.

Knows the order of the steps; must not know the markets a solution was brought to. The caller opens the transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from asyncpg import Connection

from catalog import customer_store, registry_store
from catalog.desk.editing import refused
from catalog.desk.editing_desk import Desk
from catalog.errors import EditRefused
from catalog.solution import Solution, write
from catalog.solutions import edit as solution_edit


async def of_code(conn: Connection, code: str) -> Solution | None:
    """The solution as PostgreSQL has it."""
    found: Solution | None = (await registry_store.load(conn))["solution"].get(code)
    return found


async def create(desk: Desk, wanted: Solution) -> Solution:
    """A new solution, saved. Raises EditRefused, with nothing written."""
    if await of_code(desk.conn, wanted.code):
        raise refused(("code",), "DUPLICATE_CODE", "此代码已被使用", "this code is taken; choose another")
    await _check(desk, wanted)
    return await _put(desk, "solution.create", None, wanted)


async def edit(desk: Desk, code: str, etag: int, given: Mapping[str, Any]) -> Solution:
    """The solution with what is given, saved; what was brought to markets stays until it is rolled out."""
    current = await taken(desk, code, etag)
    wanted = solution_edit.patched(current, given)
    await _check(desk, wanted)
    return current if wanted == current else await _put(desk, "solution.edit", current, wanted)


async def taken(desk: Desk, code: str, etag: int) -> Solution:
    """The solution, with the etag that an edit was based on. Raises EditRefused."""
    current = await of_code(desk.conn, code)
    if current is None:
        raise refused(("code",), "NOT_FOUND", "没有此方案", "there is no such solution")
    if current.etag != etag:
        zh = "他人已先行修改，请以当前内容为准重新编辑"
        en = "somebody else was faster; start again from the object as it is now"
        raise refused(("etag",), "CONFLICT", zh, en)
    return current


async def _check(desk: Desk, wanted: Solution) -> None:
    """A solution is made of offerings that are there, in the editor's categories."""
    await desk.fetch(wanted.offering)
    problems = solution_edit.problems(wanted, desk.versions, desk.reach)
    if problems:
        raise EditRefused(*problems)


async def _put(desk: Desk, action: str, before: Solution | None, wanted: Solution) -> Solution:
    at = desk.editor.at
    await registry_store.put(desk.conn, "solution", wanted, at)
    saved = replace(wanted, etag=before.etag + 1 if before else 1)
    old, new = write(before) if before else {}, write(saved)
    detail = {
        "etag": saved.etag,
        "before": {key: value for key, value in old.items() if new.get(key) != value},
        "after": {key: value for key, value in new.items() if old.get(key) != value},
    }
    await customer_store.write_audit(desk.conn, desk.editor.caller, at, action, "solution", saved.code, detail)
    desk.changed.add(saved.code)
    return saved
