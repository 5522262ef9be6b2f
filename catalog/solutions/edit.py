"""An edit of a solution as the fields that it gives: what is absent stays, null empties, lists are given whole.

Knows what a sound solution is among the offerings that are there; must not know the markets it was brought to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC
from typing import Any

from catalog.desk.reach import Reach
from catalog.documents.values import ValueReader
from catalog.errors import EditRefused, Problem
from catalog.offering import Offering
from catalog.solution import Solution, SolutionPart, read, unused, write
from catalog.solution_parameter import problem_of
from catalog.solutions.copy import wrong_overrides
from catalog.solutions.ground import ENDED

MERGED = ("name", "description", "validFor")
MAX_PARTS, MAX_PARAMETERS = 100, 50
Versions = Mapping[str, Sequence[Offering]]


def new(given: Mapping[str, Any]) -> Solution:
    """A new solution of what is given. Raises EditRefused with every problem."""
    reader = ValueReader(UTC)
    found = read(reader, given, ())
    if found is None or reader.problems:
        raise EditRefused(*reader.problems)
    return found


def patched(one: Solution, given: Mapping[str, Any]) -> Solution:
    """`one` with the fields of `given`. Raises EditRefused with every problem."""
    before = write(one)
    merged = {key: {**before.get(key, {}), **value} for key, value in given.items() if key in MERGED and value}
    return replace(new({**before, **given, **merged, "code": one.code}), etag=one.etag)


def problems(one: Solution, versions: Versions, reach: Reach) -> tuple[Problem, ...]:
    """Templates that are not there, have ended or are not the editor's; prices that they do not have."""
    return (
        *_too_many(one),
        *(problem for at, part in enumerate(one.parts) for problem in _part(at, part, one, versions, reach)),
        *unused(one),
    )


def _too_many(one: Solution) -> Iterator[Problem]:
    if len(one.parts) > MAX_PARTS:
        zh, en = f"产品不能超过 {MAX_PARTS} 个", f"holds more than {MAX_PARTS} offerings; make two solutions"
        yield problem_of(("offering",), "TOO_MANY", zh, en)
    if len(one.parameters) > MAX_PARAMETERS:
        zh, en = f"参数不能超过 {MAX_PARAMETERS} 个", f"has more than {MAX_PARAMETERS} parameters"
        yield problem_of(("parameter",), "TOO_MANY", zh, en)


def _part(at: int, part: SolutionPart, one: Solution, versions: Versions, reach: Reach) -> Iterator[Problem]:
    place, found = ("offering", at, "code"), versions.get(part.offering, ())
    if not found:
        zh, en = f"没有代码为 {part.offering} 的产品", f"there is no offering with the code {part.offering}"
        yield problem_of(place, "UNKNOWN_CODE", zh, en)
        return
    newest = found[-1]
    if newest.template:
        zh, en = (
            f"是 {newest.template} 的市场副本，请用模板",
            f"is a market's copy; take its template {newest.template}",
        )
        yield problem_of(place, "IS_A_COPY", zh, en)
    if newest.lifecycle_status in ENDED:
        zh, en = f"已 {newest.lifecycle_status}", f"is {newest.lifecycle_status}; take what replaced it"
        yield problem_of(place, "TEMPLATE_ENDED", zh, en)
    if not reach.holds(newest.category):
        zh, en = "不在您负责的类目中", "stands in no category of yours"
        yield problem_of(place, "NOT_YOUR_CATEGORY", zh, en)
    for problem in wrong_overrides(newest, part, one):
        yield replace(problem, path=("offering", at, *problem.path))
