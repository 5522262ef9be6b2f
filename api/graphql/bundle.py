"""What a bundle is made of, as GraphQL shows it: parts, and groups from which some are chosen.

Knows limits and groups; must not know prices or customers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry

from api.graphql.common import Language, View
from catalog import bundle
from catalog.offering import Offering

if TYPE_CHECKING:
    from api.graphql.offering import ProductOffering

# Offerings refer to these types and these to offerings: one side comes when it is needed.
LazyOffering = Annotated["ProductOffering", strawberry.lazy("api.graphql.offering")]


@strawberry.type(description="A part of a bundle: which offering, how many (TMF620 BundledProductOffering). 捆绑成员。")
class BundledProductOffering:
    part: strawberry.Private[bundle.BundlePart]
    view: strawberry.Private[View]

    @strawberry.field(description="The offering inside. 成员产品。")
    def product_offering(self) -> LazyOffering | None:
        from api.graphql.offering import offering_named

        return offering_named(self.part.code, self.view)

    @strawberry.field(description="The code of the offering inside. 成员代码。")
    def code(self) -> str:
        return self.part.code

    @strawberry.field(description="At least so many; 0: optional. 最少数量。")
    def number_rel_offer_lower_limit(self) -> int:
        return self.part.lower

    @strawberry.field(description="So many unless chosen otherwise. 默认数量。")
    def number_rel_offer_default(self) -> int:
        return self.part.default

    @strawberry.field(description="At most so many; null: any number. 最多数量。")
    def number_rel_offer_upper_limit(self) -> int | None:
        return self.part.upper

    @strawberry.field(description="The group it is chosen from. 所在分组。")
    def group(self) -> str | None:
        return self.part.group


@strawberry.type(description="A group of a bundle, from which some are chosen (TMF620). 分组。")
class BundledGroupProductOffering:
    group: strawberry.Private[bundle.BundleGroup]
    owner: strawberry.Private[Offering]
    view: strawberry.Private[View]

    @strawberry.field(description="Its key within the bundle. 代码。")
    def code(self) -> str:
        return self.group.code

    @strawberry.field(description="What people call it. 名称。")
    def name(self, language: Language | None = None) -> str | None:
        return self.view.say_if(self.group.name, language)

    @strawberry.field(description="Choose at least so many. 至少选几个。")
    def lower_limit(self) -> int:
        return self.group.lower

    @strawberry.field(description="Choose at most so many; null: all. 至多选几个。")
    def upper_limit(self) -> int | None:
        return self.group.upper

    @strawberry.field(description="The offerings to choose from. 可选成员。")
    def bundled_product_offering(self) -> list[BundledProductOffering]:
        inside = (part for part in self.owner.parts if part.group == self.group.code)
        return [BundledProductOffering(part=part, view=self.view) for part in inside]

    @strawberry.field(description="Groups inside this one. 下级分组。")
    def bundled_group_product_offering(self) -> list[BundledGroupProductOffering]:
        inside = (group for group in self.owner.groups if group.parent == self.group.code)
        return [BundledGroupProductOffering(group=group, owner=self.owner, view=self.view) for group in inside]
