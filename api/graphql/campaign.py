"""The arithmetic of a campaign before it starts, as GraphQL shows it.

Knows how assumptions are given and what is wrong with them; must not know how they are reckoned with.
"""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal, localcontext
from typing import Annotated

import strawberry
from strawberry.utils.str_converters import to_camel_case

from api.graphql.errors import BadRequest
from recommender import campaign

MOST = Decimal(10**9)
LONGEST = 120
# Of the product of everything at its most.
DIGITS = 80


@strawberry.input(
    description="Everything that a forecast takes for granted; shares are of 1. 营销活动假设，比例以 1 计。"
)
class CampaignInput:
    customers: int = strawberry.field(description="How many are approached. 目标客户数。")
    enrolment: Decimal = strawberry.field(description="The share of them who enrol. 参与率。")
    changing: Decimal = strawberry.field(description="The share of the enrolled who change their use. 改变用量的比例。")
    use: Decimal = strawberry.field(
        description="Use a month and a customer before, of what is discounted, like minutes. 活动前月均用量。"
    )
    change: Decimal = strawberry.field(description="By what share of it their use rises. 用量增幅。")
    months: int = strawberry.field(description="How long discount and change last. 月数。")
    price: Decimal = strawberry.field(description="Price of one unit of use before the discount. 折前单价。")
    discount: Decimal = strawberry.field(description="The share of the price that is given up. 折扣比例。")
    unit_cost: Decimal = strawberry.field(
        default=Decimal(0), description="What one more unit of use costs to deliver. 单位变动成本。"
    )
    marketing_fixed: Decimal = strawberry.field(
        default=Decimal(0), description="Marketing cost whoever enrols. 固定营销费用。"
    )
    marketing_contact: Decimal = strawberry.field(
        default=Decimal(0), description="Marketing cost of each customer approached. 每接触客户营销费用。"
    )
    marketing_enrolment: Decimal = strawberry.field(
        default=Decimal(0), description="Marketing cost of each customer who enrols. 每参与客户营销费用。"
    )


@strawberry.type(description="The gain when one assumption is lower or higher and all others stay. 敏感性。")
class CampaignSensitivity:
    assumption: str = strawberry.field(description="Its name in the input. 假设名称。")
    low: Decimal
    high: Decimal
    gain_at_low: Decimal
    gain_at_high: Decimal


@strawberry.type(description="What the assumptions come to over all months; money to four decimals. 营销活动测算。")
class CampaignForecast:
    enrolled: Decimal = strawberry.field(description="How many enrol. 参与客户数。")
    extra_use: Decimal = strawberry.field(description="Use that is added. 新增用量。")
    extra_revenue: Decimal = strawberry.field(description="Of the added use, before the discount. 新增收入（折前）。")
    discount_cost: Decimal = strawberry.field(description="The discount on all use of the enrolled. 折扣成本。")
    variable_cost: Decimal = strawberry.field(description="What the added use costs to deliver. 变动成本。")
    gain_before_marketing: Decimal = strawberry.field(description="Gain before marketing cost. 营销费用前收益。")
    marketing_cost: Decimal = strawberry.field(description="What marketing costs. 营销费用。")
    gain: Decimal = strawberry.field(description="Gain after marketing cost. 净收益。")
    break_even_change: Decimal | None = strawberry.field(
        description="The rise of use at which nothing is gained or lost; null: none would do. 盈亏平衡增幅。"
    )
    sensitivity: list[CampaignSensitivity] = strawberry.field(
        description="One assumption at a time down and up by `vary`, what matters most first. 敏感性分析。"
    )


def assumptions(given: CampaignInput) -> campaign.Assumptions:
    values = {one.name: getattr(given, one.name) for one in fields(campaign.Assumptions)}
    for name, value in values.items():
        if not Decimal(value).is_finite() or not -MOST <= value <= MOST or value != round(Decimal(value), 6):
            raise BadRequest(
                en=f"{name} takes a number up to {MOST} with at most six decimals",
                zh=f"{name} 应为不超过 {MOST} 且至多六位小数的数",
            )
    if given.months > LONGEST:
        raise BadRequest(en=f"months takes a number up to {LONGEST}", zh=f"months 不超过 {LONGEST}")
    try:
        return campaign.Assumptions(**values)
    except ValueError as wrong:
        raise BadRequest(en=str(wrong), zh=f"假设取值超出范围：{wrong}") from None


def _four(value: Decimal) -> Decimal:
    return round(value, 4)


def _reckoned(assumed: campaign.Assumptions, vary: Decimal) -> CampaignForecast:
    found = campaign.forecast(assumed)
    change = campaign.break_even_change(assumed)
    return CampaignForecast(
        **{one.name: _four(getattr(found, one.name)) for one in fields(found)},
        break_even_change=None if change is None else _four(change),
        sensitivity=[
            CampaignSensitivity(
                assumption=to_camel_case(row.assumption),
                low=_four(row.low),
                high=_four(row.high),
                gain_at_low=_four(row.gain_at_low),
                gain_at_high=_four(row.gain_at_high),
            )
            for row in campaign.sensitivity(assumed, vary)
        ],
    )


@strawberry.type
class CampaignQuery:
    @strawberry.field(description="What a campaign should bring, before it starts. 营销活动事前测算。")
    def campaign_forecast(
        self,
        input: CampaignInput,
        vary: Annotated[
            Decimal, strawberry.argument(description="By what share the sensitivity varies, 0 to 1. 敏感性幅度。")
        ] = Decimal("0.2"),
    ) -> CampaignForecast:
        assumed = assumptions(input)
        if not vary.is_finite() or not 0 <= vary <= 1:
            raise BadRequest(en="vary takes a share from 0 to 1", zh="vary 应为 0 到 1 的比例")
        with localcontext() as exact:
            exact.prec = DIGITS
            return _reckoned(assumed, vary)
