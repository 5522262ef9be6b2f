"""Something is accepted, and moves on: the mutations of hand-overs.

Knows inputs and the order of the steps; must not know rules of eligibility or prices.
"""

from __future__ import annotations

from decimal import Decimal

import strawberry

from api.graphql import customer as customers
from api.graphql.common import ContextInput, UserError, View, view_of
from api.graphql.context import Context, JishiInfo
from api.graphql.edits import KeyedInput, Response, once, user_error, wrong_money, wrong_texts
from api.graphql.hand_over_check import Checked, Wanted, check
from api.graphql.handed_over import HandedOver, HandOverPayload, StatusEnum
from api.graphql.product_mutations import NO_CUSTOMER
from api.graphql.qualification import is_internal
from api.graphql.quote_inputs import MAX_COUNT, QuoteChoiceInput
from api.graphql.situation import question
from api.tokens import BadItem, ItemToken
from catalog import customer_store
from catalog.customer import Customer
from catalog.customer_store import Outcome
from catalog.desk.editing import refused
from catalog.errors import EditRefused
from catalog.feeds import hand_over_service, hand_over_store
from catalog.feeds.hand_over import HandOverStatus, NewHandOver
from catalog.offering import Offering
from catalog.text import Text
from sql.pool import Connection

MAX_PARTS, MAX_NOTE = 50, 1000
UNKNOWN_ITEM = Text("不是此客户的有效推荐项", "is no id of an item that this customer was recommended")
OTHER_OFFERING = Text("与推荐项的产品不一致", "is not what the item recommends")
NAME_ONE = Text("请指明产品或推荐项", "name the offering, or the recommended item")
COUNTS = Text(f"须在 1 到 {MAX_COUNT} 之间", f"must lie between 1 and {MAX_COUNT}")
TOO_LONG = Text(f"不能超过 {MAX_NOTE} 个字符", f"is longer than {MAX_NOTE} characters")
NO_HAND_OVER = Text("没有此单据", "there is no such hand-over")


@strawberry.input(description="What a customer accepted. 受理内容。")
class HandOverInput(KeyedInput):
    customer_id: strawberry.ID | None = strawberry.field(
        default=None, description="Absent: the customer who is signed in. 客户编号，客户本人可省略。"
    )
    item_id: strawberry.ID | None = strawberry.field(
        default=None, description="The recommended item that was accepted; its outcome is kept with it. 推荐项编号。"
    )
    product_offering: str | None = strawberry.field(default=None, description="Its code; absent: the item's. 代码。")
    quantity: int = 1
    choice: list[QuoteChoiceInput] = strawberry.field(
        default_factory=list, description="Parts of a bundle that differ from its defaults. 成员选择。"
    )
    term: str | None = strawberry.field(default=None, description="The code of the term that was chosen. 条款代码。")
    replaces: str | None = strawberry.field(
        default=None, description="The code of what is held and gives way: a step up. 将被替换的产品代码。"
    )
    trial: bool = strawberry.field(default=False, description="To try it first. 先试用。")
    monthly_price: Decimal | None = strawberry.field(
        default=None, description="What the customer was told; when it changed, nothing is handed over. 告知的月费。"
    )
    channel: str | None = None
    agent: str | None = None
    contact_consent: bool = strawberry.field(
        default=False, description="The customer agrees to be called about it. 是否同意联系。"
    )
    note: str | None = strawberry.field(default=None, description="For whoever delivers it. 备注。")


@strawberry.input(description="A hand-over as it goes on. 单据流转。")
class UpdateHandOverInput(KeyedInput):
    id: strawberry.ID
    status: StatusEnum  # type: ignore[valid-type]
    etag: str | None = strawberry.field(default=None, description="Absent: whatever its state. 版本标记。")
    reason: str | None = None
    external_id: str | None = strawberry.field(default=None, description="The order system's own number. 外部单号。")
    account_manager: str | None = None


@strawberry.type
class HandOverMutation:
    @strawberry.mutation(
        description="Hands over what a customer accepted: an order, or a lead where the channel is too simple for it. "
        "受理产品，生成订单或商机。"
    )
    async def hand_over(self, info: JishiInfo, input: HandOverInput) -> HandOverPayload:
        context = info.context
        view = view_of(context, ContextInput(channel=input.channel))
        if errors := _wrong(context, input):
            return HandOverPayload(object=None, user_errors=errors)
        code = input.customer_id or context.principal.customer
        customer = await customers.find(context, code, None, "customer.hand_over", context.at) if code else None
        if customer is None:
            return _refused(context, ["customerId"], "UNKNOWN_CUSTOMER", NO_CUSTOMER)
        item = _item(context, input, customer)
        if isinstance(item, list):
            return HandOverPayload(object=None, user_errors=item)
        wanted = _wanted(context, input, item)
        if isinstance(wanted, list):
            return HandOverPayload(object=None, user_errors=wanted)
        asked = await question(context, view, customer, is_internal=is_internal(context))
        # A retry is answered as the first time, whatever holds by now.
        checked: Checked | list[UserError] | None = None

        async def act(conn: Connection) -> Response:
            nonlocal checked
            checked = check(context, wanted, asked)
            if isinstance(checked, list):
                return {"errors": True}
            if await hand_over_store.hold(conn, customer.code, context.principal.limit) is None:
                raise refused(("customerId",), "UNKNOWN_CUSTOMER", NO_CUSTOMER.zh or "", NO_CUSTOMER.en or "")
            number = await hand_over_service.accept(
                conn,
                _made(customer, input, checked, item),
                _siblings(checked.offering, view),
                context.caller,
                context.at,
            )
            if item is not None:
                await customer_store.put_outcome(conn, _accepted(context, input, item))
            return {"id": number}

        try:
            response = await once(context, "handOver", input, act)
        except EditRefused as error:
            return HandOverPayload(object=None, user_errors=_told(context, error))
        if isinstance(checked, list):
            return HandOverPayload(object=None, user_errors=checked)
        return await _payload(context, response, view)

    @strawberry.mutation(description="An order system or an account manager says how it goes on. 更新单据状态。")
    async def update_hand_over(self, info: JishiInfo, input: UpdateHandOverInput) -> HandOverPayload:
        context = info.context
        errors = wrong_texts(
            context, reason=input.reason, externalId=input.external_id, accountManager=input.account_manager
        )
        if errors:
            return HandOverPayload(object=None, user_errors=errors)
        if not input.id.isascii() or not input.id.isdecimal() or len(input.id) > 18:
            return _refused(context, ["id"], "NOT_FOUND", NO_HAND_OVER)

        async def act(conn: Connection) -> Response:
            await hand_over_service.update(
                conn,
                int(input.id),
                HandOverStatus(input.status),
                context.caller,
                context.at,
                etag=_etag(input.etag),
                reason=input.reason,
                external_id=input.external_id,
                account_manager=input.account_manager,
            )
            return {"id": int(input.id)}

        try:
            response = await once(context, "updateHandOver", input, act)
        except EditRefused as error:
            return HandOverPayload(object=None, user_errors=_told(context, error))
        return await _payload(context, response, view_of(context, None))


def _etag(text: str | None) -> int | None:
    """An etag that is none of ours is that of no state."""
    if text is None:
        return None
    return int(text) if text.isascii() and text.isdecimal() else 0


def _wrong(context: Context, given: HandOverInput) -> list[UserError]:
    errors = wrong_texts(context, channel=given.channel, agent=given.agent, term=given.term)
    errors += wrong_money(context, monthlyPrice=given.monthly_price)
    if not 1 <= given.quantity <= MAX_COUNT:
        errors.append(user_error(context, ["quantity"], "OUTSIDE_LIMITS", COUNTS))
    if len(given.choice) > MAX_PARTS or not all(0 <= one.count <= MAX_COUNT for one in given.choice):
        errors.append(user_error(context, ["choice"], "OUTSIDE_LIMITS", COUNTS))
    if given.note is not None and len(given.note) > MAX_NOTE:
        errors.append(user_error(context, ["note"], "TOO_LONG", TOO_LONG))
    return errors


def _item(context: Context, given: HandOverInput, customer: Customer) -> ItemToken | list[UserError] | None:
    """The recommended item, which must be this customer's."""
    if given.item_id is None:
        return None
    try:
        item = context.services.signer.read(given.item_id)
    except BadItem:
        item = None
    if item is None or item.customer != customer.id:
        return [user_error(context, ["itemId"], "UNKNOWN_ITEM", UNKNOWN_ITEM)]
    return item


def _wanted(context: Context, given: HandOverInput, item: ItemToken | None) -> Wanted | list[UserError]:
    of_item = context.snapshot.codes_by_id.get(item.offering) if item else None
    code = given.product_offering or of_item
    if code is None:
        return [user_error(context, ["productOffering"], "MISSING", NAME_ONE)]
    if of_item is not None and code != of_item:
        return [user_error(context, ["productOffering"], "OTHER_OFFERING", OTHER_OFFERING)]
    choice = {one.code: one.count for one in given.choice}
    return Wanted(code, given.quantity, choice, given.term, given.trial, given.monthly_price, given.replaces)


def _made(customer: Customer, given: HandOverInput, checked: Checked, item: ItemToken | None) -> NewHandOver:
    return NewHandOver(
        kind=checked.kind,
        customer_id=customer.id,
        offering_id=checked.offering.id,
        version=checked.offering.version,
        quantity=given.quantity,
        parts={one.code: one.count for one in given.choice},
        term=given.term,
        is_trial=given.trial,
        trial_until=checked.trial_until,
        quote=checked.quote,
        channel=given.channel,
        agent=given.agent,
        contact_consent=given.contact_consent,
        note=given.note,
        recommendation_id=item.recommendation_id if item else None,
        replaces=given.replaces,
    )


def _siblings(offering: Offering, view: View) -> list[int]:
    """The offerings that share the item of this one: a market's copy is the same to try."""
    snapshot = view.moment.snapshot
    known = (snapshot.latest(code) for code in snapshot.versions)
    return [one.id for one in known if one and one.item == offering.item]


def _accepted(context: Context, given: HandOverInput, item: ItemToken) -> Outcome:
    return Outcome(
        customer_id=item.customer,
        recommendation_id=item.recommendation_id,
        offering_id=item.offering,
        outcome="ACCEPTED",
        at=context.at,
        channel=given.channel,
        agent=given.agent,
        reason=None,
        model_version=item.model,
        priority=item.priority,
        score=item.score,
        propensity=item.propensity,
        in_control=item.in_control,
    )


async def _payload(context: Context, response: Response | list[UserError], view: View) -> HandOverPayload:
    if isinstance(response, list):
        return HandOverPayload(object=None, user_errors=response)
    async with context.services.db.connection() as conn:
        found = await hand_over_store.one(conn, response["id"], context.principal.limit)
    return HandOverPayload(object=HandedOver(one=found, view=view) if found else None, user_errors=[])


def _refused(context: Context, path: list[str], code: str, message: Text) -> HandOverPayload:
    return HandOverPayload(object=None, user_errors=[user_error(context, path, code, message)])


def _told(context: Context, error: EditRefused) -> list[UserError]:
    return [user_error(context, one.path, one.code, one.message) for one in error.problems]
