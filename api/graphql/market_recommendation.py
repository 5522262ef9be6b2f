"""What to bring to a whole cluster market.

Knows the market's figures; must not show a single member.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import strawberry

from api.buyer import Situation
from api.graphql.common import ContextInput, First, View, checked_first, view_of
from api.graphql.context import JishiInfo
from api.graphql.market import MarketSegment
from api.graphql.offering import ProductOffering
from api.recommending_market import for_market
from catalog import customer_store
from catalog.offering import Offering
from recommender import market_store
from recommender.market import MarketItem as MarketItemValue
from recommender.market_outlook import LEAST
from recommender.market_store import ItemRow

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

    @strawberry.field(
        description="The share in markets of its kind, where they were reckoned, else of all customers. 参考渗透率。"
    )
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
        description="Most expected adopters first; borrowed when the market is too small to speak of. 推荐项。"
    )
    borrowed_from: list[str] = strawberry.field(
        description="Codes of the markets whose figures these are; empty: its own members'. 数据借自哪些市场。"
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
        here = Situation(view.channel, view.place, view.market or market, info.context.zone)
        stored = await market_store.items(db, segment.market.id)
        borrowed: list[str] = []
        if len(members) < LEAST:
            borrowed = await market_store.borrowed_from(db, segment.market.id)
            found = _stored(stored, total, view)[:first] if borrowed else []
        else:
            like = _like(stored, view)
            found = await asyncio.to_thread(
                for_market,
                members,
                view.moment,
                recommender,
                here=here,
                at=view.at,
                n=first,
                like=like,
            )
        return MarketRecommendation(
            market_segment=segment,
            model_version=recommender.version,
            members=total,
            looked_at=len(members),
            borrowed_from=borrowed,
            items=[
                MarketRecommendationItem(item=one, priority=place, product_offering=ProductOffering.of(offering, view))
                for place, (offering, one) in enumerate(found, start=1)
            ],
        )


def _like(stored: Sequence[ItemRow], view: View) -> dict[str, tuple[float, float]]:
    """Item → the penetration among markets like this one, and how strongly it draws."""
    names = view.moment.snapshot.codes_by_id
    return {names[one.offering_id]: (one.reference, one.strength) for one in stored if one.offering_id in names}


def _stored(stored: Sequence[ItemRow], members: int, view: View) -> list[tuple[Offering, MarketItemValue]]:
    """What was borrowed from markets like it, best first; what is not in force is left out."""
    names, offerings = view.moment.snapshot.codes_by_id, view.moment.offerings
    found = [one for one in stored if one.eligible > 0 and names.get(one.offering_id) in offerings]
    found.sort(key=lambda one: (-(one.expected_adopters or 0.0), -one.worth, one.offering_id))
    return [
        (
            offerings[names[one.offering_id]],
            MarketItemValue(
                names[one.offering_id],
                members,
                round(one.eligible),
                one.expected_adopters,
                one.worth / one.eligible,
                one.penetration,
                one.reference,
                one.lift,
            ),
        )
        for one in found
    ]
