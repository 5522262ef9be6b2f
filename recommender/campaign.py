"""The arithmetic of a campaign: what it should bring before it starts, and what it brought, against plan and control.

It knows numbers a month and a customer; it must not know customers, tariffs or dates. Money is Decimal, in any one
currency; shares are of 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal

import numpy as np

from recommender.interactions import Float64Array
from recommender.uplift import Interval, mean_uplift

ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Assumptions:
    """Everything that the forecast takes for granted. Use may be minutes, GB, messages: whatever has the price.

    Those who enrol get the discount on all their use, also on what they would have used anyway; whoever enrols and does
    not change their use costs only. Nobody outside changes anything.
    """

    customers: int
    """How many are approached."""
    enrolment: Decimal
    """The share of them who enrol."""
    changing: Decimal
    """The share of the enrolled who change their use."""
    use: Decimal
    """Use a month and a customer before, of what is discounted."""
    change: Decimal
    """By what share of it the use of those who change rises; negative: falls."""
    months: int
    """How long the discount and the change last."""
    price: Decimal
    """Price of one unit of use before the discount."""
    discount: Decimal
    """The share of the price that is given up."""
    unit_cost: Decimal = Decimal(0)
    """What one more unit of use costs to deliver."""
    marketing_fixed: Decimal = Decimal(0)
    """Marketing cost whoever enrols: design, media."""
    marketing_contact: Decimal = Decimal(0)
    """Marketing cost of each customer approached: message, call."""
    marketing_enrolment: Decimal = Decimal(0)
    """Marketing cost of each customer who enrols: commission, gift."""

    def __post_init__(self) -> None:
        for name in ("enrolment", "changing", "discount"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is a share: give a number from 0 to 1")
        for name in ("customers", "months", "use", "price", *COSTS):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} is negative: give 0 or more")
        if self.change < -1:
            raise ValueError("change takes away more than all use: give -1 or more")


COSTS = ("unit_cost", "marketing_fixed", "marketing_contact", "marketing_enrolment")
# What a sensitivity varies: everything that is a guess, not the length and size that are decided.
GUESSES = ("enrolment", "changing", "use", "change", "price", "discount", *COSTS)
SHARES = ("enrolment", "changing", "discount")


@dataclass(frozen=True, slots=True)
class Forecast:
    """What the assumptions come to, over all months."""

    enrolled: Decimal
    extra_use: Decimal
    extra_revenue: Decimal
    """Of the extra use, before the discount."""
    discount_cost: Decimal
    """The discount on all use of the enrolled, old and extra."""
    variable_cost: Decimal
    gain_before_marketing: Decimal
    marketing_cost: Decimal
    gain: Decimal


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """The gain when one assumption is lower or higher by the same share and all others stay."""

    assumption: str
    low: Decimal
    high: Decimal
    gain_at_low: Decimal
    gain_at_high: Decimal

    @property
    def swing(self) -> Decimal:
        return abs(self.gain_at_high - self.gain_at_low)


def forecast(one: Assumptions) -> Forecast:
    """Exact: nothing is rounded."""
    enrolled = one.customers * one.enrolment
    use_before = enrolled * one.use * one.months
    extra_use = use_before * one.changing * one.change
    extra_revenue = extra_use * one.price
    discount_cost = (use_before + extra_use) * one.price * one.discount
    variable_cost = extra_use * one.unit_cost
    before_marketing = extra_revenue - discount_cost - variable_cost
    marketing = one.marketing_fixed + one.customers * one.marketing_contact + enrolled * one.marketing_enrolment
    return Forecast(
        enrolled,
        extra_use,
        extra_revenue,
        discount_cost,
        variable_cost,
        before_marketing,
        marketing,
        before_marketing - marketing,
    )


def sensitivity(one: Assumptions, by: Decimal = Decimal("0.2")) -> list[Sensitivity]:
    """One assumption at a time, down and up by the share `by`, what matters most first. Shares stop at 1."""
    found = [_varied(one, name, by) for name in GUESSES if getattr(one, name)]
    return sorted(found, key=lambda row: (-row.swing, row.assumption))


def _varied(one: Assumptions, name: str, by: Decimal) -> Sensitivity:
    value: Decimal = getattr(one, name)
    low, high = sorted((value * (ONE - by), value * (ONE + by)))
    if name in SHARES:
        high = min(high, ONE)
    if name == "change":
        low = max(low, -ONE)
    at_low, at_high = (forecast(replace(one, **{name: varied})).gain for varied in (low, high))  # type: ignore[arg-type]
    return Sensitivity(name, low, high, at_low, at_high)


def break_even_change(one: Assumptions) -> Decimal | None:
    """The change of use at which the campaign neither gains nor loses; None when no change could repay it."""
    at_none = forecast(replace(one, change=Decimal(0))).gain
    slope = forecast(replace(one, change=ONE)).gain - at_none
    return -at_none / slope if slope > 0 else None


@dataclass(frozen=True, slots=True)
class Period:
    """What one group did in the months of the campaign: one amount a customer, everybody approached, 0 for nothing.

    `before` are the same customers in the same months a year before, aligned; nobody who was not there yet.
    """

    revenue: Float64Array
    revenue_before: Float64Array
    use: Float64Array
    use_before: Float64Array

    def __post_init__(self) -> None:
        if len({len(getattr(self, one.name)) for one in fields(self)}) != 1:
            raise ValueError("give one amount a customer in all four columns")


@dataclass(frozen=True, slots=True)
class Tracked:
    """One measure of a running campaign, a head of those approached.

    `actual` and `plan` are the share who enrolled, or what the campaign added (None without a control group).
    `over_year` is the growth over the same months a year before, of the treated alone; `over_control` is by how much
    that growth is above control's (difference in differences), which is the campaign's own effect.
    """

    measure: str
    actual: float | None
    plan: float | None
    over_year: Interval | None
    over_control: Interval | None

    @property
    def against_plan(self) -> float | None:
        """Actual over plan: 1 is as planned."""
        return self.actual / self.plan if self.plan and self.actual is not None else None


def track(
    plan: Assumptions, enrolled: Sequence[bool], treated: Period, control: Period, *, months: int
) -> list[Tracked]:
    """Enrolment, use and revenue after `months` of the campaign, against plan, last year and control.

    Revenue is net of the discount.
    """
    expected = forecast(replace(plan, months=months))
    heads = plan.customers
    added_revenue = float((expected.extra_revenue - expected.discount_cost) / heads) if heads else None
    added_use = float(expected.extra_use / heads) if heads else None
    share = float(np.mean(np.asarray(enrolled, dtype=np.float64))) if len(enrolled) else 0.0
    return [
        Tracked("enrolment", share, float(plan.enrolment), None, None),
        _tracked("use", treated.use, treated.use_before, control.use, control.use_before, added_use),
        _tracked(
            "revenue", treated.revenue, treated.revenue_before, control.revenue, control.revenue_before, added_revenue
        ),
    ]


def _tracked(
    measure: str,
    now: Float64Array,
    before: Float64Array,
    control_now: Float64Array,
    control_before: Float64Array,
    plan: float | None,
) -> Tracked:
    growth, control_growth = now - before, control_now - control_before
    over_control = mean_uplift(growth, control_growth)
    added = over_control.value if over_control else None
    return Tracked(measure, added, plan, mean_uplift(growth, np.zeros(len(growth))), over_control)
