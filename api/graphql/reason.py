"""Why something is recommended, as a sentence in the reader's language.

Knows how a fact is worded; must not know how its weight came about.
"""

from __future__ import annotations

from enum import Enum

import strawberry

from api import recommending
from api.graphql.common import View
from api.graphql.offering import ProductOffering, offering_held
from catalog.text import Text
from recommender.scored import Contribution


@strawberry.enum(description="What kind of fact a reason is. 理由类型。")
class ReasonKind(Enum):
    HOLDING = "HOLDING"
    ATTRIBUTE = "ATTRIBUTE"
    POPULARITY = "POPULARITY"


HOLDING_TEXTS = {
    "voluntary": Text("订购了{}的客户常会选择它", "customers who hold {} often take it"),
    "forced": Text("套餐带有{}的客户常会选择它", "customers whose bundle brought {} often take it"),
    "inactive": Text("持有但不常用{}的客户常会选择它", "customers who hold {} without using it often take it"),
    "ended": Text("曾订购{}的客户常会选择它", "customers who once held {} often take it"),
}
ATTRIBUTE_TEXT = Text("{}为{}的客户常会选择它", "customers with {} {} often take it")
RANGE_TEXT = Text("{} {} 的客户常会选择它", "customers with {} {} often take it")
POPULAR_TEXT = Text("受到许多客户欢迎", "many customers take it")


@strawberry.type(description="A fact that speaks for an item, with exactly what it adds to the score. 推荐理由。")
class RecommendationReason:
    fact: strawberry.Private[Contribution]
    view: strawberry.Private[View]

    @strawberry.field(description="What kind of fact. 类型。")
    def kind(self) -> ReasonKind:
        return ReasonKind(self.fact.kind)

    @strawberry.field(description="The fact as a sentence. 说明。")
    def text(self) -> str:
        return self.view.say(_sentence(self.fact)).format(*self._words())

    @strawberry.field(description="What it adds to the item's score. 对得分的贡献。")
    def weight(self) -> float:
        return self.fact.weight

    @strawberry.field(description="The offering that is held, when that is the reason. 相关产品。")
    def product_offering(self) -> ProductOffering | None:
        return offering_held(self.fact.key, self.view) if self.fact.kind == "HOLDING" else None

    def _words(self) -> tuple[str, ...]:
        if self.fact.kind == "HOLDING":
            held = self.view.moment.snapshot.latest(self.fact.key)
            return (self.view.say(held.name) if held else self.fact.key,)
        if self.fact.kind == "ATTRIBUTE":
            attribute = recommending.attribute(self.fact.key, self.view.moment)
            name = self.view.say(attribute.name) if attribute else ""
            return name or self.fact.key, self.fact.value or ""
        return ()


def _sentence(fact: Contribution) -> Text:
    if fact.kind == "HOLDING":
        return HOLDING_TEXTS[fact.holding_kind or "voluntary"]
    if fact.kind == "ATTRIBUTE":
        return (
            RANGE_TEXT if (fact.value or "").startswith(("<", "≥")) or " – " in (fact.value or "") else ATTRIBUTE_TEXT
        )
    return POPULAR_TEXT
