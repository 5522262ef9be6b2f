"""The use cases of a product manager: fetch the version, ask the core, lint, save with revision and audit.

Knows the order of the steps; must not know HTTP or GraphQL, nor who holds the catalog: the desk does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from catalog import store, version_store
from catalog.desk import advancing, editing, schedule_store
from catalog.desk.advancing import Move
from catalog.desk.editing_desk import Desk, Target
from catalog.errors import EditRefused
from catalog.lifecycle import FORWARD, LifecycleStatus
from catalog.linting import readiness
from catalog.offering import Offering

Core = Callable[[Offering], Offering]
LAUNCHED = LifecycleStatus.LAUNCHED


async def edit(desk: Desk, target: Target, action: str, core: Core) -> Offering:
    """The version as `core` makes it, saved. Raises EditRefused, with nothing written."""
    current = await desk.take(target)
    wanted = core(current)
    desk.reach.check(wanted.category, current.category)
    if wanted.same_content(current) and wanted.valid == current.valid:
        await desk.audit(action, current, current)
        return current
    await desk.lint(wanted, desk.editor.at, before=current)
    return await desk.save(action, current, Move(wanted))


async def create(desk: Desk, wanted: Offering) -> Offering:
    """A new offering in design, saved."""
    return await _create(desk, wanted, "offering.create")


async def duplicate(desk: Desk, code: str, version: int | None, make: Core) -> Offering:
    """A new offering in design, as `make` makes it of a version (None: the newest) of the offering `code`."""
    found = [one for one in await desk.of_code(code) if version in (None, one.version)]
    if not found:
        zh, en = "没有此产品版本", "there is no such version of an offering"
        raise editing.refused(("code",), "NOT_FOUND", zh, en)
    source = {"code": code, "version": found[-1].version}
    return await _create(desk, make(found[-1]), "offering.duplicate", source=source)


async def _create(desk: Desk, wanted: Offering, action: str, **detail: object) -> Offering:
    desk.reach.check(wanted.category)
    if await desk.of_code(wanted.code):
        raise editing.refused(("code",), "DUPLICATE_CODE", "此代码已被使用", "this code is taken; choose another")
    await desk.lint(wanted, desk.editor.at)
    row = (await store.put_offerings(desk.conn, [wanted.code]))[wanted.code]
    made = replace(wanted, id=row, last_update=desk.editor.at)
    await store.put_template(desk.conn, made)
    return await desk.add(action, made, **detail)


async def create_next_version(desk: Desk, target: Target) -> Offering:
    """A copy of the version in design, numbered after all others, saved."""
    current = await desk.take(target)
    made = editing.next_version(current, await desk.of_code(target.code))
    return await desk.add("offering.next_version", replace(made, last_update=desk.editor.at))


async def advance(
    desk: Desk,
    target: Target,
    to: LifecycleStatus,
    *,
    when: datetime | None,
    reason: str | None,
    with_parts: bool = False,
    **detail: object,
) -> Offering:
    """The version at its next stage, saved; neither lint nor a bundle that it is a part of may stand against it.

    With its parts: those that are not as far are brought to the stage `to` first, step by step, the innermost first.
    """
    current = await desk.take(target)
    if with_parts and not readiness.is_forward(current.lifecycle_status, to):
        zh, en = "仅前进的变更可带上成员", "parts come along on the way to the customers only"
        raise editing.refused(("withParts",), "NOT_FORWARD", zh, en)
    async with desk.attempt():
        if with_parts:
            await _bring_parts(desk, current, to, when, frozenset({current.code}))
        return await _advance(desk, current, to, when, reason, **detail)


async def _advance(
    desk: Desk, current: Offering, to: LifecycleStatus, when: datetime | None, reason: str | None, **detail: object
) -> Offering:
    now, versions = desk.editor.at, await desk.of_code(current.code)
    move = advancing.advance(current, versions, to, when=when, now=now, reason=reason)
    moved = move.version
    if readiness.is_forward(current.lifecycle_status, to):
        launch = moved.valid.start if to is LAUNCHED else None
        await desk.lint(moved, launch or now)
    elif current.lifecycle_status in readiness.PROGRESS:
        await _check_parents(desk, moved, versions, move, when or now)
    return await desk.save("offering.advance", current, move, **detail)


async def _bring_parts(
    desk: Desk, one: Offering, to: LifecycleStatus, when: datetime | None, above: frozenset[str]
) -> None:
    at = when or desk.editor.at
    for part in one.parts:
        versions = await desk.of_code(part.code)
        if part.code in above or readiness.is_as_far(versions, replace(one, lifecycle_status=to), at):
            continue
        behind = _behind(versions, at)
        if behind is None:
            continue
        if not desk.reach.holds(behind.category):
            zh, en = f"成员 {part.code} 不在您负责的类目中", f"the part {part.code} is in no category of yours"
            raise editing.refused(("withParts",), "NOT_YOUR_CATEGORY", zh, en)
        if behind.lifecycle_status is LAUNCHED:
            behind = await _cancel(desk, behind, bundle=one.code)
        await _bring_parts(desk, behind, to, when, above | {part.code})
        first = FORWARD.index(behind.lifecycle_status) + 1
        for stage in FORWARD[first : FORWARD.index(to) + 1]:
            behind = await _advance(desk, behind, stage, when if stage is LAUNCHED else None, None, bundle=one.code)


def _behind(versions: Sequence[Offering], at: datetime) -> Offering | None:
    """The newest version on its way, else one whose launch comes too late."""
    coming = [one for one in reversed(versions) if one.lifecycle_status in FORWARD]
    late = (one for one in coming if one.lifecycle_status is LAUNCHED and one.valid.start and one.valid.start > at)
    return next((one for one in coming if one.lifecycle_status is not LAUNCHED), next(late, None))


async def cancel_schedule(desk: Desk, target: Target, **detail: object) -> Offering:
    """The version without the launch or the retirement that lies ahead, saved, those beside it as they were before."""
    return await _cancel(desk, await desk.take(target), **detail)


async def _cancel(desk: Desk, current: Offering, **detail: object) -> Offering:
    versions = await desk.of_code(current.code)
    undo = await schedule_store.undo_of(desk.conn, current)
    move = advancing.cancel(current, versions, undo, desk.editor.at)
    if move.version.lifecycle_status is LAUNCHED:
        await desk.lint(move.version, current.valid.end or desk.editor.at)
    else:
        await _check_parents(desk, move.version, versions, move, current.valid.start or desk.editor.at)
    return await desk.save("offering.cancel_schedule", current, move, **detail)


async def _check_parents(desk: Desk, moved: Offering, versions: Sequence[Offering], move: Move, at: datetime) -> None:
    changed = {one.version: one for one in (*move.beside, moved)}
    after = [changed.get(one.version, one) for one in versions]
    parents = await version_store.parents(desk.conn, moved.id)
    problems = readiness.check_parents(moved, after, parents, at)
    if problems:
        raise EditRefused(*problems, current=next(one for one in versions if one.version == moved.version))
