"""What came of recommendations, and through which channels orders come, as GraphQL shows them.

Knows groups and their figures; must not show a single customer.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum
from typing import Annotated

import strawberry

from api.graphql.common import First, checked_first
from api.graphql.context import JishiInfo
from api.graphql.errors import BadRequest
from recommender import outcome_store
from recommender.outcomes import LEAST, Arms, Effect, large_enough
from recommender.uplift import Counted, Interval, share

LONGEST = timedelta(days=366)
ELECTRONIC = ["ONLINE", "APP", "SMS", "SELF_SERVICE"]

From = Annotated[
    datetime, strawberry.argument(name="from", description="From this instant on, with its time zone. 起。")
]
To = Annotated[datetime, strawberry.argument(description="Up to, not including; a year at most. 止，不含。")]


@strawberry.enum(description="What effects are grouped by. 分组方式。")
class EffectBy(Enum):
    PRODUCT = "PRODUCT"
    CHANNEL = "CHANNEL"
    AGENT = "AGENT"
    SEGMENT = "SEGMENT"


@strawberry.type(description="A figure and the bounds that cover the truth in 95 of 100 cases. 数值与 95% 置信区间。")
class Estimate:
    value: float
    low: float
    high: float

    @classmethod
    def of(cls, one: Interval | None) -> Estimate | None:
        return cls(value=one.value, low=one.low, high=one.high) if one else None


@strawberry.type(description="Customers with personal recommendations against the control group. 与对照组比较。")
class Uplift:
    treated: int = strawberry.field(description="Customers with personal recommendations. 个性化客户数。")
    control: int = strawberry.field(description="Customers with the general list. 对照客户数。")
    treated_share: float = strawberry.field(description="The share of the former who did. 个性化客户占比。")
    control_share: float = strawberry.field(description="The share of the latter who did. 对照客户占比。")
    difference: Estimate = strawberry.field(description="The former less the latter. 差值。")

    @classmethod
    def of(cls, arms: Arms) -> Uplift | None:
        difference = Estimate.of(arms.uplift)
        if difference is None:
            return None
        treated, control = arms.treated, arms.control
        return cls(
            treated=treated.n,
            control=control.n,
            treated_share=treated.k / treated.n,
            control_share=control.k / control.n,
            difference=difference,
        )


@strawberry.type(description="What came of recommendations in one group. 推荐效果。")
class RecommendationEffect:
    effect: strawberry.Private[Effect]

    @strawberry.field(description="Code of the product or segment, channel or agent; null: not reported. 分组。")
    def key(self) -> str | None:
        return self.effect.key

    @strawberry.field(description="Customers to whom something was shown. 客户数。")
    def customers(self) -> int:
        return self.effect.customers

    @strawberry.field(description="Items shown; what was accepted counts in any case. 展示次数。")
    def shown(self) -> int:
        return self.effect.shown

    @strawberry.field(description="Items accepted. 接受次数。")
    def accepted(self) -> int:
        return self.effect.accepted

    @strawberry.field(description="Items refused. 拒绝次数。")
    def refused(self) -> int:
        return self.effect.refused

    @strawberry.field(description="Items accepted and cancelled later. 后来退订次数。")
    def cancelled_later(self) -> int:
        return self.effect.cancelled

    @strawberry.field(description="The share of these customers who accepted something. 接受客户占比。")
    def accepted_share(self) -> Estimate | None:
        return Estimate.of(self.effect.accepted_share)

    @strawberry.field(description="The share of these customers who refused something. 拒绝客户占比。")
    def refused_share(self) -> Estimate | None:
        return Estimate.of(self.effect.refused_share)

    @strawberry.field(description="The share of those who accepted who cancelled later. 接受后退订客户占比。")
    def cancelled_share(self) -> Estimate | None:
        return Estimate.of(self.effect.cancelled_share)

    @strawberry.field(
        description="What personal recommendations added to the share who accept; null without a control group. "
        "接受率提升。"
    )
    def accepted_uplift(self) -> Uplift | None:
        return Uplift.of(self.effect.accepting_arms) if self.effect.has_control else None

    @strawberry.field(
        description="What they added to the share who subscribe within 90 days, through whatever channel (by product: "
        "to this product); null without a control group. 订购率提升。"
    )
    def adopted_uplift(self) -> Uplift | None:
        return Uplift.of(self.effect.adopting_arms) if self.effect.has_control else None


@strawberry.type(description="What came of recommendations, by group. 推荐效果列表。")
class RecommendationEffects:
    nodes: list[RecommendationEffect] = strawberry.field(description="The most shown first. 按展示次数排列。")
    too_small: int = strawberry.field(
        description=f"Groups kept back, for they have fewer than {LEAST} customers. 客户过少而不展示的组数。"
    )


@strawberry.type(description="Orders that came through one channel. 渠道订单。")
class ChannelOrders:
    channel: str | None = strawberry.field(description="Null: not known. 渠道，空为未知。")
    orders: int
    is_electronic: bool


@strawberry.type(description="Through which channels orders come. 渠道订单占比。")
class OrdersByChannel:
    orders: int = strawberry.field(description="Voluntary subscriptions with a known channel. 渠道已知的订单数。")
    electronic_share: Estimate | None = strawberry.field(
        description="The share of them through electronic channels. 电子渠道占比。"
    )
    nodes: list[ChannelOrders] = strawberry.field(
        description=f"The most orders first; channels with fewer than {LEAST} customers are left out. 按订单数排列。"
    )


def checked(start: datetime, end: datetime) -> None:
    if start.tzinfo is None or end.tzinfo is None:
        raise BadRequest(en="from and to need a time zone, like 2026-03-01T00:00:00+08:00", zh="from 和 to 需要带时区")
    if not timedelta(0) < end - start <= LONGEST:
        raise BadRequest(en="to lies after from, by a year at most", zh="to 应晚于 from，且不超过一年")


@strawberry.type
class EffectQuery:
    @strawberry.field(
        description="What came of the items that were first reported within a time, by group. 推荐效果分析。"
    )
    async def recommendation_effect(
        self, info: JishiInfo, by: EffectBy, start: From, to: To, first: First
    ) -> RecommendationEffects:
        checked(start, to)
        checked_first(first)
        region = info.context.principal.limit
        found = await outcome_store.effects(info.context.services.db, start, to, region, by.value)
        kept = large_enough(found)
        return RecommendationEffects(
            nodes=[RecommendationEffect(effect=one) for one in kept[:first]], too_small=len(found) - len(kept)
        )

    @strawberry.field(
        description="Voluntary subscriptions that began within a time, by channel, and the share of electronic ones. "
        "电子渠道订单占比。"
    )
    async def orders_by_channel(
        self,
        info: JishiInfo,
        start: From,
        to: To,
        electronic: Annotated[
            list[str] | None, strawberry.argument(description=f"Default: {', '.join(ELECTRONIC)}. 电子渠道。")
        ] = None,
    ) -> OrdersByChannel:
        checked(start, to)
        region = info.context.principal.limit
        found = await outcome_store.orders_by_channel(info.context.services.db, start, to, region)
        chosen = frozenset(ELECTRONIC if electronic is None else electronic)
        return _by_channel(found, chosen)


def _by_channel(found: list[outcome_store.Orders], electronic: frozenset[str]) -> OrdersByChannel:
    known = [one for one in found if one.channel is not None]
    orders = sum(one.orders for one in known)
    through = sum(one.orders for one in known if one.channel in electronic)
    return OrdersByChannel(
        orders=orders,
        electronic_share=Estimate.of(share(Counted(orders, through))),
        nodes=[
            ChannelOrders(channel=one.channel, orders=one.orders, is_electronic=one.channel in electronic)
            for one in found
            if one.customers >= LEAST
        ],
    )
