"""What a mutation of a solution answered, kept for a retry with the same key, and told again.

Knows what of an outcome is remembered: what was done where, and why not; differences are only told the first time.
"""

from __future__ import annotations

from typing import Any

from catalog.errors import Problem
from catalog.snapshot import Snapshot
from catalog.solution import Solution
from catalog.solution_part import Action, PartPlan
from catalog.solutions.plan import MarketPlan
from catalog.solutions.rows import Row
from catalog.solutions.service import Outcome
from catalog.text import Text

Json = dict[str, Any]


def kept(outcome: Outcome) -> Json:
    return {"solution": outcome.solution.code, "rows": [_row(row) for row in outcome.rows]}


def _row(row: Row) -> Json:
    plan = row.landed or row.plan
    return {
        "market": row.market,
        "landed": row.landed is not None,
        "problems": [_problem(one) for one in row.problems],
        "parameters": dict(plan.parameters) if plan else None,
        "parts": [_part(part) for part in (plan.parts if plan else ())],
    }


def _part(part: PartPlan) -> list[Any]:
    problems, advice = ([_problem(one) for one in found] for found in (part.problems, part.advice))
    return [part.template, part.code, part.action.value, list(part.kept), problems, advice]


def _problem(one: Problem) -> list[Any]:
    return [list(one.path), one.code, one.message.zh, one.message.en]


def remembered(response: Json, snapshot: Snapshot) -> Outcome:
    """The outcome as `kept` it."""
    known = snapshot.solutions.get(response["solution"])
    solution = known or Solution(response["solution"], Text(response["solution"]))
    return Outcome(solution, tuple(_told_row(row, snapshot) for row in response["rows"]))


def _told_row(row: Json, snapshot: Snapshot) -> Row:
    problems = tuple(_told(one) for one in row["problems"])
    market = snapshot.markets.get(row["market"])
    if market is None or row["parameters"] is None:
        return Row(row["market"], None, problems)
    plan = MarketPlan(market, row["parameters"], tuple(_told_part(part) for part in row["parts"]), problems)
    return Row(row["market"], plan, problems, plan if row["landed"] else None)


def _told_part(part: list[Any]) -> PartPlan:
    template, code, action, kept_fields, problems, advice = part
    return PartPlan(
        template,
        Action(action),
        code,
        kept=tuple(kept_fields),
        problems=tuple(_told(one) for one in problems),
        advice=tuple(_told(one) for one in advice),
    )


def _told(one: list[Any]) -> Problem:
    path, code, zh, en = one
    return Problem(tuple(path), code, Text(zh, en))
