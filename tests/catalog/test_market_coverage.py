"""Coverage is counted over the markets that are there, in all and per group."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from catalog.market import MarketKind, MarketSegment
from catalog.market_coverage import by, coverage, place_below
from catalog.text import Text


def market(number, *, kind=MarketKind.CAMPUS, place="shanxi/taiyuan", size=None, **facts):
    return MarketSegment(number, f"M{number}", kind, Text("市场"), place, size, None, facts)


def test_the_materials_own_figures_314_campuses_of_which_167_are_covered_are_53_per_cent():
    found = coverage([market(number, wlan=number < 167) for number in range(314)], "wlan")
    assert (found.markets, found.covered, round(found.share * 100)) == (314, 167, 53)


def test_a_fact_covers_when_it_is_true_or_a_number_above_nothing():
    markets = [market(1, wlan=True), market(2, wlan=3), market(3, wlan=0), market(4, wlan="yes"), market(5)]
    found = coverage(markets, "wlan")
    assert (found.covered, found.unknown) == (2, 1)


def test_people_are_added_up_where_the_size_is_known():
    found = coverage([market(1, size=100, wlan=True), market(2, size=50), market(3, wlan=True)], "wlan")
    assert (found.people, found.covered_people) == (150, 100)


def test_no_market_has_no_share():
    assert coverage([], "wlan").share is None


def test_groups_come_in_order_and_what_has_no_place_comes_last():
    markets = [market(1, place=None), market(2, place="shanxi/datong/a", wlan=True), market(3, place="shanxi/datong")]
    found = by(markets, "wlan", lambda one: place_below(one.place, "shanxi"))
    assert [(name, one.covered, one.markets) for name, one in found] == [("shanxi/datong", 1, 2), (None, 0, 1)]


@given(st.lists(st.tuples(st.sampled_from(list(MarketKind)), st.booleans()), max_size=30))
def test_the_groups_add_up_to_the_whole(kinds):
    markets = [market(number, kind=kind, wlan=wlan) for number, (kind, wlan) in enumerate(kinds)]
    whole, groups = coverage(markets, "wlan"), [one for _, one in by(markets, "wlan", lambda one: one.kind.value)]
    assert (whole.markets, whole.covered) == (sum(g.markets for g in groups), sum(g.covered for g in groups))
    assert whole.share is None or 0 <= whole.share <= Fraction(1)
