"""Yearly spend tiers with contract length, minimums with their true-up, and leaving early."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pricing import bill, day, fee, lines, money, plan, quantity, total, use, used

from catalog.price import Price, PriceType, Scope, Tier, TierMode
from catalog.quoting.commitment import true_up
from catalog.quoting.holding import QuoteItem
from catalog.term import EarlyTermination, ShortfallPolicy, Term, TermKind

# From so much a year on, so many per cent off: 10–50k, 50–100k, …, 7M and more.
SPEND_TIERS = {
    10_000: 3, 50_000: 5, 100_000: 8, 200_000: 11, 400_000: 14, 700_000: 17,
    1_000_000: 20, 1_600_000: 23, 3_500_000: 26, 7_000_000: 30,
}  # fmt: skip
TINY = Decimal("1e-15")
TWENTY_PER_CENT = {"shortfall_policy": ShortfallPolicy(Decimal(20)), "scope": Scope.BILL}
AGREEMENT = plan(
    Price(
        "discount",
        PriceType.DISCOUNT,
        tiers=tuple(Tier(Decimal(low), percentage=Decimal(share)) for low, share in SPEND_TIERS.items()),
        tier_mode=TierMode.VOLUME,
        scope=Scope.BILL,
    ),
    code="AGREEMENT",
    terms=(
        Term("1y", TermKind.COMMITMENT, quantity("1 year"), **TWENTY_PER_CENT),
        Term("2y", TermKind.COMMITMENT, quantity("2 year"), tier_lift=1, **TWENTY_PER_CENT),
    ),
)
VOICE = plan(use("0.15", "1 minute", step="6 s"), code="VOICE")


def agreed(committed: int, term: str, **fields) -> QuoteItem:
    return QuoteItem(AGREEMENT, term=term, commitment=Decimal(committed), **{"start": day(1, month=1), **fields})


@pytest.mark.parametrize(
    ("committed", "one_year", "two_years"),
    [
        (9_999, 0, 0),
        (10_000, 3, 5),
        (49_999, 3, 5),
        (50_000, 5, 8),
        (150_000, 8, 11),
        (399_999, 11, 14),
        (400_000, 14, 17),
        (999_999, 17, 20),
        (1_000_000, 20, 23),
        (1_600_000, 23, 26),
        (3_500_000, 26, 30),
        (7_000_000, 30, 30),
    ],
)
def test_the_discount_follows_the_tier_and_two_years_count_as_one_tier_higher(committed, one_year, two_years):
    month = [used("100000 minute")]
    for term, share in (("1y", one_year), ("2y", two_years)):
        assert total(agreed(committed, term), VOICE, usage=month) == Decimal(15000) * (100 - share) / 100


def test_twenty_per_cent_of_the_shortfall_is_owed_when_the_year_ends_and_reckoned_before_discounts():
    held = agreed(100_000, "1y", start=day(1, month=4, year=2025), spent=Decimal(70_000))
    found = bill(held, VOICE, usage=[used("100000 minute")])
    owed = lines(found, "TRUE_UP")[0]
    assert owed.amount == Decimal("3000.00")
    assert "20 % of what 85000, before discounts, falls short of the minimum 100000" in owed.rule.en
    assert found.gross == Decimal("15000") * Decimal("0.92") + 3000


def test_before_the_year_ends_nothing_is_owed():
    assert not lines(bill(agreed(100_000, "1y"), VOICE), "TRUE_UP")


def test_a_part_year_owes_its_part_of_the_minimum():
    one = plan(
        fee("1000"),
        Price("minimum", PriceType.MINIMUM_COMMITMENT, price=money("36500"), recurring_charge_period="year"),
    )
    left = QuoteItem(one, start=day(1, month=1), end=day(1, month=4), spent=Decimal(2000))
    assert lines(bill(left), "TRUE_UP")[0].amount == Decimal(9000 - 3000)


def test_a_monthly_minimum_is_settled_every_month():
    one = plan(use("0.10", "1 minute"), Price("minimum", PriceType.MINIMUM_COMMITMENT, price=money("200")))
    assert total(one, usage=[used("500 minute")]) == Decimal("200.00")
    assert total(one, usage=[used("5000 minute")]) == Decimal("500.00")
    assert total(QuoteItem(one, start=day(17))) == Decimal("96.77")


def test_leaving_early_costs_a_share_of_what_the_rest_of_the_term_would_have_paid():
    term = Term(
        "2y", TermKind.BINDING, quantity("24 month"), early_termination=EarlyTermination(percentage=Decimal(30))
    )
    one = plan(fee("100"), terms=(term,))
    left = QuoteItem(one, start=day(1, month=7, year=2025), end=day(16))
    assert lines(bill(left), "EARLY_TERMINATION")[0].exact.quantize(Decimal("0.01")) == Decimal("465.00")
    stayed = QuoteItem(one, start=day(1, month=3, year=2024), end=day(16))
    assert not lines(bill(stayed), "EARLY_TERMINATION")


def test_a_penalty_among_the_prices_needs_a_term_to_be_broken():
    penalty = Price("penalty", PriceType.PENALTY, price=money("50"))
    left = {"start": day(1, month=2), "end": day(20)}
    bound = plan(fee("31"), penalty, terms=(Term("1y", TermKind.BINDING, quantity("12 month")),))
    assert total(QuoteItem(bound, **left)) == Decimal("69.00")
    assert total(QuoteItem(plan(fee("31"), penalty), **left)) == Decimal("19.00")


@given(
    st.decimals(0, 10**6, places=4),
    st.decimals(0, 10**6, places=4),
    st.decimals(0, 100, places=2),
    st.fractions(0, 1, max_denominator=366),
)
def test_a_true_up_is_the_share_of_the_shortfall_and_never_negative(minimum, actual, percentage, share):
    owed = true_up(minimum, actual, percentage, share)
    assert owed == max(Decimal(0), minimum * share.numerator / share.denominator - actual) * percentage / 100
    assert owed <= true_up(minimum, actual, percentage, Fraction(1)) + TINY
    assert owed + TINY >= true_up(minimum, actual + 1, percentage, share)


def test_a_price_that_asks_for_a_term_is_for_those_who_chose_it():
    year = Term("1y", TermKind.BINDING, quantity("12 month"), early_termination=EarlyTermination(price=money("50")))
    one = plan(fee("100"), Price("discount", PriceType.DISCOUNT, percentage=Decimal(15), term="1y"), terms=(year,))
    assert total(one) == Decimal("100.00")
    assert total(QuoteItem(one, term="1y")) == Decimal("85.00")
    last_day = {"start": day(1, month=2), "end": day(31)}
    assert not lines(bill(QuoteItem(one, **last_day)), "EARLY_TERMINATION")
    assert lines(bill(QuoteItem(one, term="1y", **last_day)), "EARLY_TERMINATION")[0].amount == Decimal("50.00")


def test_who_leaves_with_the_end_of_a_month_pays_for_it_on_the_bill_of_that_month():
    penalty = Price("penalty", PriceType.PENALTY, percentage=Decimal(30))
    one = plan(fee("100"), penalty, terms=(Term("1y", TermKind.BINDING, quantity("12 month")),))
    left = QuoteItem(one, start=day(1, month=1), end=day(1, month=4))
    assert lines(bill(left), "EARLY_TERMINATION")[0].amount == Decimal("270.00")
    assert bill(left, at=day(15, month=4)).lines == ()
