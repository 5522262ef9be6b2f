"""What a customer loses, keeps and gains when they move from one offering to another, as GraphQL shows it.

Knows how the lines are shown; must not reckon anything.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from api.graphql.common import ContextInput, Money, View, view_of
from api.graphql.context import JishiInfo
from api.graphql.errors import BadRequest
from api.graphql.offering import ProductOffering
from api.graphql.qualification import ProductOfferingQualificationItem, is_internal, who_asks
from api.graphql.situation import question
from catalog.customer import Customer
from catalog.moment import Moment
from catalog.qualifying.change_impact import Change, ChangeImpact, Effect, Line, Subject, impact
from catalog.qualifying.qualification import Answered
from catalog.qualifying.service import answer

EffectEnum = strawberry.enum(
    Effect,
    name="ChangeEffect",
    description="CONFLICT: what is held and the new offering shut each other out. 影响。",
)
SubjectEnum = strawberry.enum(
    Subject,
    name="ChangeSubject",
    description="DEPENDANT: something else that is held. A TERM that is lost was not over. 所涉内容。",
)
From = Annotated[str, strawberry.argument(name="from", description="Code of what is held. 现有产品。")]


@strawberry.type(description="One thing that is lost, kept or gained. 一项影响。")
class ChangeImpactLine:
    line: strawberry.Private[Line]
    view: strawberry.Private[View]

    @strawberry.field(description="What becomes of it. 影响。")
    def effect(self) -> EffectEnum:  # type: ignore[valid-type]
        return self.line.effect

    @strawberry.field(description="What kind of thing it is. 内容。")
    def subject(self) -> SubjectEnum:  # type: ignore[valid-type]
        return self.line.subject

    @strawberry.field(
        description="Code of the part, price, term or offering; of an allowance, what it measures. 代码。"
    )
    def code(self) -> str:
        return self.line.code

    @strawberry.field(description="For people. 说明。")
    def message(self) -> str:
        return self.view.say(self.line.message)

    @strawberry.field(description="What leaving a term before its end costs, with VAT. 提前解约费用。")
    def amount(self) -> Money | None:
        return Money.of(self.line.amount) if self.line.amount else None


@strawberry.type(description="What moving from one offering to another means for a customer. 变更影响。")
class OfferingChangeImpact:
    found: strawberry.Private[ChangeImpact]
    answered: strawberry.Private[Answered]
    change: strawberry.Private[Change]
    view: strawberry.Private[View]

    @strawberry.field(name="from", description="What is left. 现有产品。")
    def left(self) -> ProductOffering:
        return ProductOffering.of(self.change.left, self.view)

    @strawberry.field(description="What is taken. 目标产品。")
    def to(self) -> ProductOffering:
        return ProductOffering.of(self.change.taken, self.view)

    @strawberry.field(description="Whether the customer may make this move at all. 是否可以变更。")
    def qualification(self) -> ProductOfferingQualificationItem:
        return ProductOfferingQualificationItem(answered=self.answered, view=self.view)

    @strawberry.field(description="What is touched, what is lost first. 影响明细。")
    def line(self) -> list[ChangeImpactLine]:
        return [ChangeImpactLine(line=one, view=self.view) for one in self.found.lines]

    @strawberry.field(
        description="What a whole month costs more (or less) without use, with VAT; null: not to be priced. 月费差。"
    )
    def monthly_difference(self) -> Money | None:
        return Money.of(self.found.difference) if self.found.difference else None


@strawberry.type
class ChangeImpactQuery:
    @strawberry.field(
        description="What a customer loses, keeps and gains by moving from an offering they hold to another. 变更影响。"
    )
    async def change_impact(
        self,
        info: JishiInfo,
        from_: From,
        to: str,
        customer_id: strawberry.ID | None = None,
        msisdn: str | None = None,
        context: ContextInput | None = None,
    ) -> OfferingChangeImpact | None:
        view = view_of(info.context, context)
        is_asked, who = await who_asks(info.context, customer_id, msisdn, context, view, "change.read")
        if not is_asked:
            raise BadRequest(en="name the customer by customerId or by msisdn", zh="请用 customerId 或 msisdn 指明客户")
        if who is None:
            return None
        asked = await question(info.context, view, who, is_internal=is_internal(info.context))
        if asked.held is None or from_ not in asked.held:
            raise BadRequest(en=f"the customer does not hold {from_}", zh=f"该客户未订购 {from_}")
        left, taken = view.moment.snapshot.latest(from_), view.moment.offerings.get(to)
        if left is None or taken is None or from_ == to:
            raise BadRequest(en=f"there is no other offering {to} in force", zh=f"没有可变更的在售产品 {to}")
        change = Change(left, taken, _since(who, from_, view.moment), asked.held, asked.at)
        (answered,) = answer(asked, [to], frozenset({from_}))
        return OfferingChangeImpact(found=impact(change, view.moment), answered=answered, change=change, view=view)


def _since(who: Customer, code: str, moment: Moment) -> datetime | None:
    """Since when it has been held, None where nobody knows."""
    names = moment.snapshot.codes_by_id
    starts = [one.start_date for one in who.held if names.get(one.offering_id) == code and one.start_date]
    return min(starts, default=None)
