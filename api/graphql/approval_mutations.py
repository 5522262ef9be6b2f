"""Deciding what somebody else asked for.

Knows the input and the payload; must not know who may decide what.
"""

from __future__ import annotations

import strawberry

from api.graphql.approval import Approval, ApprovalStateEnum
from api.graphql.common import UserError
from api.graphql.context import JishiInfo
from api.graphql.edits import KeyedInput, Response, once, user_error, wrong_texts
from api.graphql.offering import ProductOffering
from api.graphql.offering_edits import again, editor, requested, shown, told
from catalog.desk import approval_service
from catalog.desk.approval import ApprovalState
from catalog.desk.editing_desk import at_desk
from catalog.errors import EditRefused
from catalog.text import Text
from sql.pool import Connection

NO_DECISION = Text("只能是 APPROVED、REFUSED 或 WITHDRAWN", "is APPROVED, REFUSED or, by who asked, WITHDRAWN")
DECISIONS = frozenset({ApprovalState.APPROVED, ApprovalState.REFUSED, ApprovalState.WITHDRAWN})


@strawberry.input(description="A decision about a request. 审批决定。")
class DecideApprovalInput(KeyedInput):
    id: strawberry.ID = strawberry.field(description="The number of the request. 申请编号。")
    decision: ApprovalStateEnum = strawberry.field(  # type: ignore[valid-type]
        description="APPROVED, REFUSED or, by who asked, WITHDRAWN. 决定。"
    )
    reason: str | None = strawberry.field(default=None, description="Why; a refusal needs it. 意见。")


@strawberry.type(description="What became of a decision. 审批结果。")
class DecideApprovalPayload:
    approval: Approval | None = strawberry.field(description="The request as it is now. 申请。")
    object: ProductOffering | None = strawberry.field(description="The version as it is now. 产品版本。")
    user_errors: list[UserError]


@strawberry.type
class ApprovalMutation:
    @strawberry.mutation(description="Decides a request of somebody else, or withdraws one's own. 审批申请。")
    async def decide_approval(self, info: JishiInfo, input: DecideApprovalInput) -> DecideApprovalPayload:
        context, decision = info.context, ApprovalState(input.decision)
        errors = wrong_texts(context, reason=input.reason)
        if decision not in DECISIONS:
            errors.append(user_error(context, ["decision"], "INVALID", NO_DECISION))
        if errors:
            return DecideApprovalPayload(approval=None, object=None, user_errors=errors)
        number = int(input.id) if input.id.isdecimal() and len(input.id) < 19 else 0

        async def act(conn: Connection) -> Response:
            async with at_desk(conn, editor(context)) as desk:
                asked, one = await approval_service.decide(desk, number, decision, input.reason)
            return {"approval": asked.id, "code": one.code, "version": one.version}

        try:
            response = await once(context, "decideApproval", input, act)
        except EditRefused as refused:
            return DecideApprovalPayload(approval=None, object=None, user_errors=told(context, refused, input))
        if isinstance(response, list):
            return DecideApprovalPayload(approval=None, object=None, user_errors=response)
        one = await again(context, response["code"], response["version"])
        approval = await requested(context, response["approval"])
        return DecideApprovalPayload(approval=approval, object=shown(context, one), user_errors=[])
