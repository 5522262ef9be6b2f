"""Single changes of customers: what is known of one lands at once, and their say over personal offers.

Knows inputs and whose customer it may be; must not know statements, and shows nothing of the customer.
"""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from enum import Enum
from typing import Any

import strawberry
from strawberry import UNSET
from strawberry.scalars import JSON
from strawberry.utils.str_converters import to_camel_case

from api.graphql.common import UserError
from api.graphql.context import Context, JishiInfo
from api.graphql.edits import KeyedInput, Response, once, user_error, wrong_texts, wrong_times
from api.graphql.product_mutations import NO_CUSTOMER
from catalog import customer_service
from catalog.customer_edit import Fields
from catalog.errors import EditRefused, Problem
from catalog.text import Text
from sql.pool import Connection

NAME_ONE = Text("请指明客户", "name the customer")
NO_OBJECT = Text('必须是 JSON 对象，如 {"age": "18-24"}', 'must be a JSON object, like {"age": "18-24"}')


@strawberry.enum(description="A person or an enterprise. 个人或集团。")
class CustomerKind(Enum):
    PERSON = "PERSON"
    ENTERPRISE = "ENTERPRISE"


@strawberry.enum(description="Where a customer stands. 客户状态。")
class CustomerStatus(Enum):
    PROSPECTIVE = "prospective"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"


@strawberry.enum(description="Of an enterprise: A to C are managed ones. 集团级别。")
class SizeClass(Enum):
    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"
    F = "F"
    G = "G"


@strawberry.input(description="A customer as known from now on; what is left out stays, null empties it. 客户。")
class UpsertCustomerInput(KeyedInput):
    customer_id: strawberry.ID = strawberry.field(description="The operator's own id of this customer. 客户编号。")
    kind: CustomerKind | None = UNSET
    status: CustomerStatus | None = UNSET
    msisdn: str | None = strawberry.field(default=UNSET, description="The phone number. 号码。")
    name: str | None = UNSET
    place: str | None = strawberry.field(default=UNSET, description="Province/city/district, as codes. 所在地。")
    brand: str | None = UNSET
    joined_at: datetime | None = UNSET
    enterprise: str | None = strawberry.field(
        default=UNSET, description="The customer id of the enterprise that this person belongs to. 所属集团。"
    )
    industry: str | None = UNSET
    size_class: SizeClass | None = UNSET
    account_manager: str | None = UNSET
    tags: list[str] | None = UNSET
    personalisation: bool | None = UNSET
    attributes: JSON | None = strawberry.field(
        default=UNSET, description='Declared attributes that changed, like {"age": "18-24"}; null removes one. 属性。'
    )
    known_from: datetime | None = strawberry.field(
        default=None, description="Since when the attributes are known; absent: now. 属性起始时间。"
    )


@strawberry.type(description="What became of a customer. 客户变更结果。")
class UpsertCustomerPayload:
    changed: bool = strawberry.field(description="False: it was known already, just so. 是否有变化。")
    user_errors: list[UserError]


@strawberry.input(description="Whether offers may be picked for this customer alone. 个性化推荐开关。")
class SetPersonalisationInput(KeyedInput):
    customer_id: strawberry.ID | None = strawberry.field(
        default=None, description="Whose; somebody signed in leaves it out. 客户编号，本人可省略。"
    )
    personalisation: bool


@strawberry.type(description="What became of the switch; it holds from the next request on. 开关结果。")
class SetPersonalisationPayload:
    personalisation: bool | None = strawberry.field(description="As it is now; null: nothing happened. 当前状态。")
    changed: bool
    user_errors: list[UserError]


def _given(asked: UpsertCustomerInput) -> dict[str, Any]:
    found = {one.name: getattr(asked, one.name) for one in fields(Fields)}
    return {key: one.value if isinstance(one, Enum) else one for key, one in found.items() if one is not UNSET}


def _wrong(context: Context, asked: UpsertCustomerInput) -> list[UserError]:
    errors = wrong_texts(context, customerId=asked.customer_id)
    if not asked.customer_id:
        errors.append(user_error(context, ["customerId"], "MISSING", NAME_ONE))
    if asked.attributes and not isinstance(asked.attributes, dict):
        errors.append(user_error(context, ["attributes"], "INVALID", NO_OBJECT))
    joined = asked.joined_at if asked.joined_at is not UNSET else None
    return errors + wrong_times(context, joinedAt=joined, knownFrom=asked.known_from)


def _told(context: Context, problem: Problem) -> UserError:
    first, *rest = problem.path
    return user_error(context, [to_camel_case(str(first)), *rest], problem.code, problem.message)


@strawberry.type
class CustomerMutation:
    @strawberry.mutation(description="Makes or changes a customer, by the operator's id. 新增或修改客户。")
    async def upsert_customer(self, info: JishiInfo, input: UpsertCustomerInput) -> UpsertCustomerPayload:
        context = info.context
        if errors := _wrong(context, input):
            return UpsertCustomerPayload(changed=False, user_errors=errors)
        attributes: Any = input.attributes or {}

        async def act(conn: Connection) -> Response:
            changed = await customer_service.upsert(
                conn,
                input.customer_id,
                _given(input),
                attributes,
                context.caller,
                context.at,
                known_from=input.known_from or context.at,
            )
            return {"changed": changed}

        try:
            response = await once(context, "upsertCustomer", input, act)
        except EditRefused as refused:
            return UpsertCustomerPayload(changed=False, user_errors=[_told(context, one) for one in refused.problems])
        if isinstance(response, list):
            return UpsertCustomerPayload(changed=False, user_errors=response)
        return UpsertCustomerPayload(changed=response["changed"], user_errors=[])

    @strawberry.mutation(description="Switches personal offers on or off for a customer. 设置个性化推荐开关。")
    async def set_personalisation(self, info: JishiInfo, input: SetPersonalisationInput) -> SetPersonalisationPayload:
        context = info.context
        code = input.customer_id or context.principal.customer
        errors = wrong_texts(context, customerId=code)
        if not code:
            errors.append(user_error(context, ["customerId"], "MISSING", NAME_ONE))
        elif context.principal.role == "customer" and code != context.principal.customer:
            errors.append(user_error(context, ["customerId"], "UNKNOWN_CUSTOMER", NO_CUSTOMER))
        if errors or not code:
            return SetPersonalisationPayload(personalisation=None, changed=False, user_errors=errors)
        named = code

        async def act(conn: Connection) -> Response:
            changed = await customer_service.set_personalisation(
                conn, named, input.personalisation, context.caller, context.at
            )
            return {"errors": True} if changed is None else {"changed": changed}

        response = await once(context, "setPersonalisation", input, act)
        if isinstance(response, list):
            return SetPersonalisationPayload(personalisation=None, changed=False, user_errors=response)
        if response.get("errors"):
            errors = [user_error(context, ["customerId"], "UNKNOWN_CUSTOMER", NO_CUSTOMER)]
            return SetPersonalisationPayload(personalisation=None, changed=False, user_errors=errors)
        return SetPersonalisationPayload(
            personalisation=input.personalisation, changed=response["changed"], user_errors=[]
        )
