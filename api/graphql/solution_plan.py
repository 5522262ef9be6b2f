"""What bringing a solution to markets does, or did: market by market, offering by offering.

Knows rows and plans; must not know whether they were only looked at.
"""

from __future__ import annotations

from collections.abc import Sequence

import strawberry
from strawberry.scalars import JSON

from api.graphql.common import After, Connection, First, UserError, View, connect
from api.graphql.market import MarketSegment
from api.graphql.solution import SolutionParameterValue
from catalog.diff import Change, diff
from catalog.documents.write import written
from catalog.documents.written import Json
from catalog.errors import Problem
from catalog.offering import Offering
from catalog.solution_part import Action, PartPlan
from catalog.solutions.merge import OWN
from catalog.solutions.rows import Row

ActionEnum = strawberry.enum(
    Action,
    name="SolutionAction",
    description="CREATE: a copy is made for the market. CHANGE: its copy follows the solution. LAUNCH: what is in "
    "design is launched. GRANT: the template is opened to the market. LEAVE: all is so already. SKIP: the market lacks "
    "a fact. FAIL: it cannot be. 新建副本、更新、上线、开放模板、无需变更、缺少条件而跳过、无法执行。",
)


@strawberry.type(description="What stands against bringing an offering, or should be minded. 问题。")
class SolutionProblem:
    path: list[str] = strawberry.field(description="Leads to the place in the offering. 位置。")
    code: str = strawberry.field(description="The rule, for programs. 代码。")
    message: str = strawberry.field(description="What is wrong and what to do, for people. 说明。")
    is_advice: bool = strawberry.field(description="False: it keeps the offering from the market. 仅为建议。")

    @classmethod
    def of(cls, one: Problem, is_advice: bool, view: View) -> SolutionProblem:
        return cls(
            path=[str(step) for step in one.path], code=one.code, message=view.say(one.message), is_advice=is_advice
        )


@strawberry.type(description="A place at which two versions differ. 差异。")
class SolutionDifference:
    change: strawberry.Private[Change]

    @strawberry.field(description="Leads to the place in the offering. 位置。")
    def path(self) -> list[str]:
        return self.change.place

    @strawberry.field(description="As the template, or the market's version before, has it. 原值。")
    def before(self) -> JSON | None:
        return None if self.change.before is None else JSON(self.change.before)

    @strawberry.field(description="As the market will have it. 新值。")
    def after(self) -> JSON | None:
        return None if self.change.after is None else JSON(self.change.after)


@strawberry.type(description="What becomes of one offering of the solution in one market. 单个产品的处理。")
class SolutionOfferingPlan:
    part: strawberry.Private[PartPlan]
    template_: strawberry.Private[Offering | None]
    view: strawberry.Private[View]

    @strawberry.field(description="The code of the template. 模板代码。")
    def template(self) -> str:
        return self.part.template

    @strawberry.field(description="What the market gets: its own copy, or the template itself. 市场产品代码。")
    def code(self) -> str:
        return self.part.code

    @strawberry.field(description="What is done. 处理方式。")
    def action(self) -> ActionEnum:  # type: ignore[valid-type]
        return self.part.action

    @strawberry.field(
        description="Where a new copy differs from its template, or the version to come from the one before. 差异。"
    )
    def differences(self) -> list[SolutionDifference]:
        before = self.part.before or self.template_
        if self.part.move is None or before is None:
            return []
        sides = [
            {key: one for key, one in written(side).items() if key not in OWN}
            for side in (before, self.part.move.version)
        ]
        return [SolutionDifference(change=one) for one in diff(*sides)]

    @strawberry.field(description="What stays as the market itself changed it. 保留市场自身修改的字段。")
    def kept(self) -> list[str]:
        return list(self.part.kept)

    @strawberry.field(description="What stands against it, and what to think about. 问题与建议。")
    def problem(self) -> list[SolutionProblem]:
        found = [SolutionProblem.of(one, False, self.view) for one in self.part.problems]
        return found + [SolutionProblem.of(one, True, self.view) for one in self.part.advice]


def _content(one: Offering) -> Json:
    return {key: value for key, value in written(one).items() if key not in OWN}


@strawberry.type(description="What becomes of one market. 单个市场的处理结果。")
class SolutionMarketResult:
    row: strawberry.Private[Row]
    number: strawberry.Private[int]
    templates: strawberry.Private[dict[str, Offering]]
    view: strawberry.Private[View]

    @strawberry.field(description="The code of the market. 市场代码。")
    def market(self) -> str:
        return self.row.market

    @strawberry.field(description="The market; null when there is none. 聚类市场。")
    def market_segment(self) -> MarketSegment | None:
        return MarketSegment.of(self.row.plan.market, self.view) if self.row.plan else None

    @strawberry.field(description="Whether nothing stands against it. 是否可执行。")
    def is_sound(self) -> bool:
        return self.row.is_sound

    @strawberry.field(description="Whether it was done; never in a preview. 是否已执行。")
    def is_applied(self) -> bool:
        return self.row.landed is not None

    @strawberry.field(description="The market's own values, with those given before. 参数取值。")
    def parameter(self) -> list[SolutionParameterValue]:
        found = self.row.plan.parameters if self.row.plan else {}
        return [SolutionParameterValue(code=code, value=text) for code, text in sorted(found.items())]

    @strawberry.field(description="Offering by offering; none when the market itself does not fit. 逐个产品。")
    def offering(self) -> list[SolutionOfferingPlan]:
        plan = self.row.landed or self.row.plan
        return [
            SolutionOfferingPlan(part=part, template_=self.templates.get(part.template), view=self.view)
            for part in (plan.parts if plan else ())
        ]

    @strawberry.field(description="What stands against the market as a whole. 市场级问题。")
    def user_errors(self) -> list[UserError]:
        return row_errors(self.row, self.number, self.view)


def row_errors(row: Row, number: int, view: View) -> list[UserError]:
    """The problems of a row itself, with their places in the input."""
    return [
        UserError(
            path=["input", "markets", str(number), *map(str, one.path)], code=one.code, message=view.say(one.message)
        )
        for one in row.problems
    ]


@strawberry.type(description="How many offerings of all markets are dealt with how. 汇总。")
class SolutionSummary:
    rows: strawberry.Private[Sequence[Row]]

    @strawberry.field(description="The markets that were named. 市场数。")
    def markets(self) -> int:
        return len(self.rows)

    @strawberry.field(description="Those that nothing stands against. 可执行的市场数。")
    def sound(self) -> int:
        return sum(row.is_sound for row in self.rows)

    @strawberry.field(description="Those where it was done. 已执行的市场数。")
    def applied(self) -> int:
        return sum(row.landed is not None for row in self.rows)

    @strawberry.field(description="How many offerings, by what is done with them. 各处理方式的产品数。")
    def actions(self) -> list[SolutionActionCount]:
        total = sum((row.actions for row in self.rows), start=_NOTHING.copy())
        return [SolutionActionCount(action=one, offerings=total[one]) for one in Action if total[one]]


@strawberry.type(description="How many offerings are dealt with in one way. 处理方式计数。")
class SolutionActionCount:
    action: ActionEnum  # type: ignore[valid-type]
    offerings: int


_NOTHING = Row("", None).actions


@strawberry.type(description="What bringing a solution to markets would do; nothing was done. 方案预览。")
class SolutionPreview:
    rows: strawberry.Private[Sequence[Row]]
    templates: strawberry.Private[dict[str, Offering]]
    view: strawberry.Private[View]
    etag: str = strawberry.field(description="The state of the solution; applying it gives this back. 版本标记。")

    @strawberry.field(description="In all. 汇总。")
    def summary(self) -> SolutionSummary:
        return SolutionSummary(rows=self.rows)

    @strawberry.field(description="Market by market, in the order asked for. 逐个市场。")
    def results(self, first: First, after: After = None) -> Connection[SolutionMarketResult]:
        return paged(self.rows, self.templates, self.view, first, after)


def paged(
    rows: Sequence[Row], templates: dict[str, Offering], view: View, first: int, after: str | None
) -> Connection[SolutionMarketResult]:
    def shown(one: tuple[int, Row]) -> SolutionMarketResult:
        return SolutionMarketResult(row=one[1], number=one[0], templates=templates, view=view)

    return connect(list(enumerate(rows)), shown, first, after, lambda one: (one[0],))
