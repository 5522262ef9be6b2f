"""A catalog from another system moves in: what the standard says lands, and what has no place here is not lost."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from catalogs import ZONE
from workbooks import exported, landed

from catalog import tmf620
from catalog.documents import document
from catalog.documents.file_form import Form, open_bytes
from catalog.errors import InvalidCatalog
from catalog.lifecycle import LifecycleStatus
from catalog.price import PriceType
from catalog.tmf620 import words

OTHER = (Path(__file__).parent / "data" / "other_system.tmf620.json").read_bytes()


@pytest.fixture(scope="module")
def opened():
    found = open_bytes(OTHER, "other.json", ZONE)
    assert (found.form, found.problems) == (Form.TMF620, ())
    return found


@pytest.fixture(scope="module")
def catalog(opened):
    read, problems = document.read(opened.node, ZONE)
    assert problems == ()
    return read


@pytest.fixture(scope="module")
def offerings(catalog):
    return {one.code: one for one in catalog.offerings}


def test_offerings_keep_their_names_dates_and_stages(offerings):
    basic = offerings["po-basic"]
    assert (basic.name.en, basic.description.en) == ("Basic line", "A line for everybody. Cancel any time.")
    assert basic.lifecycle_status is LifecycleStatus.LAUNCHED
    assert (basic.valid.start.isoformat(), basic.valid.end.year) == ("2024-06-01T00:00:00+00:00", 2030)
    assert offerings["po-plus"].lifecycle_status is LifecycleStatus.IN_STUDY
    assert offerings["po-roam"].lifecycle_status is LifecycleStatus.IN_DESIGN
    assert offerings["po-home"].name.zh == "家庭套餐"


def test_references_become_codes_and_name_what_was_not_there(catalog, offerings):
    basic = offerings["po-basic"]
    assert (basic.category, basic.place, basic.market_segment) == (("7757", "9000"), ("at/vienna",), ("residential",))
    assert [use.channel for use in basic.channel] == ["web"]
    assert [(one.code, one.parent, one.name.en) for one in catalog.categories] == [
        ("7757", None, "Mobile"),
        ("7758", "7757", "Add-ons"),
        ("9000", None, "Seasonal"),
    ]
    assert offerings["po-roam"].category == ("7758",)
    assert [(one.code, one.name.en) for one in catalog.entries["channel"]] == [("web", "Web shop")]
    assert [(one.code, one.name.en) for one in catalog.entries["place"]] == [("at/vienna", "Vienna")]
    assert [(one.owner, one.id) for one in basic.external_identifier] == [("BSS", "0815")]
    assert basic.allowed_action == ("add", "modify")


def test_prices_are_exact_and_bundled_prices_are_their_parts(offerings):
    monthly, setup, voice, promo = offerings["po-basic"].prices
    assert (monthly.price_type, monthly.recurring_charge_period) == (PriceType.RECURRING, "month")
    assert (monthly.price.value, monthly.price.unit, monthly.tax_rate) == (Decimal("19.9"), "EUR", Decimal("0.2"))
    assert (setup.price_type, setup.price.value, setup.percentage) == (PriceType.ONE_TIME, Decimal(9), None)
    assert (voice.price.value, voice.unit_of_measure.units) == (Decimal("0.05"), "minute")
    assert (promo.price_type, promo.percentage, promo.applies_to) == (PriceType.DISCOUNT, 50, ("pop-monthly",))
    assert promo.term == "12 months"
    (yearly,) = offerings["po-plus"].prices
    assert (yearly.recurring_charge_period, yearly.price.value, yearly.tax_included) == (
        "year",
        Decimal("199.99"),
        True,
    )


def test_terms_relations_bundles_and_characteristics_find_their_place(catalog, offerings):
    basic, home = offerings["po-basic"], offerings["po-home"]
    assert [(one.code, str(one.duration.amount), one.duration.units) for one in basic.terms] == [
        ("12 months", "12", "month")
    ]
    assert [(one.relationship_type.value, one.target) for one in basic.relationships] == [("UPSELL", "po-plus")]
    assert [(one.code, one.lower, one.default, one.upper, one.group) for one in home.parts] == [
        ("po-basic", 1, 1, 4, None),
        ("po-roam", 0, 0, 1, "g-extra"),
        ("po-plus", 0, 0, 1, "g-extra"),
    ]
    assert [(one.code, one.name.en, one.lower, one.upper) for one in home.groups] == [("g-extra", "Pick one", 0, 1)]
    assert [(one.name, one.values, one.default) for one in basic.characteristics] == [("speed", ("100", "300"), "100")]
    (specification,) = catalog.entries["specification"]
    (speed,) = specification.characteristics
    assert (speed.value_type.value, speed.label.en, [value.upper for value in speed.values]) == (
        "NUMBER",
        "Downlink in Mbit/s",
        [None, Decimal(1000)],
    )


def test_what_has_no_place_here_is_kept_field_by_field(opened):
    left = {(kind, known_as): fields for kind, found in opened.unplaced.items() for known_as, fields in found.items()}
    basic = left["productOffering", "po-basic"]
    assert set(basic) == {
        "agreement",
        "serviceLevelAgreement",
        "policy",
        "lastUpdate",
        "version",
        "description",
        "allowedAction.1.channel",
        "externalIdentifier.0.externalIdentifierType",
        "productOfferingRelationship.1.id",
        "productOfferingRelationship.1.relationshipType",
    }
    assert basic["agreement"] == [{"id": "a1", "name": "Frame agreement"}]
    assert left["productOffering", "po-roam"] == {"lifecycleStatus": "Under review"}
    assert set(left["productOfferingPrice", "pop-unused"]) == {"unused"}
    assert set(left["productOfferingPrice", "pop-voice"]) == {"pricingLogicAlgorithm"}
    assert "relatedParty" in left["productCatalog", "3830"]
    assert "resourceSpecification" in left["productSpecification", "ps-mobile"]


async def test_it_lands_as_drafts_and_a_second_time_changes_nothing(db):
    done = await landed(db, OTHER)
    assert (done.form, done.change.offerings_new, done.change.categories) == (Form.TMF620, 4, 3)
    assert all(draft.base is None for draft in done.drafts)
    again = await landed(db, OTHER)
    assert again.change.is_empty
    assert again.unplaced == done.unplaced
    out = json.loads(await exported(db, Form.TMF620))
    assert {one["lifecycleStatus"] for one in out["productOffering"]} == {"In design"}
    assert {one["@baseType"] for one in out["productOffering"]} == {"ProductOffering"}


@pytest.mark.parametrize("shape", ["list", "single"])
def test_a_list_or_a_single_resource_is_recognised(shape):
    one = {"@type": "ProductOffering", "id": "A", "name": "A", "lifecycleStatus": "Active"}
    found = open_bytes(json.dumps([one] if shape == "list" else one).encode(), "x.json", ZONE)
    assert found.form is Form.TMF620
    assert [offering["code"] for offering in found.node["offerings"]] == ["A"]


def test_several_versions_of_another_system_are_numbered_in_their_order():
    same = {"@type": "ProductOffering", "id": "A", "name": "A", "lifecycleStatus": "Retired"}
    value = [{**same, "version": version} for version in ("1.10", "1.2", "2.0")]
    assert [one["version"] for one in tmf620.read(value).document["offerings"]] == [2, 1, 3]


@pytest.mark.parametrize(
    ("price", "place"),
    [
        ({"priceType": "barter"}, "productOfferingPrice[0].priceType"),
        (
            {"priceType": "recurring", "recurringChargePeriodType": "month", "recurringChargePeriodLength": 6},
            "productOfferingPrice[0].recurringChargePeriodLength",
        ),
        ({"priceType": "oneTime", "price": {"unit": "EUR", "value": -1}}, "productOfferingPrice[0]"),
        ({"priceType": "oneTime", "price": {"unit": "EUR", "value": 1.23456}}, "productOfferingPrice[0].price.value"),
    ],
)
async def test_what_cannot_be_told_from_something_else_is_refused_where_it_stands(db, price, place):
    full = {"id": "p", "price": {"unit": "EUR", "value": 1}, **price}
    offering = {"id": "A", "name": "A", "productOfferingPrice": [{"id": "p"}]}
    with pytest.raises(InvalidCatalog) as refused:
        await landed(db, json.dumps({"productOfferingPrice": [full], "productOffering": [offering]}).encode())
    assert [problem.place for problem in refused.value.problems] == [place]


def test_a_price_that_is_not_in_the_file_is_missed():
    mapped = tmf620.read(
        [{"@type": "ProductOffering", "id": "A", "name": "A", "productOfferingPrice": [{"id": "gone"}]}]
    )
    assert [(problem.place, problem.code) for problem in mapped.problems] == [
        ("[0].productOfferingPrice[0].id", "UNKNOWN_CODE")
    ]


@pytest.mark.parametrize(
    ("said", "ours"),
    [("one time", "ONE_TIME"), ("Recurring-Prepaid", "RECURRING"), ("usage charge", "USAGE"), ("gift", None)],
)
def test_the_kind_of_a_price_is_known_however_it_is_spelt(said, ours):
    assert words.price_type(said) == ours
