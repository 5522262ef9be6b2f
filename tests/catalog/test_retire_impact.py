"""Figures of a sample say how far they may be off; those of a whole table are exact."""

from __future__ import annotations

from decimal import Decimal

from catalogs import AT, monthly, offering, snapshot
from hypothesis import given
from hypothesis import strategies as st

from catalog.retire_impact import HeldRow, alternatives, currency, held, uses
from catalog.retire_impact_store import READ, share_of


def row(holders: int, agreed: int = 0, revenue: str = "0", **fields) -> HeldRow:
    known = {"status": "active", "origin": "VOLUNTARY", "version": 1, **fields}
    return HeldRow(**known, holders=holders, agreed=agreed, revenue=Decimal(revenue))


def test_a_price_as_agreed_counts_before_that_of_the_list():
    known = snapshot(offering("A", productOfferingPrice=[monthly("10")])).versions["A"]
    found = held([row(5, agreed=2, revenue="11"), row(1, status="suspended", version=None)], 1, known)
    assert (found.holders, found.low, found.high, found.is_estimated) == (6, 6, 6, False)
    assert found.revenue == 11 + 3 * 10 + 10
    assert found.by_status == {"active": 5, "suspended": 1}


def test_revenue_is_in_the_currency_of_the_offering_or_else_of_the_catalog():
    dollars = {**monthly("10"), "price": {"unit": "USD", "value": "10"}}
    known = snapshot(offering("A"), offering("B", productOfferingPrice=[dollars]), offering("C"))
    assert [currency(code, known) for code in "ABC"] == ["USD", "USD", "USD"]
    mixed = snapshot(offering("A", productOfferingPrice=[monthly("10")]), offering("B", productOfferingPrice=[dollars]))
    assert [currency(code, mixed) for code in "AB"] == ["CNY", "USD"]
    assert currency("A", snapshot(offering("A"))) == "CNY"


@given(st.integers(0, 10_000), st.floats(0.001, 0.99))
def test_a_sample_is_scaled_up_and_bounded_on_both_sides(counted, share):
    found = held([row(counted)] if counted else [], share, ())
    assert found.is_estimated
    assert 0 <= found.low <= found.holders <= found.high
    assert found.high > 0
    assert found.holders == round(counted / share)


def test_at_most_so_many_products_are_read():
    assert share_of(0) == share_of(READ) == 1
    assert share_of(100 * READ) == 0.01


def test_the_strongest_use_counts_and_what_replaces_it_is_an_alternative():
    known = snapshot(
        offering("A"),
        offering(
            "W",
            bundledProductOffering=[{"code": "A"}],
            productOfferingRelationship=[{"relationshipType": "REQUIRES", "target": "A"}],
        ),
        offering("N", productOfferingRelationship=[{"relationshipType": "REPLACES", "target": "A"}]),
        offering("X", productOfferingRelationship=[{"relationshipType": "EXCLUDES", "target": "A"}]),
    )
    assert [(one.kind, one.version.code) for one in uses("A", known, AT)] == [("RELATED", "N"), ("BUNDLE", "W")]
    assert [one.code for one in alternatives("A", known, AT)] == ["N"]
