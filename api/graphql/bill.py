"""A bill as GraphQL shows it: its lines with the rule that made each, its sums, and what goes on.

Knows the shape of a bill; must not know what was asked for.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import strawberry

from api.graphql.common import Money, TimePeriod, View
from api.graphql.price import Quantity
from catalog.price import Money as MoneyValue
from catalog.quoting import quote_text
from catalog.quoting.bill import Bill, BillLine
from catalog.quoting.charge import LineKind
from catalog.quoting.rating import Carried
from catalog.quoting.usage import Usage

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
