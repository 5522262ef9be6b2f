"""The registers, kept by product managers: an entry is made, changed and ended.

Knows which register each mutation is about; must not know how an edit runs.
"""

from __future__ import annotations

import strawberry

from api.graphql import register_edits
from api.graphql.category import Category
from api.graphql.context import JishiInfo
from api.graphql.register_edits import Payload
from api.graphql.register_inputs import (
    CreateCategoryInput,
    CreateChannelInput,
    CreatePlaceInput,
    CreatePolicyInput,
    CreateProductSpecificationInput,
    EditCategoryInput,
    EditChannelInput,
    EditPlaceInput,
    EditPolicyInput,
    EditProductSpecificationInput,
    EndEntryInput,
)
from api.graphql.registers import Channel, Place, Policy
from api.graphql.specification import ProductSpecification


@strawberry.type
class RegisterMutation:
    @strawberry.mutation(description="A new category below one of yours. 新建类目。")
    async def create_category(self, info: JishiInfo, input: CreateCategoryInput) -> Payload[Category]:
        return await register_edits.create(info.context, "category", input, Category.of)

    @strawberry.mutation(description="Changes a category, or moves it with all below. 修改或移动类目。")
    async def edit_category(self, info: JishiInfo, input: EditCategoryInput) -> Payload[Category]:
        return await register_edits.edit(info.context, "category", input, Category.of)

    @strawberry.mutation(description="Ends a category; not while something launched stands in it alone. 类目失效。")
    async def end_category(self, info: JishiInfo, input: EndEntryInput) -> Payload[Category]:
        return await register_edits.end(info.context, "category", input, Category.of)

    @strawberry.mutation(description="A new specification. 新建产品规格。")
    async def create_product_specification(
        self, info: JishiInfo, input: CreateProductSpecificationInput
    ) -> Payload[ProductSpecification]:
        return await register_edits.create(info.context, "specification", input, ProductSpecification.of)

    @strawberry.mutation(description="Changes a specification; what is launched must still fit it. 修改产品规格。")
    async def edit_product_specification(
        self, info: JishiInfo, input: EditProductSpecificationInput
    ) -> Payload[ProductSpecification]:
        return await register_edits.edit(info.context, "specification", input, ProductSpecification.of)

    @strawberry.mutation(description="Ends a specification that nothing launched needs by then. 产品规格失效。")
    async def end_product_specification(self, info: JishiInfo, input: EndEntryInput) -> Payload[ProductSpecification]:
        return await register_edits.end(info.context, "specification", input, ProductSpecification.of)

    @strawberry.mutation(description="A new channel. 新建渠道。")
    async def create_channel(self, info: JishiInfo, input: CreateChannelInput) -> Payload[Channel]:
        return await register_edits.create(info.context, "channel", input, Channel.of)

    @strawberry.mutation(description="Changes a channel. 修改渠道。")
    async def edit_channel(self, info: JishiInfo, input: EditChannelInput) -> Payload[Channel]:
        return await register_edits.edit(info.context, "channel", input, Channel.of)

    @strawberry.mutation(description="Ends a channel; not while something launched has no other. 渠道失效。")
    async def end_channel(self, info: JishiInfo, input: EndEntryInput) -> Payload[Channel]:
        return await register_edits.end(info.context, "channel", input, Channel.of)

    @strawberry.mutation(description="A new place; its path says where in the tree. 新建地点。")
    async def create_place(self, info: JishiInfo, input: CreatePlaceInput) -> Payload[Place]:
        return await register_edits.create(info.context, "place", input, Place.of)

    @strawberry.mutation(description="Changes a place; its path stays. 修改地点。")
    async def edit_place(self, info: JishiInfo, input: EditPlaceInput) -> Payload[Place]:
        return await register_edits.edit(info.context, "place", input, Place.of)

    @strawberry.mutation(description="Ends a place; not while something launched is sold nowhere else. 地点失效。")
    async def end_place(self, info: JishiInfo, input: EndEntryInput) -> Payload[Place]:
        return await register_edits.end(info.context, "place", input, Place.of)

    @strawberry.mutation(description="A new policy. 新建受理规则。")
    async def create_policy(self, info: JishiInfo, input: CreatePolicyInput) -> Payload[Policy]:
        return await register_edits.create(info.context, "policy", input, Policy.of)

    @strawberry.mutation(description="Changes a policy for all that names it. 修改受理规则。")
    async def edit_policy(self, info: JishiInfo, input: EditPolicyInput) -> Payload[Policy]:
        return await register_edits.edit(info.context, "policy", input, Policy.of)

    @strawberry.mutation(description="Ends a policy: at once if nothing launched names it, else on a date. 规则失效。")
    async def end_policy(self, info: JishiInfo, input: EndEntryInput) -> Payload[Policy]:
        return await register_edits.end(info.context, "policy", input, Policy.of)
