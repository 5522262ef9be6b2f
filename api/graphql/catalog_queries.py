"""The root fields of the catalog: one offering, lists, search, categories.

Knows how arguments become a choice from the snapshot; must not touch the database itself.
"""

from __future__ import annotations

from enum import Enum
from functools import partial
from typing import Any

import strawberry

from api.graphql.category import Category
from api.graphql.common import (
    After,
    Connection,
    ContextInput,
    First,
    View,
    checked_first,
    connect,
    from_global_id,
    order_key,
    view_of,
)
from api.graphql.context import JishiInfo
from api.graphql.errors import BadRequest
from api.graphql.filters import BooleanFilter, NumberFilter, StringFilter, Test, holds
from api.graphql.market import MarketSegment
from api.graphql.node import Node
from api.graphql.offering import ProductOffering, offering_named
from api.graphql.version_queries import version_by_key
from catalog.offering import Offering

MAX_SEARCH = 200


@strawberry.input(description="Which offerings. 产品筛选条件。")
class ProductOfferingWhere:
    and_: list[ProductOfferingWhere] | None = strawberry.field(default=None, name="and", description="All. 全部满足。")
    or_: list[ProductOfferingWhere] | None = strawberry.field(default=None, name="or", description="One. 任一满足。")
    not_: ProductOfferingWhere | None = strawberry.field(default=None, name="not", description="Not. 不满足。")
    code: StringFilter | None = None
    name: StringFilter | None = strawberry.field(default=None, description="The name in either language. 名称。")
    family: StringFilter | None = None
    category: StringFilter | None = strawberry.field(
        default=None, description="The code of a category it stands in, or of one above. 类目，含上级。"
    )
    channel: StringFilter | None = strawberry.field(default=None, description="A channel that sells it. 渠道。")
    complexity: StringFilter | None = None
    step: NumberFilter | None = None
    is_bundle: BooleanFilter | None = None
    is_sellable: BooleanFilter | None = strawberry.field(
        default=None, description="Whether it may be bought in the context's channel. 是否可售。"
    )

    def accepts(self, one: Offering, view: View) -> bool:
        return holds(
            self._own(one, view),
            [partial(inner.accepts, one, view) for inner in self.and_ or ()],
            None if self.or_ is None else [partial(inner.accepts, one, view) for inner in self.or_],
            partial(self.not_.accepts, one, view) if self.not_ else None,
        )

    def _own(self, one: Offering, view: View) -> list[Test]:
        snapshot = view.moment.snapshot
        return [
            lambda: self.code is None or self.code.accepts(one.code),
            lambda: self.name is None or self.name.accepts_any((one.name.zh, one.name.en)),
            lambda: self.family is None or self.family.accepts(one.family),
            lambda: (
                self.category is None
                or self.category.accepts_any(above for code in one.category for above in snapshot.path(code))
            ),
            lambda: self.channel is None or not one.channel or self.channel.accepts_any(u.channel for u in one.channel),
            lambda: self.complexity is None or self.complexity.accepts(one.complexity.value),
            lambda: self.step is None or self.step.accepts(one.step),
            lambda: self.is_bundle is None or self.is_bundle.accepts(one.is_bundle),
            lambda: self.is_sellable is None or self.is_sellable.accepts(is_sellable(one, view)),
        ]


def is_sellable(one: Offering, view: View) -> bool:
    return one.is_sellable and one.is_launched(view.at) and one.is_open(view.channel, view.at)


@strawberry.enum(description="What to order offerings by. 排序字段。")
class ProductOfferingOrderField(Enum):
    CODE = "code"
    NAME = "name"
    FAMILY = "family"
    STEP = "step"
    LAST_UPDATE = "last_update"


@strawberry.enum(description="Upwards or downwards. 方向。")
class OrderDirection(Enum):
    ASC = "asc"
    DESC = "desc"


@strawberry.input(description="One level of an order. 排序。")
class ProductOfferingOrder:
    field: ProductOfferingOrderField
    direction: OrderDirection = OrderDirection.ASC


def _key(one: Offering, order: list[ProductOfferingOrder], language: str) -> tuple[Any, ...]:
    """The parts that `order` names, then the code, which makes every key unique."""
    values: dict[ProductOfferingOrderField, Any] = {
        ProductOfferingOrderField.CODE: one.code,
        ProductOfferingOrderField.NAME: one.name.said(language),
        ProductOfferingOrderField.FAMILY: one.family,
        ProductOfferingOrderField.STEP: one.step,
        ProductOfferingOrderField.LAST_UPDATE: one.last_update.isoformat(),
    }
    return (*(values[level.field] for level in order), one.code)


@strawberry.type(description="A hit of a search. 搜索结果。")
class ProductOfferingHit:
    score: float = strawberry.field(description="The higher, the closer. 相关度。")
    product_offering: ProductOffering


@strawberry.type(description="What a search found, the sellable first, then the closest. 搜索结果。")
class ProductOfferingSearch:
    total_count: int
    hits: list[ProductOfferingHit]


@strawberry.type
class CatalogQuery:
    @strawberry.field(
        description="One offering in force, by code, by global id or by what another system calls it. 查产品。"
    )
    def product_offering(
        self,
        info: JishiInfo,
        code: str | None = None,
        id: strawberry.ID | None = None,
        external_owner: str | None = None,
        external_id: str | None = None,
        context: ContextInput | None = None,
    ) -> ProductOffering | None:
        view = view_of(info.context, context)
        if id is not None:
            kind, code = from_global_id(id) or ("", "")
            return offering_named(code, view) if kind == "ProductOffering" else None
        if external_owner and external_id:
            code = info.context.snapshot.codes_by_external.get((external_owner, external_id))
        elif code is None:
            raise BadRequest(
                en="name the offering by code, by id, or by externalOwner with externalId",
                zh="请用 code、id 或 externalOwner 加 externalId 指明产品",
            )
        return offering_named(code, view) if code else None

    @strawberry.field(description="Offerings in force, filtered and in order. 产品列表。")
    def product_offerings(
        self,
        info: JishiInfo,
        first: First,
        after: After = None,
        where: ProductOfferingWhere | None = None,
        order_by: list[ProductOfferingOrder] | None = None,
        context: ContextInput | None = None,
    ) -> Connection[ProductOffering]:
        view = view_of(info.context, context)
        order = order_by or []
        descending = [level.direction is OrderDirection.DESC for level in order]
        found = [one for one in view.moment.ordered if where is None or where.accepts(one, view)]

        def key(one: Offering) -> tuple[Any, ...]:
            return _key(one, order, view.language)

        if order:
            found.sort(key=lambda one: order_key(key(one), descending))
        return connect(found, lambda one: ProductOffering.of(one, view), first, after, key, descending)

    @strawberry.field(
        description="Search names, codes and descriptions: Chinese, pinyin or its initials (xxt), English. 搜索产品。"
    )
    def product_offering_search(
        self, info: JishiInfo, query: str, first: First, context: ContextInput | None = None
    ) -> ProductOfferingSearch:
        if len(query) > MAX_SEARCH:
            raise BadRequest(
                en=f"query is longer than {MAX_SEARCH} characters", zh=f"query 不能超过 {MAX_SEARCH} 个字符"
            )
        view = view_of(info.context, context)
        offerings = view.moment.offerings
        weights = view.moment.search.find(query)
        ranked = sorted(weights, key=lambda code: (not is_sellable(offerings[code], view), -weights[code], code))
        hits = [
            ProductOfferingHit(score=weights[code], product_offering=ProductOffering.of(offerings[code], view))
            for code in ranked[: checked_first(first)]
        ]
        return ProductOfferingSearch(total_count=len(ranked), hits=hits)

    @strawberry.field(description="One category by code. 查类目。")
    def category(self, info: JishiInfo, code: str, context: ContextInput | None = None) -> Category | None:
        view = view_of(info.context, context)
        return next((Category.of(one, view) for one in view.moment.categories if one.code == code), None)

    @strawberry.field(description="All categories, by code. 类目列表。")
    def categories(
        self, info: JishiInfo, first: First, after: After = None, context: ContextInput | None = None
    ) -> Connection[Category]:
        view = view_of(info.context, context)
        return connect(
            view.moment.categories, lambda one: Category.of(one, view), first, after, lambda one: (one.code,)
        )

    @strawberry.field(description="An object by its global id. 按全局标识取对象。")
    async def node(self, info: JishiInfo, id: strawberry.ID, context: ContextInput | None = None) -> Node | None:
        view = view_of(info.context, context)
        kind, key = from_global_id(id) or ("", "")
        if kind == "ProductOffering":
            return offering_named(key, view)
        if kind == "ProductOfferingVersion":
            return await version_by_key(info.context, key, view)
        if kind == "Category":
            return next((Category.of(one, view) for one in view.moment.categories if one.code == key), None)
        if kind == "MarketSegment":
            return MarketSegment.named(key, info.context, view)
        return None
