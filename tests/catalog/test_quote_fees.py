"""Fees of whole and part months, tax, rounding, bundles, guarantees, and plans side by side."""

from __future__ import annotations

from datetime import UTC
from decimal import Decimal

import pytest
from catalogs import ZONE
from hypothesis import given
from hypothesis import strategies as st
from pricing import MARCH, allowance, bill, credit, day, fee, lines, money, off, plan, quantity, total, use, used

from catalog.bundle import BundleGroup, BundlePart
from catalog.period import Period
from catalog.price import Money, Price, PriceType
from catalog.quoting.holding import QuoteItem, QuoteRefused
from catalog.quoting.quote import Plan, cheapest, monthly_effect, quote
from catalog.term import Term, TermKind

ONCE = Price("setup", PriceType.ONE_TIME, price=money("100"))


def test_a_part_month_owes_its_days_the_first_counts_and_the_last_does_not():
    assert total(QuoteItem(plan(fee("31")), start=day(11))) == Decimal("21.00")
    assert total(QuoteItem(plan(fee("31")), start=day(11), end=day(12, 15))) == Decimal("1.00")
    assert total(QuoteItem(plan(fee("31")), end=day(1))) == Decimal("0")


def test_the_days_are_those_of_the_operators_zone():
    late_in_utc = day(11).astimezone(UTC)
    assert total(QuoteItem(plan(fee("31")), start=late_in_utc)) == Decimal("21.00")


@pytest.mark.parametrize(
    ("per", "amount"), [("day", "310.00"), ("week", "44.29"), ("month", "10.00"), ("quarter", "3.33"), ("year", "0.83")]
)
def test_fees_of_every_period_come_to_the_share_of_the_month(per, amount):
    assert total(plan(fee("10", per=per))) == Decimal(amount)


def test_a_one_time_fee_is_owed_in_the_month_in_which_it_begins():
    assert total(QuoteItem(plan(ONCE), start=day(20), quantity=2)) == Decimal("200.00")
    assert total(plan(ONCE)) == Decimal("0")
    assert total(QuoteItem(plan(ONCE), start=day(20, month=2))) == Decimal("0")


def test_a_dated_revision_splits_the_month_at_its_day():
    old = fee("31", "old", valid=Period(None, day(11)))
    new = fee("62", "new", valid=Period(day(11), None))
    found = bill(plan(old, new))
    assert [(line.code, line.amount) for line in found.lines] == [("old", Decimal("10.00")), ("new", Decimal("42.00"))]


def test_a_price_guarantee_keeps_the_prices_of_the_start():
    old = fee("31", "old", valid=Period(None, day(11)))
    new = fee("62", "new", valid=Period(day(11), None))
    term = Term("guarantee", TermKind.PRICE_GUARANTEE, quantity("12 month"))
    held = plan(old, new, terms=(term,))
    assert total(QuoteItem(held, start=day(1, month=1))) == Decimal("31.00")
    assert total(QuoteItem(held, start=day(1, month=1, year=2024))) == Decimal("52.00")


def test_the_first_months_may_be_cheaper():
    one = plan(fee("30"), off("50", application_duration=quantity("3 month")))
    assert total(QuoteItem(one, start=day(1, month=1))) == Decimal("15.00")
    assert total(QuoteItem(one, start=day(1, month=12, year=2025))) == Decimal("30.00")
    assert total(one) == Decimal("30.00")


def test_tax_is_inside_or_outside_as_the_price_says_and_both_are_shown():
    inside = bill(plan(fee("10.60", tax_rate=Decimal("0.06"))))
    outside = bill(plan(fee("10", tax_included=False, tax_rate=Decimal("0.06"))))
    for found in (inside, outside):
        assert (found.net, found.tax, found.gross) == (Decimal("10.00"), Decimal("0.60"), Decimal("10.60"))


def test_a_discount_bears_the_tax_of_what_it_reduces():
    mixed = plan(fee("106", "a", tax_rate=Decimal("0.06")), fee("109", "b", tax_rate=Decimal("0.09")), off("10"))
    found = bill(mixed)
    assert [line.amount for line in lines(found, "DISCOUNT")] == [Decimal("-10.60"), Decimal("-10.90")]
    assert (found.net, found.tax) == (Decimal("180.00"), Decimal("13.50"))


def test_a_bundle_with_a_fee_pays_for_what_it_brings_but_not_for_extras():
    data = plan(fee("15"), allowance("10 GB"), code="DATA")
    music, video = plan(fee("8"), code="MUSIC"), plan(fee("12"), code="VIDEO")
    bundle = plan(
        fee("30"),
        code="BUNDLE",
        parts=(BundlePart("DATA"), BundlePart("MUSIC", 0, 0, 1, "pick"), BundlePart("VIDEO", 0, 0, 1)),
        groups=(BundleGroup("pick", lower=1, upper=1),),
    )
    parts = (data, music, video)
    assert total(bundle, parts=parts, usage=[used("10 GB")]) == Decimal("30.00")
    both = QuoteItem(bundle, choice={"MUSIC": 1, "VIDEO": 1})
    assert total(both, parts=parts) == Decimal("42.00")
    with pytest.raises(QuoteRefused, match="the group pick"):
        bill(QuoteItem(bundle, choice={"VIDEO": 1}), parts=parts)
    with pytest.raises(QuoteRefused, match="no part"):
        bill(QuoteItem(bundle, choice={"MUSIC": 1, "RADIO": 1}), parts=parts)
    with pytest.raises(QuoteRefused, match="not in force"):
        bill(bundle)


def test_a_bundle_without_a_fee_costs_what_its_parts_cost():
    bundle = plan(off("10"), code="BUNDLE", parts=(BundlePart("A", 2, 2, 2),))
    assert total(bundle, parts=[plan(fee("10"), code="A")]) == Decimal("18.00")


def test_a_pack_that_is_bought_once_is_whole_and_not_given_again():
    pack = plan(Price("once", PriceType.ONE_TIME, price=money("3")), allowance("5 GB"), use("5", "1 GB"), code="PACK")
    assert total(QuoteItem(pack, start=day(30)), usage=[used("6 GB")]) == Decimal("8.00")
    assert total(QuoteItem(pack, start=day(1, month=2)), usage=[used("6 GB")]) == Decimal("30.00")


def test_one_use_is_priced_under_several_plans_and_the_cheapest_named():
    small, large = plan(fee("39"), use("0.19", "1 minute")), plan(fee("59"), allowance("200 minute"))
    plans = [Plan("small", (QuoteItem(small),)), Plan("large", (QuoteItem(large),))]
    bills = quote(plans, [used("200 minute")], at=MARCH, zone=ZONE, offerings={})
    assert [one.gross for one in bills] == [Decimal("77.00"), Decimal("59.00")]
    assert cheapest(bills) == 1
    over = quote(plans, [used("201 minute")], at=MARCH, zone=ZONE, offerings={})
    assert cheapest(over) == 0, "a plan that has no price for the use is not the cheapest"


def test_a_bill_is_in_one_currency():
    with pytest.raises(QuoteRefused, match="one currency"):
        bill(plan(fee("1")), plan(Price("usd", PriceType.ONE_TIME, price=Money("USD", Decimal(1)))))


amounts = st.decimals(min_value=0, max_value=9999, places=4)


@given(amounts)
def test_a_whole_month_owes_the_whole(value):
    assert bill(QuoteItem(plan(fee(value)), start=day(1), end=day(1, month=4))).lines[0].exact == value


@given(amounts, st.integers(2, 31))
def test_a_month_split_in_two_loses_no_more_than_rounding(value, cut):
    one = plan(fee(value))
    halves = total(QuoteItem(one, end=day(cut))) + total(QuoteItem(one, start=day(cut)))
    assert abs(halves - total(one)) <= Decimal("0.01")


@given(st.lists(st.tuples(amounts, st.booleans(), st.sampled_from(["0", "0.06", "0.09"])), max_size=5), amounts)
def test_the_sums_of_a_bill_are_the_sums_of_its_lines(fees, taken):
    prices = [fee(v, f"p{i}", tax_included=inside, tax_rate=Decimal(rate)) for i, (v, inside, rate) in enumerate(fees)]
    found = bill(plan(*prices, off("7"), credit(taken)))
    assert found.gross == sum((line.net + line.tax_amount for line in found.lines), Decimal(0))
    assert all(abs(line.amount - line.exact) <= Decimal("0.005") for line in found.lines)
    assert found.gross >= Decimal("-0.01") * len(found.lines)


def test_a_quote_that_would_keep_others_waiting_is_refused():
    with pytest.raises(QuoteRefused, match="ask for fewer plans"):
        bill(*[plan(fee("1"), code=f"P{number}") for number in range(60)], usage=[used("1 s")] * 500)


def test_what_an_offering_adds_to_a_month_is_its_fees_less_its_discounts():
    minimum = Price("minimum", PriceType.MINIMUM_COMMITMENT, price=money("200"))
    one = plan(fee("20"), off("10"), use("1", "1 minute"), minimum, ONCE)
    assert monthly_effect(one, at=MARCH, zone=ZONE, offerings={}) == money("18")
    assert monthly_effect(plan(parts=(BundlePart("GONE"),)), at=MARCH, zone=ZONE, offerings={}) is None
