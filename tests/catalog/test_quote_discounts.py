"""Discounts: credits, hours of the day, what combines and what excludes, and the order in which they come."""

from __future__ import annotations

from datetime import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pricing import bill, credit, day, fee, lines, off, plan, quantity, total, use, used

from catalog.period import Period
from catalog.price import Price, PriceType, Scope, Stacking, Tier, TierMode
from catalog.quoting.holding import QuoteItem
from catalog.time_window import TimeWindow

ALONE = {"stacking": Stacking.EXCLUSIVE}


def test_a_credit_of_nine_a_month_lapses_where_it_is_not_carried_over():
    one = plan(use("0.10", "1 minute"), credit("9"))
    assert total(one, usage=[used("200 minute")]) == Decimal("11.00")
    little = bill(one, usage=[used("50 minute")])
    assert little.gross == Decimal("0.00")
    assert little.carried == ()


def test_a_credit_that_is_carried_over_helps_the_next_month():
    one = plan(use("0.10", "1 minute"), credit("9", carry_over=True))
    left = bill(one, usage=[used("50 minute")]).carried
    assert [(entry.code, entry.quantity) for entry in left] == [("credit", quantity("4 CNY"))]
    following = QuoteItem(one, carried={"credit": Decimal(4)})
    assert total(following, usage=[used("200 minute")]) == Decimal("7.00")


def test_a_part_month_has_its_part_of_a_credit():
    assert total(QuoteItem(plan(fee("310"), credit("31")), start=day(11))) == Decimal("189.00")


@pytest.mark.parametrize("percentage", ["10", "25", "50", "75"])
def test_calls_begun_in_an_off_peak_window_are_cheaper(percentage):
    window = TimeWindow(time(0), time(8))
    one = plan(use("1", "1 minute"), off(percentage, time_window=window))
    calls = [used("10 minute", at=day(4, 3)), used("10 minute", at=day(4, 12)), used("10 minute")]
    assert total(one, usage=calls) == Decimal(30) - Decimal(percentage) / 10


def test_windows_of_10_to_75_per_cent_side_by_side():
    hours = {"75": (0, 6), "50": (6, 8), "30": (22, 0), "10": (12, 14)}
    cuts = [off(cut, f"at{a}", time_window=TimeWindow(time(a), time(b))) for cut, (a, b) in hours.items()]
    calls = [used("10 minute", at=day(4, hour)) for hour in range(24)]
    saved = Decimal(10) * (6 * 75 + 2 * 50 + 2 * 30 + 2 * 10) / 100
    assert total(plan(use("1", "1 minute"), *cuts), usage=calls) == 240 - saved


def test_a_discount_counts_on_its_days_only():
    one = plan(fee("31"), off("50", valid=Period(day(11), day(21))))
    assert total(one) == Decimal("26.00")


def test_combinable_discounts_come_one_on_what_the_other_left():
    found = bill(plan(fee("100"), off("10", "a"), off("20", "b")))
    assert [line.amount for line in lines(found, "DISCOUNT")] == [Decimal("-20.00"), Decimal("-8.00")]


def test_the_lower_priority_comes_first():
    found = bill(plan(fee("100"), off("10", "a", priority=1), off("20", "b", priority=2)))
    assert [line.amount for line in lines(found, "DISCOUNT")] == [Decimal("-10.00"), Decimal("-18.00")]


def test_of_one_exclusive_group_the_better_applies_and_others_combine_with_it():
    group = {**ALONE, "exclusive_group": "season"}
    one = plan(fee("100"), off("10", "spring", **group), off("30", "summer", **group), off("5", "loyal"))
    assert {line.code for line in lines(bill(one), "DISCOUNT")} == {"summer", "loyal"}
    first = plan(fee("100"), off("10", "spring", priority=-1, **group), off("30", "summer", **group))
    assert {line.code for line in lines(bill(first), "DISCOUNT")} == {"spring"}


def test_an_exclusive_discount_without_a_group_stands_alone():
    assert total(plan(fee("100"), off("30", "alone", **ALONE), off("5", "loyal"))) == Decimal("70.00")
    assert total(plan(fee("100"), off("30", "alone", priority=9, **ALONE), off("5", "loyal"))) == Decimal("95.00")


def test_exclusive_discounts_on_different_charges_do_not_meet():
    one = plan(
        fee("100", "a"), fee("100", "b"), off("30", "x", applies_to=("a",), **ALONE), off("5", "y", applies_to=("b",))
    )
    assert total(one) == Decimal("165.00")


def test_a_discount_reaches_its_own_offering_or_the_whole_bill():
    other = plan(fee("100"), code="OTHER")
    assert total(plan(fee("100"), off("10")), other) == Decimal("190.00")
    assert total(plan(fee("100"), off("10", scope=Scope.BILL)), other) == Decimal("180.00")


@pytest.mark.parametrize(
    ("spend", "volume", "graduated"), [("50", "50", "50"), ("200", "180", "190"), ("400", "320", "360")]
)
def test_a_discount_may_grow_with_the_spend(spend, volume, graduated):
    steps = (Tier(Decimal(100), percentage=Decimal(10)), Tier(Decimal(300), percentage=Decimal(20)))
    for mode, expected in ((TierMode.VOLUME, volume), (TierMode.GRADUATED, graduated)):
        cut = Price("cut", PriceType.DISCOUNT, tiers=steps, tier_mode=mode)
        assert total(plan(fee(spend), cut)) == Decimal(expected)


def test_no_discount_takes_more_than_there_is():
    assert total(plan(fee("5"), off("100", "all"), credit("9"))) == Decimal("0.00")


cuts = st.lists(
    st.one_of(
        st.builds(
            lambda n, share, priority, stacking: off(str(share), f"d{n}", priority=priority, **stacking),
            st.integers(0, 10**6),
            st.integers(0, 100),
            st.integers(0, 1),
            st.sampled_from([{}, ALONE, {**ALONE, "exclusive_group": "g"}]),
        ),
        st.builds(lambda n, value: credit(str(value), f"c{n}"), st.integers(0, 10**6), st.integers(0, 60)),
    ),
    max_size=5,
    unique_by=lambda price: price.code,
)


@given(cuts, st.randoms())
def test_the_order_in_which_discounts_and_items_are_told_changes_nothing(found, random):
    shuffled = list(found)
    random.shuffle(shuffled)
    first, second = plan(fee("40"), *found), plan(fee("40"), *shuffled)
    other = plan(fee("17.77"), off("3", scope=Scope.BILL), code="OTHER")
    assert total(first, other) == total(other, second)


@given(cuts)
def test_discounts_never_raise_a_bill_nor_turn_it_into_a_payment(found):
    assert -Decimal("0.01") * len(found) <= total(plan(fee("40"), *found)) <= Decimal("40.00")
