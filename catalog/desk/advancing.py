"""Moves of a version through its life cycle, and what they do to the validity of the versions beside it.

Knows the table of moves and dates; must not know the parts of a bundle, or who asks. A launch or a retirement that lies
ahead is a plan: it can be cancelled until its time comes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from catalog.desk.editing import refused
from catalog.errors import EditRefused, Problem
from catalog.lifecycle import TRANSITIONS, LifecycleStatus
from catalog.offering import Offering
from catalog.period import Period
from catalog.text import Text

LAUNCHED, RETIRED = LifecycleStatus.LAUNCHED, LifecycleStatus.RETIRED
# version → the end that its validity had before a plan moved it; None: open.
Ends = Mapping[int, datetime | None]


@dataclass(frozen=True, slots=True)
class Move:
    """The version after its move, and those of its other versions whose validity the move changed.

    `undo` is what a cancellation goes back to, when the move is a plan for later.
    """

    version: Offering
    beside: tuple[Offering, ...] = ()
    undo: Ends = field(default_factory=dict)


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
    undo = {one.version: one.valid.end for one in versions} if start > now else {}
    for other in launched:
        if not _begins_before(other, start) and other.valid.overlaps(valid):
            zh = f"与已安排上线的版本 {other.version} 的有效期重叠"
            en = f"version {other.version} is launched for that time already; end this one before, or retire that one"
            raise refused(("at",), "OVERLAPPING_VALIDITY", zh, en)
    return Move(replace(moved, valid=valid), before, undo)


def _retire(moved: Offering, versions: Sequence[Offering], when: datetime, now: datetime) -> Move:
    start, end = moved.valid.start, moved.valid.end
    if end and end <= when:
        return Move(moved)
    if start and start >= when:
        back = (one for one in versions if one.lifecycle_status is LAUNCHED and one.valid.end == start)
        return Move(moved, tuple(replace(one, valid=Period(one.valid.start, end)) for one in back))
    ended = _ended(moved, when)
    if when <= now:
        return Move(ended)
    return Move(replace(ended, lifecycle_status=LAUNCHED), undo={moved.version: end})


def cancel(one: Offering, versions: Sequence[Offering], before: Ends, now: datetime) -> Move:
    """Takes back the launch or the retirement of `one` that lies ahead; `before` is the undo of the plan, if known.

    What was to be launched is ready for its launch again, and the version that it would have ended goes on; what was to
    be retired goes on. Neither reaches into the time of a version that is launched after it. Raises EditRefused.
    """
    start, end = one.valid.start, one.valid.end
    if one.lifecycle_status is LAUNCHED and start and start > now:
        others = [other for other in versions if other.version != one.version]
        back = (other for other in others if other.lifecycle_status is LAUNCHED and other.valid.end == start)
        beside = tuple(_going_on(other, others, before.get(other.version, end)) for other in back)
        waiting = replace(one, lifecycle_status=LifecycleStatus.ACTIVE, valid=Period(None, end), status_reason=None)
        return Move(waiting, beside)
    if one.lifecycle_status is LAUNCHED and end and end > now:
        follower = next((other for other in versions if _takes_over(other, one)), None)
        if follower is None:
            planned = before.get(one.version)
            until = planned if planned is None or planned > end else None
            return Move(_going_on(replace(one, status_reason=None), versions, until))
        zh = f"版本 {follower.version} 将于此时接替，请取消该版本的上线"
        en = f"version {follower.version} takes over then; cancel the launch of that one"
        raise EditRefused(Problem(("version",), "TAKEN_OVER", Text(zh, en)), current=follower)
    zh, en = "没有尚未生效的上线或下线", "no launch and no retirement of it lies ahead"
    raise EditRefused(Problem(("version",), "NOTHING_SCHEDULED", Text(zh, en)), current=one)


def _going_on(one: Offering, versions: Sequence[Offering], until: datetime | None) -> Offering:
    """In force up to `until`, or up to the launch that comes first after its end."""
    later = (
        other.valid.start
        for other in versions
        if other.lifecycle_status is LAUNCHED
        and other.valid.start
        and one.valid.end
        and other.valid.start >= one.valid.end
    )
    return _ended(one, min((edge for edge in (*later, until) if edge), default=None))


def _takes_over(other: Offering, one: Offering) -> bool:
    return other.lifecycle_status is LAUNCHED and other.valid.start == one.valid.end


def _ended(one: Offering, when: datetime | None) -> Offering:
    return replace(one, valid=Period(one.valid.start, when))


def _begins_before(one: Offering, when: datetime) -> bool:
    return one.valid.start is None or one.valid.start < when


def _no_such_move(one: Offering, to: LifecycleStatus) -> EditRefused:
    known = sorted(TRANSITIONS[one.lifecycle_status])
    zh = f"{one.lifecycle_status} 之后只能是 {'、'.join(known) or '无'}"
    en = f"{one.lifecycle_status} is followed by {' or '.join(known) or 'nothing'}, not by {to}"
    return EditRefused(Problem(("to",), "NO_SUCH_MOVE", Text(zh, en)), current=one)
