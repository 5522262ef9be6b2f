"""Recommendations as GraphQL shows them (TMF680): for one customer, and for a cluster market.

Knows how a score becomes a sentence; must not know how the score came about.
"""

from __future__ import annotations

from datetime import timedelta
from enum import Enum
from uuid import uuid4

import strawberry

from api import recommending
from api.graphql import customer as customers
from api.graphql.common import ContextInput, First, Money, TimePeriod, View, checked_first, view_of
from api.graphql.context import Context, JishiInfo
from api.graphql.customer import Customer
from api.graphql.hand_over_kind import HandOverKindEnum
from api.graphql.offering import ProductOffering
from api.graphql.reason import RecommendationReason
from api.graphql.situation import situation
from api.graphql.withheld import RULE_TEXTS, Withheld
from api.tokens import ItemToken
from api.worth import effect, worth_of
from catalog.feeds.hand_over import HandOverKind
from catalog.period import Period

VALID = timedelta(days=1)


@strawberry.type(description="One offering that is recommended. 推荐项。")
class RecommendationItem:
    item: strawberry.Private[recommending.Item]
    whole: strawberry.Private[Recommendation]
    view: strawberry.Private[View]

    @strawberry.field(description="Report the outcome to this id. 反馈结果时使用。")
    def id(self) -> strawberry.ID:
        return self.whole.item_id(self.item, self.priority)

    priority: int = strawberry.field(description="1 is the best. 优先级。")

    @strawberry.field(description="What is recommended. 产品。")
    def product_offering(self) -> ProductOffering:
        return ProductOffering.of(self.item.offering, self.view)

    @strawberry.field(description="The model's raw score; comparable within one answer. 得分。")
    def score(self) -> float:
        return self.item.scored.score

    @strawberry.field(description="How sure: taken within 90 days; null when the data has no dates. 办理概率。")
    def probability(self) -> float | None:
        return self.item.scored.probability

    @strawberry.field(description="The strongest facts that speak for it. 推荐理由。")
    def reasons(self) -> list[RecommendationReason]:
        facts = recommending.shown_reasons(self.item.scored, self.view.moment)
        return [RecommendationReason(fact=fact, view=self.view) for fact in facts]

    @strawberry.field(
        description="What it alone adds to a month's bill without use: fees less discounts, with VAT. 对月账单的影响。"
    )
    def bill_effect(self) -> Money | None:
        added = effect(self.item.offering, self.view.at, self.whole.context.zone, self.view.moment)
        return Money.of(added) if added else None

    @strawberry.field(description="What all facts that are not shown add: score = reasons + this. 其余贡献。")
    def other_contributions(self) -> float:
        shown = recommending.shown_reasons(self.item.scored, self.view.moment)
        return self.item.scored.score - sum(fact.weight for fact in shown)

    @strawberry.field(description="Up-sell: the step that it would take the place of. 将替换的现有档位。")
    def replaces(self) -> ProductOffering | None:
        return ProductOffering.of(self.item.replaces, self.view) if self.item.replaces else None

    @strawberry.field(description="Sold on the spot, or passed on because the channel cannot handle it. 交接方式。")
    def hand_over(self) -> HandOverKindEnum:  # type: ignore[valid-type]
        return HandOverKind.LEAD if self.item.is_lead else HandOverKind.ORDER

    @strawberry.field(description="One sentence with which to offer it. 推荐话术。")
    def talking_point(self) -> str | None:
        return self.view.say_if(self.item.offering.talking_point)


@strawberry.enum(description="Something else, or a higher step of what is held. 推荐类型。")
class RecommendationType(Enum):
    CROSS_SELL = "CROSS_SELL"
    UP_SELL = "UP_SELL"


@strawberry.enum(description="What comes first. 排序依据。")
class RankBy(Enum):
    PROBABILITY = strawberry.enum_value("PROBABILITY", description="What is most likely taken. 按办理概率。")
    EXPECTED_VALUE = strawberry.enum_value(
        "EXPECTED_VALUE", description="Probability × monthly fee × margin × health of the product. 按预期价值。"
    )


@strawberry.type(description="What one customer is recommended now (TMF680 Recommendation). 推荐。")
class Recommendation:
    answer: strawberry.Private[recommending.Answer]
    customer_: strawberry.Private[Customer]
    view: strawberry.Private[View]
    context: strawberry.Private[Context]

    id: strawberry.ID = strawberry.field(description="Names this answer. 推荐编号。")
    model_version: int = strawberry.field(description="The model that ranked. 模型版本。")
    type_: strawberry.Private[RecommendationType] = RecommendationType.CROSS_SELL

    @strawberry.field(description="What kind of recommendation. 推荐类型。")
    def recommendation_type(self) -> RecommendationType:
        return self.type_

    @strawberry.field(description="The items, best first; fewer than asked when few remain. 推荐项。")
    def recommendation_item(self) -> list[RecommendationItem]:
        return [
            RecommendationItem(item=item, whole=self, view=self.view, priority=place)
            for place, item in enumerate(self.answer.items, start=1)
        ]

    def item_id(self, item: recommending.Item, place: int) -> strawberry.ID:
        """Signed when it is asked for; it is the same whenever that is."""
        token = ItemToken(
            self.customer_.customer.id,
            self.id,
            item.offering.id,
            self.model_version,
            place,
            round(item.scored.score, 6),
            item.propensity,
            self.answer.in_control,
            int(self.context.at.timestamp()),
        )
        return strawberry.ID(self.context.services.signer.sign(token))

    @strawberry.field(description="How many offerings were kept back, by which rule. 不予推荐的数量与原因。")
    def withheld(self) -> list[Withheld]:
        return [
            Withheld(rule=rule, count=count, message=self.view.say(RULE_TEXTS[rule]))
            for rule, count in self.answer.withheld.items()
        ]

    @strawberry.field(
        description="What would have stood in the list, were it not full of its category. 因同类已足而让位的产品。"
    )
    def passed_over(self) -> list[ProductOffering]:
        return [ProductOffering.of(one, self.view) for one in self.answer.passed_over]

    @strawberry.field(
        description="What the order goes by; by probability, whatever was asked, where none is known. 排序依据。"
    )
    def ranked_by(self) -> RankBy:
        return RankBy.EXPECTED_VALUE if self.answer.by_value else RankBy.PROBABILITY

    @strawberry.field(
        description="False: a general list, for the customer switched personalisation off or is in the control group. "
        "是否个性化。"
    )
    def is_personalised(self) -> bool:
        return self.answer.is_personalised

    @strawberry.field(description="The kind of model that ranked, like ease or popularity. 来源。")
    def source(self) -> str:
        return self.answer.source

    @strawberry.field(
        description="How long this answer may be shown; what came of it is reported within thirty days. 有效期。"
    )
    def valid_for(self) -> TimePeriod:
        return TimePeriod.of(Period(self.view.at, self.view.at + VALID))

    @strawberry.field(description="Who it is for. 客户。")
    def customer(self) -> Customer:
        return self.customer_


@strawberry.type
class RecommendationQuery:
    @strawberry.field(description="What to offer a customer, with reasons. 为客户推荐。")
    async def recommendation(
        self,
        info: JishiInfo,
        first: First,
        customer_id: strawberry.ID | None = None,
        msisdn: str | None = None,
        context: ContextInput | None = None,
        type: RecommendationType = RecommendationType.CROSS_SELL,
        rank_by: RankBy = RankBy.PROBABILITY,
    ) -> Recommendation | None:
        view, recommender = view_of(info.context, context), info.context.serving()
        checked_first(first)
        code = customer_id if customer_id or msisdn or context is None else context.customer_id
        found = await customers.find(info.context, code, msisdn, "recommendation.read", view.at)
        if found is None:
            return None
        here = await situation(info.context, view, found)
        recommendation_id, policy = str(uuid4()), info.context.services.policy
        if type is RecommendationType.UP_SELL:
            answer = recommending.upgrades(
                found, view.moment, recommender, here=here, at=view.at, n=first, policy=policy
            )
        else:
            answer = recommending.for_customer(
                found,
                view.moment,
                recommender,
                here=here,
                at=view.at,
                n=first,
                policy=policy,
                request=recommendation_id,
                worth=_worth(info.context, view) if rank_by is RankBy.EXPECTED_VALUE else None,
            )
        return Recommendation(
            answer=answer,
            customer_=Customer(customer=found, view=view),
            view=view,
            context=info.context,
            id=strawberry.ID(recommendation_id),
            model_version=recommender.version,
            type_=type,
        )


def _worth(context: Context, view: View) -> dict[str, float]:
    return worth_of(view.moment, view.at, context.zone, context.services.models.health)
