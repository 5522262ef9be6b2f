"""What a market changed itself is kept when the solution changes; everything else follows the solution."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from catalog.solutions.merge import merged


def price(code, value, **more):
    return {"code": code, "price": {"unit": "CNY", "value": value}, **more}


BASE = {
    "name": {"zh": "校园包"},
    "margin": "0.4",
    "productOfferingPrice": [price("monthly", "18"), price("once", "50")],
}


def test_a_field_that_the_market_left_alone_follows_the_solution():
    found, kept = merged(BASE, BASE, BASE | {"margin": "0.5"})
    assert (found["margin"], kept) == ("0.5", ())


def test_a_field_that_only_the_market_changed_stays_and_is_named():
    found, kept = merged(BASE, BASE | {"margin": "0.3"}, BASE | {"name": {"zh": "新校园包"}})
    assert (found["margin"], found["name"], kept) == ("0.3", {"zh": "新校园包"}, ("margin",))


def test_prices_are_merged_one_by_one_by_their_codes():
    market = BASE | {"productOfferingPrice": [price("monthly", "15"), price("once", "50")]}
    target = BASE | {"productOfferingPrice": [price("monthly", "18"), price("once", "30"), price("penalty", "10")]}
    found, kept = merged(BASE, market, target)
    values = {one["code"]: one["price"]["value"] for one in found["productOfferingPrice"]}
    assert values == {"monthly": "15", "once": "30", "penalty": "10"}
    assert kept == ("productOfferingPrice.monthly",)


def test_of_one_price_the_amount_may_be_the_markets_and_the_name_the_solutions():
    market = {"productOfferingPrice": [price("monthly", "15", name={"zh": "月费"})]}
    base = {"productOfferingPrice": [price("monthly", "18", name={"zh": "月费"})]}
    target = {"productOfferingPrice": [price("monthly", "18", name={"zh": "月租"})]}
    found, kept = merged(base, market, target)
    assert found["productOfferingPrice"] == [price("monthly", "15", name={"zh": "月租"})]
    assert kept == ("productOfferingPrice.monthly.price",)


def test_what_both_changed_stays_as_the_market_has_it():
    found, kept = merged(BASE, BASE | {"margin": "0.3"}, BASE | {"margin": "0.5"})
    assert (found["margin"], kept) == ("0.3", ("margin",))


def test_codes_and_stages_are_never_merged():
    own = {"code": "A@M", "template": "A", "lifecycleStatus": "LAUNCHED"}
    found, _ = merged(BASE | {"code": "A@M"}, BASE | own, BASE | {"code": "A@M", "lifecycleStatus": "IN_DESIGN"})
    assert found["lifecycleStatus"] == "LAUNCHED"


VALUES = st.none() | st.integers(0, 3) | st.lists(st.sampled_from(["a", "b", "c"]), unique=True)
NODES = st.dictionaries(st.sampled_from(["margin", "step", "channel", "family"]), VALUES, max_size=4)


def as_sets(node):
    return {key: sorted(one) if isinstance(one, list) else one for key, one in node.items()}


@given(NODES, NODES)
def test_a_copy_that_the_market_left_alone_becomes_what_the_solution_says(base, target):
    assert merged(base, base, target) == (target, ())


@given(NODES, NODES)
def test_a_solution_that_did_not_change_changes_nothing(base, current):
    assert merged(base, current, base)[0] == current


@given(NODES, NODES, NODES)
def test_merging_twice_is_merging_once(base, current, target):
    once, _ = merged(base, current, target)
    again, _ = merged(target, once, target)
    assert as_sets(again) == as_sets(once)
