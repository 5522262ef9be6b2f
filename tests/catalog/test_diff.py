"""A diff names every place that differs and no other, and applied to the one value it gives the other."""

from __future__ import annotations

import copy

import orjson
import pytest
from catalogs import catalog, monthly, offering
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_quote_anything import offerings

from catalog.diff import KEYS, Change, ChangeKind, apply, diff
from catalog.documents.write import written

NAMES = [*KEYS, "category", "validFor", "name", "x"]
scalars = st.none() | st.booleans() | st.integers(-2, 2) | st.floats(-1, 1) | st.sampled_from(["a", "b", "c", "9.00"])
entries = st.fixed_dictionaries(
    {name: st.sampled_from(["a", "b", "c"]) for name in ("code", "id", "relationshipType", "target")},
    optional={"value": scalars, "tiers": st.lists(st.fixed_dictionaries({"lower": st.sampled_from("012")}))},
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.lists(entries, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner)
    ),
    max_leaves=25,
)


def as_json(value):
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


@given(values, values)
def test_a_diff_applied_to_the_one_value_gives_the_other(before, after):
    kept = copy.deepcopy(before)
    assert as_json(apply(diff(before, after), before)) == as_json(after)
    assert as_json(before) == as_json(kept)


@given(values)
def test_a_value_does_not_differ_from_itself(value):
    assert diff(value, copy.deepcopy(value)) == ()


@settings(suppress_health_check=list(HealthCheck), max_examples=30, deadline=None)
@given(offerings("A"), offerings("A"))
def test_whatever_two_offerings_say_the_diff_of_them_leads_from_the_one_to_the_other(one, other):
    before, after = written(one), written(other)
    assert apply(diff(before, after), before) == after


def version(**fields):
    return written(catalog(offering("A", **fields)).offerings[0])


def shown(changes):
    return [(change.kind.value, change.place, change.before, change.after) for change in changes]


def test_a_price_is_told_from_the_others_by_its_code():
    before = version(productOfferingPrice=[monthly("9.00"), monthly("3") | {"code": "extra"}])
    after = version(productOfferingPrice=[monthly("8.00"), monthly("1") | {"code": "night"}])
    assert shown(diff(before, after)) == [
        ("REMOVED", ["productOfferingPrice", "extra"], before["productOfferingPrice"][1], None),
        ("CHANGED", ["productOfferingPrice", "monthly", "price", "value"], "9.00", "8.00"),
        ("ADDED", ["productOfferingPrice", "night"], None, after["productOfferingPrice"][1]),
    ]


def test_a_relationship_is_known_by_its_kind_and_its_target():
    def related(*kinds):
        return version(productOfferingRelationship=[{"relationshipType": kind, "target": "B"} for kind in kinds])

    changes = diff(related("EXCLUDES", "UPSELL"), related("UPSELL", "CROSS_SELL"))
    assert [(one.kind, one.place) for one in changes] == [
        (ChangeKind.REMOVED, ["productOfferingRelationship", "EXCLUDES B"]),
        (ChangeKind.ADDED, ["productOfferingRelationship", "CROSS_SELL B"]),
    ]


def test_parts_in_another_order_are_one_change():
    before = version(bundledProductOffering=[{"code": "X"}, {"code": "Y"}])
    after = version(bundledProductOffering=[{"code": "Y"}, {"code": "X"}])
    moved = Change(ChangeKind.MOVED, ("bundledProductOffering",), [["X"], ["Y"]], [["Y"], ["X"]])
    assert diff(before, after) == (moved,)


def test_a_change_of_something_that_is_not_there_is_an_error():
    with pytest.raises(LookupError):
        apply([Change(ChangeKind.CHANGED, ("name", "zh"), "甲", "乙")], {"name": {}})
