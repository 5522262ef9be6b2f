"""Which cluster markets to go to next: what is expected of each, as it was last reckoned.

Knows stored figures of whole markets; must not know a member, nor how a figure was reckoned.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum

import strawberry

from api.graphql.common import After, Connection, ContextInput, First, Key, Money, View, connect, order_key, view_of
from api.graphql.context import JishiInfo
from api.graphql.market import MarketKindEnum, MarketSegment
from api.graphql.offering import ProductOffering
from catalog.market import MarketKind, within
from catalog.market import MarketSegment as MarketValue
from catalog.text import Text
from recommender import market_store
from recommender.market_store import ItemRow, OutlookRow

CURRENCY = "CNY"
NAMED = 3
WHY_MORE = Text(
    "{}预计有 {:.1f} 人办理，渗透率 {:.1%} 高于同类市场的 {:.1%}",
    "about {1:.1f} will take {0}; {2:.1%} hold it, {3:.1%} in markets like it",
)
WHY_LESS = Text(
    "{}预计有 {:.1f} 人办理，渗透率 {:.1%}，同类市场为 {:.1%}",
    "about {1:.1f} will take {0}; {2:.1%} hold it, {3:.1%} in markets like it",
)
WHY_BORROWED = Text("本市场成员太少，数据借自：{}", "too few members to speak of: the figures are those of {}")


@strawberry.enum(description="What comes first. 排序依据。")
class MarketOrder(Enum):
    EXPECTED_ADOPTERS = strawberry.enum_value(
        "EXPECTED_ADOPTERS", description="Most adopters in 90 days. 预计办理人数。"
    )
    EXPECTED_VALUE = strawberry.enum_value("EXPECTED_VALUE", description="Most value a month. 预期月价值。")
    GAP = strawberry.enum_value("GAP", description="Furthest behind markets of its kind. 与同类市场的差距。")
    POTENTIAL = strawberry.enum_value("POTENTIAL", description="The operator's own reckoning. 潜力。")
    PENETRATION = strawberry.enum_value("PENETRATION", description="Fewest customers for its size. 渗透率由低到高。")


@dataclass(frozen=True, slots=True)
class Ranked:
    """One market with its figures."""

    market: MarketValue
    row: OutlookRow

    @property
    def penetration(self) -> float | None:
        """Customers of ours over people there; a market that borrows has none to speak of."""
        if not self.market.size or self.row.borrowed_from:
            return None
        return min(self.row.members / self.market.size, 1.0)

    @property
    def coverage(self) -> float | None:
        return self.row.offers / self.row.most_offers if self.row.most_offers else None


ORDERS: Mapping[MarketOrder, tuple[Callable[[Ranked], float | None], bool]] = {
    MarketOrder.EXPECTED_ADOPTERS: (lambda one: one.row.expected_adopters, True),
    MarketOrder.EXPECTED_VALUE: (lambda one: float(one.row.monthly_value), True),
    MarketOrder.GAP: (lambda one: float(one.row.gap_value), True),
    MarketOrder.POTENTIAL: (lambda one: None if one.market.potential is None else float(one.market.potential), True),
    MarketOrder.PENETRATION: (lambda one: one.penetration, False),
}


@strawberry.type(description="One offering in a ranked market. 市场中的产品预期。")
class MarketOutlookItem:
    row: strawberry.Private[ItemRow]
    product_offering: ProductOffering

    @strawberry.field(description="Members who may take it and do not hold it. 可办理人数。")
    def eligible(self) -> float:
        return self.row.eligible

    @strawberry.field(description="How many of them will within 90 days; null without dates. 预计办理人数。")
    def expected_adopters(self) -> float | None:
        return self.row.expected_adopters

    @strawberry.field(description="The share of members who hold it, drawn towards the reference. 渗透率（收缩后）。")
    def penetration(self) -> float:
        return self.row.penetration

    @strawberry.field(description="The share in the markets it is compared with. 同类市场渗透率。")
    def reference(self) -> float:
        return self.row.reference

    @strawberry.field(description="What its adopters bring a month: fee × margin × health. 预期月价值。")
    def monthly_value(self) -> Money:
        return _money(self.row.monthly_value)


@strawberry.type(description="A cluster market and what is to be expected of it. 聚类市场价值与潜力。")
class MarketOutlook:
    ranked: strawberry.Private[Ranked]
    view: strawberry.Private[View]
    best: strawberry.Private[dict[int, list[ItemRow]]]

    market_segment: MarketSegment

    @strawberry.field(
        description="Customers of ours there; where figures are borrowed, as many as it might have. 成员数。"
    )
    def members(self) -> int:
        return self.ranked.row.members

    @strawberry.field(description="Adoptions of all offerings in 90 days; null without dates. 预计办理量。")
    def expected_adopters(self) -> float | None:
        return self.ranked.row.expected_adopters

    @strawberry.field(description="What they bring a month: fee × margin × health of the product. 预期月价值。")
    def expected_monthly_value(self) -> Money:
        return _money(self.ranked.row.monthly_value)

    @strawberry.field(description="What being like markets of its kind would bring a month. 追平同类市场的月价值。")
    def gap_value(self) -> Money:
        return _money(self.ranked.row.gap_value)

    @strawberry.field(description="Members over people there; null where either is not known. 客户渗透率。")
    def penetration(self) -> float | None:
        return self.ranked.penetration

    @strawberry.field(
        description="Of what the best served market of its kind may buy, how much this one may. 可办理产品占比。"
    )
    def coverage(self) -> float | None:
        return self.ranked.coverage

    @strawberry.field(description="Codes of the markets whose figures these are; empty: its own. 数据借自哪些市场。")
    def borrowed_from(self) -> list[str]:
        return list(self.ranked.row.borrowed_from)

    @strawberry.field(description="The offerings that bring the most. 价值最高的产品。")
    def items(self) -> list[MarketOutlookItem]:
        found = [(self._offering(row), row) for row in self.best.get(self.ranked.row.market_id, ())]
        return [MarketOutlookItem(row=row, product_offering=one) for one, row in found if one]

    @strawberry.field(description="What speaks for it, in sentences. 理由。")
    def why(self) -> list[str]:
        row = self.ranked.row
        said = [self.view.say(WHY_BORROWED).format("、".join(row.borrowed_from))] if row.borrowed_from else []
        for item in self.best.get(row.market_id, ()):
            offering = self._offering(item)
            if offering is not None and item.expected_adopters is not None:
                text = WHY_MORE if item.penetration > item.reference else WHY_LESS
                name = self.view.say(offering.offering.name)
                said.append(self.view.say(text).format(name, item.expected_adopters, item.penetration, item.reference))
        return said

    @strawberry.field(description="When this was reckoned. 测算时间。")
    def reckoned_at(self) -> datetime:
        return self.ranked.row.at

    @strawberry.field(description="By which model. 模型版本。")
    def model_version(self) -> int:
        return self.ranked.row.model_version

    def _offering(self, row: ItemRow) -> ProductOffering | None:
        return _offering(row.offering_id, self.view)


@strawberry.type
class MarketRankingQuery:
    @strawberry.field(description="Where to go next: markets by value and potential, as last reckoned. 聚类市场排名。")
    async def market_ranking(
        self,
        info: JishiInfo,
        first: First,
        after: After = None,
        kind: MarketKindEnum | None = None,  # type: ignore[valid-type]
        place: str | None = None,
        order_by: MarketOrder = MarketOrder.EXPECTED_VALUE,
        context: ContextInput | None = None,
    ) -> Connection[MarketOutlook]:
        view, db = view_of(info.context, context), info.context.services.db
        rows = await market_store.outlooks(db, view.at, info.context.principal.limit)
        found = _chosen(rows, view, kind, place)
        of, downwards = ORDERS[order_by]

        def key(one: Ranked) -> Key:
            return of(one), one.market.code

        best: dict[int, list[ItemRow]] = {}
        descending = (downwards, False)
        found.sort(key=lambda one: order_key(key(one), descending))
        page = connect(found, lambda one: _outlook(one, view, best), first, after, key, descending)
        ids = [node.ranked.row.market_id for node in page.nodes()]
        for row in await market_store.best_items(db, ids, NAMED):
            best.setdefault(row.market_id, []).append(row)
        return page


def _chosen(rows: list[OutlookRow], view: View, kind: MarketKind | None, place: str | None) -> list[Ranked]:
    markets = view.moment.snapshot.markets
    found = [Ranked(markets[row.code], row) for row in rows if row.code in markets]
    return [one for one in found if kind in (None, one.market.kind) and within(one.market.place, place)]


def _outlook(one: Ranked, view: View, best: dict[int, list[ItemRow]]) -> MarketOutlook:
    return MarketOutlook(ranked=one, view=view, best=best, market_segment=MarketSegment.of(one.market, view))


def _offering(offering_id: int, view: View) -> ProductOffering | None:
    code = view.moment.snapshot.codes_by_id.get(offering_id)
    found = view.moment.snapshot.latest(code) if code else None
    return ProductOffering.of(found, view) if found else None


def _money(amount: Decimal) -> Money:
    return Money(unit=CURRENCY, value=str(amount))
