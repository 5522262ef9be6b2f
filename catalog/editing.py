"""Edits of one version of an offering: its own fields, and the parts and groups of a bundle.

Knows which stages may be edited and what an edit needs to find; must not know the offerings around it: they are lint's
matter. Every function returns a new value and leaves the one it was given as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from catalog.bundle import BundleGroup, BundlePart
from catalog.errors import EditRefused, Problem
from catalog.lifecycle import EDITABLE, LifecycleStatus
from catalog.offering import Offering
from catalog.period import Period
from catalog.text import Text

Entry = TypeVar("Entry", BundlePart, BundleGroup)
Value = TypeVar("Value")
Changes = Mapping[str, Any]

# While one of these is under way, the offering has no further next version.
OPEN = EDITABLE | {LifecycleStatus.ACTIVE}
PART = ("part", "code")
GROUP = ("group", "code")


def create(code: str, changes: Changes) -> Offering:
    """The first version of a new offering, in design; `changes` are its fields, of which the name is required."""
    return _valid(lambda: Offering(code=code, **{**changes, "lifecycle_status": LifecycleStatus.IN_DESIGN}))


def edit(one: Offering, changes: Changes) -> Offering:
    """The version with these fields changed; what `changes` does not name stays."""
    _refuse_closed(one)
    return _valid(lambda: replace(one, **changes))


def add_part(one: Offering, part: BundlePart) -> Offering:
    """The bundle with one more part, at the end."""
    _refuse_closed(one)
    if any(known.code == part.code for known in one.parts):
        raise refused(
            PART, "DUPLICATE_CODE", "已在此捆绑包中，请改用修改", "is in this bundle already; change it instead"
        )
    return replace(one, parts=(*one.parts, part))


def change_part(one: Offering, code: str, changes: Changes) -> Offering:
    """The bundle with one part changed in place: its limits, its group."""
    _refuse_closed(one)
    known = _the(one.parts, code, PART)
    changed = _valid(lambda: replace(known, **changes), "part")
    return replace(one, parts=tuple(changed if part is known else part for part in one.parts))


def remove_part(one: Offering, code: str) -> Offering:
    """The bundle without this part; its group stays, even when nothing is left in it."""
    _refuse_closed(one)
    known = _the(one.parts, code, PART)
    return replace(one, parts=tuple(part for part in one.parts if part is not known))


def put_group(one: Offering, code: str, changes: Changes) -> Offering:
    """The bundle with a group made at the end, or changed in place when it has one with this code."""
    _refuse_closed(one)
    known = next((group for group in one.groups if group.code == code), None)
    wanted = _valid(lambda: replace(known or BundleGroup(code), **changes), "group")
    groups = (wanted if group is known else group for group in one.groups) if known else (*one.groups, wanted)
    changed = replace(one, groups=tuple(groups))
    _refuse_circle(changed, wanted)
    return changed


def remove_group(one: Offering, code: str) -> Offering:
    """The bundle without this group, which must be empty: nobody loses parts by removing what holds them."""
    _refuse_closed(one)
    known = _the(one.groups, code, GROUP)
    if any(part.group == code for part in one.parts) or any(group.parent == code for group in one.groups):
        zh, en = "分组不为空，请先移出或删除其成员", "is not empty; move its parts and groups elsewhere, or remove them"
        raise refused(GROUP, "GROUP_NOT_EMPTY", zh, en)
    return replace(one, groups=tuple(group for group in one.groups if group is not known))


def next_version(base: Offering, versions: Sequence[Offering]) -> Offering:
    """A copy of `base` in design, numbered after all `versions` of its code; it has no start until it is launched."""
    under_way = next((one for one in versions if one.lifecycle_status in OPEN), None)
    if under_way:
        zh = f"版本 {under_way.version} 仍在进行中，请编辑或终止该版本"
        en = f"version {under_way.version} is under way ({under_way.lifecycle_status}); edit that one, or end it first"
        raise EditRefused(Problem(("version",), "VERSION_UNDER_WAY", Text(zh, en)), current=under_way)
    return replace(
        base,
        version=max(one.version for one in versions) + 1,
        lifecycle_status=LifecycleStatus.IN_DESIGN,
        status_reason=None,
        valid=Period(None, base.valid.end),
        etag=1,
    )


def refused(path: tuple[str | int, ...], code: str, zh: str, en: str) -> EditRefused:
    return EditRefused(Problem(path, code, Text(zh, en)))


def _refuse_closed(one: Offering) -> None:
    if one.lifecycle_status in EDITABLE:
        return
    zh = f"处于 {one.lifecycle_status} 状态的版本不可修改，请新建下一版本"
    en = f"a version that is {one.lifecycle_status} is not edited; create its next version"
    raise EditRefused(Problem(("version",), "NOT_EDITABLE", Text(zh, en)), current=one)


def _refuse_circle(one: Offering, wanted: BundleGroup) -> None:
    parents = {group.code: group.parent for group in one.groups}
    above, seen = wanted.parent, set[str]()
    while above and above not in seen:
        if above == wanted.code:
            raise refused(("group", "parent"), "CYCLE", "分组不能位于自身之内", "the group stands inside itself")
        seen.add(above)
        above = parents.get(above)


def _the(entries: Sequence[Entry], code: str, path: tuple[str, ...]) -> Entry:
    found = next((entry for entry in entries if entry.code == code), None)
    if found is None:
        raise refused(path, "UNKNOWN_CODE", f"此捆绑包中没有 {code}", f"this bundle has no {path[0]} {code}")
    return found


def _valid(make: Callable[[], Value], *path: str) -> Value:
    """`make()`; a value that is not valid at birth is refused at `path`."""
    try:
        return make()
    except ValueError as error:
        raise refused(path, "INVALID", f"取值不合规则：{error}", str(error)) from None
