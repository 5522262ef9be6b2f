"""Offerings as GraphQL shows them.

Knows how to reach everything of the catalog from one offering; must not know customers.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import strawberry

from api.graphql.bundle import BundledGroupProductOffering, BundledProductOffering
from api.graphql.category import Category
from api.graphql.common import After, Connection, First, Language, TimePeriod, View, global_id
from api.graphql.node import ComplexityEnum, LifecycleStatusEnum, Node
from api.graphql.offering_filters import ProductOfferingOrder, ProductOfferingWhere, is_sellable, listed
from api.graphql.price import ProductOfferingPrice, ProductOfferingTerm
from api.graphql.problem import OfferingProblem
from api.graphql.registers import ChannelRef, PlaceRef, Policy
from api.graphql.relationship import ProductOfferingRelationship
from api.graphql.specification import CharacteristicValueUse, ProductSpecification
from api.graphql.trial import Trial
from catalog.linting.review import Registers, before_launch
from catalog.offering import Offering


@strawberry.type(description="What another system calls the offering. 外部标识。")
class ExternalIdentifier:
    owner: str
    id: str


@strawberry.type(
    description="Something that is offered: a service, a package, a bundle (TMF620 ProductOffering). 产品。"
)
class ProductOffering(Node):
    offering: strawberry.Private[Offering]
    view: strawberry.Private[View]
    is_whole: strawberry.Private[bool] = False

    @classmethod
    def of(cls, offering: Offering, view: View) -> ProductOffering:
        return cls(id=global_id("ProductOffering", offering.code), offering=offering, view=view)

    @classmethod
    def version_of(cls, offering: Offering, view: View) -> ProductOffering:
        """One version at any stage. It has an id of its own, as caches of front-ends keep one object for each id."""
        key = f"{offering.version}:{offering.code}"
        return cls(id=global_id("ProductOfferingVersion", key), offering=offering, view=view, is_whole=True)

    @strawberry.field(description="The key for imports and people; it stays the same over all versions. 代码。")
    def code(self) -> str:
        return self.offering.code

    @strawberry.field(description="What people call it. 名称。")
    def name(self, language: Language | None = None) -> str:
        return self.view.say(self.offering.name, language)

    @strawberry.field(description="What it is. 说明。")
    def description(self, language: Language | None = None) -> str | None:
        return self.view.say_if(self.offering.description, language)

    @strawberry.field(description="One sentence with which to offer it. 推荐话术。")
    def talking_point(self, language: Language | None = None) -> str | None:
        return self.view.say_if(self.offering.talking_point, language)

    @strawberry.field(description="Counts up with every launched change. 版本。")
    def version(self) -> int:
        return self.offering.version

    @strawberry.field(description="The stage in its life cycle. 生命周期状态。")
    def lifecycle_status(self) -> LifecycleStatusEnum:  # type: ignore[valid-type]
        return self.offering.lifecycle_status

    @strawberry.field(description="Why it was retired or rejected. 状态原因。")
    def status_reason(self) -> str | None:
        return self.offering.status_reason

    @strawberry.field(description="Changes with every edit of this version; edits give it back. 版本标记。")
    def etag(self) -> str:
        return str(self.offering.etag)

    @strawberry.field(description="Of a version asked for by its number: what to mend before its launch. 检查结果。")
    def problem(self) -> list[OfferingProblem]:
        if not self.is_whole:
            return []
        known = self.view.moment.snapshot
        registers: Registers = {
            "specification": known.specifications,
            "policy": known.policies,
            "channel": known.channels,
            "place": known.places,
        }
        wrong, advice = before_launch(self.offering, known.versions, known.categories, self.view.at, registers)
        return [OfferingProblem.of(one, self.view) for one in (*wrong, *advice)]

    @strawberry.field(description="When this version is in force. 有效期。")
    def valid_for(self) -> TimePeriod:
        return TimePeriod.of(self.offering.valid)

    @strawberry.field(description="When this version was last written. 最近更新。")
    def last_update(self) -> datetime:
        return self.offering.last_update

    @strawberry.field(description="Whether it is made of other offerings. 是否捆绑。")
    def is_bundle(self) -> bool:
        return self.offering.is_bundle

    @strawberry.field(description="Whether it may be bought here and now: launched, in force, channel open. 是否可售。")
    def is_sellable(self) -> bool:
        return is_sellable(self.offering, self.view)

    @strawberry.field(description="The ladder on which an upgrade climbs. 产品族。")
    def family(self) -> str | None:
        return self.offering.family

    @strawberry.field(description="The step of the ladder, 1 at the bottom. 档次。")
    def step(self) -> int | None:
        return self.offering.step

    @strawberry.field(description="How much explaining it needs. 复杂度。")
    def complexity(self) -> ComplexityEnum:  # type: ignore[valid-type]
        return self.offering.complexity

    @strawberry.field(description="The share of the price that is earned, like 0.35; for product managers. 毛利率。")
    def margin(self) -> Decimal | None:
        return self.offering.margin

    @strawberry.field(description="The categories it stands in. 类目。")
    def category(self) -> list[Category]:
        known = self.view.moment.snapshot.categories
        return [Category.of(known[code], self.view) for code in self.offering.category if code in known]

    @strawberry.field(description="The channels that sell it; empty: every channel. 渠道。")
    def channel(self) -> list[ChannelRef]:
        return [ChannelRef.of(use, self.view) for use in self.offering.channel]

    @strawberry.field(description="What it is technically. 产品规格。")
    def product_specification(self) -> ProductSpecification | None:
        found = self.view.moment.snapshot.specifications.get(self.offering.specification or "")
        return ProductSpecification.of(found, self.view) if found else None

    @strawberry.field(description="The characteristics that it fixes or lets choose from. 特性取值。")
    def prod_spec_char_value_use(self) -> list[CharacteristicValueUse]:
        return [CharacteristicValueUse.of(use) for use in self.offering.characteristics]

    @strawberry.field(description="Where it is sold; empty: everywhere. 销售地点。")
    def place(self) -> list[PlaceRef]:
        return [PlaceRef(id=path, view=self.view) for path in self.offering.place]

    @strawberry.field(description="Codes of the markets it is for; empty: everybody. 面向的聚类市场。")
    def market_segment(self) -> list[str]:
        return list(self.offering.market_segment)

    @strawberry.field(description="The policies that must all hold. 受理规则。")
    def policy(self) -> list[Policy]:
        known = self.view.moment.snapshot.policies
        return [Policy.of(known[code], self.view) for code in self.offering.policy if code in known]

    @strawberry.field(description="What may be done with it, like add, modify, delete. 允许的操作。")
    def allowed_action(self) -> list[str]:
        return list(self.offering.allowed_action)

    @strawberry.field(description="How it may be tried before it is bought. 试用。")
    def trial(self) -> Trial | None:
        return Trial.of(self.offering.trial) if self.offering.trial else None

    @strawberry.field(description="The prices in force; of a version asked for by its number, all. 价格。")
    def product_offering_price(self) -> list[ProductOfferingPrice]:
        prices = (price for price in self.offering.prices if self.is_whole or price.valid.contains(self.view.at))
        return [ProductOfferingPrice(price_=price, view=self.view) for price in prices]

    @strawberry.field(description="What a customer binds himself to; those on offer. 条款。")
    def product_offering_term(self) -> list[ProductOfferingTerm]:
        terms = (term for term in self.offering.terms if self.is_whole or term.valid.contains(self.view.at))
        return [ProductOfferingTerm(term=term, view=self.view) for term in terms]

    @strawberry.field(description="How it relates to others. 产品关系。")
    def product_offering_relationship(self) -> list[ProductOfferingRelationship]:
        return [ProductOfferingRelationship(relation=one, view=self.view) for one in self.offering.relationships]

    @strawberry.field(description="What a bundle is made of, those in groups too. 捆绑成员。")
    def bundled_product_offering(self) -> list[BundledProductOffering]:
        return [BundledProductOffering(part=part, view=self.view) for part in self.offering.parts]

    @strawberry.field(description="The outermost groups of a bundle. 分组。")
    def bundled_group_product_offering(self) -> list[BundledGroupProductOffering]:
        outer = (group for group in self.offering.groups if group.parent is None)
        return [BundledGroupProductOffering(group=group, owner=self.offering, view=self.view) for group in outer]

    @strawberry.field(description="The bundles in force that contain it. 所属捆绑包。")
    def bundles(
        self,
        first: First,
        after: After = None,
        where: ProductOfferingWhere | None = None,
        order_by: list[ProductOfferingOrder] | None = None,
    ) -> Connection[ProductOffering]:
        found = self.view.moment.bundles_of.get(self.offering.code, ())
        return listed(found, lambda one: ProductOffering.of(one, self.view), self.view, first, after, where, order_by)

    @strawberry.field(description="What other systems call it. 外部标识。")
    def external_identifier(self) -> list[ExternalIdentifier]:
        return [ExternalIdentifier(owner=known.owner, id=known.id) for known in self.offering.external_identifier]


def offering_named(code: str, view: View) -> ProductOffering | None:
    """The offering in force with this code, as an object of the schema."""
    found = view.moment.offerings.get(code)
    return ProductOffering.of(found, view) if found else None


def offering_held(code: str, view: View) -> ProductOffering | None:
    """The offering with this code in force, or as it last was: somebody may hold what is no longer sold."""
    found = view.moment.offerings.get(code) or view.moment.snapshot.latest(code)
    return ProductOffering.of(found, view) if found else None
