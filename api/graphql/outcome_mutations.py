"""What came of a recommended item is reported.

Knows the signed id of an item; must not know how it was picked.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum

import strawberry

from api.graphql.common import UserError
from api.graphql.context import JishiInfo
from api.graphql.customer import may_see
from api.graphql.edits import user_error, wrong_texts
from api.tokens import BadItem, ItemToken
from catalog import customer_store
from catalog.text import Text


@strawberry.enum(description="What came of a recommended item. 推荐结果。")
class OutcomeKind(Enum):
    SHOWN = "SHOWN"
    ACCEPTED = "ACCEPTED"
    REFUSED = "REFUSED"
    CANCELLED_LATER = "CANCELLED_LATER"


@strawberry.input(description="What came of a recommended item. 推荐结果反馈。")
class ReportOutcomeInput:
    item_id: strawberry.ID = strawberry.field(description="The id of the recommendation item. 推荐项编号。")
    outcome: OutcomeKind
    channel: str | None = None
    agent: str | None = None
    reason: str | None = strawberry.field(default=None, description="Why it was refused, in a few words. 原因。")


@strawberry.type(description="What became of a report. 反馈结果。")
class ReportOutcomePayload:
    changed: bool = strawberry.field(description="False: it was reported before. 是否首次反馈。")
    user_errors: list[UserError]


# What is bought, is bought within so long of being recommended; what is left later may be left much later.
REPORTED_WITHIN = {OutcomeKind.CANCELLED_LATER: timedelta(days=731)}
ELSE_WITHIN = timedelta(days=30)
EXPIRED_ITEM = Text("该推荐项已过期，请重新获取推荐", "this item is too old to report on; ask for a new recommendation")
UNKNOWN_ITEM = Text("不是有效的推荐项编号", "is no id of a recommended item; pass recommendationItem.id as it came")


@strawberry.type
class OutcomeMutation:
    @strawberry.mutation(description="Reports what came of a recommended item; twice counts once. 反馈推荐结果。")
    async def report_outcome(self, info: JishiInfo, input: ReportOutcomeInput) -> ReportOutcomePayload:
        context = info.context
        errors = wrong_texts(context, channel=input.channel, agent=input.agent, reason=input.reason)
        if errors:
            return ReportOutcomePayload(changed=False, user_errors=errors)
        unknown = ReportOutcomePayload(
            changed=False, user_errors=[user_error(context, ["itemId"], "UNKNOWN_ITEM", UNKNOWN_ITEM)]
        )
        try:
            item = context.services.signer.read(input.item_id)
        except BadItem:
            return unknown
        if _is_expired(item, input.outcome, context.at):
            expired = user_error(context, ["itemId"], "EXPIRED_ITEM", EXPIRED_ITEM)
            return ReportOutcomePayload(changed=False, user_errors=[expired])
        async with context.services.db.transaction() as conn:
            code = await customer_store.code_within(conn, item.customer, context.principal.limit)
            if code is None or not may_see(context.principal, code):
                return unknown
            changed = await customer_store.put_outcome(
                conn,
                customer_store.Outcome(
                    customer_id=item.customer,
                    recommendation_id=item.recommendation_id,
                    offering_id=item.offering,
                    outcome=input.outcome.value,
                    at=context.at,
                    channel=input.channel,
                    agent=input.agent,
                    reason=input.reason,
                    model_version=item.model,
                    priority=item.priority,
                    score=item.score,
                    propensity=item.propensity,
                    in_control=item.in_control,
                ),
            )
            detail = {"outcome": input.outcome.value, "offering": item.offering, "changed": changed}
            await customer_store.write_audit(
                conn, context.caller, context.at, "outcome.report", "customer_id", str(item.customer), detail
            )
        return ReportOutcomePayload(changed=changed, user_errors=[])


def _is_expired(item: ItemToken, outcome: OutcomeKind, at: datetime) -> bool:
    limit = REPORTED_WITHIN.get(outcome, ELSE_WITHIN)
    return item.at is not None and at.timestamp() > item.at + limit.total_seconds()
