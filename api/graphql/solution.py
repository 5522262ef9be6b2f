"""Solutions for cluster markets as GraphQL shows them, and the markets they were brought to.

Knows a solution, its offerings and parameters; must not know what bringing it to a market would change.
"""

from __future__ import annotations

from datetime import datetime

import strawberry

from api.graphql.common import After, Connection, First, Language, TimePeriod, View, connect
from api.graphql.context import Context, JishiInfo
from api.graphql.market import MarketKindEnum, MarketSegment
from api.graphql.offering import ProductOffering
from catalog import solution as value
from catalog import solution_parameter
from catalog.market import within
from catalog.solutions import store as solution_store
from catalog.solutions.ground import Application, AppliedPart

ParameterTypeEnum = strawberry.enum(
    solution_parameter.ParameterType,
    name="SolutionParameterType",
    description="MONEY and PERCENTAGE are decimals, DATE a date or a time, FACT the name of a fact that the market "
    "must have. 参数类型：金额、百分比、日期、市场须具备的事实。",
)


@strawberry.type(description="What each market may say differently. 方案参数。")
class SolutionParameter:
    one: strawberry.Private[solution_parameter.Parameter]
    view: strawberry.Private[View]

    @strawberry.field(description="Its key within the solution. 代码。")
    def code(self) -> str:
        return self.one.code

    @strawberry.field(description="What people call it. 名称。")
    def name(self, language: Language | None = None) -> str | None:
        return self.view.say_if(self.one.name, language)

    @strawberry.field(description="What a value must be. 类型。")
    def type(self) -> ParameterTypeEnum:  # type: ignore[valid-type]
        return self.one.type

    @strawberry.field(description="The value of a market that gives none; null: the template stays as it is. 默认值。")
    def default(self) -> str | None:
        return self.one.default

    @strawberry.field(description="Whether every market has to give it. 是否必填。")
    def required(self) -> bool:
        return self.one.required


@strawberry.type(description="A price of a template that a parameter sets. 由参数设定的价格。")
class SolutionPriceOverride:
    code: str = strawberry.field(description="The code of the price. 价格代码。")
    parameter: str = strawberry.field(description="The code of the parameter. 参数代码。")


@strawberry.type(description="An offering of a solution: the template of what markets get. 方案中的产品。")
class SolutionOffering:
    part: strawberry.Private[value.SolutionPart]
    view: strawberry.Private[View]

    @strawberry.field(description="The code of the template. 模板代码。")
    def code(self) -> str:
        return self.part.offering

    @strawberry.field(description="The template in force, or as it was last seen. 模板产品。")
    def product_offering(self) -> ProductOffering | None:
        moment = self.view.moment
        found = moment.offerings.get(self.part.offering) or moment.snapshot.latest(self.part.offering)
        return ProductOffering.version_of(found, self.view) if found else None

    @strawberry.field(description="Only markets with all of these facts get it. 所需事实。")
    def required_fact(self) -> list[str]:
        return list(self.part.required_fact)

    @strawberry.field(description="The prices that a market may have of its own. 可由市场调整的价格。")
    def price(self) -> list[SolutionPriceOverride]:
        return [SolutionPriceOverride(code=one.price, parameter=one.parameter) for one in self.part.prices]


@strawberry.type(description="A set of offerings that is brought to many markets, differing where they do. 解决方案。")
class Solution:
    one: strawberry.Private[value.Solution]
    view: strawberry.Private[View]

    @strawberry.field(description="The key for imports and people. 代码。")
    def code(self) -> str:
        return self.one.code

    @strawberry.field(description="What people call it. 名称。")
    def name(self, language: Language | None = None) -> str:
        return self.view.say(self.one.name, language)

    @strawberry.field(description="What it is for. 说明。")
    def description(self, language: Language | None = None) -> str | None:
        return self.view.say_if(self.one.description, language)

    @strawberry.field(description="The kinds of market it is made for; none: any. 适用市场类型。")
    def kind(self) -> list[MarketKindEnum]:  # type: ignore[valid-type]
        return list(self.one.kinds)

    @strawberry.field(description="A market needs all of these facts, like wlan. 市场须具备的事实。")
    def required_fact(self) -> list[str]:
        return list(self.one.required_fact)

    @strawberry.field(description="What each market may say differently. 参数。")
    def parameter(self) -> list[SolutionParameter]:
        return [SolutionParameter(one=one, view=self.view) for one in self.one.parameters]

    @strawberry.field(description="The parameter that dates the start of a market's copies. 起始日期参数。")
    def start(self) -> str | None:
        return self.one.start

    @strawberry.field(description="The parameter that dates their end. 结束日期参数。")
    def end(self) -> str | None:
        return self.one.end

    @strawberry.field(description="Its offerings and bundles. 产品与捆绑包。")
    def offering(self) -> list[SolutionOffering]:
        return [SolutionOffering(part=one, view=self.view) for one in self.one.parts]

    @strawberry.field(description="When it may be brought to markets. 有效期。")
    def valid_for(self) -> TimePeriod:
        return TimePeriod.of(self.one.valid)

    @strawberry.field(description="Changes with every edit; edits give it back. 版本标记。")
    def etag(self) -> str:
        return str(self.one.etag)

    @strawberry.field(description="The markets it was brought to, by market. 已应用的市场。")
    async def applications(self, info: JishiInfo, first: First, after: After = None) -> Connection[SolutionApplication]:
        found = await applications_of(info.context, self.one.code, None)
        return connect(
            found, lambda one: SolutionApplication(one=one, view=self.view), first, after, lambda one: (one.market,)
        )


@strawberry.type(description="What a market said of a parameter. 参数取值。")
class SolutionParameterValue:
    code: str
    value: str


@strawberry.type(description="What a market got for a template. 市场所得产品。")
class AppliedOffering:
    part: strawberry.Private[AppliedPart]

    @strawberry.field(description="The code of the template. 模板代码。")
    def template(self) -> str:
        return self.part.template

    @strawberry.field(description="What the market has: its own copy, or the template itself. 市场产品代码。")
    def code(self) -> str:
        return self.part.code or self.part.template

    @strawberry.field(description="Whether it is a copy of the market's own. 是否为市场副本。")
    def is_copy(self) -> bool:
        return self.part.code is not None

    @strawberry.field(description="The version of the template that was brought. 模板版本。")
    def template_version(self) -> int:
        return self.part.template_version


@strawberry.type(description="A solution as it was brought to a market. 方案应用。")
class SolutionApplication:
    one: strawberry.Private[Application]
    view: strawberry.Private[View]

    @strawberry.field(description="The solution as it is now. 方案。")
    def solution(self) -> Solution | None:
        found = self.view.moment.snapshot.solutions.get(self.one.solution)
        return Solution(one=found, view=self.view) if found else None

    @strawberry.field(description="The market; null when it has ended. 聚类市场。")
    def market_segment(self, info: JishiInfo) -> MarketSegment | None:
        return MarketSegment.named(self.one.market, info.context, self.view)

    @strawberry.field(description="The market's own values; what it left to the defaults is not among them. 参数取值。")
    def parameter(self) -> list[SolutionParameterValue]:
        return [SolutionParameterValue(code=code, value=text) for code, text in sorted(self.one.parameters.items())]

    @strawberry.field(description="What the market got. 产品。")
    def offering(self) -> list[AppliedOffering]:
        return [AppliedOffering(part=part) for _, part in sorted(self.one.parts.items())]

    @strawberry.field(description="Whether the solution changed since; rollOutSolution brings it along. 是否落后。")
    def is_outdated(self) -> bool:
        found = self.view.moment.snapshot.solutions.get(self.one.solution)
        return found is not None and found.etag != self.one.solution_etag

    @strawberry.field(description="When it was last brought. 应用时间。")
    def applied_at(self) -> datetime:
        return self.one.applied_at

    @strawberry.field(description="Who brought it. 应用人。")
    def applied_by(self) -> str:
        return self.one.applied_by


async def applications_of(context: Context, solution: str | None, markets: list[str] | None) -> tuple[Application, ...]:
    """The applications to markets within the caller's region."""
    async with context.services.db.connection() as conn:
        found = await solution_store.applications(conn, solution, markets)
    known, region = context.snapshot.markets, context.principal.limit
    return tuple(
        one for one in found if region is None or (one.market in known and within(known[one.market].place, region))
    )
