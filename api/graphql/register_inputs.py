"""What is given of an entry of a register: a category, a specification, a channel, a place, a policy.

Knows the inputs' shapes, in a catalog file's own words; must not know what makes a value valid.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import strawberry
from strawberry import UNSET
from strawberry.scalars import JSON

from api.graphql.edits import KeyedInput
from api.graphql.node import ComplexityEnum, LifecycleStatusEnum
from api.graphql.price_inputs import TextInput, TimePeriodInput
from api.graphql.registers import VisibilityEnum
from api.graphql.specification import SpecificationRelationshipTypeEnum, ValueTypeEnum


@strawberry.input
class EntryInput(KeyedInput):
    """A new entry of a register."""

    code: str = strawberry.field(description="Its key for ever; of a place its path. 代码。")
    name: TextInput


@strawberry.input
class EntryTargetInput(KeyedInput):
    """The entry of a register that an edit is about, and what it was based on."""

    code: str = strawberry.field(description="The code of the entry. 代码。")
    etag: str = strawberry.field(description="As it was read; when somebody was faster, nothing happens. 版本标记。")


@strawberry.input(description="The end of an entry. 失效。")
class EndEntryInput(EntryTargetInput):
    at: datetime | None = strawberry.field(default=None, description="When; absent: now. 失效时间。")


@strawberry.input
class CategoryFields:
    parent: str | None = strawberry.field(default=UNSET, description="The code of the category above. 上级类目。")
    valid_for: TimePeriodInput | None = UNSET


@strawberry.input(description="A new category. 新类目。")
class CreateCategoryInput(CategoryFields, EntryInput):
    pass


@strawberry.input(description="Changes of a category; another parent moves it with all below. 修改类目。")
class EditCategoryInput(CategoryFields, EntryTargetInput):
    name: TextInput | None = UNSET


@strawberry.input(description="One value that is allowed, or a range of numbers. 允许的取值。")
class CharacteristicValueSpecificationInput:
    value: str | None = UNSET
    value_from: Decimal | None = UNSET
    value_to: Decimal | None = UNSET
    unit_of_measure: str | None = UNSET
    is_default: bool = False


@strawberry.input(description="What is told of a product. 规格特性。")
class ProductSpecCharacteristicInput:
    name: str = strawberry.field(description="Its key within the specification. 名称。")
    label: TextInput | None = UNSET
    value_type: ValueTypeEnum | None = UNSET  # type: ignore[valid-type]
    configurable: bool = False
    min_cardinality: int = 0
    max_cardinality: int | None = strawberry.field(default=1, description="Null: any number. 最多取值数。")
    product_spec_characteristic_value: list[CharacteristicValueSpecificationInput] | None = UNSET


@strawberry.input(description="How a specification relates to another. 规格关系。")
class ProductSpecificationRelationshipInput:
    relationship_type: SpecificationRelationshipTypeEnum  # type: ignore[valid-type]
    target: str = strawberry.field(description="The code of the other. 对方代码。")


@strawberry.input
class SpecificationFields:
    """Lists are given whole."""

    brand: str | None = UNSET
    product_number: str | None = UNSET
    version: str | None = UNSET
    lifecycle_status: LifecycleStatusEnum | None = UNSET  # type: ignore[valid-type]
    valid_for: TimePeriodInput | None = UNSET
    product_spec_characteristic: list[ProductSpecCharacteristicInput] | None = UNSET
    product_specification_relationship: list[ProductSpecificationRelationshipInput] | None = UNSET


@strawberry.input(description="A new specification. 新规格。")
class CreateProductSpecificationInput(SpecificationFields, EntryInput):
    pass


@strawberry.input(description="Changes of a specification; what is left out stays. 修改规格。")
class EditProductSpecificationInput(SpecificationFields, EntryTargetInput):
    name: TextInput | None = UNSET


@strawberry.input
class ChannelFields:
    handles: ComplexityEnum | None = strawberry.field(  # type: ignore[valid-type]
        default=UNSET, description="What is more complex becomes a lead. 可办理的最高复杂度。"
    )
    is_electronic: bool | None = UNSET
    valid_for: TimePeriodInput | None = UNSET


@strawberry.input(description="A new channel. 新渠道。")
class CreateChannelInput(ChannelFields, EntryInput):
    pass


@strawberry.input(description="Changes of a channel; what is left out stays. 修改渠道。")
class EditChannelInput(ChannelFields, EntryTargetInput):
    name: TextInput | None = UNSET


@strawberry.input
class PlaceFields:
    kind: str | None = strawberry.field(default=UNSET, description="Like province, city, campus. 类型。")
    valid_for: TimePeriodInput | None = UNSET


@strawberry.input(description="A new place. 新地点。")
class CreatePlaceInput(PlaceFields, EntryInput):
    pass


@strawberry.input(description="Changes of a place; what is left out stays. 修改地点。")
class EditPlaceInput(PlaceFields, EntryTargetInput):
    name: TextInput | None = UNSET


@strawberry.input
class PolicyFields:
    visibility: VisibilityEnum | None = UNSET  # type: ignore[valid-type]
    message: TextInput | None = UNSET
    valid_for: TimePeriodInput | None = UNSET


@strawberry.input(description="A new policy. 新受理规则。")
class CreatePolicyInput(PolicyFields, EntryInput):
    condition: JSON = strawberry.field(description="Conditions joined by all, any and not. 条件。")


@strawberry.input(description="Changes of a policy; what is left out stays. 修改受理规则。")
class EditPolicyInput(PolicyFields, EntryTargetInput):
    name: TextInput | None = UNSET
    condition: JSON | None = UNSET
