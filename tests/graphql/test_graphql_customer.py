"""One customer, what they are recommended, and what becomes of it."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from tests_support import eventually

from api.services import Services
from catalog.customer_store import Caller
from catalog.documents.catalog_file import import_catalog
from recommender.train import train

RECOMMEND = """query($id: ID, $channel: String) {
  recommendation(customerId: $id, first: 5, context: {channel: $channel}) {
    id modelVersion isPersonalised source
    recommendationItem { id priority score otherContributions probability talkingPoint
      productOffering { code } reasons { kind text weight productOffering { code } } }
    withheld { rule count message } } }"""
UPSERT = """mutation($input: UpsertProductInput!) {
  upsertProduct(input: $input) { changed userErrors { path code message } } }"""
REPORT = """mutation($input: ReportOutcomeInput!) {
  reportOutcome(input: $input) { changed userErrors { path code } } }"""


def codes(answer):
    return [item["productOffering"]["code"] for item in answer["data"]["recommendation"]["recommendationItem"]]


def withheld(answer):
    return {one["rule"]: one["count"] for one in answer["data"]["recommendation"]["withheld"]}


async def test_a_customer_is_shown_masked_and_every_look_up_is_audited(ask, operator):
    document = """{ customer(msisdn: "10000000001") { id msisdn name place attributes
        marketSegment { code } products(first: 5) { totalCount nodes { origin status productOffering { code } } } } }"""
    found = (await ask(document, "agent"))["data"]["customer"]
    assert (found["id"], found["msisdn"], found["name"]) == ("C1", "100****0001", "王**")
    assert found["attributes"] == {"age": "18-24"}
    assert found["marketSegment"] == [{"code": "TINY"}]
    assert [one["productOffering"]["code"] for one in found["products"]["nodes"]] == ["WLAN"]
    row = await operator.fetchrow("select * from audit where entity = 'customer'")
    assert (row["action"], row["entity_id"], row["role"]) == ("customer.read", "C1", "agent")


async def test_a_recommendation_fits_what_is_held_and_says_why(ask):
    answer = await ask(RECOMMEND, "agent", id="C1", channel="10086")
    assert codes(answer)[0] == "MUSIC"
    assert "WLAN" not in codes(answer)
    assert "VIDEO" not in codes(answer), "not sold by 10086"
    first = answer["data"]["recommendation"]["recommendationItem"][0]
    assert first["reasons"][0]["productOffering"] == {"code": "WLAN"}
    assert first["reasons"][0]["text"] == "订购了校园无线的客户常会选择它"
    total = sum(reason["weight"] for reason in first["reasons"]) + first["otherContributions"]
    assert abs(total - first["score"]) < 1e-9
    assert withheld(answer) == {"HELD": 1, "RETIRED": 1, "CHANNEL": 1}


async def test_a_sensitive_attribute_is_never_a_reason(ask):
    for number in range(10, 40, 10):
        answer = await ask(RECOMMEND, "agent", id=f"C{number}")
        texts = [r["text"] for i in answer["data"]["recommendation"]["recommendationItem"] for r in i["reasons"]]
        assert not [text for text in texts if "性别" in text or "gender" in text]


async def test_a_subscription_that_lands_counts_in_the_next_answer(ask):
    assert "MUSIC" in codes(await ask(RECOMMEND, "agent", id="C1"))
    landed = {"idempotencyKey": "k1", "customerId": "C1", "offering": "MUSIC", "startDate": "2026-01-01T00:00:00Z"}
    assert (await ask(UPSERT, "operator", input=landed))["data"]["upsertProduct"] == {"changed": True, "userErrors": []}
    after = await ask(RECOMMEND, "agent", id="C1")
    assert "MUSIC" not in codes(after)
    assert withheld(after)["EXCLUDED"] == 1, "reading is excluded by music"


async def test_a_retried_subscription_happens_once_and_its_key_serves_no_other(ask, operator):
    landed = {"idempotencyKey": "k1", "customerId": "C1", "offering": "VIDEO", "startDate": "2026-01-01T00:00:00Z"}
    answers = await asyncio.gather(*(ask(UPSERT, "operator", input=landed) for _ in range(5)))
    assert {answer["data"]["upsertProduct"]["changed"] for answer in answers} == {True}
    assert await operator.fetchval("select count(*) from audit where action = 'product.upsert'") == 1
    other = await ask(UPSERT, "operator", input=landed | {"offering": "MUSIC"})
    assert other["data"]["upsertProduct"]["userErrors"][0]["code"] == "KEY_REUSED"


async def test_a_wrong_subscription_is_told_by_its_place_and_changes_nothing(ask, operator):
    wrong = {
        "idempotencyKey": "k",
        "customerId": "C1",
        "offering": "NOTHING",
        "startDate": "2026-02-01T00:00:00Z",
        "terminationDate": "2026-01-01T00:00:00Z",
    }
    errors = (await ask(UPSERT, "operator", input=wrong))["data"]["upsertProduct"]["userErrors"]
    assert [(error["path"][-1], error["code"]) for error in errors] == [
        ("terminationDate", "ENDS_BEFORE_START"),
        ("offering", "UNKNOWN_OFFERING"),
    ]
    nobody = {"idempotencyKey": "k", "customerId": "NOBODY", "offering": "MUSIC"}
    errors = (await ask(UPSERT, "operator", input=nobody))["data"]["upsertProduct"]["userErrors"]
    assert errors[0]["code"] == "UNKNOWN_CUSTOMER"
    assert await operator.fetchval("select count(*) from idempotency") == 0


async def test_what_is_refused_is_not_offered_again_for_a_while(ask):
    first = (await ask(RECOMMEND, "agent", id="C1"))["data"]["recommendation"]["recommendationItem"][0]
    report = {"itemId": first["id"], "outcome": "REFUSED", "channel": "HALL", "reason": "too dear"}
    assert (await ask(REPORT, "agent", input=report))["data"]["reportOutcome"] == {"changed": True, "userErrors": []}
    assert (await ask(REPORT, "agent", input=report))["data"]["reportOutcome"]["changed"] is False
    after = await ask(RECOMMEND, "agent", id="C1")
    assert first["productOffering"]["code"] not in codes(after)
    assert withheld(after)["REFUSED_RECENTLY"] == 1


async def test_a_forged_item_id_is_refused(ask):
    item = (await ask(RECOMMEND, "agent", id="C1"))["data"]["recommendation"]["recommendationItem"][0]["id"]
    forged = item[:-2] + ("AA" if item[-2:] != "AA" else "BB")
    for wrong in (forged, "", "é", "AAAA"):
        answer = await ask(REPORT, "agent", input={"itemId": wrong, "outcome": "SHOWN"})
        assert answer["data"]["reportOutcome"]["userErrors"][0]["code"] == "UNKNOWN_ITEM"


async def test_fewer_are_returned_when_few_remain(ask, operator):
    for code in ("MUSIC", "VIDEO", "SCHOOL_MSG", "WLAN_NIGHT"):
        landed = {"idempotencyKey": code, "customerId": "C1", "offering": code}
        await ask(UPSERT, "operator", input=landed)
    answer = await ask(RECOMMEND, "agent", id="C1")
    assert len(codes(answer)) <= 1
    assert withheld(answer)["HELD"] == 5


async def test_a_customer_without_history_is_recommended_something(ask):
    answer = await ask(RECOMMEND, "agent", id="C10")
    assert codes(answer)
    assert "WLAN_NIGHT" not in codes(answer), "it needs WLAN"


async def test_personalisation_off_gives_a_general_list_from_the_next_request_on(ask, operator):
    await operator.execute("update customer set personalisation = false where code = 'C1'")
    answer = (await ask(RECOMMEND, "agent", id="C1"))["data"]["recommendation"]
    assert answer["isPersonalised"] is False
    kinds = {reason["kind"] for item in answer["recommendationItem"] for reason in item["reasons"]}
    assert kinds <= {"POPULARITY"}


async def test_an_agent_sees_nobody_outside_the_region_and_the_attempt_is_audited(ask, operator):
    south = await ask(RECOMMEND, "agent", id="C1", region="shanxi/datong")
    assert south == {"data": {"recommendation": None}}
    nobody = await ask(RECOMMEND, "agent", id="NOBODY", region="shanxi/datong")
    assert nobody == south
    row = await operator.fetchrow("select * from audit where entity = 'customer'")
    assert (row["entity_id"], row["detail"]) == ("C1", {"refused": "region"})


async def test_a_customer_sees_themselves_and_nobody_else(ask):
    document = "query($id: ID) { customer(id: $id) { id } }"
    assert (await ask(document, "customer", id="C1", customer="C1"))["data"]["customer"] == {"id": "C1"}
    assert (await ask(document, "customer", id="C2", customer="C1"))["data"] == {"customer": None}


async def test_roles_without_customers_may_not_ask_for_one(ask):
    for role in ("storefront", "analyst", "product_manager", "developer", "operator"):
        answer = await ask(RECOMMEND, role, id="C1")
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_a_market_is_recommended_what_its_members_lack_and_a_tiny_one_nothing(ask):
    document = """query($market: String!) { marketRecommendation(market: $market, first: 3) { members lookedAt
        items { priority eligible penetration reference lift productOffering { code } } } }"""
    campus = (await ask(document, "analyst", market="CAMPUS"))["data"]["marketRecommendation"]
    assert (campus["members"], campus["lookedAt"]) == (120, 120)
    assert campus["items"]
    assert all(item["eligible"] >= 5 for item in campus["items"])
    tiny = (await ask(document, "analyst", market="TINY"))["data"]["marketRecommendation"]
    assert tiny["items"] == []


async def test_without_a_model_the_answer_says_what_to_do(ask, app, operator):
    await operator.execute("delete from model_serving")
    services: Services = app.state.services
    services.models.current = None
    answer = await ask(RECOMMEND, "agent", id="C1", language="en")
    assert answer["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
    assert "jishi train" in answer["errors"][0]["message"]


async def test_a_new_catalog_and_a_new_model_arrive_without_a_restart(ask, app, operator, tmp_path):

    path = tmp_path / "more.json"
    path.write_text(json.dumps({"offerings": [{"code": "GAMES", "name": {"en": "Games"}}]}))
    at = datetime.now(UTC) - timedelta(seconds=1)
    await import_catalog(operator, path, at, ZoneInfo("Asia/Shanghai"), Caller("t", "operator", None, "r"))
    document = '{ productOffering(code: "GAMES") { code } }'

    async def arrived() -> bool:
        return (await ask(document))["data"]["productOffering"] is not None

    await eventually(arrived)
    before = app.state.services.models.current.version
    await train(operator, at=datetime.now(UTC))

    async def swapped() -> bool:
        return app.state.services.models.current.version == before + 1

    await eventually(swapped)


async def test_a_month_that_still_runs_says_nothing_about_use(ask, operator):
    document = '{ customer(id: "C1") { products(first: 1) { nodes { activeDays } } } }'
    month = datetime.now(UTC).date().replace(day=1)
    statement = """insert into product_usage (customer_id, offering_id, month, active_days)
        select c.id, o.id, $1, 0 from customer c, offering o where c.code = 'C1' and o.code = 'WLAN'"""
    await operator.execute(statement, month)
    before = (await ask(document, "agent"))["data"]["customer"]["products"]["nodes"]
    assert before == [{"activeDays": None}]
    await operator.execute(statement, (month - timedelta(days=1)).replace(day=1))
    after = (await ask(document, "agent"))["data"]["customer"]["products"]["nodes"]
    assert after == [{"activeDays": 0}]


async def test_a_customer_who_names_nobody_means_themselves(ask):
    document = "{ customer { id } recommendation(first: 1) { customer { id } } }"
    data = (await ask(document, "customer", customer="C1"))["data"]
    assert data == {"customer": {"id": "C1"}, "recommendation": {"customer": {"id": "C1"}}}
    nobody = await ask("{ customer { id } }", "agent", language="en")
    assert "by id or by msisdn" in nobody["errors"][0]["message"]


async def test_an_outcome_is_reported_by_those_who_see_the_customer(ask, operator):
    item = (await ask(RECOMMEND, "agent", id="C1"))["data"]["recommendation"]["recommendationItem"][0]["id"]
    report = {"itemId": item, "outcome": "ACCEPTED"}
    for stranger in ({"role": "agent", "region": "shanxi/datong"}, {"role": "customer", "customer": "C2"}):
        refused = (await ask(REPORT, input=report, **stranger))["data"]["reportOutcome"]
        assert refused["userErrors"][0]["code"] == "UNKNOWN_ITEM"
    assert await operator.fetchval("select count(*) from outcome") == 0
    own = await ask(REPORT, "customer", input=report, customer="C1")
    assert own["data"]["reportOutcome"] == {"changed": True, "userErrors": []}


async def test_a_time_at_the_edge_of_the_calendar_is_told_so(ask):
    for when in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"):
        document = f'{{ recommendation(customerId: "C1", first: 1, context: {{asOf: "{when}"}}) {{ id }} }}'
        answer = await ask(document, "agent")
        assert "between the years 1900 and 9998" in answer["errors"][0]["message"]
        landed = {"idempotencyKey": "k", "customerId": "C1", "offering": "MUSIC", "startDate": when}
        answer = await ask(UPSERT, "operator", input=landed)
        assert answer["errors"][0]["extensions"]["code"] != "INTERNAL"


async def test_a_text_that_cannot_be_stored_is_refused_wherever_it_stands(ask):
    by_variable = await ask("query($id: ID) { customer(id: $id) { id } }", "agent", id="a\0b", language="en")
    by_literal = await ask('{ customer(id: "a\\u0000b") { id } }', "agent", language="en")
    for answer in (by_variable, by_literal):
        assert answer["errors"][0]["message"] == "a text holds the character U+0000; take it out"
