"""One template of a solution for one market: made, changed, granted, left alone or skipped, and what stands against it.

Knows the offering's versions and what was applied before; must not know the market's other parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from enum import StrEnum

from catalog.desk import advancing, editing
from catalog.desk.advancing import Move
from catalog.desk.patch import FIELDS
from catalog.documents.document import Reader
from catalog.documents.write import written
from catalog.documents.written import Json
from catalog.errors import EditRefused, Problem
from catalog.lifecycle import EDITABLE, FORWARD, LifecycleStatus
from catalog.offering import Offering
from catalog.period import Period
from catalog.solution_parameter import problem_of
from catalog.solutions.ground import ENDED, AppliedPart, Ground
from catalog.solutions.merge import OWN, merged

S = LifecycleStatus
CONTENT = (*(name for name in FIELDS.values() if name != "valid"), "parts", "groups")


class Action(StrEnum):
    """CREATE: a copy is made. CHANGE: a copy follows the solution. LAUNCH: a copy in design is launched. GRANT: the
    template is opened to the market. LEAVE: all is so already. SKIP: the market lacks a fact. FAIL: it cannot be."""

    CREATE = "CREATE"
    CHANGE = "CHANGE"
    LAUNCH = "LAUNCH"
    GRANT = "GRANT"
    LEAVE = "LEAVE"
    SKIP = "SKIP"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class PartPlan:
    """`code` is what the market gets; `before` and `move` are its version as it is and as it will be.

    `applied` is what is remembered of it. `kept` names the fields that stay as the market itself changed them.
    """

    template: str
    action: Action
    code: str
    before: Offering | None = None
    move: Move | None = None
    applied: AppliedPart | None = None
    kept: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    advice: tuple[Problem, ...] = ()


def failed(template: str, code: str, *problems: Problem) -> PartPlan:
    return PartPlan(template, Action.FAIL, code, problems=problems)


def copied(ground: Ground, template: Offering, target: Offering, applied: AppliedPart | None) -> PartPlan:
    """The plan for a market's copy that is to become `target`."""
    code, versions = target.code, ground.versions.get(target.code, ())
    owner = ground.owners.get(code)
    base = written(target)
    remembered = AppliedPart(template.code, template.version, code, base)
    if not versions:
        return _moved(ground, PartPlan(template.code, Action.CREATE, code, applied=remembered), target)
    if applied is None or applied.base is None:
        zh = f"{code} 已存在" + (f"，由方案 {owner} 建立" if owner else "，请改名或退市")
        en = f"{code} is there already, made by " + (f"the solution {owner}" if owner else "hand; retire it first")
        return failed(template.code, code, problem_of((), "COPY_EXISTS", zh, en))
    current = versions[-1]
    if current.lifecycle_status in ENDED:
        zh, en = f"该市场已将其置为 {current.lifecycle_status}", f"the market made it {current.lifecycle_status}"
        advice = problem_of((), "ENDED_THERE", zh, en)
        return PartPlan(template.code, Action.LEAVE, code, current, applied=remembered, advice=(advice,))
    wanted, kept = _followed(current, applied.base, base)
    wanted = _dated(wanted, applied.base, base, target)
    plan = PartPlan(template.code, Action.CHANGE, code, current, applied=remembered, kept=kept)
    if wanted == current:
        return _moved(ground, replace(plan, action=Action.LEAVE), current)
    if wanted.same_content(current) or current.lifecycle_status in EDITABLE:
        return _moved(ground, plan, wanted)
    return _moved(ground, plan, wanted, next_version=True)


def _followed(current: Offering, base: Json, target: Json) -> tuple[Offering, tuple[str, ...]]:
    """`current` with what the solution changed since `base`, and the fields that the market changed itself."""
    now = written(current)
    result, kept = merged(base, now, target)
    if all(now.get(key) == result.get(key) for key in {*now, *result} - OWN):
        return current, kept
    reader = Reader(UTC)
    found = reader.offering(result, ())
    if found is None:
        raise EditRefused(*reader.problems)
    return replace(current, **{name: getattr(found, name) for name in CONTENT}), kept


def _dated(wanted: Offering, base: Json, target_node: Json, target: Offering) -> Offering:
    """`wanted` with the dates that the solution moved: of what is in design both, of what is launched its end."""
    if base.get("validFor") == target_node.get("validFor"):
        return wanted
    if wanted.lifecycle_status in EDITABLE:
        return replace(wanted, valid=target.valid)
    start, end = wanted.valid.start, target.valid.end
    return replace(wanted, valid=Period(start, end)) if not (start and end and end <= start) else wanted


def shared(ground: Ground, template: Offering, market: str) -> PartPlan:
    """The plan for a template that the market has as it is: it is open to it, or is opened."""
    plan = granted(ground, template.code, (market,))
    remembered = AppliedPart(template.code, template.version)
    return replace(plan, applied=remembered, advice=_unsold(ground, template))


def granted(ground: Ground, code: str, markets: Iterable[str]) -> PartPlan:
    """The plan for a template that is opened to all these markets at once.

    A template in design is changed in place and never launched on the way: that is for whoever designs it.
    """
    newest = ground.versions[code][-1]
    missing = [market for market in markets if newest.market_segment and market not in newest.market_segment]
    wanted = replace(newest, market_segment=(*newest.market_segment, *missing))
    plan = PartPlan(code, Action.GRANT if missing else Action.LEAVE, code, newest)
    in_design = newest.lifecycle_status in EDITABLE
    if in_design and not _only_opens(ground.versions[code]):
        return replace(plan, move=Move(wanted)) if missing else plan
    if missing or in_design:
        return _moved(ground, plan, wanted, next_version=not in_design)
    return plan


def _only_opens(versions: Sequence[Offering]) -> bool:
    """Whether the newest version differs from what is launched by its markets alone."""
    newest = versions[-1]
    before = next((one for one in reversed(versions) if one.lifecycle_status is S.LAUNCHED), None)
    if before is None:
        return False
    return newest.same_content(
        replace(
            before,
            market_segment=newest.market_segment,
            lifecycle_status=newest.lifecycle_status,
            status_reason=newest.status_reason,
        )
    )


def _unsold(ground: Ground, template: Offering) -> tuple[Problem, ...]:
    if template.is_launched(ground.starts):
        return ()
    zh, en = (
        f"{template.code} 届时未上线",
        f"{template.code} is not launched by then; launch it for the market to have it",
    )
    return (problem_of((), "NOT_SOLD_YET", zh, en),)


def _moved(ground: Ground, plan: PartPlan, wanted: Offering, *, next_version: bool = False) -> PartPlan:
    """The plan with the version to write: `wanted`, in place or as the next one, and launched when that is asked."""
    versions = ground.versions.get(plan.code, ())
    if next_version:
        copy = editing.next_version(versions[-1], versions)
        wanted = replace(copy, **{name: getattr(wanted, name) for name in CONTENT})
    move, action = Move(wanted), plan.action
    if ground.launch and wanted.lifecycle_status in FORWARD[:-1]:
        move = _launched(ground, wanted, versions)
        action = Action.LAUNCH if action is Action.LEAVE else action
    return plan if action is Action.LEAVE else replace(plan, action=action, move=move)


def _launched(ground: Ground, one: Offering, versions: Sequence[Offering]) -> Move:
    """`one` step by step through its life cycle. A start of its own that lies ahead goes before the date asked for."""
    when = None if one.valid.start and one.valid.start > ground.at else ground.when
    move = Move(one)
    for stage in FORWARD[FORWARD.index(one.lifecycle_status) + 1 :]:
        dated = when if stage is S.LAUNCHED else None
        move = advancing.advance(move.version, versions, stage, when=dated, now=ground.at)
    return move
