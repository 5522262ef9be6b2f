"""Findings of lint, told to people and to programs.

Knows words for the terminal; must not know how anything is found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from catalog.linting import Finding, Severity

MOST = 200
MARKS = {Severity.ERROR: "E", Severity.WARNING: "W", Severity.ADVICE: "A"}


def as_values(found: Iterable[Finding]) -> list[dict[str, Any]]:
    """The findings for programs."""
    return [
        {
            "severity": one.severity.value,
            "code": one.code,
            one.subject.value: one.of,
            "version": one.version,
            "lifecycleStatus": one.status.value if one.status else None,
            "path": one.place,
            "since": one.since.isoformat() if one.since else None,
            "message": one.message.to_json(),
            "remedy": one.remedy.to_json(),
        }
        for one in found
    ]


def lines(found: Sequence[Finding], most: int = MOST) -> Iterator[str]:
    """The findings for people: by what they are about, the worst first, and how many of each there are."""
    for (of, version), about in groupby(ordered(found)[:most], key=lambda one: (one.of, one.version)):
        found_here = list(about)
        stage = found_here[0].status
        yield f"{of}" + (f" version {version} ({stage})" if version is not None else " (category 类目)")
        for one in found_here:
            since = f" [from {one.since.isoformat()}]" if one.since else ""
            said = f"{one.message.said('en')} {one.message.said('zh')}{since}"
            yield f"  {MARKS[one.severity]} {one.code} {one.place}: {said}"
            yield f"    → {one.remedy.said('en')} {one.remedy.said('zh')}"
    if len(found) > most:
        yield f"… and {len(found) - most} more; --json has all 其余见 --json"
    yield counts(found)


def ordered(found: Iterable[Finding]) -> list[Finding]:
    """What has errors first; all findings about one thing together."""
    listed = list(found)
    worst: dict[tuple[str, int | None], int] = {}
    for one in listed:
        key = (one.of, one.version)
        worst[key] = min(worst.get(key, len(MARKS)), _rank(one))
    return sorted(listed, key=lambda one: (worst[one.of, one.version], one.of, one.version or 0, _rank(one), one.code))


def _rank(one: Finding) -> int:
    return list(Severity).index(one.severity)


def counts(found: Iterable[Finding]) -> str:
    number = Counter(one.severity for one in found)
    errors, warnings, advice = (number[severity] for severity in Severity)
    return (
        f"{errors} errors, {warnings} warnings, {advice} pieces of advice 错误 {errors}，警告 {warnings}，建议 {advice}"
    )
