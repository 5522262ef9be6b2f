"""The demo operator's catalog: large and varied enough, in both languages, and without a contradiction."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from api.demo import catalog as demo_catalog
from api.demo.data import load
from catalog.desk.reach import Reach
from catalog.documents import document
from catalog.linting import lint
from catalog.quoting.charge import LineKind
from catalog.quoting.holding import QuoteItem
from catalog.quoting.quote import Plan, quote
from catalog.solution import Solution
from catalog.solutions import edit as solution_edit

UNTIL = date(2026, 3, 15)
FAMOUS = (
    "校讯通", "集团彩铃", "银信通", "城管通", "移动 CRM", "集团 E 网", "企业随 E 行", "专线", "移动总机", "财信通",
    "手机邮箱", "移动 OA", "企信通", "商信通", "警务通", "位讯通", "农信通",
)  # fmt: skip


@pytest.fixture(scope="module")
def whole() -> dict[str, Any]:
    built: dict[str, Any] = json.loads(json.dumps(demo_catalog.build(UNTIL)))
    return built


@pytest.fixture(scope="module")
def offerings(whole: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["code"]: one for one in whole["offerings"]}


def bundles(offerings: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in offerings.values() if "bundledProductOffering" in one]


def test_the_ordinary_reader_and_lint_find_nothing_wrong(whole: dict[str, Any]) -> None:
    read, problems = document.read(whole, ZoneInfo("Asia/Shanghai"))
    assert not problems
    assert not lint.check(read.categories, read.offerings)


def test_there_are_120_offerings_and_20_bundles_with_choices_and_nesting(offerings: dict[str, dict[str, Any]]) -> None:
    assert len(offerings) >= 120
    assert len(bundles(offerings)) >= 20
    assert any(group["lower"] >= 2 for one in bundles(offerings) for group in one["bundledGroup"])
    assert any(group["parent"] for one in bundles(offerings) for group in one["bundledGroup"])
    inside = {part["code"] for one in bundles(offerings) for part in one["bundledProductOffering"]}
    assert inside & {one["code"] for one in bundles(offerings)}


def test_prices_of_every_kind_occur_and_every_stage_that_a_visitor_may_ask_for(
    offerings: dict[str, dict[str, Any]],
) -> None:
    kinds = {price["priceType"] for one in offerings.values() for price in one["productOfferingPrice"]}
    assert kinds == {"ONE_TIME", "RECURRING", "USAGE", "ALLOWANCE", "DISCOUNT", "PENALTY", "MINIMUM_COMMITMENT"}
    assert {one["lifecycleStatus"] for one in offerings.values()} >= {"LAUNCHED", "RETIRED", "IN_DESIGN", "IN_TEST"}
    relations = {
        found["relationshipType"] for one in offerings.values() for found in one["productOfferingRelationship"]
    }
    assert relations >= {"REQUIRES", "EXCLUDES", "UPSELL", "CROSS_SELL", "REPLACES"}


def test_prices_in_full_and_terms_occur(offerings: dict[str, dict[str, Any]]) -> None:
    prices = [price for one in offerings.values() for price in one["productOfferingPrice"]]
    for field in (
        "ratingIncrement",
        "tiers",
        "carryOver",
        "timeWindow",
        "exclusiveGroup",
        "applicationDuration",
        "term",
    ):
        assert any(price.get(field) for price in prices), field
    terms = {term["code"]: term for one in offerings.values() for term in one["productOfferingTerm"]}
    assert {term["kind"] for term in terms.values()} == {"BINDING", "COMMITMENT"}
    assert terms["spend_2y"]["tierLift"] == 1


def test_every_offering_of_the_demo_has_a_bill(whole: dict[str, Any]) -> None:
    zone = ZoneInfo("Asia/Shanghai")
    read, _ = document.read(whole, zone)
    known = {one.code: one for one in read.offerings}
    plans = [Plan(one.code, (QuoteItem(one),)) for one in read.offerings]
    at = datetime(2026, 3, 15, tzinfo=zone)
    for bill, one in zip(quote(plans, [], at=at, zone=zone, offerings=known), read.offerings, strict=True):
        fees = sum(price.price.value for price in one.prices if price.code == "monthly" and price.price)
        owed = sum(line.gross for line in bill.lines if line.kind is LineKind.TRUE_UP)
        assert 0 <= bill.gross - owed <= fees, one.code


def test_everything_is_said_in_chinese_and_english(whole: dict[str, Any]) -> None:
    for one in whole["offerings"]:
        for field in ("name", "description", "talkingPoint"):
            assert one[field]["zh"], one["code"]
            assert one[field]["en"], one["code"]
            assert "{" not in "".join(one[field].values()), one["code"]
    assert all(one["name"]["zh"] and one["name"]["en"] for one in whole["categories"])


def test_the_products_of_the_operators_own_material_are_there(offerings: dict[str, dict[str, Any]]) -> None:
    names = " ".join(one["name"]["zh"] for one in offerings.values())
    assert not [name for name in FAMOUS if name not in names]


def test_every_leaf_of_the_category_tree_holds_something(whole: dict[str, Any]) -> None:
    used = {code for one in whole["offerings"] for code in one["category"]}
    parents = {one["parent"] for one in whole["categories"]}
    assert {one["code"] for one in whole["categories"]} - parents <= used


def test_a_bundle_is_not_dearer_than_its_cheapest_parts(offerings: dict[str, dict[str, Any]]) -> None:
    for one in bundles(offerings):
        parts = one["bundledProductOffering"]
        total = sum((monthly(offerings[part["code"]]) for part in parts if part["lower"]), Decimal(0))
        for group in one["bundledGroup"]:
            choice = sorted(monthly(offerings[part["code"]]) for part in parts if part["group"] == group["code"])
            total += sum(choice[: group["lower"]], Decimal(0)) if choice else 0
        assert monthly(one) <= total, one["code"]


def monthly(one: dict[str, Any]) -> Decimal:
    fees = (price for price in one["productOfferingPrice"] if price["code"] == "monthly")
    return sum((Decimal(price["price"]["value"]) for price in fees), Decimal(0))


def test_every_part_of_a_bundle_is_sold_where_the_bundle_is(offerings: dict[str, dict[str, Any]]) -> None:
    for one in bundles(offerings):
        for part in one["bundledProductOffering"]:
            assert set(one["channel"]) <= set(offerings[part["code"]]["channel"]), (one["code"], part["code"])


def test_what_is_always_in_a_bundle_does_not_exclude_each_other_and_brings_what_it_requires(
    offerings: dict[str, dict[str, Any]],
) -> None:
    for one in bundles(offerings):
        inside = always(one["code"], offerings)
        possible = {part["code"] for part in one["bundledProductOffering"]} | inside
        for code in possible:
            found = offerings[code]["productOfferingRelationship"]
            assert not {r["target"] for r in found if r["relationshipType"] == "EXCLUDES"} & inside, (one["code"], code)
            wanted = {r["target"] for r in found if r["relationshipType"] == "REQUIRES"}
            own = {r["target"] for r in one["productOfferingRelationship"] if r["relationshipType"] == "REQUIRES"}
            optional = any(part["code"] == code and part["default"] == 0 for part in one["bundledProductOffering"])
            assert not wanted or wanted & inside or wanted & own or optional, (one["code"], code)


def always(bundle: str, offerings: dict[str, dict[str, Any]]) -> set[str]:
    parts = {part["code"] for part in offerings[bundle].get("bundledProductOffering", []) if part["lower"]}
    return parts.union(*(always(part, offerings) for part in parts))


def test_solutions_are_made_of_offerings_that_are_sold_and_fit_the_markets_that_they_are_brought_to(
    whole: dict[str, Any], offerings: dict[str, dict[str, Any]]
) -> None:
    read, problems = document.read(whole, ZoneInfo("Asia/Shanghai"))
    found = {one.code: one for one in read.entries["solution"] if isinstance(one, Solution)}
    versions = {one.code: (one,) for one in read.offerings}
    assert (len(found), problems) == (3, ())
    for one in found.values():
        assert solution_edit.problems(one, versions, Reach(None)) == ()
        assert {offerings[code]["lifecycleStatus"] for code in one.offering} == {"LAUNCHED"}, one.code
    for applied in load("solutions")["applied"]:
        solution = found[applied["solution"]]
        assert applied["market"].split("_")[0] in solution.kinds
        assert all(solution.parameter(code) for code in applied["parameter"])
