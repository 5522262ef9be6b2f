"""What a catalog file asks for, version by version, beside what there is.

Knows which version a row means and what it becomes; must not know PostgreSQL. A file that states no version speaks of
what is sold; one that states it speaks of that version, so that what was exported changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import combinations

from catalog.documents.document import CatalogDocument, Stated
from catalog.documents.fingerprint import fingerprint
from catalog.errors import Problem
from catalog.lifecycle import EDITABLE, LifecycleStatus
from catalog.linting import lint
from catalog.offering import Offering
from catalog.period import Period
from catalog.text import Text

Versions = Mapping[str, Sequence[Offering]]
CONFLICT = "CONFLICT"
_PAST = frozenset({LifecycleStatus.RETIRED, LifecycleStatus.OBSOLETE, LifecycleStatus.REJECTED})


@dataclass(frozen=True, slots=True)
class Wanted:
    """A version to write: where the file has it, and as what it lands."""

    position: int
    version: Offering


def plans(document: CatalogDocument, versions: Versions, at: datetime) -> tuple[list[Wanted], tuple[Problem, ...]]:
    """What to write so that the catalog becomes what the file says, in the order in which it is written.

    `versions` holds every version of each code of the file that states one, and the current ones of the others.
    """
    problems = list(_repeated(document))
    if problems:
        return [], tuple(problems)
    wanted: list[Wanted] = []
    order = sorted(range(len(document.offerings)), key=lambda position: document.states(position).version or 0)
    for position in order:
        one = document.offerings[position]
        known = tuple(versions.get(one.code, ()))
        stated = document.states(position)
        try:
            planned = plan(one, known, at) if stated.version is None else _stated(one, stated, known, at)
        except _Refused as refused:
            problems.append(replace(refused.problem, path=("offerings", position, *refused.problem.path)))
            continue
        if planned is not None:
            wanted.append(Wanted(position, planned))
    problems += _overlapping(wanted, versions)
    return wanted, tuple(problems)


class _Refused(Exception):
    """A row that cannot land; the path of its problem leads into the offering."""

    def __init__(self, step: str, code: str, zh: str, en: str) -> None:
        self.problem = Problem((step,), code, Text(zh, en))


def _stated(one: Offering, stated: Stated, known: tuple[Offering, ...], at: datetime) -> Offering | None:
    there = next((version for version in known if version.version == one.version), None)
    if there is None:
        last = max((version.version for version in known), default=0)
        if one.version < last:
            zh, en = f"没有版本 {one.version}，而已有版本 {last}", f"there is none, and version {last} is there"
            raise _Refused("version", "UNKNOWN_VERSION", zh, en)
        return one
    if (one.same_content(there) and one.valid == there.valid) or is_untouched(one, stated):
        return None
    if stated.etag is not None and stated.etag != there.etag:
        raise _Refused("etag", CONFLICT, "导出后已被他人修改", "was changed since the export")
    if there.lifecycle_status in EDITABLE:
        return replace(one, etag=there.etag + 1)
    if there is not compared(one, known):
        zh, en = "已被后续版本取代，不可更改", "was followed by another version and stays as it is"
        raise _Refused("version", "PAST_VERSION", zh, en)
    if one.same_content(there) and one.valid.start != there.valid.start:
        zh, en = "文件不改变已上线版本的生效时间", "what is launched keeps its start; schedule the launch anew"
        raise _Refused("validFor", "START_MOVED", zh, en)
    return plan(one, known, at)


def is_untouched(one: Offering, stated: Stated) -> bool:
    """Whether nobody edited the row since it was exported."""
    return stated.fingerprint is not None and stated.fingerprint == fingerprint(one)


def _repeated(document: CatalogDocument) -> Iterator[Problem]:
    """A version stands in a file once; so does an offering that states none."""
    first: dict[tuple[str, int | None], int] = {}
    stating: dict[str, set[bool]] = defaultdict(set)
    for position, one in enumerate(document.offerings):
        stated = document.states(position).version
        stating[one.code].add(stated is None)
        before = first.setdefault((one.code, stated), position)
        if before != position or len(stating[one.code]) > 1:
            zh, en = f"代码 {one.code} 重复，或须注明版本", f"the code {one.code} is already used, or needs its version"
            yield Problem(("offerings", position, "code"), "DUPLICATE_CODE", Text(zh, en))


def _overlapping(wanted: Sequence[Wanted], versions: Versions) -> Iterator[Problem]:
    """At most one version of a code is launched and valid; a later start ends the version before it."""
    coming: dict[str, dict[int, Wanted]] = defaultdict(dict)
    for one in wanted:
        coming[one.version.code][one.version.version] = one
    for code, fresh in coming.items():
        kept = [one for one in versions.get(code, ()) if one.version not in fresh]
        launched = [one for one in (*kept, *(one.version for one in fresh.values())) if _is_launched(one)]
        for before, after in combinations(sorted(launched, key=lambda one: one.version), 2):
            is_ended = before in kept and _begins_before(before, after)
            if (before in kept and after in kept) or is_ended or not before.valid.overlaps(after.valid):
                continue
            wrong, other = (before, after) if after in kept else (after, before)
            zh, en = f"与版本 {other.version} 的有效期重叠", f"is valid at the same time as version {other.version}"
            path = ("offerings", fresh[wrong.version].position, "validFor")
            yield Problem(path, "OVERLAPPING_VALIDITY", Text(zh, en))


def _is_launched(one: Offering) -> bool:
    return one.lifecycle_status is LifecycleStatus.LAUNCHED


def _begins_before(one: Offering, other: Offering) -> bool:
    start = other.valid.start
    return start is not None and (one.valid.start is None or one.valid.start < start)


def contradictions(
    document: CatalogDocument, wanted: Sequence[Wanted], versions: Versions, categories: Sequence[str]
) -> tuple[Problem, ...]:
    """What lint says of the versions that would be written, with their places in the file.

    What is in design may be unfinished. Of versions that others have followed, circles are history.
    """
    layers: list[list[Wanted]] = []
    seen: dict[str, int] = defaultdict(int)
    for one in sorted(wanted, key=lambda one: -one.version.version):
        depth = seen[one.version.code]
        seen[one.version.code] += 1
        layers += [[]] if depth == len(layers) else []
        layers[depth].append(one)
    known = {code: found[-1] for code, found in versions.items() if found}
    coming = {one.version.code: one.version for one in (layers[0] if layers else ())}
    found = list(lint.check(document.categories, (), known=known, known_categories=categories))
    for depth, layer in enumerate(layers):
        offerings = [one.version for one in layer]
        around = {**known, **coming}
        for problem in lint.check((), offerings, known=around, known_categories=_codes(document, categories)):
            one = layer[int(problem.path[1])]
            if not (_is_history(one.version, depth) and problem.code == "CYCLE") and not _may_be_unfinished(
                one, problem
            ):
                found.append(replace(problem, path=("offerings", one.position, *problem.path[2:])))
    return tuple(found)


def _codes(document: CatalogDocument, categories: Sequence[str]) -> set[str]:
    return {*categories, *(one.code for one in document.categories)}


def _is_history(one: Offering, depth: int) -> bool:
    return depth > 0 or one.lifecycle_status in _PAST


def _may_be_unfinished(one: Wanted, problem: Problem) -> bool:
    return problem.code in lint.UNFINISHED and one.version.lifecycle_status in (
        LifecycleStatus.IN_STUDY,
        LifecycleStatus.IN_DESIGN,
    )


def plan(wanted: Offering, versions: tuple[Offering, ...], at: datetime) -> Offering | None:
    """The version to write so that the offering becomes `wanted`, or None when it already is.

    `versions` are those known of the same code, oldest first. A version in design that somebody prepares beside what is
    sold stays as it is: the file speaks of what is sold.
    """
    if not versions:
        return wanted
    last = compared(wanted, versions)
    if wanted.same_content(last) and _same_dates(wanted, last):
        return None
    if last.lifecycle_status in EDITABLE:
        return replace(wanted, version=last.version, etag=last.etag + 1)
    if _only_status_or_end(wanted, last):
        return replace(
            wanted, version=last.version, etag=last.etag + 1, valid=Period(last.valid.start, wanted.valid.end)
        )
    start = wanted.valid.start if wanted.valid.start and wanted.valid.start > at else at
    return replace(wanted, version=versions[-1].version + 1, valid=Period(start, wanted.valid.end))


def compared(wanted: Offering, versions: tuple[Offering, ...]) -> Offering:
    """The version that the file means: the newest, or the newest that is past its design when it says it is sold."""
    return versions[-1] if wanted.lifecycle_status in EDITABLE else newest(versions)


def newest(versions: tuple[Offering, ...]) -> Offering:
    """The newest version past its design, or the newest in design when there is none yet."""
    released = [one for one in versions if one.lifecycle_status not in EDITABLE]
    return released[-1] if released else versions[-1]


def _same_dates(wanted: Offering, last: Offering) -> bool:
    """The file's own dates, or those of a later version, whose start the import itself once chose."""
    if wanted.valid == last.valid:
        return True
    return last.version > 1 and wanted.valid.end == last.valid.end


def _only_status_or_end(wanted: Offering, last: Offering) -> bool:
    """Retiring, or moving the end of validity, is no new version: nothing that a holder has changes."""
    return replace(wanted, lifecycle_status=last.lifecycle_status, status_reason=last.status_reason).same_content(last)


def stating(document: CatalogDocument) -> set[str]:
    """The codes of which the file states versions."""
    return {
        one.code for position, one in enumerate(document.offerings) if document.states(position).version is not None
    }
