"""What callers change: a subscription lands, an outcome is reported.

Knows inputs, the one transaction of an edit and its idempotency key; must not know statements.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any

import orjson
import strawberry
from asyncpg import Connection

from api.graphql.common import UserError
from api.graphql.context import Context, JishiInfo
from api.tokens import BadItem
from catalog import customer_store
from catalog.text import Text

Response = dict[str, Any]
MAX_TEXT = 200


@strawberry.enum(description="How a subscription came about. 来源。")
class ProductOrigin(Enum):
    VOLUNTARY = "VOLUNTARY"
    BUNDLE = "BUNDLE"
    GIFT = "GIFT"
    TRIAL = "TRIAL"


@strawberry.enum(description="The state of a subscription (TMF637). 订购状态。")
class ProductStatus(Enum):
    CREATED = "created"
    PENDING_ACTIVE = "pendingActive"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    PENDING_TERMINATE = "pendingTerminate"
    TERMINATED = "terminated"
    CANCELLED = "cancelled"
    ABORTED = "aborted"


@strawberry.input(description="A subscription as it should be from now on. 订购。")
class UpsertProductInput:
    idempotency_key: str = strawberry.field(description="A retry with the same key happens once. 幂等键。")
    customer_id: strawberry.ID
    offering: str = strawberry.field(description="The code of the offering. 产品代码。")
    start_date: datetime | None = strawberry.field(default=None, description="Part of its key; absent: unknown. 开始。")
    instance: str = strawberry.field(default="", description="Tells several of the same apart. 实例。")
    status: ProductStatus = ProductStatus.ACTIVE
    termination_date: datetime | None = None
    origin: ProductOrigin = ProductOrigin.VOLUNTARY
    bundle: str | None = strawberry.field(default=None, description="The code of the bundle that brought it. 捆绑包。")
    price: Decimal | None = None
    channel: str | None = None
    agent: str | None = None


@strawberry.type(description="What became of a subscription. 订购结果。")
class UpsertProductPayload:
    changed: bool = strawberry.field(description="False: it was there already, just so. 是否有变化。")
    user_errors: list[UserError]


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


def _error(context: Context, path: list[str], code: str, message: Text) -> UserError:
    return UserError(path=["input", *path], code=code, message=message.said(context.language))


def _too_long(context: Context, **texts: str | None) -> list[UserError]:
    message = Text(f"不能超过 {MAX_TEXT} 个字符", f"is longer than {MAX_TEXT} characters")
    return [_error(context, [key], "TOO_LONG", message) for key, text in texts.items() if text and len(text) > MAX_TEXT]


async def _once(
    context: Context, key: str, arguments: Any, act: Callable[[Connection], Awaitable[Response]]
) -> Response:
    """Runs `act` in one transaction, or answers as the first time when the key was used for the same arguments."""
    subject = context.principal.subject
    request = hashlib.sha256(orjson.dumps(arguments, default=str)).hexdigest()
    async with context.services.db.transaction() as conn:
        before = await customer_store.answered(conn, subject, key, request)
        if before is not None:
            return before
        response = await act(conn)
        if not response.get("errors"):
            await customer_store.remember(conn, subject, key, request, response, context.at)
        return response


NO_CUSTOMER = Text("没有此客户", "there is no such customer")
NO_OFFERING = Text("没有此产品", "there is no such offering")
KEY_REUSED = Text("此幂等键已用于另一请求，请换新键", "this key was used for another request; take a new one")
NAIVE = Text("时间需要带时区", "a time needs its offset, like 2026-03-01T00:00:00+08:00")
ENDS_BEFORE = Text("结束早于开始", "ends before it starts")


def _wrong_product(context: Context, given: UpsertProductInput) -> list[UserError]:
    errors = _too_long(
        context, instance=given.instance, channel=given.channel, agent=given.agent, idempotencyKey=given.idempotency_key
    )
    for key, when in (("startDate", given.start_date), ("terminationDate", given.termination_date)):
        if when is not None and when.tzinfo is None:
            errors.append(_error(context, [key], "NO_TIME_ZONE", NAIVE))
    if not errors and given.start_date and given.termination_date and given.termination_date < given.start_date:
        errors.append(_error(context, ["terminationDate"], "ENDS_BEFORE_START", ENDS_BEFORE))
    for key, code in (("offering", given.offering), ("bundle", given.bundle)):
        if code is not None and context.snapshot.latest(code) is None:
            errors.append(_error(context, [key], "UNKNOWN_OFFERING", NO_OFFERING))
    return errors


def _change(context: Context, given: UpsertProductInput) -> customer_store.ProductChange:
    offering, bundle = context.snapshot.latest(given.offering), context.snapshot.latest(given.bundle or "")
    assert offering is not None
    return customer_store.ProductChange(
        offering_id=offering.id,
        start_date=given.start_date,
        instance=given.instance,
        termination_date=given.termination_date,
        status=given.status.value,
        origin=given.origin.value,
        bundle_offering_id=bundle.id if bundle else None,
        price=given.price,
        channel=given.channel,
        agent=given.agent,
    )


@strawberry.type
class Mutation:
    @strawberry.mutation(description="A subscription lands; it counts from the next recommendation on. 订购落地。")
    async def upsert_product(self, info: JishiInfo, input: UpsertProductInput) -> UpsertProductPayload:
        context = info.context
        errors = _wrong_product(context, input)
        if errors:
            return UpsertProductPayload(changed=False, user_errors=errors)
        change = _change(context, input)

        async def act(conn: Connection) -> Response:
            customer = await customer_store.id_within(conn, input.customer_id, context.principal.limit)
            if customer is None:
                return {"errors": True}
            changed = await customer_store.put_product(conn, customer, change)
            detail = {"offering": input.offering, "status": input.status.value, "changed": changed}
            await customer_store.write_audit(
                conn, context.caller, context.at, "product.upsert", "customer", input.customer_id, detail
            )
            return {"changed": changed}

        try:
            response = await _once(context, input.idempotency_key, strawberry.asdict(input), act)
        except customer_store.KeyReused:
            errors = [_error(context, ["idempotencyKey"], "KEY_REUSED", KEY_REUSED)]
            return UpsertProductPayload(changed=False, user_errors=errors)
        if response.get("errors"):
            errors = [_error(context, ["customerId"], "UNKNOWN_CUSTOMER", NO_CUSTOMER)]
            return UpsertProductPayload(changed=False, user_errors=errors)
        return UpsertProductPayload(changed=response["changed"], user_errors=[])

    @strawberry.mutation(description="Reports what came of a recommended item; twice counts once. 反馈推荐结果。")
    async def report_outcome(self, info: JishiInfo, input: ReportOutcomeInput) -> ReportOutcomePayload:
        context = info.context
        errors = _too_long(context, channel=input.channel, agent=input.agent, reason=input.reason)
        if errors:
            return ReportOutcomePayload(changed=False, user_errors=errors)
        try:
            item = context.services.signer.read(input.item_id)
        except BadItem:
            message = Text(
                "不是有效的推荐项编号", "is no id of a recommended item; pass recommendationItem.id as it came"
            )
            return ReportOutcomePayload(
                changed=False, user_errors=[_error(context, ["itemId"], "UNKNOWN_ITEM", message)]
            )
        async with context.services.db.transaction() as conn:
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
                ),
            )
            detail = {"outcome": input.outcome.value, "offering": item.offering, "changed": changed}
            await customer_store.write_audit(
                conn, context.caller, context.at, "outcome.report", "customer_id", str(item.customer), detail
            )
        return ReportOutcomePayload(changed=changed, user_errors=[])
