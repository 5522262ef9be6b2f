"""Whatever a catalog may hold and a customer may do, there is a bill, and it adds up."""

from __future__ import annotations

from datetime import time
from decimal import Decimal

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pricing import MARCH, bill, day, money, plan, quantity, used

from catalog.bundle import BundlePart
from catalog.offering import Offering
from catalog.period import Period
from catalog.price import PERIODS, Price, PriceType, Scope, Stacking, Tier, TierMode
from catalog.quoting.holding import QuoteItem
from catalog.term import EarlyTermination, Term, TermKind
from catalog.time_window import TimeWindow

days = st.none() | st.builds(day, st.integers(1, 28), st.integers(0, 23), st.integers(1, 6), st.integers(2024, 2026))
amounts = st.sampled_from(["0", "0.0001", "0.19", "9", "1234.5678"]).map(money)
measures = st.sampled_from(["1 minute", "6 s", "1 GB", "100 message"]).map(quantity)
durations = st.sampled_from(["1 month", "12 month", "2 year", "30 day"]).map(quantity)
shares = st.sampled_from(["0", "5", "33.3333", "100"]).map(Decimal)


@st.composite
def periods(draw) -> Period:
    start, end = draw(days), draw(days)
    assume(not (start and end and start >= end))
    return Period(start, end)


@st.composite
def prices(draw, number: int) -> Price:
    kind = draw(st.sampled_from(list(PriceType)))
    by_share = kind is PriceType.DISCOUNT
    lowers = sorted(draw(st.sets(st.integers(0, 500), max_size=3)))
    steps = [Tier(Decimal(low), *((None, draw(shares)) if by_share else (draw(amounts),))) for low in lowers]
    fields = {
        "price": draw(st.none() | amounts),
        "percentage": draw(st.none() | shares),
        "unit_of_measure": draw(st.none() | measures),
        "recurring_charge_period": draw(st.none() | st.sampled_from(PERIODS)),
        "tax_included": draw(st.booleans()),
        "tax_rate": draw(st.sampled_from([None, Decimal(0), Decimal("0.06"), Decimal(1)])),
        "valid": draw(periods()),
        "rating_increment": draw(st.none() | measures) if kind is PriceType.USAGE else None,
        "connect_fee": draw(st.none() | amounts) if kind is PriceType.USAGE else None,
        "tier_mode": draw(st.sampled_from(TierMode)),
        "tiers": tuple(steps) if draw(st.booleans()) else (),
        "carry_over": draw(st.booleans()),
        "time_window": draw(
            st.sampled_from([None, TimeWindow(time(22), time(6)), TimeWindow(time(9), time(17), (1, 7))])
        ),
        "stacking": draw(st.sampled_from(Stacking)),
        "application_duration": draw(st.none() | durations),
        "priority": draw(st.integers(-1, 1)),
        "scope": draw(st.sampled_from(Scope)),
        "applies_to": draw(st.sampled_from([(), ("p0",)])),
        "term": draw(st.sampled_from([None, None, "term"])),
    }
    try:
        return Price(f"p{number}", kind, **fields)
    except ValueError:
        assume(False)
        raise


@st.composite
def terms(draw) -> Term:
    kind = draw(st.sampled_from(TermKind))
    minimum = draw(st.none() | amounts) if kind is TermKind.COMMITMENT else None
    early = draw(st.sampled_from([None, EarlyTermination(money("50")), EarlyTermination(None, Decimal(30))]))
    per = draw(st.sampled_from(["month", "quarter", "year"]))
    return Term("term", kind, draw(durations), minimum=minimum, minimum_period=per, early_termination=early)


@st.composite
def offerings(draw, code: str, parts: tuple[BundlePart, ...] = ()) -> Offering:
    found = tuple(draw(prices(number)) for number in range(draw(st.integers(0, 4))))
    return plan(*found, code=code, terms=draw(st.sampled_from([(), (draw(terms()),)])), parts=parts)


@st.composite
def items(draw, offering: Offering) -> QuoteItem:
    period = draw(periods())
    carried = {"p0": draw(amounts).value} if draw(st.booleans()) else {}
    committed = draw(st.none() | amounts.map(lambda one: one.value))
    term = draw(st.sampled_from([None, "term"]))
    count = draw(st.integers(1, 3))
    spent = draw(amounts).value
    return QuoteItem(offering, count, period.start, period.end, term, committed, spent, carried)


uses = st.lists(
    st.builds(
        used,
        st.sampled_from(["1 s", "61 s", "3 GB", "0 s", "700 message", "1 fax"]),
        st.integers(1, 50),
        st.none() | st.builds(day, st.integers(1, 31), st.integers(0, 23)),
    ),
    max_size=4,
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(st.data(), uses)
def test_there_is_a_bill_for_everything_and_it_adds_up_in_any_order(data, usage):
    part = data.draw(offerings("PART"))
    held = [
        data.draw(items(data.draw(offerings("BUNDLE", (BundlePart("PART", 0, 1, 2),))))),
        data.draw(items(data.draw(offerings("OTHER")))),
    ]
    found = bill(*held, usage=usage, at=MARCH, parts=[part])
    assert found.gross == sum((line.net + line.tax_amount for line in found.lines), Decimal(0))
    assert all(abs(line.amount - line.exact) <= Decimal("0.005") for line in found.lines)
    assert all(one.quantity.amount > 0 for one in found.carried)
    other = bill(*reversed(held), usage=usage[::-1], at=MARCH, parts=[part])
    assert sorted(line.exact for line in other.lines) == sorted(line.exact for line in found.lines)
    assert other.unrated == found.unrated
