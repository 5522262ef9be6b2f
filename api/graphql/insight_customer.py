"""What insight says of one customer, for the agent in front of them.

Knows value, risk, stage, segment, moments and plays of one customer; must not be shown to the customer.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import strawberry

from api.graphql.common import Language, View
from api.graphql.context import JishiInfo
from api.graphql.insight_play import CustomerPlay, Offers, Play
from api.graphql.insight_words import in_short, text
from catalog.customer import Customer
from recommender.insight import store
from recommender.insight.definition import Definition, MomentRule, parse_text
from recommender.insight.plays import plays_for


@strawberry.type(description="Something happened that opens a play for some days. 时机。")
class CustomerMoment:
    rule: strawberry.Private[MomentRule]
    view: strawberry.Private[View]
    open_from: datetime = strawberry.field(description="Open from this instant on. 起。")
    open_until: datetime = strawberry.field(description="Up to, not including. 止。")

    @strawberry.field(description="Its code. 代码。")
    def code(self) -> str:
        return self.rule.code

    @strawberry.field(description="Its name. 名称。")
    def name(self, language: Language | None = None) -> str:
        return self.view.say(text(self.rule.name), language)

    @strawberry.field(description="What it means. 定义。")
    def definition(self, language: Language | None = None) -> str:
        return self.view.say(text(self.rule.definition), language)


@strawberry.type(description="What the last refresh says of a customer. 客户洞察。")
class CustomerInsight:
    found: strawberry.Private[store.OfCustomer]
    customer: strawberry.Private[Customer]
    defined: strawberry.Private[Definition]
    view: strawberry.Private[View]

    @strawberry.field(description="As of when it was reckoned. 计算时间。")
    def at(self) -> datetime:
        return self.found.at

    @strawberry.field(description="Value score, 0 to 100 among customers of the same kind. 价值分。")
    def value_score(self) -> float | None:
        return self.found.score

    @strawberry.field(description="Code of the value level, like GOLD or A. 价值等级。")
    def value_level(self) -> str | None:
        return self.found.level

    @strawberry.field(description="The level's name. 价值等级名称。")
    def value_level_name(self, language: Language | None = None) -> str | None:
        level = self.defined.level(self.found.level) if self.found.level else None
        return self.view.say(text(level.name), language) if level else None

    @strawberry.field(description="Revenue a month. 月收入。")
    def monthly_revenue(self) -> Decimal | None:
        return self.found.revenue

    @strawberry.field(description="Probability of leaving within the window; null: not known. 流失概率。")
    def churn_risk(self) -> float | None:
        return self.found.risk

    @strawberry.field(description="Value × risk, like HIGH_VALUE_LOW_RISK. 价值与风险象限。")
    def quadrant(self) -> str | None:
        return self.found.quadrant

    @strawberry.field(description="ACQUISITION, BUILD_UP, CLIMAX, DECLINE or EXIT. 生命周期阶段。")
    def lifecycle_stage(self) -> str:
        return self.found.stage

    @strawberry.field(description="The stage's name. 阶段名称。")
    def lifecycle_stage_name(self, language: Language | None = None) -> str:
        return self.view.say(text(self.defined.lifecycle.names[self.found.stage]), language)

    @strawberry.field(description="Code of the needs segment. 需求分群。")
    def segment(self) -> str | None:
        return self.found.segment

    @strawberry.field(description="What sets that segment apart. 分群特征。")
    def segment_description(self) -> str | None:
        return in_short(self.found.traits, self.view) or None

    @strawberry.field(description="NO_PACKAGE, NONE, LOW, NORMAL, HIGH or OVER the data allowed. 流量使用。")
    def data_use(self) -> str | None:
        return self.found.data_use

    @strawberry.field(description="The calling segment, like HEAVY. 通话分群。")
    def calling(self) -> str | None:
        return self.found.calling

    @strawberry.field(description="Moments open now, the first to close first. 当前时机。")
    def moments(self) -> list[CustomerMoment]:
        rules = {rule.code: rule for rule in self.defined.moments}
        return [
            CustomerMoment(rule=rules[code], view=self.view, open_from=start, open_until=end)
            for code, start, end in self.found.moments
            if code in rules
        ]

    @strawberry.field(
        description="What to do with this customer, matrix by matrix; nothing for who switched personalisation off. "
        "建议打法，关闭个性化者无。"
    )
    def plays(self) -> list[CustomerPlay]:
        if not self.customer.personalisation:
            return []
        found = self.found
        facets = {
            "level": found.level,
            "quadrant": found.quadrant,
            "stage": found.stage,
            "calling": found.calling,
            "dataUse": found.data_use,
        }
        opened = [code for code, _, _ in found.moments]
        revenue = None if found.revenue is None else float(found.revenue)
        matched = plays_for(self.defined, found.kind, facets, opened, revenue, found.risk)
        offers = Offers(self.customer, self.view)
        return [CustomerPlay(play=Play(play=one, view=self.view), worth=worth, offers=offers) for one, worth in matched]

    @strawberry.field(description="How the value score is reckoned. 价值分定义。")
    def definition(self, language: Language | None = None) -> str:
        return self.view.say(text(self.defined.value.definition), language)


async def insight_of(info: JishiInfo, customer: Customer, view: View) -> CustomerInsight | None:
    """None before the first refresh that knew this customer."""
    found = await store.of_customer(info.context.services.db, customer.id, view.at)
    if found is None:
        return None
    return CustomerInsight(found=found, customer=customer, defined=parse_text(found.definition), view=view)
