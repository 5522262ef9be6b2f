"""What a catalog document may say, and how it is told what is wrong."""

from __future__ import annotations

import json

import pytest
from catalogs import ZONE, catalog, excludes, monthly, offering, requires
from hypothesis import given
from hypothesis import strategies as st

from catalog.documents import document
from catalog.documents.catalog_file import CATALOG_TEMPLATE
from catalog.documents.file_form import UnreadableCatalog, parse
from catalog.linting import lint


def problems_of(*offerings: dict, categories: tuple = ()) -> dict[str, str]:
    found, problems = document.read({"categories": list(categories), "offerings": list(offerings)}, ZONE)
    if not problems:
        problems = lint.check(found.categories, found.offerings)
    return {problem.place: problem.code for problem in problems}


def test_the_template_is_a_catalog_without_a_problem():
    found, problems = document.read(json.loads(CATALOG_TEMPLATE), ZONE)
    assert problems == ()
    assert lint.check(found.categories, found.offerings) == ()
    assert [one.code for one in found.offerings] == ["DATA_10G", "DATA_30G", "STARTER"]


@pytest.mark.parametrize(
    ("wrong", "place", "code"),
    [
        ({"nmae": {"en": "x"}}, "offerings[0].nmae", "UNKNOWN_FIELD"),
        ({"name": {}}, "offerings[0].name", "MISSING"),
        ({"name": "plain"}, "offerings[0].name", "NOT_AN_OBJECT"),
        ({"lifecycleStatus": "SOLD"}, "offerings[0].lifecycleStatus", "UNKNOWN_VALUE"),
        ({"validFor": {"startDateTime": "2026-02-30"}}, "offerings[0].validFor.startDateTime", "NOT_A_TIME"),
        (
            {"validFor": {"startDateTime": "2026-02-01", "endDateTime": "2026-01-01"}},
            "offerings[0].validFor",
            "INVALID",
        ),
        ({"step": "2"}, "offerings[0].step", "NOT_A_WHOLE_NUMBER"),
        ({"isSellable": "yes"}, "offerings[0].isSellable", "NOT_A_BOOLEAN"),
        ({"margin": 0.35}, "offerings[0].margin", "NOT_A_DECIMAL"),
        ({"margin": "NaN"}, "offerings[0].margin", "NOT_A_DECIMAL"),
        (
            {"productOfferingPrice": [monthly("1.23456")]},
            "offerings[0].productOfferingPrice[0].price.value",
            "NOT_A_DECIMAL",
        ),
        (
            {"productOfferingPrice": [monthly("1") | {"recurringChargePeriod": None}]},
            "offerings[0].productOfferingPrice[0]",
            "INVALID",
        ),
        (
            {"bundledProductOffering": [{"code": "B", "lower": 2, "upper": 1}]},
            "offerings[0].bundledProductOffering[0]",
            "INVALID",
        ),
        ({"category": ["nowhere"]}, "offerings[0].category[0]", "UNKNOWN_CODE"),
        (
            {"productOfferingRelationship": [requires("NONE")]},
            "offerings[0].productOfferingRelationship[0].target",
            "UNKNOWN_CODE",
        ),
        (
            {"productOfferingRelationship": [excludes("A")]},
            "offerings[0].productOfferingRelationship[0].target",
            "CYCLE",
        ),
        ({"channel": ["HALL", "HALL"]}, "offerings[0].channel[1]", "DUPLICATE_CODE"),
    ],
)
def test_what_is_wrong_is_named_by_its_place(wrong, place, code):
    assert problems_of(offering("A") | wrong)[place] == code


def test_one_bad_offering_does_not_hide_the_next():
    found = problems_of(offering("A", step="x"), offering("B", margin=[]))
    assert set(found) == {"offerings[0].step", "offerings[1].margin"}


def test_a_code_may_stand_in_a_file_once():
    assert problems_of(offering("A"), offering("A")) == {"offerings[1].code": "DUPLICATE_CODE"}


def test_bundles_that_contain_each_other_are_refused():
    found = problems_of(
        offering("A", bundledProductOffering=[{"code": "B"}]), offering("B", bundledProductOffering=[{"code": "A"}])
    )
    assert set(found.values()) == {"CYCLE"}


def test_prerequisites_that_wait_for_each_other_are_refused_but_alternatives_are_not():
    circle = problems_of(
        offering("A", productOfferingRelationship=[requires("B")]),
        offering("B", productOfferingRelationship=[requires("A")]),
    )
    assert set(circle.values()) == {"CYCLE"}
    open_door = problems_of(
        offering("A", productOfferingRelationship=[requires("B", "any"), requires("C", "any")]),
        offering("B", productOfferingRelationship=[requires("A")]),
        offering("C"),
    )
    assert open_door == {}


def test_a_category_does_not_stand_above_itself():
    found = problems_of(
        categories=(
            {"code": "a", "name": {"en": "A"}, "parent": "b"},
            {"code": "b", "name": {"en": "B"}, "parent": "a"},
        )
    )
    assert found == {"categories[0].parent": "CYCLE", "categories[1].parent": "CYCLE"}


def test_a_group_that_cannot_be_filled_is_refused():
    bundle = offering(
        "BUNDLE",
        bundledProductOffering=[{"code": "A", "group": "pick"}],
        bundledGroup=[{"code": "pick", "lower": 2, "upper": 2}],
    )
    assert problems_of(offering("A"), bundle) == {"offerings[1].bundledGroup[0].lower": "GROUP_TOO_SMALL"}


def test_a_bare_date_is_midnight_where_the_operator_is():
    one = catalog(offering("A", validFor={"startDateTime": "2026-03-01"})).offerings[0]
    assert one.valid.start is not None
    assert one.valid.start.isoformat() == "2026-02-28T16:00:00+00:00"


def test_a_long_chain_of_bundles_is_checked_without_recursion():
    chain = [offering(f"B{i}", bundledProductOffering=[{"code": f"B{i + 1}"}]) for i in range(3000)]
    assert problems_of(*chain, offering("B3000")) == {}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["categories", "offerings", "code", "name", "zh", "price", "value", "validFor", "channel", "x"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(JSON)
def test_no_document_makes_reading_fail_with_anything_but_problems(value):
    found, problems = document.read(value, ZONE)
    assert isinstance(problems, tuple)
    lint.check(found.categories, found.offerings)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b'{"offerings": [', "line 1 column"),
        ('{"名": 1}'.encode("gbk"), "GBK"),
        ('{"a": 1}'.encode("utf-16"), "UTF-16"),
    ],
)
def test_a_file_that_is_no_json_in_utf8_says_what_to_do(raw, said):
    with pytest.raises(UnreadableCatalog, match=said):
        parse(raw, "catalog.json")


def test_a_byte_order_mark_is_tolerated():
    assert parse(b'\xef\xbb\xbf{"offerings": []}', "catalog.json") == {"offerings": []}
