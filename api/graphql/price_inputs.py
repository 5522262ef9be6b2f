"""What a product manager gives of a price or a term, in a catalog file's own words.

Knows the inputs' shapes; must not know what makes a price valid.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import strawberry
from strawberry import UNSET

from api.graphql.price import PriceTypeEnum, ScopeEnum, StackingEnum, TermKindEnum, TierModeEnum


@strawberry.input(description="A text; a language left out stays as it is, null empties it. 双语文本。")
class TextInput:
    zh: str | None = UNSET
    en: str | None = UNSET


@strawberry.input(description="A stretch of time; an edge left out stays as it is, null opens it. 有效期。")
class TimePeriodInput:
    start_date_time: datetime | None = strawberry.field(default=UNSET, description="From this instant on. 起。")
    end_date_time: datetime | None = strawberry.field(default=UNSET, description="Up to, not including. 止。")


@strawberry.input(description="An amount of money. 金额。")
class MoneyInput:
    unit: str = strawberry.field(default="CNY", description="Currency, ISO 4217. 币种。")
    value: Decimal = strawberry.field(description="At most four decimals. 数额。")


@strawberry.input(description="An amount of something countable: 10 GB, 60 s. 计量。")
class QuantityInput:
    amount: Decimal = Decimal(1)
    units: str


@strawberry.input(description="From where on which price or percentage holds. 阶梯。")
class PriceTierInput:
    lower: Decimal = strawberry.field(description="From so much on: units, pieces, or money. 起点。")
    price: MoneyInput | None = UNSET
    percentage: Decimal | None = UNSET


@strawberry.input(description="Hours of the day and days of the week, on the operator's clock. 时段。")
class PriceTimeWindowInput:
    start: str = strawberry.field(default="00:00", description="Like 23:00. 起。")
    end: str = strawberry.field(default="00:00", description="Past midnight when not later than start. 止。")
    days: list[int] | None = strawberry.field(default=UNSET, description="1 is Monday; absent: all. 星期。")


@strawberry.input(description="One price of an offering. 价格。")
class ProductOfferingPriceInput:
    code: str = strawberry.field(description="Its identity, kept over versions. 代码。")
    price_type: PriceTypeEnum  # type: ignore[valid-type]
    name: TextInput | None = UNSET
    price: MoneyInput | None = UNSET
    percentage: Decimal | None = UNSET
    unit_of_measure: QuantityInput | None = UNSET
    recurring_charge_period: str | None = strawberry.field(
        default=UNSET, description="Of a recurring price: day, week, month, quarter, year. 周期。"
    )
    tax_included: bool = True
    tax_rate: Decimal | None = strawberry.field(default=UNSET, description="A share, like 0.06. 税率。")
    valid_for: TimePeriodInput | None = UNSET
    rating_increment: QuantityInput | None = strawberry.field(
        default=UNSET, description="Each event is rounded up to whole ones of this. 计费单元。"
    )
    connect_fee: MoneyInput | None = UNSET
    tier_mode: TierModeEnum | None = UNSET  # type: ignore[valid-type]
    tiers: list[PriceTierInput] | None = UNSET
    carry_over: bool = False
    time_window: PriceTimeWindowInput | None = UNSET
    stacking: StackingEnum | None = UNSET  # type: ignore[valid-type]
    exclusive_group: str | None = UNSET
    application_duration: QuantityInput | None = strawberry.field(
        default=UNSET, description="For so many days, months or years from the start. 适用时长。"
    )
    priority: int = strawberry.field(default=0, description="The lower comes first. 优先级。")
    scope: ScopeEnum | None = UNSET  # type: ignore[valid-type]
    applies_to: list[str] | None = strawberry.field(
        default=UNSET, description="Codes of the prices it counts; empty: recurring fees and use. 作用的价格。"
    )
    term: str | None = strawberry.field(
        default=UNSET, description="It is for those only who chose this term. 适用条款。"
    )


@strawberry.input(description="What share of a shortfall is charged. 差额规则。")
class ShortfallPolicyInput:
    percentage: Decimal | None = UNSET
    prorated: bool = True


@strawberry.input(description="What leaving early costs: an amount or a percentage. 提前终止。")
class EarlyTerminationInput:
    price: MoneyInput | None = UNSET
    percentage: Decimal | None = UNSET


@strawberry.input(description="What a customer binds himself to. 条款。")
class ProductOfferingTermInput:
    code: str = strawberry.field(description="Its key within the offering. 代码。")
    kind: TermKindEnum  # type: ignore[valid-type]
    duration: QuantityInput = strawberry.field(description="Days, months or years. 时长。")
    name: TextInput | None = UNSET
    minimum: MoneyInput | None = UNSET
    minimum_period: str | None = strawberry.field(default=UNSET, description="month, quarter, year. 最低消费周期。")
    shortfall_policy: ShortfallPolicyInput | None = UNSET
    early_termination: EarlyTerminationInput | None = UNSET
    tier_lift: int = 0
    scope: ScopeEnum | None = UNSET  # type: ignore[valid-type]
    valid_for: TimePeriodInput | None = UNSET
