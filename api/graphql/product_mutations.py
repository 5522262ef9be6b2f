"""A subscription lands by a mutation.

Knows its input and what of it may be wrong; must not know statements.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import Enum

import strawberry

from api.graphql.common import UserError
from api.graphql.context import Context, JishiInfo
from api.graphql.edits import KeyedInput, Response, once, user_error, wrong_money, wrong_texts, wrong_times
from catalog import customer_store, trial_service
from catalog.feeds import hand_over_service
from catalog.text import Text
from catalog.trial import Trial
from catalog.trial_period import becomes
from sql.pool import Connection

NO_CUSTOMER = Text("没有此客户", "there is no such customer")
NO_OFFERING = Text("没有此产品", "there is no such offering")
ENDS_BEFORE = Text("结束早于开始", "ends before it starts")


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
class UpsertProductInput(KeyedInput):
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


def _wrong_product(context: Context, given: UpsertProductInput) -> list[UserError]:
    errors = wrong_texts(
        context, customerId=given.customer_id, instance=given.instance, channel=given.channel, agent=given.agent
    )
    errors += wrong_money(context, price=given.price)
    errors += wrong_times(context, startDate=given.start_date, terminationDate=given.termination_date)
    if not errors and given.start_date and given.termination_date and given.termination_date < given.start_date:
        errors.append(user_error(context, ["terminationDate"], "ENDS_BEFORE_START", ENDS_BEFORE))
    for key, code in (("offering", given.offering), ("bundle", given.bundle)):
        if code is not None and context.snapshot.latest(code) is None:
            errors.append(user_error(context, [key], "UNKNOWN_OFFERING", NO_OFFERING))
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


def _trial(context: Context, given: UpsertProductInput) -> Trial | None:
    """How the offering may be tried, in the version in force when the trial began."""
    if given.origin is not ProductOrigin.TRIAL or given.start_date is None:
        return None
    version = next(
        (one for one in context.snapshot.versions[given.offering] if one.is_launched(given.start_date)), None
    )
    found = version or context.snapshot.latest(given.offering)
    return found.trial if found else None


def _successor(context: Context, given: UpsertProductInput, trial: Trial | None) -> int | None:
    code = trial and becomes(trial, given.offering)
    found = context.snapshot.latest(code) if code else None
    return found.id if found else None


@strawberry.type
class ProductMutation:
    @strawberry.mutation(description="A subscription lands; it counts from the next recommendation on. 订购落地。")
    async def upsert_product(self, info: JishiInfo, input: UpsertProductInput) -> UpsertProductPayload:
        context = info.context
        errors = _wrong_product(context, input)
        if errors:
            return UpsertProductPayload(changed=False, user_errors=errors)
        trial = _trial(context, input)
        change = trial_service.dated(_change(context, input), trial, context.zone)

        async def act(conn: Connection) -> Response:
            customer = await customer_store.id_within(conn, input.customer_id, context.principal.limit)
            if customer is None:
                return {"errors": True}
            changed = await customer_store.put_product(conn, customer, change)
            changed |= await trial_service.follow(
                conn, customer, change, trial, _successor(context, input, trial), context.at, context.zone
            )
            if change.termination_date is None or change.termination_date > context.at:
                await hand_over_service.product_landed(
                    conn, customer, change.offering_id, change.status, context.caller, context.at
                )
            detail = {"offering": input.offering, "status": input.status.value, "changed": changed}
            await customer_store.write_audit(
                conn, context.caller, context.at, "product.upsert", "customer", input.customer_id, detail
            )
            return {"changed": changed}

        response = await once(context, "upsertProduct", input, act)
        if isinstance(response, list):
            return UpsertProductPayload(changed=False, user_errors=response)
        if response.get("errors"):
            errors = [user_error(context, ["customerId"], "UNKNOWN_CUSTOMER", NO_CUSTOMER)]
            return UpsertProductPayload(changed=False, user_errors=errors)
        return UpsertProductPayload(changed=response["changed"], user_errors=[])
