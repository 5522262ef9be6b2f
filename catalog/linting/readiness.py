"""What keeps a version from moving on: parts that are not as far; and from leaving: bundles that need it.

Knows a version and those around it; must not know where they are kept. Source: domain.md, lint before launch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from catalog.errors import Problem
from catalog.lifecycle import LifecycleStatus
from catalog.offering import Offering
from catalog.text import Text

_S = LifecycleStatus
# How far a stage is on the way to the customers; what has left it again stands nowhere.
PROGRESS = {_S.IN_STUDY: 0, _S.IN_DESIGN: 1, _S.IN_TEST: 2, _S.ACTIVE: 3, _S.LAUNCHED: 4}
Versions = Mapping[str, Sequence[Offering]]


def is_forward(before: LifecycleStatus, after: LifecycleStatus) -> bool:
    """Whether the move brings a version nearer to the customers."""
    return before in PROGRESS and PROGRESS.get(after, -1) > PROGRESS[before]


def check(one: Offering, around: Versions, at: datetime) -> tuple[Problem, ...]:
    """Which parts are not as far as `one` is from `at` on; `around` has every version of those.

    Paths lead into the offering: ("bundledProductOffering", 2). What else keeps a version from its launch is lint's.
    """
    return tuple(_parts_behind(one, around, at))


def check_parents(one: Offering, versions: Sequence[Offering], parents: Versions, at: datetime) -> tuple[Problem, ...]:
    """Which bundles `one` would leave behind, when its code has these `versions` after a move at `at`."""
    return tuple(
        Problem(
            ("to",),
            "PART_OF",
            Text(
                f"仍是 {parent.code} 版本 {parent.version}（{parent.lifecycle_status}）的成员，请先处理该捆绑包",
                f"is a part of {parent.code}, version {parent.version} ({parent.lifecycle_status}); move that first",
            ),
        )
        for bundles in parents.values()
        for parent in bundles
        if any(part.code == one.code for part in parent.parts)
        and _is_alive(parent, at)
        and not is_as_far(versions, parent, max(at, parent.valid.start or at))
    )


def _is_alive(parent: Offering, at: datetime) -> bool:
    return parent.lifecycle_status in PROGRESS and (parent.valid.end is None or parent.valid.end > at)


def is_as_far(versions: Sequence[Offering], parent: Offering, at: datetime) -> bool:
    """A parent refers only to children at its own stage or further; of one that is launched, in force as well."""
    if parent.lifecycle_status is _S.LAUNCHED:
        return any(one.is_launched(at) for one in versions)
    needed = PROGRESS.get(parent.lifecycle_status, 0)
    return any(PROGRESS.get(one.lifecycle_status, -1) >= needed for one in versions)


def _parts_behind(one: Offering, around: Versions, at: datetime) -> Iterator[Problem]:
    for position, part in enumerate(one.parts):
        versions = around.get(part.code, ())
        if versions and not is_as_far(versions, one, at):
            status = versions[-1].lifecycle_status
            zh = f"{part.code} 为 {status}，届时未处于 {one.lifecycle_status}"
            en = f"{part.code} is {status}, and not {one.lifecycle_status} or further by then"
            yield Problem(("bundledProductOffering", position, "code"), "PART_BEHIND", Text(zh, en))
