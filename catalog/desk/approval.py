"""A launch or a retirement that somebody asks for and somebody else decides (four eyes).

Knows who may decide and what voids a request; must not know how a launch is done, or where requests are kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from catalog.desk.editing import refused
from catalog.lifecycle import LifecycleStatus
from catalog.offering import Offering


class ApprovalAction(StrEnum):
    LAUNCH = "LAUNCH"
    RETIRE = "RETIRE"
    CANCEL_SCHEDULE = "CANCEL_SCHEDULE"


class ApprovalState(StrEnum):
    """OPEN: undecided. WITHDRAWN: taken back by who asked. VOID: the version was edited meanwhile."""

    OPEN = "OPEN"
    APPROVED = "APPROVED"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"
    VOID = "VOID"


@dataclass(frozen=True, slots=True)
class Approval:
    """A request for the version as it was at `etag`. `at` None: once approved; `decided_…` None: nobody decided."""

    id: int
    code: str
    version: int
    etag: int
    action: ApprovalAction
    at: datetime | None
    with_parts: bool
    reason: str | None
    requested_by: str
    requested_at: datetime
    state: ApprovalState = ApprovalState.OPEN
    decided_by: str | None = None
    decided_at: datetime | None = None
    decision_reason: str | None = None

    def effective(self, now: datetime) -> datetime | None:
        """When what was asked for takes effect if it is approved now; a date that has passed meanwhile is now."""
        return self.at if self.at and self.at > now else None


def needed(current: LifecycleStatus, to: LifecycleStatus) -> ApprovalAction | None:
    """What a second person decides of a move, None: nothing."""
    if to is LifecycleStatus.LAUNCHED:
        return ApprovalAction.LAUNCH
    if to is LifecycleStatus.RETIRED and current is LifecycleStatus.LAUNCHED:
        return ApprovalAction.RETIRE
    return None


def check_decision(asked: Approval, decision: ApprovalState, subject: str, reason: str | None) -> None:
    """Whether `subject` may decide so; who asked only withdraws, and a refusal says why. Raises EditRefused."""
    if asked.state is ApprovalState.VOID:
        zh, en = (
            "申请后版本已被修改，请重新申请",
            "the version was edited after the request; it has to be asked for again",
        )
        raise refused(("id",), "VOID", zh, en)
    if asked.state is not ApprovalState.OPEN:
        zh, en = f"已由 {asked.decided_by} 处理", f"was decided by {asked.decided_by} already: {asked.state}"
        raise refused(("id",), "DECIDED", zh, en)
    is_own = subject == asked.requested_by
    if is_own and decision is not ApprovalState.WITHDRAWN:
        zh, en = "申请人不能自行审批，请由他人处理", "who asked does not decide; somebody else does, or withdraw it"
        raise refused(("decision",), "SAME_PERSON", zh, en)
    if not is_own and decision is ApprovalState.WITHDRAWN:
        zh, en = "仅申请人可撤回", "only who asked withdraws; refuse it instead"
        raise refused(("decision",), "NOT_YOURS", zh, en)
    if decision is ApprovalState.REFUSED and not reason:
        raise refused(("reason",), "MISSING", "请说明拒绝原因", "say why it is refused")


def check_request(open_one: Approval | None, current: Offering) -> None:
    """A version waits for one decision at a time."""
    if open_one and open_one.etag == current.etag:
        zh = f"{open_one.requested_by} 已申请，等待审批"
        en = f"{open_one.requested_by} asked for it already; it waits for somebody else's decision"
        raise refused(("version",), "ALREADY_REQUESTED", zh, en)
