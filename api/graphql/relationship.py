"""How an offering relates to others, as GraphQL shows it.

Knows one relationship; must not know customers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry

from api.graphql.common import View
from api.graphql.node import RelationshipTypeEnum
from catalog.offering import Relationship

if TYPE_CHECKING:
    from api.graphql.offering import ProductOffering

# Offerings refer to these types and these to offerings: one side comes when it is needed.
LazyOffering = Annotated["ProductOffering", strawberry.lazy("api.graphql.offering")]


@strawberry.type(description="How an offering relates to another (TMF620 ProductOfferingRelationship). 产品关系。")
class ProductOfferingRelationship:
    relation: strawberry.Private[Relationship]
    view: strawberry.Private[View]

    @strawberry.field(description="What the other is to this one. 关系类型。")
    def relationship_type(self) -> RelationshipTypeEnum:  # type: ignore[valid-type]
        return self.relation.relationship_type

    @strawberry.field(description="The code of the other. 对方代码。")
    def code(self) -> str:
        return self.relation.target

    @strawberry.field(description="The other offering, when it is in force. 对方产品。")
    def product_offering(self) -> LazyOffering | None:
        from api.graphql.offering import offering_named

        return offering_named(self.relation.target, self.view)

    @strawberry.field(description="REQUIRES of one group are alternatives. 同组前提任选其一。")
    def group(self) -> str:
        return self.relation.group

    @strawberry.field(description="So many of the group must be held. 至少持有几个。")
    def min(self) -> int:
        return self.relation.min
