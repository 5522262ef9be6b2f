"""Quotes over the API: bills line by line, plans side by side, prices that a holder keeps, and what is refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from edit_support import editing

from catalog.customer_store import Caller
from catalog.documents.catalog_file import import_catalog
from sql.pool import Database

ZONE = ZoneInfo("Asia/Shanghai")
QUOTE = """query($plans: [QuotePlanInput!]!, $usage: [QuoteUsageInput!], $at: DateTime) {
  quote(plans: $plans, usage: $usage, at: $at) { cheapest rounding userErrors { path code message }
    bill { name net { value } tax { value } gross { unit value } period { startDateTime endDateTime }
      carried { code quantity { amount units } } unrated { quantity { amount units } count }
      line { item offering code kind name rule quantity units unitPrice { value } exact amount { value } taxRate
        net { value } tax { value } gross { value } } } } }"""


def usage_price(code: str, value: str, amount: str, units: str) -> dict[str, Any]:
    measure = {"amount": amount, "units": units}
    price = {"code": code, "priceType": "USAGE", "price": {"value": value}, "unitOfMeasure": measure}
    return price | {"ratingIncrement": measure, "taxRate": "0.09"}


def monthly(value: str) -> dict[str, Any]:
    fee = {"code": "monthly", "name": {"zh": "月费", "en": "Monthly fee"}, "priceType": "RECURRING"}
    return fee | {"price": {"value": value}, "recurringChargePeriod": "month"}


def tariff(fee: str) -> dict[str, Any]:
    kept = {
        "code": "data",
        "priceType": "ALLOWANCE",
        "unitOfMeasure": {"amount": "10", "units": "GB"},
        "carryOver": True,
    }
    term = {"code": "1y", "kind": "BINDING", "duration": {"amount": "12", "units": "month"}}
    return {
        "code": "TARIFF",
        "trial": {"duration": {"amount": "14", "units": "day"}, "conversion": "CONVERT"},
        "name": {"zh": "畅享套餐", "en": "Tariff"},
        "productOfferingPrice": [monthly(fee), kept],
        "productOfferingTerm": [term | {"earlyTermination": {"percentage": "30"}}],
    }


SIX = {
    "code": "SIX",
    "name": {"en": "By six seconds"},
    "productOfferingPrice": [usage_price("voice", "0.20", "6", "s")],
}
MINUTE = {"code": "MINUTE", "name": {"en": "By the minute"}}
MINUTE["productOfferingPrice"] = [usage_price("voice", "1.50", "1", "minute")]


async def land(db: Database, folder: Path, at: datetime, *offerings: dict[str, Any]) -> None:
    path = folder / "more.json"
    path.write_text(json.dumps({"offerings": list(offerings)}, ensure_ascii=False), encoding="utf-8")
    await import_catalog(db, path, at, ZONE, Caller("test", "operator", None, "import"))


@pytest.fixture
async def operator(operator: Database, tmp_path: Path) -> Database:
    """The usual operator, with two voice tariffs and a plan that has become dearer."""
    now = datetime.now(UTC)
    await land(operator, tmp_path, now - timedelta(hours=20), SIX, MINUTE, tariff("39"))
    await land(operator, tmp_path, now - timedelta(hours=10), tariff("49"))
    return operator


def of(*codes: str | dict[str, Any]) -> dict[str, Any]:
    return {"items": [{"code": code} if isinstance(code, str) else code for code in codes]}


async def test_a_call_is_priced_under_two_tariffs_side_by_side(ask):
    for seconds, six, minute in (("30", "1.0000", "1.5000"), ("60", "2.0000", "1.5000"), ("90", "3.0000", "3.0000")):
        asked = {"plans": [of("SIX"), of("MINUTE")], "usage": [{"amount": seconds, "units": "s"}]}
        found = (await ask(QUOTE, "storefront", **asked))["data"]["quote"]
        assert [bill["gross"]["value"] for bill in found["bill"]] == [six, minute]
        assert found["userErrors"] == []


async def test_every_line_says_which_rule_made_it_in_the_callers_language(ask):
    asked = {"plans": [of("TARIFF", "SIX")], "usage": [{"amount": "31", "units": "s", "count": 2}]}
    said = {}
    for language in ("zh", "en"):
        bill = (await ask(QUOTE, "agent", language=language, **asked))["data"]["quote"]["bill"][0]
        said[language] = [line["rule"] for line in bill["line"]]
    assert said["en"] == [
        "49 CNY a month",
        "0 used of 10 GB included",
        "0.2 CNY per 6 s, each event rounded up to whole 6 s",
    ]
    assert said["zh"][0] == "每月 49 CNY"
    line = bill["line"][2]
    assert (line["quantity"], line["units"], line["exact"], line["item"]) == ("72", "s", "2.4", 1)
    assert (line["net"]["value"], line["tax"]["value"], line["gross"]["value"]) == ("2.2000", "0.2000", "2.4000")
    assert bill["gross"] == {"unit": "CNY", "value": "51.4000"}
    assert bill["carried"] == [{"code": "data", "quantity": {"amount": "10", "units": "GB"}}]


async def test_a_holder_keeps_the_prices_of_his_version(ask):
    plans = [of({"code": "TARIFF", "version": 1}), of({"code": "TARIFF", "version": 2}), of("TARIFF")]
    found = (await ask(QUOTE, "customer", customer="C1", plans=plans))["data"]["quote"]
    assert [bill["gross"]["value"] for bill in found["bill"]] == ["39.0000", "49.0000", "49.0000"]
    assert found["cheapest"] == 0


async def test_a_bundle_is_priced_with_what_was_chosen(ask):
    chosen = {"code": "STUDENT", "choice": [{"code": "MUSIC"}]}
    found = (await ask(QUOTE, plans=[of(chosen)]))["data"]["quote"]
    assert [line["offering"] for line in found["bill"][0]["line"]] == ["WLAN"]


async def test_a_trial_is_free_until_it_turns_and_only_what_can_be_tried_is(ask):
    began = datetime.now(ZONE).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    plans = [of({"code": code, "trial": True, "start": began.isoformat()}) for code in ("TARIFF", "SIX")]
    found = (await ask(QUOTE, plans=plans[:1]))["data"]["quote"]["bill"][0]
    assert found["line"][0]["rule"] == "试用 14 天，免费"
    assert 0 < float(found["gross"]["value"]) < 49
    (refused,) = (await ask(QUOTE, plans=plans))["data"]["quote"]["userErrors"]
    assert (refused["path"], refused["code"]) == (["plans", "1", "items", "0", "trial"], "NO_TRIAL")


async def test_use_without_a_price_is_named_and_no_plan_is_called_the_cheapest(ask):
    found = (await ask(QUOTE, plans=[of("WLAN")], usage=[{"amount": "3", "units": "fax"}]))["data"]["quote"]
    assert found["bill"][0]["unrated"] == [{"quantity": {"amount": "3", "units": "fax"}, "count": 1}]
    assert found["cheapest"] is None


async def test_leaving_in_the_month_of_the_bill_costs_what_the_term_says(ask):
    month = datetime.now(ZONE).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    began, left = month - timedelta(days=60), month + timedelta(days=10)
    held = {"code": "TARIFF", "version": 2, "start": began.isoformat(), "end": left.isoformat()}
    lines = (await ask(QUOTE, plans=[of(held)]))["data"]["quote"]["bill"][0]["line"]
    assert [line["code"] for line in lines if line["kind"] == "EARLY_TERMINATION"] == ["1y"]


def item(**fields: Any) -> list[dict[str, Any]]:
    return [of({"code": "WLAN", **fields})]


OLD_USE = {"amount": "1", "units": "s", "at": "2020-01-01T00:00:00Z"}
BOTH = {"code": "STUDENT", "choice": [{"code": "MUSIC"}, {"code": "VIDEO"}]}
# What is asked, and where and why it is refused.
REFUSED: list[tuple[list[Any], list[Any], str, str]] = [
    ([of("NOTHING")], [], "plans.0.items.0.code", "UNKNOWN_CODE"),
    ([of("PAGER")], [], "plans.0.items.0.code", "UNKNOWN_CODE"),
    ([of({"code": "SECRET", "version": 1})], [], "plans.0.items.0.code", "UNKNOWN_CODE"),
    (item(term="9y"), [], "plans.0.items.0.term", "UNKNOWN_CODE"),
    (item(quantity=0), [], "plans.0.items.0.quantity", "OUTSIDE_LIMITS"),
    (item(spent="NaN"), [], "plans.0.items.0.spent", "NOT_A_DECIMAL"),
    (item(start="1999-12-30T00:00:00Z"), [], "plans.0.items.0.start", "OUTSIDE_LIMITS"),
    (item(start="2026-01-01T00:00:00"), [], "plans.0.items.0.start", "NO_TIME_ZONE"),
    (item(), [{"amount": "-1", "units": "s"}], "usage.0.amount", "NOT_A_DECIMAL"),
    (item(), [OLD_USE], "usage.0.at", "OUTSIDE_MONTH"),
    (item() * 11, [], "plans", "TOO_MANY"),
    ([], [], "plans", "MISSING"),
    ([of(BOTH)], [], "plans.0.items.0.choice", "OUTSIDE_LIMITS"),
]


async def test_what_cannot_be_priced_is_named_by_its_place(ask):
    for plans, usage, place, code in REFUSED:
        found = (await ask(QUOTE, "storefront", plans=plans, usage=usage))["data"]["quote"]
        assert [(".".join(error["path"]), error["code"]) for error in found["userErrors"]] == [(place, code)]
        assert found["bill"] == []


async def test_terms_and_the_new_fields_of_prices_are_read_with_the_offering(ask):
    document = """{ productOffering(code: "TARIFF") {
        productOfferingTerm { code kind duration { amount units } earlyTermination { percentage } tierLift }
        productOfferingPrice { code carryOver stacking } } }"""
    found = (await ask(document))["data"]["productOffering"]
    assert found["productOfferingTerm"] == [
        {
            "code": "1y",
            "kind": "BINDING",
            "duration": {"amount": "12.0000", "units": "month"},
            "earlyTermination": {"percentage": "30.0000"},
            "tierLift": 0,
        }
    ]
    assert [price["carryOver"] for price in found["productOfferingPrice"]] == [False, True]


async def test_the_effect_of_a_rating_unit_is_for_those_who_make_tariffs(ask):
    document = """{ ratingEffect(callLengths: [{seconds: 10}, {seconds: 50}], increments: [1, 60]) {
        increment billedSeconds revenueIndex } }"""
    found = (await ask(document, "analyst"))["data"]["ratingEffect"]
    assert [one["revenueIndex"] for one in found] == [100, 200]
    assert "errors" in await ask(document, "storefront")


async def test_a_recommended_item_says_what_it_adds_to_the_bill(ask):
    document = """{ recommendation(customerId: "C2", first: 10) { recommendationItem {
        productOffering { code } billEffect { unit value } } } }"""
    items = (await ask(document, "agent"))["data"]["recommendation"]["recommendationItem"]
    effects = {one["productOffering"]["code"]: one["billEffect"] for one in items}
    # Which of them are recommended is the model's choice; what each adds is not.
    adds = {"WLAN": "10.0000", "STUDENT": "10.0000", "MUSIC": "0.0000", "READING": "0.0000", "WLAN_NIGHT": "0.0000"}
    assert effects == {code: {"unit": "CNY", "value": adds[code]} for code in effects}
    assert not effects.keys().isdisjoint({"WLAN", "STUDENT"})


async def test_tiers_windows_and_terms_are_edited_as_a_file_would_say_them(app, settings):
    price = {
        "code": "voice",
        "priceType": "USAGE",
        "price": {"value": "0.2"},
        "unitOfMeasure": {"amount": "6", "units": "s"},
        "ratingIncrement": {"amount": "6", "units": "s"},
        "tierMode": "VOLUME",
        "tiers": [{"lower": "1000", "price": {"value": "0.15"}}],
        "timeWindow": {"start": "23:00", "end": "07:00", "days": [6, 7]},
    }
    term = {"code": "2y", "kind": "COMMITMENT", "duration": {"amount": "24", "units": "month"}, "tierLift": 1}
    full = {"productOfferingPrice": [price], "productOfferingTerm": [term]}
    read = """{ productOfferingVersion(code: "NEW") { productOfferingTerm { code kind tierLift }
        productOfferingPrice { tierMode tiers { lower price { value } } timeWindow { start end days } } } }"""
    async with editing(app, settings) as do:
        made = await do("createProductOffering", code="NEW", name={"en": "New"}, category=["vas"], **full)
        assert made["userErrors"] == []
        wrong = price | {"timeWindow": {"start": "25:00"}}
        refused = await do("editProductOffering", made["object"], productOfferingPrice=[wrong])
        assert [error["path"][-1] for error in refused["userErrors"]] == ["start"]
        found = (await do(read))["data"]["productOfferingVersion"]
    assert found["productOfferingTerm"] == [{"code": "2y", "kind": "COMMITMENT", "tierLift": 1}]
    assert found["productOfferingPrice"][0] == {
        "tierMode": "VOLUME",
        "tiers": [{"lower": "1000", "price": {"value": "0.1500"}}],
        "timeWindow": {"start": "23:00", "end": "07:00", "days": [6, 7]},
    }
