"""How a version moves through its life cycle: stage by stage, dated, cancelled, copied into the next one.

Knows inputs and payloads; must not know the table of moves.
"""

from __future__ import annotations

from datetime import datetime

import strawberry

from api.graphql.context import JishiInfo
from api.graphql.edits import user_error, wrong_texts
from api.graphql.node import LifecycleStatusEnum
from api.graphql.offering_edits import ProductOfferingPayload, landed, target
from api.graphql.offering_inputs import TargetInput
from catalog.desk import approval_service, editing_service
from catalog.desk.approval_service import Done
from catalog.desk.editing_desk import Desk
from catalog.lifecycle import LifecycleStatus
from catalog.offering import Offering
from catalog.text import Text

NO_REASON = Text("请填写原因", "say why, in a few words")


@strawberry.input(description="A move of a version to another stage. 生命周期变更。")
class AdvanceProductOfferingInput(TargetInput):
    to: LifecycleStatusEnum  # type: ignore[valid-type]
    at: datetime | None = strawberry.field(
        default=None, description="When a launch or a retirement takes effect; absent: now. 生效时间。"
    )
    reason: str | None = strawberry.field(default=None, description="Why, in a few words. 原因。")
    with_parts: bool = strawberry.field(
        default=False,
        description="Parts that are not as far are brought along, step by step, the innermost first. 带上成员。",
    )


@strawberry.input(description="The end of a version. 下线。")
class RetireProductOfferingInput(TargetInput):
    at: datetime | None = strawberry.field(default=None, description="When it ends; absent: now. 下线时间。")
    reason: str = strawberry.field(description="Why, in a few words. 原因。")


@strawberry.input(description="The version whose launch or retirement that lies ahead is cancelled. 取消计划。")
class CancelScheduleInput(TargetInput):
    pass


@strawberry.input(description="The version that the next one is copied from. 新建下一版本。")
class CreateNextVersionInput(TargetInput):
    pass


@strawberry.type
class StageMutation:
    @strawberry.mutation(
        description="Moves a version through its life cycle. A launch ends the version before it; a retirement "
        "that lies ahead leaves it launched until then. Where a second person decides, it becomes a request. "
        "变更生命周期状态。"
    )
    async def advance_product_offering(
        self, info: JishiInfo, input: AdvanceProductOfferingInput
    ) -> ProductOfferingPayload:
        if errors := wrong_texts(info.context, reason=input.reason):
            return ProductOfferingPayload(object=None, user_errors=errors)

        async def act(desk: Desk) -> Done:
            return await approval_service.advance(
                desk,
                target(input),
                LifecycleStatus(input.to),
                when=input.at,
                reason=input.reason,
                with_parts=input.with_parts,
                second_person=info.context.second_person,
            )

        return await landed(info.context, "advanceProductOffering", input, act)

    @strawberry.mutation(
        description="Ends the sale of a version, now or on its date; refused while a bundle needs it. 产品下线。"
    )
    async def retire_product_offering(
        self, info: JishiInfo, input: RetireProductOfferingInput
    ) -> ProductOfferingPayload:
        errors = wrong_texts(info.context, reason=input.reason)
        if not input.reason:
            errors.append(user_error(info.context, ["reason"], "MISSING", NO_REASON))
        if errors:
            return ProductOfferingPayload(object=None, user_errors=errors)

        async def act(desk: Desk) -> Done:
            return await approval_service.advance(
                desk,
                target(input),
                LifecycleStatus.RETIRED,
                when=input.at,
                reason=input.reason,
                second_person=info.context.second_person,
            )

        return await landed(info.context, "retireProductOffering", input, act)

    @strawberry.mutation(
        description="Cancels a launch or a retirement that lies ahead; the versions beside it are as before. 取消计划。"
    )
    async def cancel_schedule(self, info: JishiInfo, input: CancelScheduleInput) -> ProductOfferingPayload:
        async def act(desk: Desk) -> Done:
            second_person = info.context.second_person
            return await approval_service.cancel_schedule(desk, target(input), second_person=second_person)

        return await landed(info.context, "cancelSchedule", input, act)

    @strawberry.mutation(description="Copies a version into the next one, in design. 新建下一版本。")
    async def create_next_version(self, info: JishiInfo, input: CreateNextVersionInput) -> ProductOfferingPayload:
        async def act(desk: Desk) -> Offering:
            return await editing_service.create_next_version(desk, target(input))

        return await landed(info.context, "createNextVersion", input, act)
