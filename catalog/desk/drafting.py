"""What a row of a file becomes as a draft: a change in place while in design, else the next version in design.

Knows one offering's versions and what a draft may change of them; must not know the other rows, nor PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from catalog.desk import editing
from catalog.desk.editing import OPEN, refused
from catalog.documents.document import Stated
from catalog.documents.landing import CONFLICT, compared, is_untouched
from catalog.lifecycle import EDITABLE, LifecycleStatus
from catalog.offering import Offering
from catalog.period import Period


@dataclass(frozen=True, slots=True)
class Draft:
    """`version` is made of `base`, None for a new offering; it is the same version when that may still be edited."""

    base: Offering | None
    version: Offering

    @property
    def is_in_place(self) -> bool:
        return self.base is not None and self.base.version == self.version.version


def draft(wanted: Offering, stated: Stated, versions: Sequence[Offering]) -> Draft | None:
    """The draft that makes the offering `wanted`, None when nothing differs. Raises EditRefused.

    `versions` are all of its code, oldest first. A file moves no version to another stage.
    """
    if not versions:
        return Draft(None, replace(_as_in_design(wanted), version=1, etag=1))
    base = _meant(wanted, stated, versions)
    if stated.etag is None and base.lifecycle_status in EDITABLE:
        # What a file of elsewhere calls launched is a draft here, and stays one when the file comes again.
        wanted = replace(wanted, lifecycle_status=base.lifecycle_status, status_reason=base.status_reason)
    wanted = settled(replace(wanted, id=base.id), base)
    same_dates = wanted.valid == base.valid or (stated.version is None and wanted.valid.end == base.valid.end)
    if (same_dates and wanted.same_content(base)) or is_untouched(wanted, stated):
        return None
    if stated.etag is not None and stated.etag != base.etag:
        raise refused(("etag",), CONFLICT, "导出后已被他人修改", "was changed since the export")
    if wanted.lifecycle_status is not base.lifecycle_status:
        zh, en = f"文件不改变状态（{base.lifecycle_status}）", f"is {base.lifecycle_status}; a file moves no version on"
        raise refused(("lifecycleStatus",), "NO_SUCH_MOVE", zh, en)
    if wanted.template != base.template:
        zh, en = "模板属于产品而非版本，草稿不可更改", "belongs to the offering, not to a version; no draft changes it"
        raise refused(("template",), "NOT_EDITABLE", zh, en)
    if base.lifecycle_status in EDITABLE:
        return Draft(base, replace(wanted, version=base.version, etag=base.etag))
    return _next(wanted, base, versions)


def _meant(wanted: Offering, stated: Stated, versions: Sequence[Offering]) -> Offering:
    if stated.version is None:
        return compared(wanted, tuple(versions))
    found = next((one for one in versions if one.version == stated.version), None)
    if found is None:
        zh, en = f"没有版本 {stated.version}", f"there is no version {stated.version} of it"
        raise refused(("version",), "UNKNOWN_VERSION", zh, en)
    return found


def _next(wanted: Offering, base: Offering, versions: Sequence[Offering]) -> Draft | None:
    start = wanted.valid.start if wanted.valid.start != base.valid.start else None
    fresh = replace(
        wanted,
        version=max(one.version for one in versions) + 1,
        lifecycle_status=LifecycleStatus.IN_DESIGN,
        status_reason=None,
        valid=Period(start, wanted.valid.end),
        etag=1,
    )
    open_one = next((one for one in versions if one.lifecycle_status in OPEN), None)
    if open_one and open_one.valid == fresh.valid and _as_in_design(open_one).same_content(fresh):
        return None
    if base is not compared(base, tuple(versions)):
        zh, en = "已被后续版本取代，请修改最新版本", "was followed by another version; change the newest"
        raise refused(("version",), "PAST_VERSION", zh, en)
    editing.next_version(base, versions)  # refuses what is under way
    return Draft(base, fresh)


def settled(new: Any, old: Any) -> Any:
    """`new` with every part that equals its counterpart written as that is: 0.59 stays 0.5900."""
    if new == old and type(new) is type(old):
        return old
    if isinstance(new, tuple) and isinstance(old, tuple) and not hasattr(new, "_fields"):
        known = {_named(one): one for one in old}
        return tuple(settled(one, known[_named(one)]) if _named(one) in known else one for one in new)
    if is_dataclass(new) and not isinstance(new, type) and type(new) is type(old):
        return replace(
            new, **{one.name: settled(getattr(new, one.name), getattr(old, one.name)) for one in fields(new)}
        )
    return new


def _named(one: Any) -> Any:
    """By what an entry of a list is known among the others."""
    key = next((name for name in ("code", "lower", "target", "channel", "name", "owner") if hasattr(one, name)), None)
    return getattr(one, key) if key else one


def _as_in_design(one: Offering) -> Offering:
    return replace(one, lifecycle_status=LifecycleStatus.IN_DESIGN, status_reason=None)
