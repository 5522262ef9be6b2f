"""Insight as figures: the pyramid, the churn model's report, stages, needs segments, moments and the reach of plays.

Knows groups and their figures with the definition beside them; must not show a single customer.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import strawberry

from api.graphql.common import ContextInput, Language, View, view_of
from api.graphql.context import JishiInfo
from api.graphql.errors import BadRequest
from api.graphql.insight_play import PlayReach, reaches
from api.graphql.insight_words import in_short, said, subject, text
from catalog.text import Text
from recommender.insight import store
from recommender.insight.definition import QUADRANTS, STAGES, Definition, Words, parse
from recommender.outcomes import LEAST

UNKNOWN = Text("未知", "not known")


@strawberry.type(description="Customers and revenue at one level of value. 价值等级。")
class ValueLevel:
    kind: str = strawberry.field(description="PERSON or ENTERPRISE. 个人或集团。")
    level: str = strawberry.field(description="Code. 代码。")
    name: str = strawberry.field(description="Name. 名称。")
    customers: int = strawberry.field(description="How many. 客户数。")
    customer_share: float = strawberry.field(description="Of the customers of this kind. 客户占比。")
    monthly_revenue: Decimal | None = strawberry.field(
        description=f"What they bring a month; null for fewer than {LEAST}. 月收入。"
    )
    revenue_share: float | None = strawberry.field(description="Of the revenue of this kind. 收入占比。")


@strawberry.type(description="How many customers and how much revenue there are per level. 价值金字塔。")
class ValuePyramid:
    at: datetime = strawberry.field(description="As of when. 计算时间。")
    levels: list[ValueLevel] = strawberry.field(description="People first, the most valuable first. 等级。")
    defined: strawberry.Private[Words]
    view: strawberry.Private[View]

    @strawberry.field(description="How it is reckoned. 定义。")
    def definition(self, language: Language | None = None) -> str:
        return self.view.say(text(self.defined), language)


@strawberry.type(description="A tenth of the customers judged, by risk. 按风险十分位。")
class ChurnDecile:
    customers: int
    expected: float = strawberry.field(description="How many should leave by their probabilities. 预期流失。")
    left: int = strawberry.field(description="How many left. 实际流失。")
    highest: float = strawberry.field(description="The highest probability among them. 最高概率。")


@strawberry.type(description="A fact that moves the odds of leaving. 流失影响因素。")
class ChurnDriver:
    text: str
    odds: float = strawberry.field(description="What it multiplies the odds by. 对胜算的倍数。")


@strawberry.type(description="A group of customers and its size. 客户分组。")
class InsightGroup:
    code: str
    name: str
    customers: int


@strawberry.type(description="How well leaving is foretold, on a window that the model had not seen. 流失模型报告。")
class ChurnReport:
    at: datetime
    told: strawberry.Private[Mapping[str, Any]]
    defined: strawberry.Private[Definition]
    counted: strawberry.Private[Mapping[str, int]]
    view: strawberry.Private[View]

    @strawberry.field(description="Whether a model serves; if not, everybody has the usual rate, or none. 是否有模型。")
    def has_model(self) -> bool:
        return self.told["model"] is not None

    @strawberry.field(description="Why none: TOO_FEW left, or NO_BETTER than the usual rate. 无模型的原因。")
    def why_not(self) -> str | None:
        found: str | None = self.told["why"]
        return found

    @strawberry.field(description="The share who left within the last window; null: too few to say. 平均流失率。")
    def base_rate(self) -> float | None:
        found: float | None = self.told["base"]
        return found

    @strawberry.field(description="Customers judged, and how many of them left. 检验客户数与流失数。")
    def judged(self) -> list[int]:
        return [self.told["asked"][1], self.told["left"][1]]

    @strawberry.field(description="How often who left ranked above who stayed; 0.5 is chance. AUC。")
    def auc(self) -> float | None:
        return self.told.get("auc")

    @strawberry.field(description="Its 95 % interval. AUC 的 95% 区间。")
    def auc_interval(self) -> list[float] | None:
        return [self.told["aucLow"], self.told["aucHigh"]] if "auc" in self.told else None

    @strawberry.field(description="Mean squared error of the probabilities. Brier 分。")
    def brier(self) -> float | None:
        return self.told.get("brier")

    @strawberry.field(description="The same of the usual rate for everybody: what the model must beat. 基准 Brier 分。")
    def brier_of_base(self) -> float | None:
        return self.told.get("brierOfBase")

    @strawberry.field(description="How many times the usual share left among the tenth at most risk. 前十分位提升度。")
    def top_decile_lift(self) -> float | None:
        return self.told.get("topDecileLift")

    @strawberry.field(description="Expected against real, lowest risk first. 校准。")
    def reliability(self) -> list[ChurnDecile]:
        return [ChurnDecile(**one) for one in self.told.get("reliability", ())]

    @strawberry.field(description="What moves the odds most, sensitive attributes left out. 主要因素。")
    def drivers(self) -> list[ChurnDriver]:
        found = []
        for one in self.told.get("drivers", ()):
            what = subject(one["kind"], one["key"], one["label"], self.view)
            if what is not None:
                found.append(ChurnDriver(text=what, odds=one["odds"]))
        return found

    @strawberry.field(description="Value × risk. 价值与风险象限。")
    def quadrants(self) -> list[InsightGroup]:
        names = self.defined.quadrants
        return [
            InsightGroup(
                code=code,
                name=self.view.say(text(names[code])) if code in names else code,
                customers=self.counted.get(code, 0),
            )
            for code in QUADRANTS
        ]

    @strawberry.field(description="What leaving means, and how the probability comes about. 定义。")
    def definition(self, language: Language | None = None) -> str:
        return self.view.say(text(self.defined.churn.definition), language)


@strawberry.type(description="Where in their life relations are. 生命周期分布。")
class LifecycleStages:
    at: datetime
    stages: list[InsightGroup]
    defined: strawberry.Private[Words]
    view: strawberry.Private[View]

    @strawberry.field(description="How a stage is told. 定义。")
    def definition(self, language: Language | None = None) -> str:
        return self.view.say(text(self.defined), language)


@strawberry.type(description="What sets a segment apart from everybody of its kind. 分群特征。")
class SegmentTrait:
    text: str = strawberry.field(description="As a sentence. 说明。")
    mean: float = strawberry.field(description="In the segment; a share for labels. 分群均值。")
    reference: float = strawberry.field(description="Among everybody of the kind. 全体均值。")
    lift: float | None = strawberry.field(description="The former over the latter. 倍数。")
    distance: float = strawberry.field(description="In standard deviations of everybody. 标准差数。")


@strawberry.type(description="Customers with like needs. 需求分群。")
class NeedsSegment:
    code: str = strawberry.field(description="Stays the same over refreshes. 编号，更新后保持不变。")
    kind: str = strawberry.field(description="PERSON or ENTERPRISE. 个人或集团。")
    customers: int
    share: float = strawberry.field(description="Of the customers of this kind. 占比。")
    description: str = strawberry.field(description="What sets it apart most, in one line. 一句话特征。")
    traits: list[SegmentTrait] = strawberry.field(description="The most distinctive first. 特征。")


@strawberry.type(description="How alike the groups are that bootstrap samples give; 1 is the same. 分群稳定性。")
class SegmentStability:
    kind: str
    k: int = strawberry.field(description="Number of segments. 群数。")
    adjusted_rand: float = strawberry.field(description="Mean over pairs of bootstrap samples. 调整兰德指数。")
    is_chosen: bool


@strawberry.type(description="Needs segments of people and of enterprises. 需求分群列表。")
class NeedsSegments:
    at: datetime
    nodes: list[NeedsSegment]
    stability: list[SegmentStability] = strawberry.field(description="Of every number that was tried. 各群数的稳定性。")
    defined: strawberry.Private[Words]
    view: strawberry.Private[View]

    @strawberry.field(description="How segments are found. 定义。")
    def definition(self, language: Language | None = None) -> str:
        return self.view.say(text(self.defined), language)


@strawberry.type(description="A kind of moment, and how many customers it is open for. 时机与客户数。")
class OpenMoment:
    code: str
    name: str
    definition: str
    customers: int


async def current(info: JishiInfo) -> tuple[store.Run, Definition] | None:
    """The refresh that is read, with its definition. Figures are of the whole operator: nobody with a region."""
    if info.context.principal.limit is not None:
        raise BadRequest(
            en="these figures are of the whole operator; your token is limited to a place",
            zh="这些数字针对全部客户，您的令牌限定了地域",
        )
    run = await store.run(info.context.services.db)
    return (run, parse(run.definition)) if run else None


@strawberry.type
class InsightQuery:
    @strawberry.field(
        description="Customers and revenue per level of value; null before the first refresh. 价值金字塔。"
    )
    async def value_pyramid(self, info: JishiInfo, context: ContextInput | None = None) -> ValuePyramid | None:
        found = await current(info)
        if found is None:
            return None
        (run, defined), view = found, view_of(info.context, context)
        rows = await store.pyramid(info.context.services.db)
        return ValuePyramid(at=run.at, levels=_levels(rows, defined, view), defined=defined.value.definition, view=view)

    @strawberry.field(description="How well leaving is foretold, and value × risk. 流失模型报告。")
    async def churn_report(self, info: JishiInfo, context: ContextInput | None = None) -> ChurnReport | None:
        found = await current(info)
        if found is None:
            return None
        (run, defined), view = found, view_of(info.context, context)
        told = run.report["churn"]
        return ChurnReport(at=run.at, told=told, defined=defined, counted=run.report["quadrants"], view=view)

    @strawberry.field(description="How many customers are at each stage of their life. 生命周期分布。")
    async def lifecycle_stages(self, info: JishiInfo, context: ContextInput | None = None) -> LifecycleStages | None:
        found = await current(info)
        if found is None:
            return None
        (run, defined), view = found, view_of(info.context, context)
        names, counted = defined.lifecycle.names, run.report["stages"]
        stages = [
            InsightGroup(code=code, name=view.say(text(names[code])), customers=counted.get(code, 0)) for code in STAGES
        ]
        return LifecycleStages(at=run.at, stages=stages, defined=defined.lifecycle.definition, view=view)

    @strawberry.field(description="Customers in groups of like needs. 需求分群。")
    async def needs_segments(self, info: JishiInfo, context: ContextInput | None = None) -> NeedsSegments | None:
        found = await current(info)
        if found is None:
            return None
        (run, defined), view = found, view_of(info.context, context)
        rows = await store.segments(info.context.services.db)
        return NeedsSegments(
            at=run.at,
            nodes=[_segment(dict(row), view) for row in rows],
            stability=_stability(run.report["segments"]),
            defined=defined.segments.definition,
            view=view,
        )

    @strawberry.field(description="Moments that are open, and for how many customers. 当前时机。")
    async def open_moments(self, info: JishiInfo, context: ContextInput | None = None) -> list[OpenMoment]:
        found = await current(info)
        if found is None:
            return []
        (run, defined), view = found, view_of(info.context, context)
        return [
            OpenMoment(
                code=rule.code,
                name=view.say(text(rule.name)),
                definition=view.say(text(rule.definition)),
                customers=run.report["moments"].get(rule.code, 0),
            )
            for rule in defined.moments
        ]

    @strawberry.field(description="The plays of all matrices, and how many customers each is for. 打法与覆盖。")
    async def plays(self, info: JishiInfo, context: ContextInput | None = None) -> list[PlayReach]:
        found = await current(info)
        if found is None:
            return []
        counted = {row["play"]: row["customers"] for row in await store.reach(info.context.services.db)}
        return reaches(found[1].plays, counted, view_of(info.context, context))


def _levels(rows: list[Any], defined: Definition, view: View) -> list[ValueLevel]:
    customers: dict[str, int] = {}
    revenue: dict[str, Decimal] = {}
    for row in rows:
        customers[row["kind"]] = customers.get(row["kind"], 0) + row["customers"]
        revenue[row["kind"]] = revenue.get(row["kind"], Decimal(0)) + row["monthly_revenue"]
    found = []
    for row in rows:
        level, kind = defined.level(row["level"]), row["kind"]
        # One of a few customers would know what the others pay.
        told = row["customers"] == 0 or row["customers"] >= LEAST
        share = row["monthly_revenue"] / revenue[kind] if revenue[kind] else Decimal(0)
        found.append(
            ValueLevel(
                kind=kind,
                level=row["level"],
                name=view.say(text(level.name)) if level else view.say(UNKNOWN),
                customers=row["customers"],
                customer_share=row["customers"] / max(customers[kind], 1),
                monthly_revenue=row["monthly_revenue"] if told else None,
                revenue_share=float(share) if told else None,
            )
        )
    return found


def _segment(row: dict[str, Any], view: View) -> NeedsSegment:
    sentences = [(trait, said(trait, view)) for trait in row["traits"]]
    return NeedsSegment(
        code=row["code"],
        kind=row["kind"],
        customers=row["customers"],
        share=row["share"],
        description=in_short(row["traits"], view),
        traits=[
            SegmentTrait(
                text=sentence,
                mean=trait["mean"],
                reference=trait["reference"],
                lift=trait["lift"],
                distance=trait["distance"],
            )
            for trait, sentence in sentences
            if sentence is not None
        ],
    )


def _stability(told: Mapping[str, Any]) -> list[SegmentStability]:
    return [
        SegmentStability(kind=kind, k=int(k), adjusted_rand=value, is_chosen=int(k) == len(groups["codes"]))
        for kind, groups in told.items()
        for k, value in groups["stability"].items()
    ]
