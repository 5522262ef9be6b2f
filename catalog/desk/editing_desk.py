"""What an edit works on: the catalog held against other writers, the versions that were read, the editor's reach.

Knows what one transaction fetched and saved; must not know which edit it is. The caller opens the transaction.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from asyncpg import Connection

from catalog import registry_store, store, version_store
from catalog.customer_store import Caller, write_audit
from catalog.desk import schedule_store
from catalog.desk.advancing import Move
from catalog.desk.bulk_edit_store import Later
from catalog.desk.editing import refused
from catalog.desk.reach import Reach
from catalog.documents.write import differences
from catalog.errors import EditRefused, Problem
from catalog.lifecycle import EDITABLE, LifecycleStatus
from catalog.linting import lint, lint_service, review
from catalog.offering import Offering
from catalog.period import Period
from catalog.text import Text

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


@dataclass(slots=True)
class Desk:
    """One transaction's work. `versions` holds every version of each code that was asked for; none: no such code."""

    conn: Connection
    editor: Editor
    categories: tuple[str, ...]
    reach: Reach
    versions: dict[str, tuple[Offering, ...]] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)
    registers: review.Registers | None = None
    # What is written at the end; None: everything is written at once.
    later: Later | None = None

    async def fetch(self, codes: Iterable[str]) -> None:
        """Reads these offerings and all that they contain or require, unless that was done before."""
        missing = [code for code in codes if code not in self.versions]
        if missing:
            found = await version_store.reached(self.conn, missing)
            self.versions = {**dict.fromkeys(missing, ()), **found, **self.versions}

    async def of_code(self, code: str) -> tuple[Offering, ...]:
        """Every version of the code, oldest first."""
        await self.fetch([code])
        return self.versions[code]

    async def take(self, target: Target) -> Offering:
        """The version as PostgreSQL has it. One out of the editor's reach and one that does not exist look alike."""
        current = next((one for one in await self.of_code(target.code) if one.version == target.version), None)
        if current is None or not self.reach.holds(current.category):
            zh, en = (
                "没有此产品版本，或不在您负责的类目中",
                "there is no such version of an offering in your categories",
            )
            raise refused(("code",), "NOT_FOUND", zh, en)
        if current.etag != target.etag:
            raise conflict(current)
        return current

    async def lint(self, wanted: Offering, at: datetime, *, before: Offering | None = None) -> None:
        """Refuses what is wrong with `wanted`. Of an edit, what was not wrong `before`; in design it may be unfinished.

        Raises EditRefused.
        """
        problems = await self._problems(wanted, at)
        known = await self._problems(before, at) if before else {}
        fresh = [problem for key, problem in problems.items() if key not in known]
        if wanted.lifecycle_status in IN_THE_MAKING:
            fresh = [problem for problem in fresh if problem.code not in lint.UNFINISHED]
        if fresh:
            raise EditRefused(*fresh, current=before)

    async def _problems(self, one: Offering, at: datetime) -> dict[tuple[object, ...], Problem]:
        await self.fetch(review.named(one))
        if self.registers is None:
            self.registers = await registry_store.load(self.conn)
        around = review.reached(one, self.versions)
        return _keyed(review.problems(one, around, self.categories, at, self.registers))

    async def save(self, action: str, current: Offering, move: Move, **detail: Any) -> Offering:
        """The version of `move` in the place of `current`, those beside it moved, and the audit of both."""
        saved = replace(move.version, etag=current.etag + 1, last_update=self.editor.at)
        if self.later is not None and saved.lifecycle_status is current.lifecycle_status in EDITABLE:
            self.later = self.later.with_version(current, saved)
            self._remember(saved)
            await self.audit(action, current, saved, **detail)
            return saved
        before = await self.of_code(saved.code)
        if not await version_store.rewrite(self.conn, saved, move.beside):
            raise conflict(current)
        await schedule_store.keep(self.conn, saved, move.undo)
        self._remember(saved, *(replace(one, etag=one.etag + 1) for one in move.beside))
        await lint_service.refuse_breaking(self.conn, before, self.versions[saved.code], self.editor.at)
        await self.audit(action, current, saved, move.beside, **detail)
        return saved

    async def add(self, action: str, made: Offering, **detail: Any) -> Offering:
        await version_store.insert(self.conn, made)
        self._remember(made)
        await self.audit(action, None, made, **detail)
        return made

    async def audit(
        self, action: str, before: Offering | None, after: Offering, beside: Sequence[Offering] = (), **detail: Any
    ) -> None:
        told = {"version": after.version, "etag": after.etag, **differences(before, after), **detail}
        if beside:
            told["beside"] = [{"version": one.version, "validFor": _shown(one.valid)} for one in beside]
        if self.later is not None:
            self.later = self.later.with_audit(action, after.code, told)
            return
        await write_audit(self.conn, self.editor.caller, self.editor.at, action, "product_offering", after.code, told)

    @asynccontextmanager
    async def attempt(self) -> AsyncIterator[None]:
        """Undoes everything in its block when that raises."""
        before = (self.versions, set(self.changed), self.later)
        try:
            if self.later is None:
                async with self.conn.transaction():
                    yield
            else:
                yield
        except BaseException:
            self.versions, self.changed, self.later = before
            raise

    async def write_later(self) -> None:
        """Writes what was put off. Raises EditRefused when somebody without the lock was faster."""
        if self.later is not None and not await self.later.write(self.conn, self.editor.caller, self.editor.at):
            raise conflict(next(iter(self.later.saved.values())))

    def _remember(self, *saved: Offering) -> None:
        code = saved[0].code
        fresh = {one.version: one for one in (*self.versions.get(code, ()), *saved)}
        self.versions = {**self.versions, code: tuple(fresh[number] for number in sorted(fresh))}
        self.changed.add(code)


@asynccontextmanager
async def at_desk(conn: Connection, editor: Editor) -> AsyncIterator[Desk]:
    """Holds the catalog until the caller's transaction ends; what the block changed is one revision."""
    await store.lock(conn)
    parents = {one.code: one.parent for one in await store.categories(conn)}
    desk = Desk(conn, editor, tuple(parents), Reach.of(editor.categories, parents))
    yield desk
    await desk.write_later()
    if desk.changed:
        await store.next_revision(conn, editor.at)


def conflict(current: Offering) -> EditRefused:
    zh, en = (
        "他人已先行修改，请以当前内容为准重新编辑",
        "somebody else was faster; start again from the object as it is now",
    )
    return EditRefused(Problem(("etag",), "CONFLICT", Text(zh, en)), current=current)


def _keyed(found: Collection[Problem]) -> dict[tuple[object, ...], Problem]:
    """Problems by what they are and where, but for positions in lists: an edit moves those."""
    return {(*(step for step in one.path if isinstance(step, str)), one.code, one.message): one for one in found}


def _shown(period: Period) -> list[str | None]:
    return [edge.isoformat() if edge else None for edge in (period.start, period.end)]
