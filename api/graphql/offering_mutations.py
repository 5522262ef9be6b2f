"""What product managers change: offerings, and the bundles they make of them.

Knows inputs and which pure edit each asks for; must not know how an edit runs, nor rules of the catalog.
"""

from __future__ import annotations

import strawberry
from strawberry import UNSET

from api.graphql.context import JishiInfo
from api.graphql.edits import KeyedInput, wrong_texts
from api.graphql.offering_edits import ProductOfferingPayload, edited, landed
from api.graphql.offering_inputs import (
    KEYS,
    CreateProductOfferingInput,
    EditProductOfferingInput,
    PutBundleGroupInput,
    PutBundlePartInput,
    RemoveBundleGroupInput,
    RemoveBundlePartInput,
    given,
)
from api.graphql.price_inputs import TextInput
from catalog.desk import editing, editing_service, patch
from catalog.desk.editing_desk import Desk
from catalog.offering import Offering


@strawberry.input(
    description="A new offering made of a version of another; external identifiers stay behind. 复制产品。"
)
class DuplicateProductOfferingInput(KeyedInput):
    code: str = strawberry.field(description="The code of the offering that is copied. 原产品代码。")
    version: int | None = strawberry.field(default=None, description="Which version; absent: the newest. 版本。")
    new_code: str = strawberry.field(description="The copy's key for ever. 新代码。")
    name: TextInput | None = strawberry.field(default=UNSET, description="Absent: as the original. 名称。")
    category: list[str] | None = strawberry.field(default=UNSET, description="Absent: as the original. 类目。")


@strawberry.type
class OfferingMutation:
    @strawberry.mutation(description="A new offering, in design; with parts it is a bundle. 新建产品。")
    async def create_product_offering(
        self, info: JishiInfo, input: CreateProductOfferingInput
    ) -> ProductOfferingPayload:
        async def act(desk: Desk) -> Offering:
            return await editing_service.create(desk, patch.offering(given(input, ["idempotency_key"])))

        return await landed(info.context, "createProductOffering", input, act)

    @strawberry.mutation(
        description="A copy of an offering under a new code, in design, with everything in it. 复制产品。"
    )
    async def duplicate_product_offering(
        self, info: JishiInfo, input: DuplicateProductOfferingInput
    ) -> ProductOfferingPayload:
        if errors := wrong_texts(info.context, newCode=input.new_code):
            return ProductOfferingPayload(object=None, user_errors=errors)

        def make(one: Offering) -> Offering:
            changes = given(input, ["idempotency_key", "code", "version", "new_code"])
            return patch.patched(editing.duplicate(one, input.new_code, info.context.at), changes)

        async def act(desk: Desk) -> Offering:
            return await editing_service.duplicate(desk, input.code, input.version, make)

        return await landed(info.context, "duplicateProductOffering", input, act)

    @strawberry.mutation(description="Changes fields of a version in design; absent stays, null empties. 修改产品。")
    async def edit_product_offering(self, info: JishiInfo, input: EditProductOfferingInput) -> ProductOfferingPayload:
        def core(one: Offering) -> Offering:
            return editing.edit(one, patch.patched(one, given(input, KEYS)))

        return await edited(info.context, "editProductOffering", input, "offering.edit", core)

    @strawberry.mutation(description="Adds a part to a bundle in design. 添加捆绑成员。")
    async def add_bundle_part(self, info: JishiInfo, input: PutBundlePartInput) -> ProductOfferingPayload:
        def core(one: Offering) -> Offering:
            return editing.add_part(one, patch.part(given(input.part)))

        return await edited(info.context, "addBundlePart", input, "bundle.add_part", core)

    @strawberry.mutation(description="Changes the limits or the group of a part; absent stays. 修改捆绑成员。")
    async def change_bundle_part(self, info: JishiInfo, input: PutBundlePartInput) -> ProductOfferingPayload:
        def core(one: Offering) -> Offering:
            known = editing.part_of(one, input.part.code)
            return editing.change_part(one, patch.part(given(input.part), known))

        return await edited(info.context, "changeBundlePart", input, "bundle.change_part", core)

    @strawberry.mutation(description="Removes a part of a bundle in design. 移除捆绑成员。")
    async def remove_bundle_part(self, info: JishiInfo, input: RemoveBundlePartInput) -> ProductOfferingPayload:
        def core(one: Offering) -> Offering:
            return editing.remove_part(one, input.part)

        return await edited(info.context, "removeBundlePart", input, "bundle.remove_part", core)

    @strawberry.mutation(description="Makes a group of a bundle in design, or changes it; absent stays. 设置分组。")
    async def put_bundle_group(self, info: JishiInfo, input: PutBundleGroupInput) -> ProductOfferingPayload:
        def core(one: Offering) -> Offering:
            known = next((group for group in one.groups if group.code == input.group.code), None)
            return editing.put_group(one, patch.group(given(input.group), known))

        return await edited(info.context, "putBundleGroup", input, "bundle.put_group", core)

    @strawberry.mutation(description="Removes an empty group of a bundle in design. 移除分组。")
    async def remove_bundle_group(self, info: JishiInfo, input: RemoveBundleGroupInput) -> ProductOfferingPayload:
        def core(one: Offering) -> Offering:
            return editing.remove_group(one, input.group)

        return await edited(info.context, "removeBundleGroup", input, "bundle.remove_group", core)
