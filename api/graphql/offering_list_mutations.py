"""Single entries of an offering's lists: a price, a term, a relationship, a channel, a characteristic, put or removed.

Knows inputs and which list each is about; must not know how an edit runs, nor rules of the catalog.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import strawberry

from api.graphql.context import Context, JishiInfo
from api.graphql.node import RelationshipTypeEnum
from api.graphql.offering_edits import ProductOfferingPayload, edited
from api.graphql.offering_inputs import (
    ChannelInput,
    CharacteristicValueUseInput,
    ProductOfferingRelationshipInput,
    TargetInput,
    given,
)
from api.graphql.price_inputs import ProductOfferingPriceInput, ProductOfferingTermInput
from catalog.desk import editing_lists, patch
from catalog.desk.editing_lists import CHANNELS, CHARACTERISTICS, PRICES, RELATIONSHIPS, TERMS, EntryList
from catalog.offering import Offering


@strawberry.input(description="A price of a version, given whole. 设置价格。")
class PutOfferingPriceInput(TargetInput):
    price: ProductOfferingPriceInput


@strawberry.input(description="A price to remove. 移除价格。")
class RemoveOfferingPriceInput(TargetInput):
    price: str = strawberry.field(description="The code of the price. 价格代码。")


@strawberry.input(description="A term of a version, given whole. 设置条款。")
class PutOfferingTermInput(TargetInput):
    term: ProductOfferingTermInput


@strawberry.input(description="A term to remove. 移除条款。")
class RemoveOfferingTermInput(TargetInput):
    term: str = strawberry.field(description="The code of the term. 条款代码。")


@strawberry.input(description="A relationship of a version, given whole. 设置关系。")
class PutOfferingRelationshipInput(TargetInput):
    relationship: ProductOfferingRelationshipInput


@strawberry.input(description="A relationship to remove. 移除关系。")
class RemoveOfferingRelationshipInput(TargetInput):
    relationship_type: RelationshipTypeEnum  # type: ignore[valid-type]
    relationship: str = strawberry.field(description="The code of the other offering. 对方代码。")


@strawberry.input(description="A channel of a version, and when it is open. 设置渠道。")
class PutOfferingChannelInput(TargetInput):
    channel: ChannelInput


@strawberry.input(description="A channel to remove; without any, every channel sells it. 移除渠道。")
class RemoveOfferingChannelInput(TargetInput):
    channel: str = strawberry.field(description="The code of the channel. 渠道代码。")


@strawberry.input(description="The values of a characteristic of a version. 设置特性取值。")
class PutOfferingCharacteristicInput(TargetInput):
    characteristic: CharacteristicValueUseInput


@strawberry.input(description="A characteristic to take out. 移除特性取值。")
class RemoveOfferingCharacteristicInput(TargetInput):
    characteristic: str = strawberry.field(description="The name of the characteristic. 特性名。")


async def _put(
    context: Context, asked: TargetInput, kind: EntryList[Any], read: Callable[[Any], Any]
) -> ProductOfferingPayload:
    entry = given(getattr(asked, kind.entry))

    def core(one: Offering) -> Offering:
        return editing_lists.put(one, kind, read(entry))

    return await edited(context, f"putOffering {kind.entry}", asked, f"offering.put_{kind.entry}", core)


async def _remove(context: Context, asked: TargetInput, kind: EntryList[Any], key: object) -> ProductOfferingPayload:
    def core(one: Offering) -> Offering:
        return editing_lists.remove(one, kind, key)

    return await edited(context, f"removeOffering {kind.entry}", asked, f"offering.remove_{kind.entry}", core)


@strawberry.type
class OfferingListMutation:
    @strawberry.mutation(
        description="Adds a price to a version in design, or puts it in the place of its code. 设置价格。"
    )
    async def put_offering_price(self, info: JishiInfo, input: PutOfferingPriceInput) -> ProductOfferingPayload:
        return await _put(info.context, input, PRICES, patch.price)

    @strawberry.mutation(description="Removes a price of a version in design. 移除价格。")
    async def remove_offering_price(self, info: JishiInfo, input: RemoveOfferingPriceInput) -> ProductOfferingPayload:
        return await _remove(info.context, input, PRICES, input.price)

    @strawberry.mutation(
        description="Adds a term to a version in design, or puts it in the place of its code. 设置条款。"
    )
    async def put_offering_term(self, info: JishiInfo, input: PutOfferingTermInput) -> ProductOfferingPayload:
        return await _put(info.context, input, TERMS, patch.term)

    @strawberry.mutation(description="Removes a term of a version in design. 移除条款。")
    async def remove_offering_term(self, info: JishiInfo, input: RemoveOfferingTermInput) -> ProductOfferingPayload:
        return await _remove(info.context, input, TERMS, input.term)

    @strawberry.mutation(description="Adds a relationship, or puts it in the place of its type and target. 设置关系。")
    async def put_offering_relationship(
        self, info: JishiInfo, input: PutOfferingRelationshipInput
    ) -> ProductOfferingPayload:
        return await _put(info.context, input, RELATIONSHIPS, patch.relationship)

    @strawberry.mutation(description="Removes a relationship of a version in design. 移除关系。")
    async def remove_offering_relationship(
        self, info: JishiInfo, input: RemoveOfferingRelationshipInput
    ) -> ProductOfferingPayload:
        return await _remove(info.context, input, RELATIONSHIPS, (input.relationship_type, input.relationship))

    @strawberry.mutation(description="Opens a channel to a version in design, or dates it anew. 设置渠道。")
    async def put_offering_channel(self, info: JishiInfo, input: PutOfferingChannelInput) -> ProductOfferingPayload:
        return await _put(info.context, input, CHANNELS, patch.channel)

    @strawberry.mutation(description="Takes a channel out of the list of a version in design. 移除渠道。")
    async def remove_offering_channel(
        self, info: JishiInfo, input: RemoveOfferingChannelInput
    ) -> ProductOfferingPayload:
        return await _remove(info.context, input, CHANNELS, input.channel)

    @strawberry.mutation(description="Fixes a characteristic of a version in design, or lets choose. 设置特性取值。")
    async def put_offering_characteristic(
        self, info: JishiInfo, input: PutOfferingCharacteristicInput
    ) -> ProductOfferingPayload:
        return await _put(info.context, input, CHARACTERISTICS, patch.characteristic)

    @strawberry.mutation(description="Takes a characteristic out of a version in design. 移除特性取值。")
    async def remove_offering_characteristic(
        self, info: JishiInfo, input: RemoveOfferingCharacteristicInput
    ) -> ProductOfferingPayload:
        return await _remove(info.context, input, CHARACTERISTICS, input.characteristic)
