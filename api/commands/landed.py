"""What became of a catalog file, told to people: drafts with what stands against their launch, fields without a place.

Knows words for the terminal; must not know how a file lands.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson

from api.commands import findings
from catalog.desk.draft_service import Drafted
from catalog.documents.catalog_file import LandAs, Landed
from catalog.errors import Problem
from catalog.linting import Severity

MOST, LONGEST = 50, 80


def as_values(landed: Landed) -> dict[str, Any]:
    """The report for programs."""
    return {
        "kind": "catalog",
        "form": landed.form.value,
        "as": landed.land_as.value,
        "dry_run": landed.dry_run,
        **asdict(landed.change),
        "unchanged": landed.change.is_empty,
        "rows_rejected": 0,
        "drafts": [_draft(one) for one in landed.drafts],
        "unplaced": _counted(landed),
        "lint": findings.as_values(landed.findings),
    }


def lines(landed: Landed, unplaced: Path) -> Iterator[str]:
    """The report for people; `unplaced` is where the fields without a place were written."""
    change = landed.change
    if change.is_empty:
        yield "catalog: nothing new in this file; nothing was changed 文件无新内容，未作更改"
    else:
        yield counts(asdict(change))
    registers = change.categories + change.entries + change.attributes
    if landed.land_as is LandAs.DRAFT and registers:
        yield f"{registers} categories, channels, policies … hold at once: they have no drafts 无草稿，立即生效"
    yield from _drafts(landed.drafts)
    told = [one for one in landed.findings if one.is_of_launched and one.severity is not Severity.ADVICE]
    if told:
        yield from findings.lines(told, MOST)
    if landed.unplaced:
        fields = ", ".join(f"{name} ({count})" for name, count in _counted(landed).items())
        yield f"no place here for: {fields}; kept in {unplaced} 无对应字段，已另存"
    if landed.dry_run:
        yield "a dry run: nothing of this was written 试运行，未写入"


def counts(change: Mapping[str, Any]) -> str:
    """How many offerings were what, in a line."""
    return (
        f"catalog: {change['offerings_new']} new, {change['offerings_changed']} changed, "
        f"{change['offerings_unchanged']} unchanged offerings; revision {change['revision']}"
    )


def keep_unplaced(landed: Landed, path: Path) -> None:
    """Writes every field that has no place here, whole, beside the file that it came from."""
    if landed.unplaced:
        path.write_bytes(orjson.dumps(landed.unplaced, default=str, option=orjson.OPT_INDENT_2))


def _drafts(drafts: Sequence[Drafted]) -> Iterator[str]:
    for one in drafts[:MOST]:
        made = (
            "new 新增" if one.base is None else f"of {one.base}" if one.base != one.version else "in place 原版本修改"
        )
        yield f"  {one.code} version {one.version} ({made})"
        for change in one.changed:
            yield f"    {'.'.join(change.place)}: {_value(change.before)} → {_value(change.after)}"
        for problem in one.against:
            yield f"    ! {_said(problem)}"
        for problem in one.advice:
            yield f"    - {_said(problem)}"
    if len(drafts) > MOST:
        yield f"  … and {len(drafts) - MOST} more drafts; --json has all 其余草稿见 --json"
    if any(one.against for one in drafts):
        yield "  ! stands against a launch, - is advice  ! 阻止上线，- 为建议"


def _value(value: Any) -> str:
    written = "-" if value is None else value if isinstance(value, str) else orjson.dumps(value).decode()
    return written if len(written) <= LONGEST else f"{written[:LONGEST]}…"


def _said(problem: Problem) -> str:
    return f"{problem.place}: {problem.message.said('en')} {problem.message.said('zh')}"


def _draft(one: Drafted) -> dict[str, Any]:
    changed = [
        {"kind": each.kind.value, "path": each.place, "before": each.before, "after": each.after}
        for each in one.changed
    ]
    problems = {"against": one.against, "advice": one.advice}
    told = {
        name: [{"path": p.place, "code": p.code, **p.message.to_json()} for p in found]
        for name, found in problems.items()
    }
    return {"code": one.code, "version": one.version, "base": one.base, "changed": changed, **told}


def _counted(landed: Landed) -> dict[str, int]:
    """How often each field had no place: productOffering.agreement → 3."""
    found = Counter(
        f"{kind}.{'.'.join(step for step in place.split('.') if not step.isdecimal())}"
        for kind, resources in landed.unplaced.items()
        for fields in resources.values()
        for place in fields
    )
    return dict(found.most_common())
