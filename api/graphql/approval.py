"""Requests for a launch or a retirement, as those see them who decide.

Knows types and the list; must not know who may decide what.
"""

from __future__ import annotations

from datetime import datetime

import strawberry

from api.graphql.common import After, Connection, First, checked_first, connect_read, number_behind
from api.graphql.context import JishiInfo
from catalog.desk import approval, approval_store
from catalog.desk.approval import ApprovalAction, ApprovalState

ApprovalActionEnum = strawberry.enum(ApprovalAction, description="What a second person decides. 审批事项。")
ApprovalStateEnum = strawberry.enum(
    ApprovalState, description="Undecided, decided, taken back, or void after an edit. 审批状态。"
)


@strawberry.type(description="A launch or a retirement that one person asks for and another decides. 审批申请。")
class Approval:
    id: strawberry.ID = strawberry.field(description="Its number, for decideApproval. 申请编号。")
    code: str = strawberry.field(description="The offering. 产品代码。")
    version: int
    action: ApprovalActionEnum = strawberry.field(description="What is asked for. 申请事项。")  # type: ignore[valid-type]
    state: ApprovalStateEnum = strawberry.field(description="Where it stands. 状态。")  # type: ignore[valid-type]
    at: datetime | None = strawberry.field(description="When it shall take effect; null: once approved. 生效时间。")
    with_parts: bool = strawberry.field(description="Whether its parts come along. 是否带上成员。")
    reason: str | None = strawberry.field(description="Why it is asked for. 申请原因。")
    requested_by: str = strawberry.field(description="Who asked. 申请人。")
    requested_at: datetime
    decided_by: str | None = strawberry.field(description="Who decided. 审批人。")
    decided_at: datetime | None
    decision_reason: str | None = strawberry.field(description="Why it was decided so. 审批意见。")

    @classmethod
    def of(cls, one: approval.Approval) -> Approval:
        return cls(
            id=strawberry.ID(str(one.id)),
            code=one.code,
            version=one.version,
            action=one.action,
            state=one.state,
            at=one.at,
            with_parts=one.with_parts,
            reason=one.reason,
            requested_by=one.requested_by,
            requested_at=one.requested_at,
            decided_by=one.decided_by,
            decided_at=one.decided_at,
            decision_reason=one.decision_reason,
        )


@strawberry.input(description="Which requests. 审批筛选条件。")
class ApprovalWhere:
    state: ApprovalStateEnum | None = None  # type: ignore[valid-type]
    code: str | None = strawberry.field(default=None, description="Of this offering. 产品代码。")
    requested_by: str | None = strawberry.field(default=None, description="By this person. 申请人。")


@strawberry.type
class ApprovalQuery:
    @strawberry.field(description="Requests for launches and retirements, newest first. 审批申请列表。")
    async def approvals(
        self, info: JishiInfo, first: First, after: After = None, where: ApprovalWhere | None = None
    ) -> Connection[Approval]:
        asked = where or ApprovalWhere()
        wanted = approval_store.Wanted(asked.state, asked.code, asked.requested_by)
        checked_first(first)
        async with info.context.services.db.connection() as conn:
            found = await approval_store.page(conn, wanted, number_behind(after), first + 1)
            total = await approval_store.count(conn, wanted)
        return connect_read(found, Approval.of, first, after, lambda one: (one.id,), total)
