"""The arithmetic of a campaign, before and after."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.campaign import Assumptions, Period, break_even_change, forecast, sensitivity, track

# The favourite number at a discount of 10 %: price and costs are assumptions of this test.
FAVOURITE = Assumptions(
    customers=100_000,
    enrolment=D("0.16"),
    changing=D("0.8"),
    use=D("12.3"),
    change=D("0.3"),
    months=4,
    price=D("0.20"),
    discount=D("0.1"),
    unit_cost=D("0.04"),
    marketing_fixed=D("20000"),
    marketing_contact=D("0.05"),
    marketing_enrolment=D("0.5"),
)


def test_the_favourite_number_campaign_by_hand():
    found = forecast(FAVOURITE)
    assert found.enrolled == 16_000
    assert found.extra_use == D("188928")  # 16,000 × 12.3 × 4 × 0.8 × 0.3
    assert found.extra_revenue == D("37785.6")
    assert found.discount_cost == D("19522.56")  # a tenth of (787,200 + 188,928) × 0.20
    assert found.variable_cost == D("7557.12")
    assert found.gain_before_marketing == D("10705.92")
    assert found.marketing_cost == D("33000")
    assert found.gain == D("-22294.08"), "this one does not pay for its marketing"


def test_what_matters_most_stands_first():
    rows = sensitivity(FAVOURITE)
    assert [row.assumption for row in rows[:3]] == ["change", "changing", "marketing_fixed"]
    change = rows[0]
    assert (change.low, change.high) == (D("0.24"), D("0.36"))
    assert change.gain_at_low < forecast(FAVOURITE).gain < change.gain_at_high
    assert {row.assumption for row in rows} >= {"enrolment", "discount", "unit_cost", "marketing_fixed"}


def test_at_the_break_even_change_nothing_is_gained_and_nothing_lost():
    change = break_even_change(FAVOURITE)
    assert change > FAVOURITE.change
    assert abs(forecast(replace(FAVOURITE, change=change)).gain) < D("0.0001")
    assert break_even_change(replace(FAVOURITE, unit_cost=D("0.18"))) is None


amounts = st.decimals(0, 1000, places=2)
shares = st.decimals(0, 1, places=3)


@given(st.integers(0, 10**6), shares, shares, amounts, shares, st.integers(0, 24), amounts, shares, amounts)
def test_the_parts_add_up_and_grow_with_the_customers(n, enrolment, changing, use, change, months, price, off, cost):
    one = Assumptions(n, enrolment, changing, use, change, months, price, off, cost)
    found = forecast(one)
    assert found.gain == found.extra_revenue - found.discount_cost - found.variable_cost - found.marketing_cost
    assert forecast(replace(one, customers=2 * n)).gain_before_marketing == 2 * found.gain_before_marketing
    assert forecast(replace(one, discount=D(0))).gain >= found.gain


@pytest.mark.parametrize(
    "wrong", [{"enrolment": D(2)}, {"discount": D("-0.1")}, {"price": D(-1)}, {"change": D(-2)}, {"months": -1}]
)
def test_assumptions_that_cannot_be_are_refused(wrong):
    with pytest.raises(ValueError, match="give"):
        replace(FAVOURITE, **wrong)


def group(random: np.random.Generator, n: int, growth: float, effect: float) -> Period:
    use_before = random.gamma(4, 12, n)
    use = use_before * (1 + growth) + effect + random.normal(0, 4, n)
    return Period(use * 0.2, use_before * 0.2, use, use_before)


def test_what_grew_everywhere_is_not_counted_as_the_campaigns_own():
    random = np.random.default_rng(2)
    treated, control = group(random, 20_000, 0.1, 2.0), group(random, 4_000, 0.1, 0.0)
    enrolled, use, revenue = track(FAVOURITE, [True] * 3_000 + [False] * 17_000, treated, control, months=4)
    assert (enrolled.actual, enrolled.against_plan) == (0.15, pytest.approx(0.9375))
    assert use.over_year.value == pytest.approx(0.1 * 48 + 2, abs=0.3)
    assert use.over_control.low <= 2.0 <= use.over_control.high
    assert use.plan == pytest.approx(188_928 / 100_000)
    assert use.against_plan == pytest.approx(2.0 / 1.889, rel=0.1)
    assert revenue.over_control.low <= 0.4 <= revenue.over_control.high


def test_without_a_control_group_the_effect_is_not_known():
    random = np.random.default_rng(3)
    nobody = Period(*(np.zeros(0) for _ in range(4)))
    _, use, _ = track(FAVOURITE, [True] * 50, group(random, 50, 0.1, 2.0), nobody, months=4)
    assert use.actual is None
    assert use.against_plan is None
    assert use.over_year is not None
