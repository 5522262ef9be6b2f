"""What a product manager gives: an offering's fields, parts and groups of a bundle, in a catalog file's own words.

Knows the inputs' shapes and which field was left out (absent is not null); must not know what makes a value valid.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any

import strawberry
from strawberry import UNSET
from strawberry.utils.str_converters import to_camel_case

from api.graphql.edits import KeyedInput
from api.graphql.node import ComplexityEnum, RelationshipTypeEnum
from api.graphql.price_inputs import (
    ProductOfferingPriceInput,
    ProductOfferingTermInput,
    QuantityInput,
    TextInput,
    TimePeriodInput,
)
from api.graphql.trial import ConversionEnum
from catalog.trial import Conversion


@strawberry.input(description="A channel that sells the offering. 渠道。")
class ChannelInput:
    id: str
    valid_for: TimePeriodInput | None = UNSET


@strawberry.input(description="What another system calls the offering. 外部标识。")
class ExternalIdentifierInput:
    owner: str
    id: str


@strawberry.input(description="How the offering relates to another. 产品关系。")
class ProductOfferingRelationshipInput:
    relationship_type: RelationshipTypeEnum  # type: ignore[valid-type]
    target: str = strawberry.field(description="The code of the other. 对方代码。")
    group: str | None = strawberry.field(default=UNSET, description="REQUIRES of one group are alternatives. 分组。")
    min: int = strawberry.field(default=1, description="So many of the group must be held. 至少持有几个。")
    max: int | None = UNSET


@strawberry.input(description="A part of a bundle; limits left out are 1, 1, 1, or in a group 0, 0, 1. 捆绑成员。")
class BundlePartInput:
    code: str = strawberry.field(description="The code of the offering inside. 成员代码。")
    lower: int | None = strawberry.field(default=UNSET, description="At least so many; 0: optional. 最少数量。")
    default: int | None = strawberry.field(default=UNSET, description="So many unless chosen otherwise. 默认数量。")
    upper: int | None = strawberry.field(default=UNSET, description="At most so many; null: any number. 最多数量。")
    group: str | None = strawberry.field(default=UNSET, description="The group it is chosen from. 所在分组。")


@strawberry.input(description="A group of a bundle, from which some are chosen. 分组。")
class BundleGroupInput:
    code: str = strawberry.field(description="Its key within the bundle. 代码。")
    name: TextInput | None = UNSET
    lower: int | None = strawberry.field(default=UNSET, description="Choose at least so many. 至少选几个。")
    upper: int | None = strawberry.field(default=UNSET, description="Choose at most so many; null: all. 至多选几个。")
    parent: str | None = strawberry.field(default=UNSET, description="The group around it. 上级分组。")


@strawberry.input(description="The values of a characteristic that the offering has or lets choose from. 特性取值。")
class CharacteristicValueUseInput:
    name: str = strawberry.field(description="As the specification calls it. 特性名。")
    value: list[str] = strawberry.field(description="One value, or those to choose from. 可选值。")
    default: str | None = strawberry.field(default=UNSET, description="Which of them, unless chosen. 默认值。")


@strawberry.input(description="Trying before buying. 试用。")
class TrialInput:
    duration: QuantityInput = strawberry.field(description="How long, like 1 month. 时长。")
    conversion: ConversionEnum = strawberry.field(  # type: ignore[valid-type]
        default=Conversion.END, description="What it becomes at its end. 到期处理。"
    )
    to: str | None = strawberry.field(default=UNSET, description="The offering it converts to; null: itself. 转为。")


@strawberry.input
class OfferingFields:
    """The fields that creating and editing share; lists are given whole, null empties."""

    name: TextInput | None = UNSET
    description: TextInput | None = UNSET
    talking_point: TextInput | None = UNSET
    valid_for: TimePeriodInput | None = UNSET
    is_sellable: bool | None = UNSET
    category: list[str] | None = strawberry.field(default=UNSET, description="Codes of categories. 类目。")
    family: str | None = UNSET
    step: int | None = UNSET
    complexity: ComplexityEnum | None = UNSET  # type: ignore[valid-type]
    margin: Decimal | None = UNSET
    channel: list[ChannelInput] | None = strawberry.field(
        default=UNSET, description="The channels that sell it; empty: every channel. 渠道。"
    )
    external_identifier: list[ExternalIdentifierInput] | None = UNSET
    product_offering_price: list[ProductOfferingPriceInput] | None = UNSET
    product_offering_term: list[ProductOfferingTermInput] | None = UNSET
    product_offering_relationship: list[ProductOfferingRelationshipInput] | None = UNSET
    product_specification: str | None = strawberry.field(
        default=UNSET, description="The code of what it is technically. 产品规格代码。"
    )
    prod_spec_char_value_use: list[CharacteristicValueUseInput] | None = UNSET
    place: list[str] | None = strawberry.field(
        default=UNSET, description="Paths of places where it is sold; empty: everywhere. 销售地点。"
    )
    market_segment: list[str] | None = strawberry.field(
        default=UNSET, description="Codes of markets it is for; empty: everybody. 聚类市场。"
    )
    policy: list[str] | None = strawberry.field(
        default=UNSET, description="Codes of policies that must all hold. 受理规则。"
    )
    allowed_action: list[str] | None = strawberry.field(
        default=UNSET, description="What may be done with it, like add, modify, delete. 允许的操作。"
    )
    trial: TrialInput | None = strawberry.field(default=UNSET, description="How it may be tried first. 试用。")


@strawberry.input(description="A new offering, in design; with parts it is a bundle. 新产品。")
class CreateProductOfferingInput(OfferingFields, KeyedInput):
    code: str = strawberry.field(description="Its key for ever. 代码。")
    template: str | None = strawberry.field(
        default=UNSET, description="The code of the offering whose item a market's copy shares. 模板。"
    )
    bundled_product_offering: list[BundlePartInput] | None = UNSET
    bundled_group: list[BundleGroupInput] | None = UNSET


@strawberry.input
class RowInput:
    """The version that a row of a bulk edit is about, and what it was based on."""

    code: str = strawberry.field(description="The code of the offering. 产品代码。")
    version: int = strawberry.field(description="The version that is edited. 版本。")
    etag: str = strawberry.field(description="As it was read; when somebody was faster, nothing happens. 版本标记。")


@strawberry.input
class TargetInput(RowInput, KeyedInput):
    """The version an edit is about, and what it was based on."""


@strawberry.input(description="Changes of a version in design; what is left out stays. 修改产品。")
class EditProductOfferingInput(OfferingFields, TargetInput):
    pass


@strawberry.input(description="A part to add, or the limits of one to change. 成员修改。")
class PutBundlePartInput(TargetInput):
    part: BundlePartInput


@strawberry.input(description="A part to remove. 移除成员。")
class RemoveBundlePartInput(TargetInput):
    part: str = strawberry.field(description="The code of the part. 成员代码。")


@strawberry.input(description="A group to make, or to change. 分组修改。")
class PutBundleGroupInput(TargetInput):
    group: BundleGroupInput


@strawberry.input(description="A group to remove; it is empty. 移除分组。")
class RemoveBundleGroupInput(TargetInput):
    group: str = strawberry.field(description="The code of the group. 分组代码。")


KEYS = frozenset(field.name for field in dataclasses.fields(TargetInput))


def given(value: Any, leave_out: Iterable[str] = ()) -> Any:
    """An input as a catalog file would say it, without what was left out."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = (one.name for one in dataclasses.fields(value) if one.name not in leave_out)
        pairs = ((name, getattr(value, name)) for name in names)
        return {to_camel_case(name): given(one) for name, one in pairs if one is not UNSET}
    if isinstance(value, list):
        return [given(one) for one in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, datetime) else value


def naive_times(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Where an input holds a time without an offset."""
    if isinstance(value, datetime):
        return [path] if value.tzinfo is None else []
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        inner: Iterable[tuple[str | int, Any]] = (
            (to_camel_case(one.name), getattr(value, one.name)) for one in dataclasses.fields(value)
        )
    else:
        inner = enumerate(value) if isinstance(value, list) else ()
    return [found for step, one in inner for found in naive_times(one, (*path, step))]
