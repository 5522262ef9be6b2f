"""The bill of a month under one plan or several, line by line, and the effect of a rating unit.

Knows how a bill is shown and where offerings of any version are found; must not reckon.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Annotated

import strawberry

from api.graphql.access import PRODUCT
from api.graphql.common import ContextInput, Money, TimePeriod, UserError, View, view_of
from api.graphql.context import Context, JishiInfo
from api.graphql.errors import BadRequest
from api.graphql.price import Quantity
from api.graphql.quote_inputs import (
    Known,
    QuotePlanInput,
    QuoteUsageInput,
    check_sizes,
    checked_time,
    plans_of,
    usage_of,
)
from catalog import quote_text, rating_effect, version_store
from catalog.bill import Bill, BillLine
from catalog.charge import LineKind
from catalog.eligibility import ENDED
from catalog.holding import QuoteRefused
from catalog.lifecycle import EDITABLE
from catalog.offering import Offering
from catalog.price import Money as MoneyValue
from catalog.quote import cheapest, quote
from catalog.rating import Carried
from catalog.usage import Usage

MAX_LENGTHS, MAX_SECONDS = 3_600, 86_400
LineKindEnum = strawberry.enum(LineKind, name="QuoteLineKind", description="What a line of a bill is. 账单行类型。")


def _exact(value: Decimal) -> Decimal:
    return Decimal(quote_text.plain(value))


@strawberry.type(description="One line of a bill, and the rule that made it. 账单行。")
class QuoteLine:
    line: strawberry.Private[BillLine]
    currency: strawberry.Private[str]
    view: strawberry.Private[View]

    def _money(self, value: Decimal) -> Money:
        return Money.of(MoneyValue(self.currency, value))

    @strawberry.field(description="The place of the item that it is for, from 0. 报价项序号。")
    def item(self) -> int:
        return self.line.root

    @strawberry.field(
        description="The code of the offering whose price this is: the item, or what is inside it. 产品代码。"
    )
    def offering(self) -> str:
        return self.line.offering

    @strawberry.field(description="The code of the price or of the term. 价格或条款代码。")
    def code(self) -> str:
        return self.line.code

    @strawberry.field(description="A fee, use, a discount, … 类型。")
    def kind(self) -> LineKindEnum:  # type: ignore[valid-type]
        return self.line.kind

    @strawberry.field(description="What people call the price. 名称。")
    def name(self) -> str | None:
        return self.view.say_if(self.line.name)

    @strawberry.field(description="The rule that made the line, in a sentence. 计费规则。")
    def rule(self) -> str:
        return self.view.say(self.line.rule)

    @strawberry.field(description="How much of what; without a unit, pieces or connections. 数量。")
    def quantity(self) -> Decimal:
        return _exact(self.line.quantity)

    @strawberry.field(description="The unit of the quantity. 单位。")
    def units(self) -> str | None:
        return self.line.units

    @strawberry.field(description="The price of what the rule names. 单价。")
    def unit_price(self) -> Money | None:
        return None if self.line.unit_price is None else self._money(self.line.unit_price)

    @strawberry.field(description="Before rounding, to six decimals. 舍入前金额。")
    def exact(self) -> Decimal:
        return _exact(self.line.exact)

    @strawberry.field(description="Rounded half up, with VAT inside or not as taxIncluded says. 金额。")
    def amount(self) -> Money:
        return self._money(self.line.amount)

    @strawberry.field(description="Whether VAT is inside the amount. 是否含税。")
    def tax_included(self) -> bool:
        return self.line.tax.included

    @strawberry.field(description="The VAT rate; null: not said, so that net is gross. 税率。")
    def tax_rate(self) -> Decimal | None:
        return self.line.tax.rate

    @strawberry.field(description="Without VAT. 不含税。")
    def net(self) -> Money:
        return self._money(self.line.net)

    @strawberry.field(description="The VAT. 税额。")
    def tax(self) -> Money:
        return self._money(self.line.tax_amount)

    @strawberry.field(description="With VAT. 含税。")
    def gross(self) -> Money:
        return self._money(self.line.gross)


@strawberry.type(description="What is left of an allowance or a credit for the next month. 结转。")
class QuoteCarried:
    item: int
    offering: str
    code: str
    quantity: Quantity

    @classmethod
    def of(cls, one: Carried) -> QuoteCarried:
        left = Quantity(amount=_exact(one.quantity.amount), units=one.quantity.units)
        return cls(item=one.root, offering=one.offering, code=one.code, quantity=left)


@strawberry.type(description="Use that no price of the plan covers. 未定价的使用量。")
class QuoteUnrated:
    quantity: Quantity
    count: int
    at: datetime | None

    @classmethod
    def of(cls, one: Usage) -> QuoteUnrated:
        return cls(quantity=Quantity.of(one.quantity), count=one.count, at=one.at)


@strawberry.type(description="The bill of one plan in one month. 账单。")
class QuoteBill:
    bill: strawberry.Private[Bill]
    view: strawberry.Private[View]

    name: str = strawberry.field(description="The plan's name, or its place from 1. 方案名称。")

    @strawberry.field(description="The month of the bill, where the operator is. 账期。")
    def period(self) -> TimePeriod:
        return TimePeriod.of(self.bill.month.period)

    @strawberry.field(description="The lines, item by item. 账单行。")
    def line(self) -> list[QuoteLine]:
        return [QuoteLine(line=one, currency=self.bill.currency, view=self.view) for one in self.bill.lines]

    @strawberry.field(description="Without VAT: the sum of the lines. 不含税合计。")
    def net(self) -> Money:
        return self._money(self.bill.net)

    @strawberry.field(description="The VAT: the sum of the lines. 税额合计。")
    def tax(self) -> Money:
        return self._money(self.bill.tax)

    @strawberry.field(description="What is to be paid: the sum of the lines. 应付合计。")
    def gross(self) -> Money:
        return self._money(self.bill.gross)

    @strawberry.field(description="What goes on to the next month. 结转至下月。")
    def carried(self) -> list[QuoteCarried]:
        return [QuoteCarried.of(one) for one in self.bill.carried]

    @strawberry.field(description="Use for which the plan has no price; it is not in the sums. 未定价的使用量。")
    def unrated(self) -> list[QuoteUnrated]:
        return [QuoteUnrated.of(one) for one in self.bill.unrated]

    def _money(self, value: Decimal) -> Money:
        return Money.of(MoneyValue(self.bill.currency, value))


@strawberry.type(description="The same use under each plan, in their order. 报价。")
class Quote:
    bill: list[QuoteBill] = strawberry.field(description="One for each plan. 各方案账单。")
    cheapest: int | None = strawberry.field(
        description="The place of the cheapest plan that has a price for all the use, from 0. 最便宜的方案。"
    )
    rounding: str | None = strawberry.field(description="How amounts were rounded. 舍入规则。")
    user_errors: list[UserError]


@strawberry.type(description="What a rating unit does to what is billed. 计费单元的影响。")
class RatingEffect:
    increment: int = strawberry.field(description="The rating unit in seconds. 计费单元（秒）。")
    billed_seconds: float = strawberry.field(description="Billed for a call on average. 平均计费时长。")
    revenue_index: float = strawberry.field(description="Revenue, where rating by the second is 100. 收入指数。")


@strawberry.input(description="How many calls last so long. 通话时长分布。")
class CallLengthInput:
    seconds: int
    calls: float = 1.0


Plans = Annotated[list[QuotePlanInput], strawberry.argument(description="The plans to compare. 待比较的方案。")]
At = Annotated[
    datetime | None, strawberry.argument(description="In the month of the bill; absent: context.asOf, or now. 账期。")
]
Lengths = Annotated[list[CallLengthInput], strawberry.argument(description="The calls of some time. 通话时长分布。")]
Increments = Annotated[list[int], strawberry.argument(description="Rating units in seconds. 计费单元（秒）。")]


@strawberry.type
class QuoteQuery:
    @strawberry.field(description="The exact bill of a month, for the same use under one plan or several. 报价。")
    async def quote(
        self,
        info: JishiInfo,
        plans: Plans,
        usage: list[QuoteUsageInput] | None = None,
        at: At = None,
        context: ContextInput | None = None,
    ) -> Quote:
        asked = context or ContextInput()
        try:
            moment = checked_time(at or asked.as_of or info.context.at, ("at",))
            view = view_of(info.context, replace(asked, as_of=moment))
            check_sizes(plans, usage or [])
            known, parts = await _offerings(info.context, plans, view)
            wanted, used = plans_of(plans, known), usage_of(usage or [])
            bills = quote(wanted, used, at=moment, zone=info.context.zone, offerings=parts)
        except QuoteRefused as refused:
            message = refused.message.said(info.context.language)
            error = UserError(path=[str(step) for step in refused.path], code=refused.code, message=message)
            return Quote(bill=[], cheapest=None, rounding=None, user_errors=[error])
        shown = [QuoteBill(bill=one, view=view, name=plan.name) for plan, one in zip(wanted, bills, strict=True)]
        best = cheapest(bills)
        return Quote(
            bill=shown,
            cheapest=None if bills[best].unrated else best,
            rounding=view.say(quote_text.ROUNDING),
            user_errors=[],
        )

    @strawberry.field(description="How billed time and revenue change with the rating unit. 计费单元的影响。")
    def rating_effect(self, call_lengths: Lengths, increments: Increments) -> list[RatingEffect]:
        if len(call_lengths) > MAX_LENGTHS or len(increments) > 100:
            raise BadRequest(en="give at most 3600 lengths and 100 units", zh="最多 3600 个时长和 100 个计费单元")
        if (
            not all(1 <= one.seconds <= MAX_SECONDS and 0 < one.calls < 1e12 for one in call_lengths)
            or not call_lengths
        ):
            raise BadRequest(en="calls last 1 to 86400 seconds, and there are some", zh="通话时长须为 1 到 86400 秒")
        if not all(1 <= one <= MAX_SECONDS for one in increments):
            raise BadRequest(en="a rating unit is 1 to 86400 seconds", zh="计费单元须为 1 到 86400 秒")
        lengths: dict[int, float] = {}
        for one in call_lengths:
            lengths[one.seconds] = lengths.get(one.seconds, 0.0) + one.calls
        found = rating_effect.rating_effect(lengths, increments)
        return [
            RatingEffect(increment=one.increment, billed_seconds=one.billed_seconds, revenue_index=one.revenue_index)
            for one in found
        ]


async def _offerings(context: Context, plans: list[QuotePlanInput], view: View) -> tuple[Known, Mapping[str, Offering]]:
    """What the items name, in force or in the version that is held, and the offerings that may stand in bundles."""
    in_force = view.moment.offerings
    asked = {item.code for plan in plans for item in plan.items}
    known: dict[tuple[str, int | None], Offering] = {(code, None): in_force[code] for code in asked if code in in_force}
    held = {item.code for plan in plans for item in plan.items if item.version is not None}
    if not held:
        return known, in_force
    async with context.services.db.connection() as conn, conn.transaction(isolation="repeatable_read", readonly=True):
        found = [one for code in sorted(held) for one in await version_store.of_code(conn, code)]
    # A version in design is nobody's but its makers'.
    may = [one for one in found if one.lifecycle_status not in EDITABLE or context.principal.role in PRODUCT]
    known |= {(one.code, one.version): one for one in may}
    snapshot = view.moment.snapshot
    ended = ((code, snapshot.latest(code)) for code in snapshot.versions)
    return known, {code: one for code, one in ended if one and one.lifecycle_status in ENDED} | dict(in_force)
