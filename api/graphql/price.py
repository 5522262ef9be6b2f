"""Prices as GraphQL shows them.

Knows the shape of a price; must not know which offering it belongs to.
"""

from __future__ import annotations

from decimal import Decimal

import strawberry

from api.graphql.common import Language, Money, TimePeriod, View
from catalog.price import Price, PriceType

PriceTypeEnum = strawberry.enum(PriceType, description="What kind of price this is. 价格类型。")


@strawberry.type(description="An amount of something countable: 10 GB, 60 s. 计量。")
class Quantity:
    amount: Decimal
    units: str


@strawberry.type(description="One price of an offering (TMF620 ProductOfferingPrice). 价格。")
class ProductOfferingPrice:
    price_: strawberry.Private[Price]
    view: strawberry.Private[View]

    @strawberry.field(description="Its identity, kept over versions. 代码。")
    def code(self) -> str:
        return self.price_.code

    @strawberry.field(description="What people call it. 名称。")
    def name(self, language: Language | None = None) -> str | None:
        return self.view.say_if(self.price_.name, language)

    @strawberry.field(description="One-time, recurring, by use, an allowance, a discount, … 类型。")
    def price_type(self) -> PriceTypeEnum:  # type: ignore[valid-type]
        return self.price_.price_type

    @strawberry.field(description="The amount of money; absent for allowances and percentages. 金额。")
    def price(self) -> Money | None:
        return Money.of(self.price_.price) if self.price_.price else None

    @strawberry.field(description="For discounts and penalties: per cent. 百分比。")
    def percentage(self) -> Decimal | None:
        return self.price_.percentage

    @strawberry.field(description="What the amount is for, or what an allowance includes. 计量单位。")
    def unit_of_measure(self) -> Quantity | None:
        measure = self.price_.unit_of_measure
        return Quantity(amount=measure.amount, units=measure.units) if measure else None

    @strawberry.field(description="How often a recurring price is charged: day, week, month, quarter, year. 周期。")
    def recurring_charge_period(self) -> str | None:
        return self.price_.recurring_charge_period

    @strawberry.field(description="Whether VAT is inside the amount. 是否含税。")
    def tax_included(self) -> bool:
        return self.price_.tax_included

    @strawberry.field(description="The VAT rate, like 0.06. 税率。")
    def tax_rate(self) -> Decimal | None:
        return self.price_.tax_rate

    @strawberry.field(description="When this price is in force. 有效期。")
    def valid_for(self) -> TimePeriod:
        return TimePeriod.of(self.price_.valid)
