"""Edits of one version of an offering: its own fields, and the parts and groups of a bundle.

Knows which stages may be edited and what an edit needs to find; must not know the offerings around it: they are lint's
matter. Every function returns a new value and leaves the one it was given as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from catalog.bundle import BundleGroup, BundlePart
from catalog.errors import EditRefused, Problem
from catalog.lifecycle import EDITABLE, LifecycleStatus
from catalog.offering import Offering
from catalog.period import Period
from catalog.text import Text

# While one of these is under way, the offering has no further next version.
OPEN = EDITABLE | {LifecycleStatus.ACTIVE}
PART = ("part", "code")
GROUP = ("group", "code")


def edit(one: Offering, changed: Offering) -> Offering:
    """`changed`, made of `one`, which may be edited; what an edit cannot touch is as it was."""
    refuse_closed(one)
    return replace(
        changed,
        code=one.code,
        id=one.id,
        version=one.version,
        template=one.template,
        lifecycle_status=one.lifecycle_status,
        status_reason=one.status_reason,
        etag=one.etag,
        last_update=one.last_update,
    )


def add_part(one: Offering, part: BundlePart) -> Offering:
    """The bundle with one more part, at the end."""
    refuse_closed(one)
    if any(known.code == part.code for known in one.parts):
        raise refused(
            PART, "DUPLICATE_CODE", "已在此捆绑包中，请改用修改", "is in this bundle already; change it instead"
        )
    return replace(one, parts=(*one.parts, part))


def change_part(one: Offering, part: BundlePart) -> Offering:
    """The bundle with the part of this code changed in its place."""
    refuse_closed(one)
    known = part_of(one, part.code)
    return replace(one, parts=tuple(part if entry is known else entry for entry in one.parts))


def remove_part(one: Offering, code: str) -> Offering:
    """The bundle without this part; its group stays, even when nothing is left in it."""
    refuse_closed(one)
    known = part_of(one, code)
    return replace(one, parts=tuple(part for part in one.parts if part is not known))


def put_group(one: Offering, group: BundleGroup) -> Offering:
    """The bundle with a group more at the end, or with the one of this code changed in its place."""
    refuse_closed(one)
    is_new = all(known.code != group.code for known in one.groups)
    groups = (*one.groups, group) if is_new else (group if k.code == group.code else k for k in one.groups)
    changed = replace(one, groups=tuple(groups))
    _refuse_circle(changed, group)
    return changed


def remove_group(one: Offering, code: str) -> Offering:
    """The bundle without this group, which must be empty: nobody loses parts by removing what holds them."""
    refuse_closed(one)
    known = next((group for group in one.groups if group.code == code), None)
    if known is None:
        raise refused(GROUP, "UNKNOWN_CODE", f"此捆绑包中没有分组 {code}", f"this bundle has no group {code}")
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


def duplicate(base: Offering, code: str, at: datetime) -> Offering:
    """A new offering in design with everything that `base` holds but its start, and an end that is past.

    What other systems call `base` stays behind, as that names one offering only; so does its template.
    """
    end = base.valid.end
    return replace(
        base,
        code=code,
        id=0,
        version=1,
        template=None,
        external_identifier=(),
        lifecycle_status=LifecycleStatus.IN_DESIGN,
        status_reason=None,
        valid=Period(None, end if end and end > at else None),
        etag=1,
    )


def part_of(one: Offering, code: str) -> BundlePart:
    """The part of a bundle with this code; refused when it has none."""
    found = next((part for part in one.parts if part.code == code), None)
    if found is None:
        raise refused(PART, "UNKNOWN_CODE", f"此捆绑包中没有 {code}", f"this bundle has no part {code}")
    return found


def refused(path: tuple[str | int, ...], code: str, zh: str, en: str) -> EditRefused:
    return EditRefused(Problem(path, code, Text(zh, en)))


def refuse_closed(one: Offering) -> None:
    """Refuses an edit of a version that is past its design."""
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
