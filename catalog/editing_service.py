"""The use cases of a product manager: fetch the version, ask the core, lint, save with revision and audit.

Knows the order of the steps and whose offering it is; must not know HTTP or GraphQL. The caller opens the transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from asyncpg import Connection

from catalog import advancing, editing, lint, readiness, review, store, version_store
from catalog.advancing import Move
from catalog.customer_store import Caller, write_audit
from catalog.document_write import differences
from catalog.errors import EditRefused, Problem
from catalog.lifecycle import LifecycleStatus
from catalog.offering import Offering
from catalog.period import Period
from catalog.text import Text

Core = Callable[[Offering], Offering]
IN_THE_MAKING = frozenset({LifecycleStatus.IN_STUDY, LifecycleStatus.IN_DESIGN})


@dataclass(frozen=True, slots=True)
class Editor:
    """Who edits, and when. `categories` are those in or below which they may, None: every one."""

    caller: Caller
    categories: tuple[str, ...] | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Target:
    """The version that an edit is about, and the etag that it was based on."""

    code: str
    version: int
    etag: int


async def edit(conn: Connection, target: Target, editor: Editor, action: str, core: Core) -> Offering:
    """The version as `core` makes it, saved. Raises EditRefused, with nothing written."""
    current, _, reach = await _take(conn, target, editor)
    wanted = core(current)
    reach.check(wanted, current)
    if wanted.same_content(current) and wanted.valid == current.valid:
        await _audit(conn, editor, action, current, current)
        return current
    await _lint(conn, wanted, editor.at, before=current)
    return await _save(conn, editor, action, current, Move(wanted))


async def create(conn: Connection, wanted: Offering, editor: Editor) -> Offering:
    """A new offering in design, saved."""
    await store.lock(conn)
    (await _reach(conn, editor)).check(wanted, None)
    if await version_store.of_code(conn, wanted.code):
        raise editing.refused(("code",), "DUPLICATE_CODE", "此代码已被使用", "this code is taken; choose another")
    await _lint(conn, wanted, editor.at)
    row = (await store.put_offerings(conn, [wanted.code]))[wanted.code]
    made = replace(wanted, id=row, last_update=editor.at)
    await store.put_template(conn, made)
    return await _add(conn, editor, "offering.create", made)


async def create_next_version(conn: Connection, target: Target, editor: Editor) -> Offering:
    """A copy of the version in design, numbered after all others, saved."""
    current, versions, _ = await _take(conn, target, editor)
    made = editing.next_version(current, versions)
    return await _add(conn, editor, "offering.next_version", replace(made, last_update=editor.at))


async def advance(
    conn: Connection,
    target: Target,
    editor: Editor,
    to: LifecycleStatus,
    *,
    when: datetime | None,
    reason: str | None,
) -> Offering:
    """The version at its next stage, saved; neither lint nor a bundle that it is a part of may stand against it."""
    current, versions, _ = await _take(conn, target, editor)
    move = advancing.advance(current, versions, to, when=when, now=editor.at, reason=reason)
    moved = move.version
    if readiness.is_forward(current.lifecycle_status, to):
        launch = moved.valid.start if to is LifecycleStatus.LAUNCHED else None
        await _lint(conn, moved, launch or editor.at)
    elif current.lifecycle_status in readiness.PROGRESS:
        await _check_parents(conn, moved, versions, move, when or editor.at)
    return await _save(conn, editor, "offering.advance", current, move)


async def _check_parents(
    conn: Connection, moved: Offering, versions: Sequence[Offering], move: Move, at: datetime
) -> None:
    changed = {one.version: one for one in (*move.beside, moved)}
    after = [changed.get(one.version, one) for one in versions]
    parents = await version_store.parents(conn, moved.id)
    problems = readiness.check_parents(moved, after, parents, at)
    if problems:
        raise EditRefused(*problems, current=next(one for one in versions if one.version == moved.version))


@dataclass(frozen=True, slots=True)
class _Reach:
    """The categories in which the editor may work, those below included; None: every one."""

    codes: frozenset[str] | None

    def holds(self, one: Offering) -> bool:
        return self.codes is None or any(code in self.codes for code in one.category)

    def check(self, wanted: Offering, current: Offering | None) -> None:
        """An offering is not put into somebody else's category, nor out of all of one's own."""
        if self.codes is None:
            return
        foreign = set(wanted.category) - self.codes - set(current.category if current else ())
        if foreign or not self.holds(wanted):
            yours = ", ".join(sorted(self.codes)[:10]) or "-"
            zh = f"须位于您负责的类目，且不可加入其他类目：{yours}"
            en = f"must stand in a category of yours, and be added to no other: {yours}"
            raise editing.refused(("category",), "NOT_YOUR_CATEGORY", zh, en)


async def _reach(conn: Connection, editor: Editor) -> _Reach:
    if editor.categories is None:
        return _Reach(None)
    parents = {one.code: one.parent for one in await store.categories(conn)}
    inside = set(editor.categories) & parents.keys()
    while more := {code for code, parent in parents.items() if parent in inside} - inside:
        inside |= more
    return _Reach(frozenset(inside))


async def _take(conn: Connection, target: Target, editor: Editor) -> tuple[Offering, tuple[Offering, ...], _Reach]:
    """The version as PostgreSQL has it, and all versions of its code, with the catalog held until the transaction ends.

    A version out of the editor's reach and one that does not exist look alike.
    """
    await store.lock(conn)
    reach = await _reach(conn, editor)
    versions = await version_store.of_code(conn, target.code)
    current = next((one for one in versions if one.version == target.version), None)
    if current is None or not reach.holds(current):
        zh, en = "没有此产品版本，或不在您负责的类目中", "there is no such version of an offering in your categories"
        raise editing.refused(("code",), "NOT_FOUND", zh, en)
    if current.etag != target.etag:
        raise _conflict(current)
    return current, versions, reach


def _conflict(current: Offering) -> EditRefused:
    zh, en = (
        "他人已先行修改，请以当前内容为准重新编辑",
        "somebody else was faster; start again from the object as it is now",
    )
    return EditRefused(Problem(("etag",), "CONFLICT", Text(zh, en)), current=current)


async def _lint(conn: Connection, wanted: Offering, at: datetime, *, before: Offering | None = None) -> None:
    """Refuses what is wrong with `wanted`. Of an edit, what was not wrong `before`; in design it may be unfinished."""
    versions = [wanted, before] if before else [wanted]
    around = await version_store.reached(conn, {code for one in versions for code in review.named(one)})
    categories = [one.code for one in await store.categories(conn)]
    problems, *known = [_keyed(review.problems(one, around, categories, at)) for one in versions]
    fresh = [problem for key, problem in problems.items() if key not in (known[0] if known else {})]
    if wanted.lifecycle_status in IN_THE_MAKING:
        fresh = [problem for problem in fresh if problem.code not in lint.UNFINISHED]
    if fresh:
        raise EditRefused(*fresh, current=before)


def _keyed(found: Iterable[Problem]) -> dict[tuple[object, ...], Problem]:
    """Problems by what they are and where, but for positions in lists: an edit moves those."""
    return {(*(step for step in one.path if isinstance(step, str)), one.code, one.message): one for one in found}


async def _save(conn: Connection, editor: Editor, action: str, current: Offering, move: Move) -> Offering:
    saved = replace(move.version, etag=current.etag + 1, last_update=editor.at)
    if not await version_store.rewrite(conn, saved, move.beside):
        raise _conflict(current)
    await store.next_revision(conn, editor.at)
    await _audit(conn, editor, action, current, saved, move.beside)
    return saved


async def _add(conn: Connection, editor: Editor, action: str, made: Offering) -> Offering:
    await version_store.insert(conn, made)
    await store.next_revision(conn, editor.at)
    await _audit(conn, editor, action, None, made)
    return made


async def _audit(
    conn: Connection,
    editor: Editor,
    action: str,
    before: Offering | None,
    after: Offering,
    beside: Sequence[Offering] = (),
) -> None:
    detail = {"version": after.version, "etag": after.etag, **differences(before, after)}
    if beside:
        detail["beside"] = [{"version": one.version, "validFor": _shown(one.valid)} for one in beside]
    await write_audit(conn, editor.caller, editor.at, action, "product_offering", after.code, detail)


def _shown(period: Period) -> list[str | None]:
    return [edge.isoformat() if edge else None for edge in (period.start, period.end)]
