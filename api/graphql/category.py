"""Categories as GraphQL shows them: a tree, with the offerings in it.

Knows one category and what is around it; must not know customers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry

from api.graphql.common import After, Connection, First, Language, TimePeriod, View, global_id
from api.graphql.node import Node
from api.graphql.offering_filters import ProductOfferingOrder, ProductOfferingWhere, listed
from catalog.offering import Category as CategoryValue
from catalog.offering import Offering

if TYPE_CHECKING:
    from api.graphql.offering import ProductOffering

# Offerings refer to these types and these to offerings: one side comes when it is needed.
LazyOffering = Annotated["ProductOffering", strawberry.lazy("api.graphql.offering")]


@strawberry.type(description="Where a category stands in the tree, and what is in it. 类目。")
class Category(Node):
    category_: strawberry.Private[CategoryValue]
    view: strawberry.Private[View]

    @classmethod
    def of(cls, category: CategoryValue, view: View) -> Category:
        return cls(id=global_id("Category", category.code), category_=category, view=view)

    @strawberry.field(description="The key for imports and people. 代码。")
    def code(self) -> str:
        return self.category_.code

    @strawberry.field(description="What people call it. 名称。")
    def name(self, language: Language | None = None) -> str:
        return self.view.say(self.category_.name, language)

    @strawberry.field(description="When it is shown. 有效期。")
    def valid_for(self) -> TimePeriod:
        return TimePeriod.of(self.category_.valid)

    @strawberry.field(description="Changes with every edit; edits give it back. 版本标记。")
    def etag(self) -> str:
        return str(self.category_.etag)

    @strawberry.field(description="The category above. 上级类目。")
    def parent(self) -> Category | None:
        above = self.view.moment.snapshot.categories.get(self.category_.parent or "")
        return Category.of(above, self.view) if above else None

    @strawberry.field(description="The categories directly below. 下级类目。")
    def children(self) -> list[Category]:
        return [Category.of(one, self.view) for one in self.view.moment.categories if one.parent == self.category_.code]

    @strawberry.field(description="The offerings in it or below it. 产品。")
    def product_offerings(
        self,
        first: First,
        after: After = None,
        where: ProductOfferingWhere | None = None,
        order_by: list[ProductOfferingOrder] | None = None,
    ) -> Connection[LazyOffering]:
        from api.graphql.offering import ProductOffering

        def shown(one: Offering) -> ProductOffering:
            return ProductOffering.of(one, self.view)

        found = self.view.moment.by_category.get(self.category_.code, ())
        return listed(found, shown, self.view, first, after, where, order_by)
