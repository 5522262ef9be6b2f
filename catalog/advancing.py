"""Moves of a version through its life cycle, and what they do to the validity of the versions beside it.

Knows the table of moves and dates; must not know the parts of a bundle, or who asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from catalog.editing import refused
from catalog.errors import EditRefused, Problem
from catalog.lifecycle import TRANSITIONS, LifecycleStatus
from catalog.offering import Offering
from catalog.period import Period
from catalog.text import Text

LAUNCHED, RETIRED = LifecycleStatus.LAUNCHED, LifecycleStatus.RETIRED


@dataclass(frozen=True, slots=True)
class Move:
    """The version after its move, and those of its other versions whose validity the move changed."""

    version: Offering
    beside: tuple[Offering, ...] = ()


def advance(
    one: Offering,
    versions: Sequence[Offering],
    to: LifecycleStatus,
    *,
    when: datetime | None,
    now: datetime,
    reason: str | None = None,
) -> Move:
    """Moves `one`, of all the `versions` of its code, to the stage `to`; refused when the table has no such move.

    `when` (None: now, or the start that the version already has ahead) dates a launch or a retirement and is not in the
    past. A launch ends the version before it at that instant. A retirement that lies ahead leaves the version launched
    until then; one that has not begun gives its time back to the version it would have ended.
    """
    if to not in TRANSITIONS[one.lifecycle_status]:
        raise _no_such_move(one, to)
    if when is not None and to not in (LAUNCHED, RETIRED):
        raise refused(("at",), "NOT_DATED", "仅上线和下线可指定时间", "only a launch or a retirement has a date")
    if when is not None and when < now:
        raise refused(("at",), "IN_THE_PAST", "时间已过", "lies in the past; leave it out for now")
    moved = replace(one, lifecycle_status=to, status_reason=reason)
    if to is LAUNCHED:
        return _launch(moved, versions, when, now)
    if to is RETIRED and one.lifecycle_status is LAUNCHED:
        return _retire(moved, versions, when or now, now)
    return Move(moved)


def _launch(moved: Offering, versions: Sequence[Offering], when: datetime | None, now: datetime) -> Move:
    planned = moved.valid.start
    start = when or (planned if planned and planned > now else now)
    end = moved.valid.end
    if end and end <= start:
        zh, en = "有效期在上线前已结束，请先修改有效期", "its validity ends before it starts; change validFor first"
        raise refused(("at",), "ENDS_BEFORE_START", zh, en)
    launched = [one for one in versions if one.lifecycle_status is LAUNCHED and one.version != moved.version]
    before = tuple(_ended(one, start) for one in launched if _begins_before(one, start) and one.valid.contains(start))
    valid = Period(start, end)
    for other in launched:
        if not _begins_before(other, start) and other.valid.overlaps(valid):
            zh = f"与已安排上线的版本 {other.version} 的有效期重叠"
            en = f"version {other.version} is launched for that time already; end this one before, or retire that one"
            raise refused(("at",), "OVERLAPPING_VALIDITY", zh, en)
    return Move(replace(moved, valid=valid), before)


def _retire(moved: Offering, versions: Sequence[Offering], when: datetime, now: datetime) -> Move:
    start, end = moved.valid.start, moved.valid.end
    if end and end <= when:
        return Move(moved)
    if start and start >= when:
        back = (one for one in versions if one.lifecycle_status is LAUNCHED and one.valid.end == start)
        return Move(moved, tuple(replace(one, valid=Period(one.valid.start, end)) for one in back))
    ended = _ended(moved, when)
    return Move(ended if when <= now else replace(ended, lifecycle_status=LAUNCHED))


def _ended(one: Offering, when: datetime) -> Offering:
    return replace(one, valid=Period(one.valid.start, when))


def _begins_before(one: Offering, when: datetime) -> bool:
    return one.valid.start is None or one.valid.start < when


def _no_such_move(one: Offering, to: LifecycleStatus) -> EditRefused:
    known = sorted(TRANSITIONS[one.lifecycle_status])
    zh = f"{one.lifecycle_status} 之后只能是 {'、'.join(known) or '无'}"
    en = f"{one.lifecycle_status} is followed by {' or '.join(known) or 'nothing'}, not by {to}"
    return EditRefused(Problem(("to",), "NO_SUCH_MOVE", Text(zh, en)), current=one)
