"""Why something is recommended, as a sentence in the reader's language.

Knows how a fact is worded; must not know how its weight came about.
"""

from __future__ import annotations

from enum import Enum

import strawberry

from api import wording
from api.graphql.common import View
from api.graphql.offering import ProductOffering, offering_held
from recommender.scored import Contribution


@strawberry.enum(description="What kind of fact a reason is. 理由类型。")
class ReasonKind(Enum):
    HOLDING = "HOLDING"
    ATTRIBUTE = "ATTRIBUTE"
    MOMENT = strawberry.enum_value("MOMENT", description="A date close by, like the end of a contract. 时机。")
    POPULARITY = "POPULARITY"


@strawberry.type(description="A fact that speaks for an item, with exactly what it adds to the score. 推荐理由。")
class RecommendationReason:
    fact: strawberry.Private[Contribution]
    view: strawberry.Private[View]

    @strawberry.field(description="What kind of fact. 类型。")
    def kind(self) -> ReasonKind:
        told = wording.told(self.fact, self.view.moment)
        return ReasonKind.MOMENT if told.is_moment else ReasonKind(self.fact.kind)

    @strawberry.field(description="The fact as a sentence. 说明。")
    def text(self) -> str:
        return wording.told(self.fact, self.view.moment).text(self.view.language)

    @strawberry.field(description="What it adds to the item's score. 对得分的贡献。")
    def weight(self) -> float:
        return self.fact.weight

    @strawberry.field(description="The offering that is held, when that is the reason. 相关产品。")
    def product_offering(self) -> ProductOffering | None:
        return offering_held(self.fact.key, self.view) if self.fact.kind == "HOLDING" else None
