"""Prices and terms as GraphQL shows them.

Knows the shape of a price; must not know which offering it belongs to.
"""

from __future__ import annotations

from decimal import Decimal

import strawberry

from api.graphql.common import Language, Money, TimePeriod, View
from catalog import price as values
from catalog.price import Price, PriceType, Scope, Stacking, Tier, TierMode
from catalog.term import EarlyTermination, Term, TermKind
from catalog.time_window import TimeWindow

PriceTypeEnum = strawberry.enum(PriceType, description="What kind of price this is. 价格类型。")
TierModeEnum = strawberry.enum(
    TierMode, description="GRADUATED: each slice at its own tier; VOLUME: everything at the tier reached. 阶梯方式。"
)
StackingEnum = strawberry.enum(Stacking, description="Whether a discount may stand beside others. 叠加方式。")
ScopeEnum = strawberry.enum(
    Scope, description="What a discount or a minimum counts: its offering, or all on the bill. 作用范围。"
)
TermKindEnum = strawberry.enum(
    TermKind, description="Bound for a time, prices kept for a time, or a minimum spend. 条款类型。"
)


@strawberry.type(description="An amount of something countable: 10 GB, 60 s. 计量。")
class Quantity:
    amount: Decimal
    units: str

    @classmethod
    def of(cls, value: values.Quantity) -> Quantity:
        return cls(amount=value.amount, units=value.units)

    @classmethod
    def of_any(cls, value: values.Quantity | None) -> Quantity | None:
        return cls.of(value) if value else None


def _money(value: values.Money | None) -> Money | None:
    return Money.of(value) if value else None


@strawberry.type(description="From where on which price or percentage holds. 阶梯。")
class PriceTier:
    lower: Decimal = strawberry.field(description="From so much on: units, pieces, or money. 起点。")
    price: Money | None = strawberry.field(description="Of a charge: the price of a unit. 单价。")
    percentage: Decimal | None = strawberry.field(description="Of a discount: per cent. 百分比。")

    @classmethod
    def of(cls, tier: Tier) -> PriceTier:
        return cls(lower=tier.lower, price=_money(tier.price), percentage=tier.percentage)


@strawberry.type(description="Hours of the day and days of the week, on the operator's clock. 时段。")
class PriceTimeWindow:
    start: str = strawberry.field(description="Like 23:00. 起。")
    end: str = strawberry.field(description="Not included; past midnight when not later than start. 止。")
    days: list[int] = strawberry.field(description="1 is Monday, 7 Sunday. 星期。")

    @classmethod
    def of(cls, window: TimeWindow) -> PriceTimeWindow:
        return cls(start=f"{window.start:%H:%M}", end=f"{window.end:%H:%M}", days=list(window.days))


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
        return _money(self.price_.price)

    @strawberry.field(description="For discounts and penalties: per cent. 百分比。")
    def percentage(self) -> Decimal | None:
        return self.price_.percentage

    @strawberry.field(description="What the amount is for, or what an allowance includes. 计量单位。")
    def unit_of_measure(self) -> Quantity | None:
        return Quantity.of_any(self.price_.unit_of_measure)

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

    @strawberry.field(description="Each event is rounded up to whole ones of this; absent: rated exactly. 计费单元。")
    def rating_increment(self) -> Quantity | None:
        return Quantity.of_any(self.price_.rating_increment)

    @strawberry.field(description="Owed by each event that is charged. 接续费。")
    def connect_fee(self) -> Money | None:
        return _money(self.price_.connect_fee)

    @strawberry.field(description="Slice by slice, or all at the tier reached. 阶梯方式。")
    def tier_mode(self) -> TierModeEnum:  # type: ignore[valid-type]
        return self.price_.tier_mode

    @strawberry.field(description="From where on which price holds, in rising order. 阶梯。")
    def tiers(self) -> list[PriceTier]:
        return [PriceTier.of(tier) for tier in self.price_.tiers]

    @strawberry.field(description="Whether what is left of it may be used in the next month. 是否结转。")
    def carry_over(self) -> bool:
        return self.price_.carry_over

    @strawberry.field(description="The hours and days in which it holds; absent: always. 时段。")
    def time_window(self) -> PriceTimeWindow | None:
        return PriceTimeWindow.of(self.price_.time_window) if self.price_.time_window else None

    @strawberry.field(description="Whether the discount may stand beside others on the same charge. 叠加方式。")
    def stacking(self) -> StackingEnum:  # type: ignore[valid-type]
        return self.price_.stacking

    @strawberry.field(description="Of an exclusive group one discount applies; absent: it stands alone. 互斥组。")
    def exclusive_group(self) -> str | None:
        return self.price_.exclusive_group

    @strawberry.field(description="For so long from the start of the subscription; absent: for ever. 适用时长。")
    def application_duration(self) -> Quantity | None:
        return Quantity.of_any(self.price_.application_duration)

    @strawberry.field(description="The lower comes first. 优先级。")
    def priority(self) -> int:
        return self.price_.priority

    @strawberry.field(description="What a discount or a minimum counts. 作用范围。")
    def scope(self) -> ScopeEnum:  # type: ignore[valid-type]
        return self.price_.scope

    @strawberry.field(description="The prices it counts; empty: recurring fees and use. 作用的价格。")
    def applies_to(self) -> list[str]:
        return list(self.price_.applies_to)

    @strawberry.field(description="It is for those only who chose this term. 适用条款。")
    def term(self) -> str | None:
        return self.price_.term


@strawberry.type(description="What share of a shortfall is charged. 差额规则。")
class ShortfallPolicy:
    percentage: Decimal
    prorated: bool = strawberry.field(description="A part of a period owes a part of the minimum. 是否按比例。")


@strawberry.type(
    description="What ending before the term costs: an amount, or a share of the fees of the rest. 提前终止。"
)
class EarlyTerminationCost:
    price: Money | None
    percentage: Decimal | None

    @classmethod
    def of(cls, cost: EarlyTermination) -> EarlyTerminationCost:
        return cls(price=_money(cost.price), percentage=cost.percentage)


@strawberry.type(description="What a customer binds himself to (TMF620 ProductOfferingTerm). 条款。")
class ProductOfferingTerm:
    term: strawberry.Private[Term]
    view: strawberry.Private[View]

    @strawberry.field(description="Its key within the offering. 代码。")
    def code(self) -> str:
        return self.term.code

    @strawberry.field(description="What people call it. 名称。")
    def name(self, language: Language | None = None) -> str | None:
        return self.view.say_if(self.term.name, language)

    @strawberry.field(description="Bound, prices kept, or a minimum spend. 类型。")
    def kind(self) -> TermKindEnum:  # type: ignore[valid-type]
        return self.term.kind

    @strawberry.field(description="How long it lasts: days, months or years. 时长。")
    def duration(self) -> Quantity:
        return Quantity.of(self.term.duration)

    @strawberry.field(description="The spend that is owed per minimumPeriod. 最低消费。")
    def minimum(self) -> Money | None:
        return _money(self.term.minimum)

    @strawberry.field(description="month, quarter or year. 最低消费周期。")
    def minimum_period(self) -> str:
        return self.term.minimum_period

    @strawberry.field(description="What falls short of the minimum costs this share. 差额规则。")
    def shortfall_policy(self) -> ShortfallPolicy:
        policy = self.term.shortfall_policy
        return ShortfallPolicy(percentage=policy.percentage, prorated=policy.prorated)

    @strawberry.field(description="What leaving early costs. 提前终止。")
    def early_termination(self) -> EarlyTerminationCost | None:
        return EarlyTerminationCost.of(self.term.early_termination) if self.term.early_termination else None

    @strawberry.field(description="By so many tiers a commitment counts higher. 档位提升。")
    def tier_lift(self) -> int:
        return self.term.tier_lift

    @strawberry.field(description="Whose spend counts. 作用范围。")
    def scope(self) -> ScopeEnum:  # type: ignore[valid-type]
        return self.term.scope

    @strawberry.field(description="When this term is offered. 有效期。")
    def valid_for(self) -> TimePeriod:
        return TimePeriod.of(self.term.valid)
