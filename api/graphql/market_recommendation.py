"""What to bring to a whole cluster market.

Knows the market's figures; must not show a single member.
"""

from __future__ import annotations

import asyncio

import strawberry

from api import recommending
from api.graphql.common import ContextInput, First, checked_first, view_of
from api.graphql.context import JishiInfo
from api.graphql.market import MarketSegment
from api.graphql.offering import ProductOffering
from catalog import customer_store
from recommender.market import MarketItem as MarketItemValue

SAMPLE = 2000


@strawberry.type(description="One offering for a whole market. 聚类市场推荐项。")
class MarketRecommendationItem:
    item: strawberry.Private[MarketItemValue]
    priority: int
    product_offering: ProductOffering

    @strawberry.field(description="Members who may take it and do not hold it, among those looked at. 可办理人数。")
    def eligible(self) -> int:
        return self.item.eligible

    @strawberry.field(
        description="How many of them will take it within 90 days; null when the data has no dates. 预计办理人数。"
    )
    def expected_adopters(self) -> float | None:
        return self.item.expected_adopters

    @strawberry.field(description="The members' mean score. 平均得分。")
    def mean_score(self) -> float:
        return self.item.mean_score

    @strawberry.field(description="The share of members who hold it. 渗透率。")
    def penetration(self) -> float:
        return self.item.penetration

    @strawberry.field(description="The share of all customers who hold it. 参考渗透率。")
    def reference(self) -> float:
        return self.item.reference

    @strawberry.field(
        description="Penetration against the reference, shrunk for small markets; 1 is like everywhere. 提升度。"
    )
    def lift(self) -> float:
        return self.item.lift


@strawberry.type(description="What to bring to a cluster market. 聚类市场推荐。")
class MarketRecommendation:
    market_segment: MarketSegment
    model_version: int
    members: int = strawberry.field(description="How many customers belong to it. 成员数。")
    looked_at: int = strawberry.field(description="How many of them, picked by a hash, the figures are from. 样本数。")
    items: list[MarketRecommendationItem] = strawberry.field(
        description="Most expected adopters first; none when the market is too small to speak of. 推荐项。"
    )


@strawberry.type
class MarketRecommendationQuery:
    @strawberry.field(description="What to bring to a cluster market. 为聚类市场推荐。")
    async def market_recommendation(
        self, info: JishiInfo, market: str, first: First, context: ContextInput | None = None
    ) -> MarketRecommendation | None:
        view, recommender = view_of(info.context, context), info.context.serving()
        checked_first(first)
        segment = MarketSegment.named(market, info.context, view)
        if segment is None:
            return None
        db = info.context.services.db
        total, members = await customer_store.market_members(db, segment.market.id, view.at, SAMPLE)
        here = recommending.Situation(view.channel, view.place, view.market or market, info.context.zone)
        found = await asyncio.to_thread(
            recommending.for_market, members, view.moment, recommender, here=here, at=view.at, n=first
        )
        return MarketRecommendation(
            market_segment=segment,
            model_version=recommender.version,
            members=total,
            looked_at=len(members),
            items=[
                MarketRecommendationItem(item=one, priority=place, product_offering=ProductOffering.of(offering, view))
                for place, (offering, one) in enumerate(found, start=1)
            ],
        )
