"""Insight as agents, analysts and product managers read it: with its definition, and only what is theirs."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import urlsplit

import pytest
from server_support import run

from api import insight
from recommender.insight import store
from recommender.insight.definition import built_in
from sql.pool import Database

OF_CUSTOMER = """query($id: ID!) { customer(id: $id) { insight {
  at valueScore valueLevel valueLevelName monthlyRevenue churnRisk quadrant lifecycleStage lifecycleStageName segment
  segmentDescription dataUse calling definition moments { code name definition openFrom openUntil }
  plays { cost expectedGain play { code matrix name text kinds meantFor families categories } } } } }"""
PYRAMID = """{ valuePyramid { at definition levels { kind level name customers customerShare monthlyRevenue
  revenueShare } } }"""
CHURN = """{ churnReport { hasModel whyNot baseRate judged auc aucInterval brier brierOfBase topDecileLift definition
  reliability { customers expected left highest } drivers { text odds } quadrants { code name customers } } }"""
FIGURES = """{ lifecycleStages { definition stages { code name customers } } openMoments { code name definition
  customers } plays { customers play { code matrix } } needsSegments { definition nodes { code kind customers share
  description traits { text mean reference lift distance } } stability { kind k adjustedRand isChosen } } }"""
PRODUCTS = """query($first: Int!, $after: String, $where: ProductHealthWhere, $orderBy: [ProductHealthOrder!]) {
  productHealth(first: $first, after: $after, where: $where, orderBy: $orderBy) { totalCount pageInfo { hasNextPage
  endCursor } nodes { productOffering { code } health subscribers activeShare churnShare forcedShare cancelledShare
  monthlyRevenue monthlyProfit relativeShare growth portfolioClass warnings warningTexts advice mergeInto { code } } }
  portfolio { growth definition healthDefinition classes { code name products subscribers monthlyRevenue
  monthlyProfit } } concentration { products subscriptions gini topTenth productsForFourFifths toMerge toRetire
  definition curve { products subscriptions } } }"""
EVERYTHING = [PYRAMID, CHURN, FIGURES]


async def refresh(dsn):
    db = await Database.open(dsn, command_timeout=None)
    await insight.refresh(db, at=datetime.now(UTC))
    await db.close()


@pytest.fixture(scope="module")
def refreshed_database(fresh_database, operator_database):
    with fresh_database(operator_database) as dsn:
        run(refresh(dsn))
        yield urlsplit(dsn).path.removeprefix("/")


@pytest.fixture
def operator_template(request, operator_database):
    return request.getfixturevalue("refreshed_database") if "refreshed" in request.fixturenames else operator_database


@pytest.fixture
def refreshed(operator):
    """Insight was reckoned of this operator."""


async def test_before_the_first_refresh_there_is_nothing_and_no_error(ask):
    answer = await ask("{ valuePyramid { at } churnReport { baseRate } plays { customers } needsSegments { at } }")
    assert answer["data"] == {"valuePyramid": None, "churnReport": None, "plays": [], "needsSegments": None}
    assert (await ask(OF_CUSTOMER, "agent", id="C3"))["data"]["customer"]["insight"] is None


async def test_an_agent_sees_what_a_customer_is_worth_and_what_to_do(refreshed, ask):
    found = (await ask(OF_CUSTOMER, "agent", id="C3", language="en"))["data"]["customer"]["insight"]
    assert found["valueLevel"] in ("PLATINUM", "GOLD", "SILVER", "BASIC")
    assert found["valueLevelName"].upper() == found["valueLevel"]
    assert 0 <= found["valueScore"] <= 100
    assert found["lifecycleStage"] == "CLIMAX"
    assert "STAGE_CLIMAX" in {one["play"]["code"] for one in found["plays"]}
    assert found["definition"].startswith("Value score")
    chinese = (await ask(OF_CUSTOMER, "agent", id="C3"))["data"]["customer"]["insight"]
    assert chinese["definition"].startswith("价值分")
    assert chinese["lifecycleStageName"] == "成熟期"


async def test_revenue_comes_from_the_catalogs_prices(refreshed, ask):
    # C1 holds WLAN alone, at 10 a month.
    found = (await ask(OF_CUSTOMER, "agent", id="C1"))["data"]["customer"]["insight"]
    assert Decimal(found["monthlyRevenue"]) == 10


async def test_an_agent_sees_only_customers_of_their_region(refreshed, ask):
    assert (await ask(OF_CUSTOMER, "agent", id="C3", region="shanxi/taiyuan"))["data"]["customer"] is None


@pytest.mark.parametrize(("role", "claims"), [("customer", {"customer": "C3"}), ("analyst", {})])
async def test_neither_the_customer_nor_an_analyst_reads_the_insight_of_one(refreshed, ask, role, claims):
    answer = await ask(OF_CUSTOMER, role, id="C3", **claims)
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


@pytest.mark.parametrize("role", ["agent", "customer", "storefront", "operator", "developer"])
@pytest.mark.parametrize("document", EVERYTHING)
async def test_figures_are_for_analysts_and_product_managers(ask, role, document):
    claims = {"customer": "C3"} if role == "customer" else {}
    answer = await ask(document, role, **claims)
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_the_pyramid_adds_up_and_says_how_it_is_reckoned(refreshed, ask):
    found = (await ask(PYRAMID, "analyst", language="en"))["data"]["valuePyramid"]
    people = [one for one in found["levels"] if one["kind"] == "PERSON"]
    assert [one["level"] for one in people] == ["PLATINUM", "GOLD", "SILVER", "BASIC"]
    assert sum(one["customers"] for one in people) == 900
    assert sum(one["customerShare"] for one in people) == pytest.approx(1)
    # Whoever holds WLAN pays 10: 269 of them, and C1.
    assert sum(Decimal(one["monthlyRevenue"]) for one in people) == 10 * (900 // 3 - 900 // 30 + 1)
    assert "ranked among customers of the same kind" in found["definition"]


async def test_where_nobody_left_the_report_says_that_nothing_is_known(refreshed, ask):
    found = (await ask(CHURN, "analyst"))["data"]["churnReport"]
    assert (found["hasModel"], found["whyNot"], found["baseRate"], found["auc"]) == (False, "TOO_FEW", None, None)
    assert [one["customers"] for one in found["quadrants"]] == [0, 0, 0, 0]


async def test_segments_stages_moments_and_plays_have_sizes_and_words(refreshed, ask):
    found = (await ask(FIGURES, "product_manager"))["data"]
    assert sum(one["customers"] for one in found["lifecycleStages"]["stages"]) == 900
    assert {one["code"] for one in found["openMoments"]} >= {"SILENCE", "CONTRACT_END"}
    reached = {one["play"]["code"]: one["customers"] for one in found["plays"]}
    stages = {one["code"]: one["customers"] for one in found["lifecycleStages"]["stages"]}
    assert reached["STAGE_CLIMAX"] == stages["CLIMAX"]
    segments = found["needsSegments"]
    assert sum(one["customers"] for one in segments["nodes"]) == 900
    # A segment of a few customers would speak of single people.
    assert all(bool(one["traits"]) == (one["customers"] >= 5) for one in segments["nodes"])
    chosen = [one for one in segments["stability"] if one["isChosen"]]
    assert [one["k"] for one in chosen] == [len(segments["nodes"])]
    assert "无线上网类产品" in str(segments)
    assert "性别" not in str(segments)
    assert "年龄段" in str(segments)


async def test_products_are_listed_by_page_filter_and_order(refreshed, ask):
    order = [{"field": "SUBSCRIBERS", "descending": True}]
    first = (await ask(PRODUCTS, "product_manager", first=2, orderBy=order))["data"]
    page = first["productHealth"]
    assert page["totalCount"] == 9
    held = [one["subscribers"] for one in page["nodes"]]
    after = page["pageInfo"]["endCursor"]
    more = (await ask(PRODUCTS, "product_manager", first=2, after=after, orderBy=order))["data"]["productHealth"]
    held += [one["subscribers"] for one in more["nodes"]]
    assert held == sorted(held, reverse=True)
    assert held[0] == 539
    where = {"code": {"eq": "WLAN"}}
    (wlan,) = (await ask(PRODUCTS, "product_manager", first=9, where=where))["data"]["productHealth"]["nodes"]
    assert wlan["monthlyProfit"] == "1084.0000"
    assert 0 < wlan["health"] <= 1
    assert first["concentration"]["curve"][-1] == {"products": 1.0, "subscriptions": 1.0}
    assert {one["code"] for one in first["portfolio"]["classes"]} == {"STAR", "CASH_COW", "QUESTION_MARK", "DOG"}
    assert first["portfolio"]["healthDefinition"].startswith("健康度")


BROUGHT = """query($id: ID!, $channel: String) { customer(id: $id, context: {channel: $channel}) { insight { plays {
  play { code } productOffering(first: 9) { code isSellable } } } } }"""


@pytest.fixture
async def with_play(operator):
    """One play for everybody who is settled, which brings the value-added services."""
    content = dict(built_in())
    play = next(one for one in content["plays"] if one["code"] == "STAGE_CLIMAX")
    content["plays"] = [play | {"categories": ["vas"]}]
    await store.put_definition(operator, content, datetime.now(UTC))
    await insight.refresh(operator, at=datetime.now(UTC))


async def brought(ask, code, **more):
    (play,) = (await ask(BROUGHT, "agent", id=code, **more))["data"]["customer"]["insight"]["plays"]
    return [one["code"] for one in play["productOffering"]]


async def test_a_play_brings_what_this_customer_may_buy_the_likeliest_first(with_play, ask):
    # C1 holds WLAN; WLAN_NIGHT stands in another category, SECRET is not launched, PAGER retired.
    found = await brought(ask, "C1")
    assert found[0] == "MUSIC"
    assert set(found) <= {"MUSIC", "VIDEO", "READING", "SCHOOL_MSG", "STUDENT"}
    # VIDEO is sold in two channels only, and C3 holds music, which excludes reading.
    assert "VIDEO" not in await brought(ask, "C1", channel="10086")
    assert not {"MUSIC", "READING"} & set(await brought(ask, "C3"))


async def test_who_switched_personalisation_off_gets_no_plays_from_the_next_answer_on(with_play, operator, ask):
    assert await brought(ask, "C3")
    async with operator.transaction() as conn:
        await conn.execute("update customer set personalisation = false where code = 'C3'")
    found = (await ask(BROUGHT, "agent", id="C3"))["data"]["customer"]["insight"]
    assert found["plays"] == []


async def test_a_definition_of_the_operators_own_is_what_is_said(operator, ask):
    content = dict(built_in())
    content["value"] = content["value"] | {"definition": {"zh": "我们的价值", "en": "our value"}}
    await store.put_definition(operator, content, datetime.now(UTC))
    await insight.refresh(operator, at=datetime.now(UTC))
    assert (await ask(PYRAMID, "analyst", language="en"))["data"]["valuePyramid"]["definition"] == "our value"
