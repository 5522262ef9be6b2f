"""The root fields of the catalog: one offering, lists, categories.

Knows how arguments become a choice from the snapshot; must not touch the database itself.
"""

from __future__ import annotations

from enum import Enum
from functools import partial

import strawberry

from api.graphql.category import Category
from api.graphql.common import (
    After,
    Connection,
    ContextInput,
    First,
    connect,
    from_global_id,
    order_key,
    view_of,
)
from api.graphql.context import JishiInfo
from api.graphql.errors import BadRequest
from api.graphql.filters import BooleanFilter, OrderDirection, StringFilter, Test, holds
from api.graphql.market import MarketSegment
from api.graphql.node import Node
from api.graphql.offering import ProductOffering, offering_named
from api.graphql.offering_filters import ProductOfferingOrder, ProductOfferingWhere, listed
from api.graphql.register_queries import REGISTERS, register_node
from api.graphql.version_queries import version_by_key
from catalog.offering import Category as CategoryValue
from catalog.offering import Offering


@strawberry.input(description="Which categories. 类目筛选条件。")
class CategoryWhere:
    and_: list[CategoryWhere] | None = strawberry.field(default=None, name="and", description="All. 全部满足。")
    or_: list[CategoryWhere] | None = strawberry.field(default=None, name="or", description="One. 任一满足。")
    not_: CategoryWhere | None = strawberry.field(default=None, name="not", description="Not. 不满足。")
    code: StringFilter | None = None
    name: StringFilter | None = strawberry.field(default=None, description="The name in either language. 名称。")
    parent: StringFilter | None = strawberry.field(default=None, description="The code of the one above. 上级类目。")
    is_root: BooleanFilter | None = strawberry.field(default=None, description="Whether nothing is above. 是否顶级。")

    def accepts(self, one: CategoryValue) -> bool:
        own: list[Test] = [
            lambda: self.code is None or self.code.accepts(one.code),
            lambda: self.name is None or self.name.accepts_any((one.name.zh, one.name.en)),
            lambda: self.parent is None or self.parent.accepts(one.parent),
            lambda: self.is_root is None or self.is_root.accepts(one.parent is None),
        ]
        return holds(
            own,
            [partial(inner.accepts, one) for inner in self.and_ or ()],
            None if self.or_ is None else [partial(inner.accepts, one) for inner in self.or_],
            partial(self.not_.accepts, one) if self.not_ else None,
        )


@strawberry.enum(description="What to order categories by. 排序字段。")
class CategoryOrderField(Enum):
    CODE = "code"
    NAME = "name"


@strawberry.input(description="One level of an order. 排序。")
class CategoryOrder:
    field: CategoryOrderField
    direction: OrderDirection = OrderDirection.ASC


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

        def shown(one: Offering) -> ProductOffering:
            return ProductOffering.of(one, view)

        return listed(view.moment.ordered, shown, view, first, after, where, order_by)

    @strawberry.field(description="One category by code. 查类目。")
    def category(self, info: JishiInfo, code: str, context: ContextInput | None = None) -> Category | None:
        view = view_of(info.context, context)
        return next((Category.of(one, view) for one in view.moment.categories if one.code == code), None)

    @strawberry.field(description="Categories, filtered and in order. 类目列表。")
    def categories(
        self,
        info: JishiInfo,
        first: First,
        after: After = None,
        where: CategoryWhere | None = None,
        order_by: list[CategoryOrder] | None = None,
        context: ContextInput | None = None,
    ) -> Connection[Category]:
        view = view_of(info.context, context)
        order = order_by or []
        descending = [level.direction is OrderDirection.DESC for level in order]

        def key(one: CategoryValue) -> tuple[str, ...]:
            by_name = (level.field is CategoryOrderField.NAME for level in order)
            return (*(view.say(one.name) if named else one.code for named in by_name), one.code)

        found = [one for one in view.moment.categories if where is None or where.accepts(one)]
        found.sort(key=lambda one: order_key(key(one), descending))
        return connect(found, lambda one: Category.of(one, view), first, after, key, descending)

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
        if kind in REGISTERS:
            return register_node(info, kind, key, context)
        if kind == "MarketSegment":
            return MarketSegment.named(key, info.context, view)
        return None
