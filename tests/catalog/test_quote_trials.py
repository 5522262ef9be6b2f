"""A trial is free up to its end, and from that day on its bill is that of what it turns into."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from catalogs import ZONE, offering
from hypothesis import given
from hypothesis import strategies as st
from pricing import allowance, bill, credit, day, fee, lines, money, plan, quantity, total, use, used

from catalog.bundle import BundlePart
from catalog.documents import document
from catalog.offering import Offering
from catalog.price import Price, PriceType
from catalog.quoting.holding import QuoteItem, QuoteRefused
from catalog.term import EarlyTermination, Term, TermKind
from catalog.trial import Conversion, Trial

ONCE = Price("setup", PriceType.ONE_TIME, price=money("100"))
LEAST = Price("least", PriceType.MINIMUM_COMMITMENT, price=money("500"), recurring_charge_period="month")


def tried(offering: Offering, **asked: Any) -> QuoteItem:
    return QuoteItem(offering, is_trial=True, **{"start": day(11), **asked})


def on_trial(
    *prices: Price, lasts: str = "14 day", to: str | None = None, ends: bool = False, **fields: Any
) -> Offering:
    trial = Trial(quantity(lasts), Conversion.END if ends else Conversion.CONVERT, to)
    return plan(*prices, trial=trial, **fields)


def test_the_days_of_the_trial_are_free_and_those_after_it_are_not():
    found = bill(tried(on_trial(fee("31"))))
    assert [(line.rule.en, line.amount) for line in found.lines] == [
        ("free for 14 days of a trial", Decimal("0.00")),
        ("31 CNY a month, 7 of 31 days", Decimal("7.00")),
    ]
    assert total(tried(on_trial(fee("31"))), at=day(1, month=4)) == Decimal("31.00")


@given(st.integers(1, 31), st.integers(1, 60))
def test_every_day_is_either_free_or_paid(first, length):
    found = bill(tried(on_trial(fee("31"), lasts=f"{length} day"), start=day(first)))
    assert found.gross == max(0, 31 - (first - 1) - length)


def test_a_trial_that_ends_leaves_nothing_to_pay():
    assert total(tried(on_trial(fee("31"), ends=True))) == 0
    assert bill(tried(on_trial(fee("31"), ends=True)), at=day(1, month=4)).lines == ()


def test_a_trial_may_turn_into_something_else():
    item, other = tried(on_trial(fee("31"), to="FULL")), plan(fee("62"), code="FULL")
    found = bill(item, parts=[other])
    assert [(line.root, line.offering, line.amount) for line in found.lines] == [(0, "PLAN", 0), (0, "FULL", 14)]
    # Whether it is sold then matters in the month in which the trial ends.
    assert bill(tried(on_trial(fee("31"), to="FULL", lasts="1 month"))).gross == 0
    with pytest.raises(QuoteRefused) as caught:
        bill(item)
    assert caught.value.path == ("plans", 0, "items", 0, "trial")


def test_a_one_time_fee_is_owed_when_the_subscription_begins():
    assert total(tried(on_trial(ONCE, lasts="14 day"))) == Decimal("100.00")
    assert total(tried(on_trial(ONCE, lasts="1 month"))) == 0
    assert total(tried(on_trial(ONCE, lasts="1 month")), at=day(1, month=4)) == Decimal("100.00")


def test_leaving_a_trial_costs_nothing_and_promises_nothing():
    cost = EarlyTermination(price=money("300"))
    bound = Term("1y", TermKind.BINDING, quantity("12 month"), early_termination=cost)
    offering = on_trial(fee("31"), LEAST, terms=(bound,))
    assert total(tried(offering, end=day(20))) == 0
    assert lines(bill(tried(offering, end=day(28))), "EARLY_TERMINATION")[0].amount == 300


def test_what_is_included_may_be_used_and_what_is_beyond_it_is_paid():
    offering = on_trial(fee("31"), allowance("31 GB", carry_over=True), use("2", "1 GB"), lasts="1 month")
    found = bill(tried(offering), usage=[used("25 GB", at=day(12))])
    # Twenty-one days of the month include 21 GB; four are beyond them.
    assert found.gross == Decimal("8.00")
    kept = bill(tried(on_trial(credit("9", carry_over=True), allowance("31 GB", carry_over=True), lasts="1 month")))
    assert kept.carried == ()


def test_the_parts_of_a_bundle_are_tried_with_it():
    bundle = on_trial(code="BUNDLE", parts=(BundlePart("PLAN", 1, 1, 1),))
    assert total(tried(bundle), parts=[plan(fee("31"))]) == Decimal("7.00")


@pytest.mark.parametrize(("amount", "count"), [("1200", 0), ("1201", 1), ("1.5", 1), ("0", 1)])
def test_a_trial_lasts_whole_days_months_or_years_and_ends_within_the_calendar(amount: str, count: int):
    written = {**offering("A"), "trial": {"duration": {"amount": amount, "units": "year"}}}
    _, problems = document.read({"categories": [], "offerings": [written]}, ZONE)
    assert [problem.path for problem in problems] == [("offerings", 0, "trial", "duration")] * count


@pytest.mark.parametrize(
    ("item", "step", "code"),
    [(tried(plan(fee("31"))), "trial", "NO_TRIAL"), (tried(on_trial(fee("31")), start=None), "start", "MISSING")],
)
def test_what_cannot_be_tried_is_refused(item: QuoteItem, step: str, code: str):
    with pytest.raises(QuoteRefused) as caught:
        bill(item)
    assert (caught.value.path, caught.value.code) == (("plans", 0, "items", 0, step), code)
