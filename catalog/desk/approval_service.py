"""The use cases of four eyes: ask for a launch or a retirement, decide what was asked for.

Knows the order of the steps; must not know HTTP or GraphQL. The caller opens the transaction.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from catalog.customer_store import write_audit
from catalog.desk import approval, approval_store, editing_service
from catalog.desk.approval import Approval, ApprovalAction, ApprovalState
from catalog.desk.editing import refused
from catalog.desk.editing_desk import Desk, Target
from catalog.lifecycle import LifecycleStatus
from catalog.offering import Offering

Act = Callable[[], Awaitable[Offering]]
# The version as it is now, and the request that was made instead of an edit.
Done = tuple[Offering, Approval | None]


class _Rehearsed(Exception):
    """Ends a rehearsal: what it did is undone."""


async def advance(
    desk: Desk,
    target: Target,
    to: LifecycleStatus,
    *,
    when: datetime | None,
    reason: str | None,
    with_parts: bool = False,
    second_person: bool,
) -> Done:
    """As editing_service.advance; a move that a `second_person` decides is rehearsed and then asked for."""

    async def act() -> Offering:
        return await editing_service.advance(desk, target, to, when=when, reason=reason, with_parts=with_parts)

    current = await desk.take(target)
    action = approval.needed(current.lifecycle_status, to)
    if not second_person or action is None:
        return await act(), None
    return await _ask(desk, current, action, act, when=when, reason=reason, with_parts=with_parts)


async def cancel_schedule(desk: Desk, target: Target, *, second_person: bool) -> Done:
    """As editing_service.cancel_schedule; asked for when a `second_person` decides."""

    async def act() -> Offering:
        return await editing_service.cancel_schedule(desk, target)

    if not second_person:
        return await act(), None
    return await _ask(desk, await desk.take(target), ApprovalAction.CANCEL_SCHEDULE, act)


async def _ask(
    desk: Desk,
    current: Offering,
    action: ApprovalAction,
    act: Act,
    *,
    when: datetime | None = None,
    reason: str | None = None,
    with_parts: bool = False,
) -> Done:
    """Makes a request of what could be done now; what could not is refused at once."""
    approval.check_request(await approval_store.undecided(desk.conn, current), current)
    await _rehearse(desk, act)
    await approval_store.void(desk.conn, current, desk.editor.at)
    caller, at = desk.editor.caller, desk.editor.at
    number = await approval_store.put(desk.conn, current, action, when, with_parts, reason, caller.subject, at)
    made = await approval_store.of_id(desk.conn, number)
    detail = {"approval": number, "action": action.value, "version": current.version, "etag": current.etag}
    await write_audit(desk.conn, caller, at, "approval.request", "product_offering", current.code, detail)
    return current, made


async def _rehearse(desk: Desk, act: Act) -> None:
    try:
        async with desk.attempt():
            await act()
            raise _Rehearsed
    except _Rehearsed:
        return


async def decide(desk: Desk, number: int, decision: ApprovalState, reason: str | None) -> tuple[Approval, Offering]:
    """The request as decided, and its version as it is then: done when approved. Raises EditRefused."""
    asked = await approval_store.of_id(desk.conn, number)
    subject, at = desk.editor.caller.subject, desk.editor.at
    versions = await desk.of_code(asked.code) if asked else ()
    current = next((one for one in versions if asked and one.version == asked.version), None)
    if asked is None or current is None or not desk.reach.holds(current.category):
        zh, en = "没有此申请，或不在您负责的类目中", "there is no such request in your categories"
        raise refused(("id",), "NOT_FOUND", zh, en)
    approval.check_decision(asked, decision, subject, reason)
    done = await _do(desk, asked) if decision is ApprovalState.APPROVED else current
    await approval_store.decide(desk.conn, number, decision, subject, at, reason)
    detail = {
        "approval": number,
        "decision": decision.value,
        "version": asked.version,
        "requestedBy": asked.requested_by,
    }
    await write_audit(desk.conn, desk.editor.caller, at, "approval.decide", "product_offering", asked.code, detail)
    decided = await approval_store.of_id(desk.conn, number)
    assert decided is not None
    return decided, done


async def _do(desk: Desk, asked: Approval) -> Offering:
    target = Target(asked.code, asked.version, asked.etag)
    if asked.action is ApprovalAction.CANCEL_SCHEDULE:
        return await editing_service.cancel_schedule(desk, target, approval=asked.id)
    to = LifecycleStatus.LAUNCHED if asked.action is ApprovalAction.LAUNCH else LifecycleStatus.RETIRED
    when = asked.effective(desk.editor.at)
    reason, parts = asked.reason, asked.with_parts
    return await editing_service.advance(
        desk, target, to, when=when, reason=reason, with_parts=parts, approval=asked.id
    )
