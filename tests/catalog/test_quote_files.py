"""Prices in full and terms survive the way from a file into the catalog and back, and wrong ones are named."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from catalogs import ZONE, catalog, offering

from catalog import store
from catalog.customer_store import Caller
from catalog.documents import document
from catalog.documents.catalog_file import import_catalog
from catalog.documents.write import written
from catalog.linting import lint
from sql.pool import Database

FULL: dict[str, Any] = {
    "productOfferingPrice": [
        {
            "code": "voice",
            "name": {"zh": "语音"},
            "priceType": "USAGE",
            "price": {"unit": "CNY", "value": "0.20"},
            "unitOfMeasure": {"amount": "6", "units": "s"},
            "taxIncluded": True,
            "taxRate": "0.09",
            "ratingIncrement": {"amount": "6", "units": "s"},
            "connectFee": {"unit": "CNY", "value": "0.05"},
            "tierMode": "VOLUME",
            "tiers": [{"lower": "1000", "price": {"unit": "CNY", "value": "0.15"}}],
            "timeWindow": {"start": "23:00:00", "end": "07:00:00", "days": [1, 5]},
            "priority": 2,
        },
        {
            "code": "data",
            "priceType": "ALLOWANCE",
            "unitOfMeasure": {"amount": "10", "units": "GB"},
            "taxIncluded": True,
            "carryOver": True,
        },
        {
            "code": "season",
            "priceType": "DISCOUNT",
            "taxIncluded": True,
            "tiers": [{"lower": "0", "percentage": "5"}, {"lower": "100", "percentage": "10"}],
            "stacking": "EXCLUSIVE",
            "exclusiveGroup": "season",
            "applicationDuration": {"amount": "3", "units": "month"},
            "scope": "BILL",
            "appliesTo": ["voice"],
            "term": "2y",
        },
    ],
    "productOfferingTerm": [
        {
            "code": "2y",
            "name": {"en": "Two years"},
            "kind": "COMMITMENT",
            "duration": {"amount": "24", "units": "month"},
            "minimum": {"unit": "CNY", "value": "10000"},
            "minimumPeriod": "quarter",
            "shortfallPolicy": {"percentage": "20", "prorated": False},
            "earlyTermination": {"percentage": "30"},
            "tierLift": 1,
            "scope": "BILL",
        }
    ],
}


def test_what_is_written_reads_as_what_was_read():
    back = written(catalog(offering("A", **FULL)).offerings[0])
    assert {key: back[key] for key in FULL} == FULL


async def test_a_file_lands_whole_and_a_second_time_changes_nothing(db: Database, tmp_path: Path):
    path = tmp_path / "catalog.json"
    path.write_text(json.dumps({"offerings": [offering("A", **FULL)]}), encoding="utf-8")
    at, caller = datetime(2026, 3, 1, tzinfo=UTC), Caller("test", "operator", None, "import")
    await import_catalog(db, path, at, ZONE, caller)
    found = (await store.load(db, at)).versions["A"][0]
    assert found.prices == catalog(offering("A", **FULL)).offerings[0].prices
    assert found.terms == catalog(offering("A", **FULL)).offerings[0].terms
    assert (await import_catalog(db, path, at, ZONE, caller)).is_empty


@pytest.mark.parametrize(
    ("price", "place", "code"),
    [
        ({"ratingIncrement": {"amount": "0", "units": "s"}}, "", "INVALID"),
        ({"tiers": [{"lower": "5", "price": {"value": "1"}}, {"lower": "5", "price": {"value": "2"}}]}, "", "INVALID"),
        ({"tiers": [{"lower": "5", "percentage": "1"}]}, "", "INVALID"),
        ({"tiers": [{"lower": "5"}]}, ".tiers[0]", "INVALID"),
        ({"timeWindow": {"start": "25:00"}}, ".timeWindow.start", "NOT_A_TIME"),
        ({"timeWindow": {"days": [8]}}, ".timeWindow.days[0]", "UNKNOWN_VALUE"),
        ({"exclusiveGroup": "x"}, "", "INVALID"),
        ({"stacking": "SOMETIMES"}, ".stacking", "UNKNOWN_VALUE"),
        ({"ratingIncrment": None}, ".ratingIncrment", "UNKNOWN_FIELD"),
        ({"price": {"value": "-1"}}, "", "INVALID"),
    ],
)
def test_a_wrong_price_is_named_by_its_place(price, place, code):
    usage = {"code": "p", "priceType": "USAGE", "price": {"value": "1"}, "unitOfMeasure": {"units": "s"}}
    _, problems = document.read({"offerings": [offering("A", productOfferingPrice=[usage | price])]}, ZONE)
    assert [(one.place, one.code) for one in problems] == [(f"offerings[0].productOfferingPrice[0]{place}", code)]


@pytest.mark.parametrize(
    ("term", "place", "code"),
    [
        ({"duration": None}, ".duration", "MISSING"),
        ({"duration": {"amount": "1.5", "units": "year"}}, "", "INVALID"),
        ({"duration": {"amount": "1", "units": "decade"}}, "", "INVALID"),
        ({"minimum": {"value": "1"}}, "", "INVALID"),
        ({"shortfallPolicy": {"percentage": "101"}}, ".shortfallPolicy", "INVALID"),
        ({"earlyTermination": {}}, ".earlyTermination", "INVALID"),
    ],
)
def test_a_wrong_term_is_named_by_its_place(term, place, code):
    whole = {"code": "t", "kind": "BINDING", "duration": {"amount": "12", "units": "month"}} | term
    _, problems = document.read({"offerings": [offering("A", productOfferingTerm=[whole])]}, ZONE)
    assert [(one.place, one.code) for one in problems] == [(f"offerings[0].productOfferingTerm[0]{place}", code)]


def test_a_price_names_only_terms_and_prices_of_its_offering():
    cut = {"code": "cut", "priceType": "DISCOUNT", "percentage": "5", "term": "9y", "appliesTo": ["nothing"]}
    found = catalog(offering("A", productOfferingPrice=[cut]))
    place = "offerings[0].productOfferingPrice[0]"
    assert {one.place for one in lint.check(found.categories, found.offerings)} == {
        f"{place}.term",
        f"{place}.appliesTo[0]",
    }
