"""What was accepted and is on its way, as channels, account managers and order systems see it.

Knows how a hand-over is shown; must not know who may see which, or how one comes about.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import strawberry
from strawberry.scalars import JSON

from api.graphql.common import Money, UserError, View
from api.graphql.context import JishiInfo
from api.graphql.hand_over_kind import HandOverKindEnum
from api.graphql.offering import ProductOffering, offering_held
from catalog.feeds import hand_over_store
from catalog.feeds.hand_over import HandOver as HandOverValue
from catalog.feeds.hand_over import HandOverEvent as EventValue
from catalog.feeds.hand_over import HandOverStatus
from catalog.feeds.hand_over_store import Step
from catalog.price import Money as MoneyValue

StatusEnum = strawberry.enum(HandOverStatus, description="Where a hand-over stands (TMF622). 单据状态。")


@strawberry.type(description="A step of a hand-over. 单据流转。")
class HandOverStep:
    step: strawberry.Private[Step]

    @strawberry.field
    def at(self) -> datetime:
        return self.step.at

    @strawberry.field
    def status(self) -> StatusEnum:  # type: ignore[valid-type]
        return HandOverStatus(self.step.status)

    @strawberry.field(description="Why, in a few words. 原因。")
    def reason(self) -> str | None:
        return self.step.reason

    @strawberry.field(description="Who did it. 操作者。")
    def subject(self) -> str:
        return self.step.subject


@strawberry.type(description="How many of a part of a bundle. 成员选择。")
class HandedOverPart:
    code: str
    count: int


@strawberry.type(description="What a customer accepted, on its way to whoever delivers it. 已受理的订单或商机。")
class HandedOver:
    one: strawberry.Private[HandOverValue]
    view: strawberry.Private[View]

    @strawberry.field(description="Its number. 编号。")
    def id(self) -> strawberry.ID:
        return strawberry.ID(str(self.one.id))

    @strawberry.field(description="An order, or a lead for what the channel is too simple for. 订单或商机。")
    def kind(self) -> HandOverKindEnum:  # type: ignore[valid-type]
        return self.one.kind

    @strawberry.field
    def status(self) -> StatusEnum:  # type: ignore[valid-type]
        return self.one.status

    @strawberry.field
    def status_reason(self) -> str | None:
        return self.one.status_reason

    @strawberry.field(description="The operator's own id of the customer. 客户编号。")
    def customer_id(self) -> strawberry.ID:
        return strawberry.ID(self.one.customer)

    @strawberry.field(description="What was accepted, as it is now. 产品。")
    def product_offering(self) -> ProductOffering | None:
        return offering_held(self.one.offering, self.view)

    @strawberry.field(description="The version that was accepted. 版本。")
    def version(self) -> int:
        return self.one.version

    @strawberry.field
    def quantity(self) -> int:
        return self.one.quantity

    @strawberry.field(description="The parts of a bundle that were chosen. 成员选择。")
    def parts(self) -> list[HandedOverPart]:
        return [HandedOverPart(code=code, count=count) for code, count in sorted(self.one.parts.items())]

    @strawberry.field(description="What is held and gives way to it. 将被替换的产品。")
    def replaces(self) -> ProductOffering | None:
        return offering_held(self.one.replaces, self.view) if self.one.replaces else None

    @strawberry.field(description="The term that was chosen. 条款。")
    def term(self) -> str | None:
        return self.one.term

    @strawberry.field(description="To try it first. 是否试用。")
    def is_trial(self) -> bool:
        return self.one.is_trial

    @strawberry.field(description="Nothing is due before then, when it starts at once. 试用截止，此前免费。")
    def trial_until(self) -> datetime | None:
        return self.one.trial_until

    @strawberry.field(description="A month without use, with VAT, as it was when it was accepted. 受理时月费。")
    def quoted_month(self) -> Money | None:
        quote = self.one.quote
        return Money.of(MoneyValue(quote["currency"], Decimal(quote["monthly"]))) if quote else None

    @strawberry.field(description="The bill of a first whole month, line by line, as it was then. 受理时报价。")
    def quote(self) -> JSON | None:
        return None if self.one.quote is None else JSON(dict(self.one.quote))

    @strawberry.field
    def channel(self) -> str | None:
        return self.one.channel

    @strawberry.field
    def agent(self) -> str | None:
        return self.one.agent

    @strawberry.field(description="Of a lead: who follows it up. 客户经理。")
    def account_manager(self) -> str | None:
        return self.one.account_manager

    @strawberry.field(description="The customer agreed to be called about it. 是否同意联系。")
    def contact_consent(self) -> bool:
        return self.one.contact_consent

    @strawberry.field
    def note(self) -> str | None:
        return self.one.note

    @strawberry.field(description="The order system's own number. 外部单号。")
    def external_id(self) -> str | None:
        return self.one.external_id

    @strawberry.field
    def created_at(self) -> datetime:
        return self.one.created_at

    @strawberry.field
    def updated_at(self) -> datetime:
        return self.one.updated_at

    @strawberry.field(description="Hand it to updateHandOver. 版本标记。")
    def etag(self) -> str:
        return str(self.one.etag)

    @strawberry.field(description="Every step so far, the first one first. 流转记录。")
    async def history(self, info: JishiInfo) -> list[HandOverStep]:
        async with info.context.services.db.connection() as conn:
            return [HandOverStep(step=one) for one in await hand_over_store.history(conn, self.one.id)]


@strawberry.type(description="A hand-over after an edit. 受理结果。")
class HandOverPayload:
    object: HandedOver | None
    user_errors: list[UserError]


@strawberry.type(description="One step of one hand-over, in the order in which they happened. 单据事件。")
class HandOverEvent:
    event: strawberry.Private[EventValue]
    view: strawberry.Private[View]

    @strawberry.field(description="Its number in the feed; go on with `after: sequence`. 序号。")
    def sequence(self) -> strawberry.ID:
        return strawberry.ID(str(self.event.sequence))

    @strawberry.field
    def at(self) -> datetime:
        return self.event.at

    @strawberry.field(description="The status before; null: it was accepted. 之前状态。")
    def before(self) -> StatusEnum | None:  # type: ignore[valid-type]
        return self.event.before_status

    @strawberry.field
    def status(self) -> StatusEnum:  # type: ignore[valid-type]
        return self.event.status

    @strawberry.field
    def reason(self) -> str | None:
        return self.event.reason

    @strawberry.field(description="The hand-over as it is now. 单据。")
    def hand_over(self) -> HandedOver:
        return HandedOver(one=self.event.hand_over, view=self.view)
