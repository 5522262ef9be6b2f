"""Products as a portfolio: health, classes, concentration, what might go.

Knows products and their figures with the definition beside them; must not know who holds them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from enum import Enum
from typing import Any

import strawberry

from api.graphql.common import After, Connection, ContextInput, First, Language, View, connect, order_key, view_of
from api.graphql.context import JishiInfo
from api.graphql.filters import BooleanFilter, NumberFilter, StringFilter
from api.graphql.insight_figures import current
from api.graphql.insight_words import text
from api.graphql.offering import ProductOffering, offering_held
from catalog.text import Text
from recommender.insight import store
from recommender.insight.definition import Definition
from recommender.insight.health import UNHEALTHY
from recommender.insight.product import ProductRow

CLASSES = {
    "STAR": Text("明星", "star"),
    "CASH_COW": Text("金牛", "cash cow"),
    "QUESTION_MARK": Text("问题", "question mark"),
    "DOG": Text("瘦狗", "dog"),
}
WARNINGS = {
    "UNHEALTHY": Text("成本高、流失高、活跃低", "high cost, high churn, low activity"),
    "HIGH_COST": Text("成本高", "high cost"),
    "HIGH_CHURN": Text("流失高", "high churn"),
    "LOW_ACTIVITY": Text("活跃低", "low activity"),
    "FORCED": Text("多由捆绑带来", "mostly forced by bundles"),
    "CANCELLED_LATER": Text("推荐后常被退订", "often cancelled after it was recommended"),
}


@strawberry.type(description="How healthy a product is, and its place in the portfolio. 产品健康度。")
class ProductHealth:
    row: strawberry.Private[ProductRow]
    named: strawberry.Private[str]
    view: strawberry.Private[View]

    @strawberry.field(description="The product. 产品。")
    def product_offering(self) -> ProductOffering | None:
        return offering_held(self.named, self.view)

    @strawberry.field(description="In [0, 1]; multiplies its rank where health counts. 健康度。")
    def health(self) -> float:
        return self.row.health

    @strawberry.field(description="Customers who hold it. 订购客户数。")
    def subscribers(self) -> int:
        return self.row.subscribers

    @strawberry.field(description="Of those with known use, who used it in the last month. 活跃率。")
    def active_share(self) -> float | None:
        return self.row.active_share

    @strawberry.field(description="Of those who held it a window ago, who left it and its ladder. 流失率。")
    def churn_share(self) -> float | None:
        return self.row.churn_share

    @strawberry.field(description="Who hold it through a bundle, gift or trial alone. 仅因捆绑持有的占比。")
    def forced_share(self) -> float | None:
        return self.row.forced_share

    @strawberry.field(description="Of accepted recommendations, those cancelled later. 推荐后退订率。")
    def cancelled_share(self) -> float | None:
        return self.row.cancelled_share

    @strawberry.field(description="What its subscriptions cost their holders a month. 月收入。")
    def monthly_revenue(self) -> Decimal:
        return self.row.monthly_revenue

    @strawberry.field(description="Revenue × margin. 月毛利。")
    def monthly_profit(self) -> Decimal | None:
        return self.row.monthly_profit

    @strawberry.field(description="Revenue against the largest product of its category. 类目内相对份额。")
    def relative_share(self) -> float | None:
        return self.row.relative_share

    @strawberry.field(description="Of subscribers over the window, like 0.1. 订购增长。")
    def growth(self) -> float | None:
        return self.row.growth

    @strawberry.field(description="STAR, CASH_COW, QUESTION_MARK or DOG. 组合类别。")
    def portfolio_class(self) -> str | None:
        return self.row.portfolio_class

    @strawberry.field(description="Codes of what is wrong; UNHEALTHY stands first. 预警代码。")
    def warnings(self) -> list[str]:
        return list(self.row.warnings)

    @strawberry.field(description="The same in words. 预警说明。")
    def warning_texts(self, language: Language | None = None) -> list[str]:
        return [self.view.say(WARNINGS[code], language) for code in self.row.warnings if code in WARNINGS]

    @strawberry.field(description="RETIRE or MERGE, where it is small and does not grow. 建议：下架或合并。")
    def advice(self) -> str | None:
        return self.row.advice

    @strawberry.field(description="The product to merge it into. 合并目标。")
    def merge_into(self) -> ProductOffering | None:
        code = self.view.moment.snapshot.codes_by_id.get(self.row.merge_into or 0)
        return offering_held(code, self.view) if code else None


@strawberry.input(description="Which products. 产品筛选条件。")
class ProductHealthWhere:
    code: StringFilter | None = None
    portfolio_class: StringFilter | None = None
    warning: StringFilter | None = strawberry.field(default=None, description="Has such a warning. 含该预警。")
    advice: StringFilter | None = None
    is_unhealthy: BooleanFilter | None = None
    health: NumberFilter | None = None
    subscribers: NumberFilter | None = None

    def accepts(self, code: str, row: ProductRow) -> bool:
        return (
            (self.code is None or self.code.accepts(code))
            and (self.portfolio_class is None or self.portfolio_class.accepts(row.portfolio_class))
            and (self.warning is None or self.warning.accepts_any(row.warnings))
            and (self.advice is None or self.advice.accepts(row.advice))
            and (self.is_unhealthy is None or self.is_unhealthy.accepts(UNHEALTHY in row.warnings))
            and (self.health is None or self.health.accepts(Decimal(str(row.health))))
            and (self.subscribers is None or self.subscribers.accepts(row.subscribers))
        )


@strawberry.enum(description="What to order products by. 排序字段。")
class ProductHealthOrderField(Enum):
    CODE = "code"
    HEALTH = "health"
    SUBSCRIBERS = "subscribers"
    GROWTH = "growth"
    MONTHLY_REVENUE = "monthly_revenue"


@strawberry.input(description="One level of an order. 排序。")
class ProductHealthOrder:
    field: ProductHealthOrderField
    descending: bool = False


@strawberry.type(description="The products of one class together. 组合类别汇总。")
class PortfolioClass:
    code: str = strawberry.field(description="STAR, CASH_COW, QUESTION_MARK or DOG. 类别。")
    name: str
    products: int
    subscribers: int
    monthly_revenue: Decimal
    monthly_profit: Decimal = strawberry.field(description="Of those with a known margin. 毛利已知者合计。")


@strawberry.type(description="The portfolio by class. 产品组合。")
class Portfolio:
    classes: list[PortfolioClass]
    growth: float = strawberry.field(description="Of all subscriptions over the window: the border. 总增长，分界线。")
    defined: strawberry.Private[Definition]
    view: strawberry.Private[View]

    @strawberry.field(description="How classes are told. 定义。")
    def definition(self, language: Language | None = None) -> str:
        return self.view.say(text(self.defined.portfolio.definition), language)

    @strawberry.field(description="How health is reckoned. 健康度定义。")
    def health_definition(self, language: Language | None = None) -> str:
        return self.view.say(text(self.defined.health.definition), language)


@strawberry.type(description="So many of the products carry so much of the volume. 累计份额。")
class ConcentrationPoint:
    products: float = strawberry.field(description="Share of the products, the largest first. 产品占比。")
    subscriptions: float = strawberry.field(description="Share of the subscriptions they carry. 订购占比。")


@strawberry.type(description="How far a few products carry the volume. 集中度。")
class Concentration:
    products: int = strawberry.field(description="That somebody holds. 有订购的产品数。")
    subscriptions: int
    gini: float = strawberry.field(description="0: all alike, 1: one carries all. 基尼系数。")
    top_tenth: float = strawberry.field(description="Share of the largest tenth of the products. 前十分之一占比。")
    products_for_four_fifths: int = strawberry.field(description="Products that carry 80 %. 承载八成的产品数。")
    curve: list[ConcentrationPoint]
    to_merge: int = strawberry.field(description="Small, not growing, with a larger sibling. 建议合并的产品数。")
    to_retire: int = strawberry.field(description="Small, not growing, alone. 建议下架的产品数。")
    defined: strawberry.Private[Definition]
    view: strawberry.Private[View]

    @strawberry.field(description="How it is reckoned. 定义。")
    def definition(self, language: Language | None = None) -> str:
        return self.view.say(text(self.defined.portfolio.concentration), language)


@strawberry.type
class InsightProductQuery:
    @strawberry.field(description="Products with their health; nothing before the first refresh. 产品健康度列表。")
    async def product_health(
        self,
        info: JishiInfo,
        first: First,
        after: After = None,
        where: ProductHealthWhere | None = None,
        order_by: list[ProductHealthOrder] | None = None,
        context: ContextInput | None = None,
    ) -> Connection[ProductHealth]:
        await current(info)
        view = view_of(info.context, context)
        order = order_by or [ProductHealthOrder(field=ProductHealthOrderField.CODE)]
        descending = tuple(level.descending for level in order)
        names = view.moment.snapshot.codes_by_id
        rows = [
            (names[row.offering_id], row)
            for row in await store.health(info.context.services.db)
            if row.offering_id in names and (where is None or where.accepts(names[row.offering_id], row))
        ]

        def key(one: tuple[str, ProductRow]) -> tuple[Any, ...]:
            return (*(_order_value(level.field, *one) for level in order), one[0])

        rows.sort(key=lambda one: order_key(key(one), descending))
        return connect(
            rows, lambda one: ProductHealth(row=one[1], named=one[0], view=view), first, after, key, descending
        )

    @strawberry.field(description="The portfolio by class; null before the first refresh. 产品组合。")
    async def portfolio(self, info: JishiInfo, context: ContextInput | None = None) -> Portfolio | None:
        found = await current(info)
        if found is None:
            return None
        (run, defined), view = found, view_of(info.context, context)
        rows = await store.health(info.context.services.db)
        classes = [_class(code, [row for row in rows if row.portfolio_class == code], view) for code in CLASSES]
        return Portfolio(classes=classes, growth=run.report["growth"], defined=defined, view=view)

    @strawberry.field(description="How far a few products carry the volume, and which might go. 集中度。")
    async def concentration(self, info: JishiInfo, context: ContextInput | None = None) -> Concentration | None:
        found = await current(info)
        if found is None:
            return None
        (run, defined), view = found, view_of(info.context, context)
        told = run.report["concentration"]
        advised = Counter(row.advice for row in await store.health(info.context.services.db))
        return Concentration(
            products=told["products"],
            subscriptions=told["subscriptions"],
            gini=told["gini"],
            top_tenth=told["topTenth"],
            products_for_four_fifths=told["forMost"],
            curve=[ConcentrationPoint(products=one, subscriptions=other) for one, other in told["curve"]],
            to_merge=advised["MERGE"],
            to_retire=advised["RETIRE"],
            defined=defined,
            view=view,
        )


def _order_value(field: ProductHealthOrderField, code: str, row: ProductRow) -> Any:
    if field is ProductHealthOrderField.CODE:
        return code
    found = getattr(row, field.value)
    return float(found) if isinstance(found, Decimal) else found


def _class(code: str, rows: Sequence[ProductRow], view: View) -> PortfolioClass:
    return PortfolioClass(
        code=code,
        name=view.say(CLASSES[code]),
        products=len(rows),
        subscribers=sum(row.subscribers for row in rows),
        monthly_revenue=sum((row.monthly_revenue for row in rows), Decimal(0)),
        monthly_profit=sum((row.monthly_profit for row in rows if row.monthly_profit is not None), Decimal(0)),
    )
