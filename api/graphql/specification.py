"""Specifications as GraphQL shows them, and what an offering makes of their characteristics.

Knows one specification; must not know prices, or who sells it.
"""

from __future__ import annotations

import strawberry

from api.graphql.common import Language, TimePeriod, View, global_id
from api.graphql.node import LifecycleStatusEnum, Node
from catalog import specification
from catalog.specification import SpecificationRelationshipType, ValueType

ValueTypeEnum = strawberry.enum(ValueType, description="What the values of a characteristic are. 特性值类型。")
SpecificationRelationshipTypeEnum = strawberry.enum(
    SpecificationRelationshipType, description="How two specifications relate. 规格关系类型。"
)


@strawberry.type(description="A value that is allowed, or a range of numbers. 允许的取值。")
class CharacteristicValueSpecification:
    value: str | None = strawberry.field(description="This one value; null: a range. 单一取值。")
    value_from: str | None = strawberry.field(description="From this number on. 下限。")
    value_to: str | None = strawberry.field(description="Up to this number, included. 上限。")
    unit_of_measure: str | None = strawberry.field(description="Like Mbps. 单位。")
    is_default: bool = strawberry.field(description="Unless chosen otherwise. 是否默认。")

    @classmethod
    def of(cls, one: specification.CharacteristicValue) -> CharacteristicValueSpecification:
        lower, upper = (None if edge is None else f"{edge:f}" for edge in (one.lower, one.upper))
        return cls(
            value=one.value, value_from=lower, value_to=upper, unit_of_measure=one.unit, is_default=one.is_default
        )


@strawberry.type(description="What is told of a product, like its speed (TMF620). 规格特性。")
class ProductSpecCharacteristic:
    one: strawberry.Private[specification.Characteristic]
    view: strawberry.Private[View]

    @strawberry.field(description="Its key within the specification. 名称。")
    def name(self) -> str:
        return self.one.name

    @strawberry.field(description="What people call it. 显示名。")
    def label(self, language: Language | None = None) -> str | None:
        return self.view.say_if(self.one.label, language)

    @strawberry.field(description="What its values are. 值类型。")
    def value_type(self) -> ValueTypeEnum:  # type: ignore[valid-type]
        return self.one.value_type

    @strawberry.field(description="Whether a customer chooses. 是否可选配。")
    def configurable(self) -> bool:
        return self.one.configurable

    @strawberry.field(description="At least so many values. 最少取值数。")
    def min_cardinality(self) -> int:
        return self.one.min_cardinality

    @strawberry.field(description="At most so many values; null: any number. 最多取值数。")
    def max_cardinality(self) -> int | None:
        return self.one.max_cardinality

    @strawberry.field(description="What is allowed; empty: anything of its type. 允许的取值。")
    def product_spec_characteristic_value(self) -> list[CharacteristicValueSpecification]:
        return [CharacteristicValueSpecification.of(one) for one in self.one.values]


@strawberry.type(description="How a specification relates to another. 规格关系。")
class ProductSpecificationRelationship:
    relationship_type: SpecificationRelationshipTypeEnum  # type: ignore[valid-type]
    target: str = strawberry.field(description="The code of the other. 对方代码。")


@strawberry.type(description="What a product is technically, whoever sells it (TMF620). 产品规格。")
class ProductSpecification(Node):
    one: strawberry.Private[specification.Specification]
    view: strawberry.Private[View]

    @classmethod
    def of(cls, one: specification.Specification, view: View) -> ProductSpecification:
        return cls(id=global_id("ProductSpecification", one.code), one=one, view=view)

    @strawberry.field(description="The key for imports and people. 代码。")
    def code(self) -> str:
        return self.one.code

    @strawberry.field(description="What people call it. 名称。")
    def name(self, language: Language | None = None) -> str:
        return self.view.say(self.one.name, language)

    @strawberry.field(description="Whose product it is. 品牌。")
    def brand(self) -> str | None:
        return self.one.brand

    @strawberry.field(description="The maker's number. 产品编号。")
    def product_number(self) -> str | None:
        return self.one.product_number

    @strawberry.field(description="As the makers count. 版本。")
    def version(self) -> str:
        return self.one.version

    @strawberry.field(description="The stage in its life cycle. 生命周期状态。")
    def lifecycle_status(self) -> LifecycleStatusEnum:  # type: ignore[valid-type]
        return self.one.lifecycle_status

    @strawberry.field(description="When it holds. 有效期。")
    def valid_for(self) -> TimePeriod:
        return TimePeriod.of(self.one.valid)

    @strawberry.field(description="Changes with every edit; edits give it back. 版本标记。")
    def etag(self) -> str:
        return str(self.one.etag)

    @strawberry.field(description="What is told of it. 规格特性。")
    def product_spec_characteristic(self) -> list[ProductSpecCharacteristic]:
        return [ProductSpecCharacteristic(one=one, view=self.view) for one in self.one.characteristics]

    @strawberry.field(description="How it relates to others. 规格关系。")
    def product_specification_relationship(self) -> list[ProductSpecificationRelationship]:
        return [
            ProductSpecificationRelationship(relationship_type=one.relationship_type, target=one.target)
            for one in self.one.relationships
        ]


@strawberry.type(description="The values of a characteristic that an offering has or lets choose from. 特性取值。")
class CharacteristicValueUse:
    name: str = strawberry.field(description="As the specification calls it. 特性名。")
    value: list[str] = strawberry.field(description="One value, or those to choose from. 可选值。")
    default: str | None = strawberry.field(description="Which of them, unless chosen. 默认值。")

    @classmethod
    def of(cls, one: specification.CharacteristicUse) -> CharacteristicValueUse:
        return cls(name=one.name, value=list(one.values), default=one.default)
