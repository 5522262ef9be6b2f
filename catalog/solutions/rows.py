"""A solution brought to many markets at once: rows, what each came to, and which of them land under an error policy.

Knows plans of single markets; must not know how they were read or will be written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from catalog.desk.error_policy import ErrorPolicy
from catalog.errors import EditRefused, Problem
from catalog.market import MarketSegment
from catalog.solution_parameter import problem_of
from catalog.solution_part import Action, PartPlan, granted
from catalog.solutions.ground import Application, Ground
from catalog.solutions.plan import Given, MarketPlan, plan

MAX_ROWS = 500


@dataclass(frozen=True, slots=True)
class Row:
    """A market that was named, its plan (None: there is no such market), and whether it landed."""

    market: str
    plan: MarketPlan | None
    problems: tuple[Problem, ...] = ()
    landed: MarketPlan | None = None

    @property
    def is_sound(self) -> bool:
        return not self.problems and self.plan is not None and self.plan.is_sound

    @property
    def actions(self) -> Counter[Action]:
        return Counter(part.action for part in self.plan.parts) if self.plan else Counter()


def planned(
    ground: Ground, markets: Mapping[str, MarketSegment], asked: Sequence[tuple[str, Given]], *, only_applied: bool
) -> tuple[Row, ...]:
    """A row for each market that is asked for, in order. A market that is named twice fails the second time, and with
    `only_applied` one to which the solution was not brought before."""
    seen: set[str] = set()
    rows = []
    for code, given in asked:
        problem = _unusable(ground, markets.get(code), code, seen, only_applied)
        rows.append(Row(code, None, (problem,)) if problem else _row(ground, markets[code], given))
        seen.add(code)
    return tuple(rows)


def _unusable(
    ground: Ground, market: MarketSegment | None, code: str, seen: Collection[str], only_applied: bool
) -> Problem | None:
    if market is None:
        zh, en = f"没有聚类市场 {code}", f"there is no market {code}"
        return problem_of(("market",), "UNKNOWN_CODE", zh, en)
    if code in seen:
        zh, en = f"市场 {code} 重复", f"the market {code} is named twice; once is enough"
        return problem_of(("market",), "DUPLICATE_CODE", zh, en)
    if only_applied and code not in ground.applied:
        zh, en = "方案尚未应用于该市场，请先应用", "the solution was not applied to it; apply it first"
        return problem_of(("market",), "NOT_APPLIED", zh, en)
    return None


def _row(ground: Ground, market: MarketSegment, given: Given) -> Row:
    found = plan(ground, market, given)
    return Row(market.code, found, found.problems)


def landing(
    ground: Ground, rows: Sequence[Row], asked: Sequence[tuple[str, Given]], policy: ErrorPolicy
) -> tuple[Row, ...]:
    """The rows with what of each lands."""
    if policy is ErrorPolicy.REJECT_EVERYTHING and not all(row.is_sound for row in rows):
        return tuple(rows)
    return tuple(
        replace(row, landed=_what_lands(ground, row, given, policy))
        for row, (_, given) in zip(rows, asked, strict=True)
    )


def _what_lands(ground: Ground, row: Row, given: Given, policy: ErrorPolicy) -> MarketPlan | None:
    if row.is_sound or row.plan is None or row.problems:
        return row.plan if row.is_sound else None
    if policy is not ErrorPolicy.IGNORE_FAILED:
        return None
    # Without one part another may fail, like a bundle that holds it; in the end the rest is sound, or all is left out.
    without: frozenset[str] = row.plan.failing
    while (found := plan(ground, row.plan.market, given, without)).failing:
        without |= found.failing
    return found if found.parts else None


def openings(ground: Ground, rows: Sequence[Row]) -> tuple[PartPlan, ...]:
    """The plans for templates that rows open to their markets, one for each template. Raises EditRefused."""
    wanted = sorted(
        (part.template, row.market)
        for row in rows
        if row.landed
        for part in row.landed.parts
        if part.move and part.code == part.template
    )
    plans = [
        granted(ground, code, [market for _, market in found])
        for code, found in groupby(wanted, key=lambda one: one[0])
    ]
    if problems := [problem for one in plans for problem in one.problems]:
        raise EditRefused(*problems)
    return tuple(plans)


def application(ground: Ground, landed: MarketPlan, subject: str) -> Application:
    """What is remembered of a market's plan; parts that were brought before stay remembered."""
    known = ground.applied.get(landed.market.code)
    parts = {part.template: part.applied for part in landed.parts if part.applied}
    return Application(
        solution=ground.solution.code,
        market=landed.market.code,
        parameters=landed.parameters,
        parts={**(known.parts if known else {}), **parts},
        solution_etag=ground.solution.etag,
        etag=known.etag if known else 0,
        applied_at=ground.at,
        applied_by=subject,
    )


def is_news(ground: Ground, one: Application) -> bool:
    """Whether an application says anything that is not remembered yet."""
    known = ground.applied.get(one.market)
    if known is None:
        return True
    return (known.parameters, known.parts, known.solution_etag) != (one.parameters, one.parts, one.solution_etag)
