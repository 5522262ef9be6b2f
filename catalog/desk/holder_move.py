"""Moving those who hold one version of an offering to another, from a day on.

Knows which moves make sense; must not know a customer: they are many and live in PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from catalog.desk.editing import refused
from catalog.offering import Offering


class MoveState(StrEnum):
    """PLANNED: its day lies ahead. DUE: `jishi move-holders` has to do it, or is doing it."""

    PLANNED = "PLANNED"
    DUE = "DUE"
    DONE = "DONE"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class HolderMove:
    """`moved` products have been moved so far, of the customers whose row id is below `next_customer`."""

    id: int
    offering_id: int
    code: str
    from_version: int
    to_version: int
    at: datetime
    reason: str | None
    requested_by: str
    requested_at: datetime
    next_customer: int
    moved: int
    done_at: datetime | None
    cancelled_at: datetime | None

    def state(self, now: datetime) -> MoveState:
        if self.cancelled_at:
            return MoveState.CANCELLED
        if self.done_at:
            return MoveState.DONE
        return MoveState.PLANNED if self.at > now else MoveState.DUE


def check(versions: Sequence[Offering], source: int, target: int, at: datetime, now: datetime) -> Offering:
    """The version that holders come from; refused unless both are there and the other is in force at `at`.

    Raises EditRefused.
    """
    known = {one.version: one for one in versions}
    if source not in known:
        raise refused(("fromVersion",), "UNKNOWN_VERSION", "没有此版本", "there is no such version")
    if target not in known:
        raise refused(("toVersion",), "UNKNOWN_VERSION", "没有此版本", "there is no such version")
    if source == target:
        raise refused(("toVersion",), "SAME_VERSION", "与原版本相同", "is the version that they hold")
    if at < now:
        raise refused(("at",), "IN_THE_PAST", "时间已过", "lies in the past; leave it out for now")
    if not known[target].is_launched(at):
        zh, en = f"版本 {target} 届时未在售", f"version {target} is not launched and in force then"
        raise refused(("toVersion",), "NOT_IN_FORCE", zh, en)
    return known[source]


def check_cancel(one: HolderMove) -> None:
    """What has begun goes on to its end: half of the holders would be left behind. Raises EditRefused."""
    if one.done_at or one.cancelled_at:
        raise refused(("id",), "OVER", "已完成或已取消", "is done or cancelled already")
    if one.next_customer:
        zh, en = "已开始迁移，不能取消", "has begun; let it end, then move them back"
        raise refused(("id",), "BEGUN", zh, en)
