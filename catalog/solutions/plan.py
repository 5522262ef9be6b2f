"""A solution for one market: whether it fits, what differs there, and what stands against each of its parts.

Knows the market's facts and values, and all parts at once; must not know other markets, nor where anything is kept.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from catalog.errors import EditRefused, Problem
from catalog.lifecycle import LifecycleStatus
from catalog.linting import lint, review
from catalog.market import MarketSegment
from catalog.offering import Offering
from catalog.period import ALWAYS
from catalog.solution import Solution, SolutionPart
from catalog.solution_parameter import ParameterType, Value, problem_of, resolved
from catalog.solution_part import Action, PartPlan, copied, failed, shared
from catalog.solutions.copy import Terms, code_of, copy, needs_copy, wrong_overrides
from catalog.solutions.ground import ENDED, Application, AppliedPart, Ground

IN_THE_MAKING = frozenset({LifecycleStatus.IN_STUDY, LifecycleStatus.IN_DESIGN})
Given = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class MarketPlan:
    """`parameters` are the market's values as written, without defaults. With `problems` nothing can be applied."""

    market: MarketSegment
    parameters: Mapping[str, str]
    parts: tuple[PartPlan, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def failing(self) -> frozenset[str]:
        """The templates that cannot be brought to the market."""
        return frozenset(part.template for part in self.parts if part.action is Action.FAIL)

    @property
    def is_sound(self) -> bool:
        return not self.problems and not self.failing


def plan(ground: Ground, market: MarketSegment, given: Given, without: Collection[str] = ()) -> MarketPlan:
    """What applying the solution to the market does; the templates `without` are left out of it.

    `given` lies over the values of an application that is there; null forgets one.
    """
    known = ground.applied.get(market.code)
    laid = {**(known.parameters if known else {}), **given}
    parameters = {code: text for code, text in laid.items() if text is not None}
    values, wrong = resolved(ground.solution.parameters, parameters, ground.zone)
    terms = Terms(market.code, values)
    problems = (*wrong, *_unfit(ground, market, terms))
    if problems:
        return MarketPlan(market, parameters, problems=problems)
    parts = [part for part in ground.solution.parts if part.offering not in without]
    lacking = {part.offering: _lacking(part, market, known) for part in parts}
    brought = [part for part in parts if not lacking[part.offering]]
    terms = replace(terms, copied=_copied(ground, brought, terms, known))
    plans = {part.offering: _planned(ground, part, terms, known) for part in brought}
    skipped = {code: _skipped(code, market, facts) for code, facts in lacking.items() if facts}
    found = tuple(skipped.get(part.offering) or plans[part.offering] for part in parts)
    return MarketPlan(market, parameters, _linted(ground, found))


def _unfit(ground: Ground, market: MarketSegment, terms: Terms) -> Iterator[Problem]:
    solution = ground.solution
    if solution.kinds and market.kind not in solution.kinds:
        kinds = ", ".join(solution.kinds)
        zh, en = (
            f"方案适用于 {kinds}，该市场为 {market.kind}",
            f"the market is a {market.kind}; the solution is for {kinds}",
        )
        yield problem_of(("market",), "WRONG_KIND", zh, en)
    if not market.valid.contains(ground.starts):
        yield problem_of(("market",), "MARKET_ENDED", "届时市场不在有效期内", "is not in force then")
    if not solution.valid.contains(ground.starts):
        yield problem_of(("solution",), "SOLUTION_ENDED", "届时方案不在有效期内", "the solution is not in force then")
    for fact in _facts(solution, terms.values):
        if not market.has(fact):
            yield _no_coverage(("market",), market, fact)
    try:
        dates = terms.dates(solution)
    except ValueError:
        dates = ALWAYS
        zh, en = "结束日期须晚于开始日期", "the market's offers end before they start; move one of the dates"
        yield problem_of(("parameters", solution.end or ""), "ENDS_BEFORE_START", zh, en)
    if dates.end and dates.end <= ground.at:
        zh, en = "结束日期已过", "lies in the past"
        yield problem_of(("parameters", solution.end or ""), "IN_THE_PAST", zh, en)


def _facts(solution: Solution, values: Mapping[str, Value]) -> Iterator[str]:
    yield from solution.required_fact
    for one in solution.parameters:
        if one.type is ParameterType.FACT and one.code in values:
            yield str(values[one.code])


def _no_coverage(path: tuple[str, ...], market: MarketSegment, fact: str) -> Problem:
    known = "未知" if fact not in market.facts else "否"
    zh, en = (
        f"市场缺少 {fact}（{known}）",
        f"the market has no {fact}" + ("" if fact in market.facts else " (not known)"),
    )
    return problem_of(path, "COVERAGE_MISSING", zh, en)


def _lacking(part: SolutionPart, market: MarketSegment, known: Application | None) -> list[str]:
    """The facts that keep the part from the market; what was brought there before stays."""
    if known and part.offering in known.parts:
        return []
    return [fact for fact in part.required_fact if not market.has(fact)]


def _skipped(code: str, market: MarketSegment, facts: list[str]) -> PartPlan:
    return PartPlan(code, Action.SKIP, code, advice=tuple(_no_coverage((), market, fact) for fact in facts))


def _copied(ground: Ground, parts: list[SolutionPart], terms: Terms, known: Application | None) -> frozenset[str]:
    """The templates that the market has copies of: where it differs, and where a part or prerequisite of it does."""
    before = known.parts if known else {}
    found = frozenset(code for code, part in before.items() if part.code and code in ground.solution.offering)
    while True:
        seen = replace(terms, copied=found)
        more = frozenset(
            part.offering
            for part in parts
            if (template := ground.template(part.offering)) and needs_copy(template, part, ground.solution, seen)
        )
        if more <= found:
            return found
        found |= more


def _planned(ground: Ground, part: SolutionPart, terms: Terms, known: Application | None) -> PartPlan:
    """The part by itself; what it refers to is looked at when all parts are there."""
    code = part.offering
    is_copied = code in terms.copied
    name = code_of(code, terms.market) if is_copied else code
    template = ground.template(code)
    if template is None:
        zh, en = f"没有代码为 {code} 的产品", f"there is no offering {code}"
        return failed(code, name, problem_of((), "UNKNOWN_CODE", zh, en))
    applied = known.parts.get(code) if known else None
    if template.lifecycle_status in ENDED and applied is None:
        zh, en = f"{code} 已 {template.lifecycle_status}", f"{code} is {template.lifecycle_status}"
        return failed(code, name, problem_of((), "TEMPLATE_ENDED", zh, en))
    if wrong := tuple(wrong_overrides(template, part, ground.solution)):
        return failed(code, name, *wrong)
    try:
        plan = _brought(ground, part, template, terms, applied) if is_copied else shared(ground, template, terms.market)
    except EditRefused as refused:
        return failed(code, name, *refused.problems)
    writes = plan.move is not None and not ground.reach.holds(template.category)
    if writes:
        zh, en = f"{code} 不在您负责的类目中", f"{code} stands in no category of yours"
        return failed(code, name, problem_of((), "NOT_YOUR_CATEGORY", zh, en))
    return plan


def _brought(
    ground: Ground, part: SolutionPart, template: Offering, terms: Terms, applied: AppliedPart | None
) -> PartPlan:
    return copied(ground, template, copy(template, part, ground.solution, terms), applied)


def _linted(ground: Ground, parts: tuple[PartPlan, ...]) -> tuple[PartPlan, ...]:
    """The parts, each with what is wrong with its version among all that are there, and those that come with it."""
    coming = {part.code: with_move(ground, part) for part in parts if part.move}
    around = {**ground.versions, **coming}
    return tuple(_checked(ground, part, around) for part in parts)


def with_move(ground: Ground, part: PartPlan) -> tuple[Offering, ...]:
    """Every version of what the part writes, as it will be."""
    assert part.move is not None
    changed = {one.version: one for one in (*part.move.beside, part.move.version)}
    known = {one.version: one for one in ground.versions.get(part.code, ())}
    return tuple(one for _, one in sorted({**known, **changed}.items()))


def _checked(ground: Ground, part: PartPlan, around: Mapping[str, tuple[Offering, ...]]) -> PartPlan:
    if part.move is None:
        return part
    one = part.move.version
    at = _begins(one, ground.at)
    found = review.problems(one, review.reached(one, around), ground.categories, at, ground.registers)
    if one.lifecycle_status in IN_THE_MAKING:
        found = tuple(problem for problem in found if problem.code not in lint.UNFINISHED)
    return replace(part, action=Action.FAIL, move=None, problems=found) if found else part


def _begins(one: Offering, at: datetime) -> datetime:
    start = one.valid.start
    return start if one.lifecycle_status is LifecycleStatus.LAUNCHED and start and start > at else at
