"""Whether somebody may buy, why not, what instead, and what a change means, over GraphQL."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from catalog.customer_store import Caller
from catalog.documents.catalog_file import import_catalog

FEE = {"priceType": "RECURRING", "recurringChargePeriod": "month"}
MORE: dict[str, Any] = {
    "channel": [
        {"code": "10086", "name": {"zh": "热线", "en": "the hotline"}, "handles": "STANDARD"},
        {"code": "MANAGER", "name": {"zh": "客户经理", "en": "account managers"}},
    ],
    "policy": [
        {
            "code": "business",
            "name": {"zh": "仅限集团", "en": "Enterprises only"},
            "visibility": "HIDDEN",
            "condition": {"fact": "customer.kind", "eq": "ENTERPRISE"},
        },
        {
            "code": "covered",
            "name": {"zh": "已覆盖校园", "en": "Covered campuses"},
            "visibility": "LOCKED",
            "message": {"zh": "所在校园尚未覆盖", "en": "the campus is not covered yet"},
            "condition": {
                "market": {"all": [{"fact": "market.kind", "eq": "CAMPUS"}, {"fact": "market.facts.wlan", "eq": True}]}
            },
        },
        {
            "code": "young",
            "name": {"en": "The young"},
            "visibility": "LOCKED",
            "condition": {"fact": "attribute.age", "eq": "18-24"},
        },
        {
            "code": "gold",
            "name": {"en": "Gold customers"},
            "visibility": "LOCKED",
            "condition": {"fact": "customer.valueLevel", "eq": "GOLD"},
        },
    ],
    "offerings": [
        {"code": "LINE", "name": {"zh": "专线", "en": "Leased line"}, "complexity": "COMPLEX"},
        {"code": "OFFICE", "name": {"zh": "移动办公", "en": "Mobile office"}, "policy": ["business"]},
        {"code": "DORM", "name": {"zh": "宿舍宽带", "en": "Dormitory net"}, "policy": ["covered"]},
        {"code": "YOUTH", "name": {"zh": "青春包", "en": "Youth pack"}, "policy": ["young"]},
        {"code": "GOLD", "name": {"zh": "金卡礼遇", "en": "Gold treatment"}, "policy": ["gold"]},
        {"code": "NORTH", "name": {"zh": "太原专享", "en": "Taiyuan only"}, "place": ["shanxi/taiyuan"]},
        {
            "code": "WLAN_MAX",
            "name": {"zh": "无线畅享", "en": "WLAN without limits"},
            "productOfferingPrice": [{"code": "m", **FEE, "price": {"unit": "CNY", "value": "30"}}],
        },
    ],
}
ASK = """query($input: ProductOfferingQualificationInput!, $context: ContextInput) {
  productOfferingQualification(input: $input, context: $context) { productOfferingQualificationItem {
    code qualificationItemResult visibility handOver productOffering { code }
    eligibilityResultReason { code message offendingRule path }
    alternateProductOfferingProposal { kind channel message handOver productOffering { code } } } } }"""
CHANGE = """query($id: ID, $from: String!, $to: String!) {
  changeImpact(customerId: $id, from: $from, to: $to) {
    monthlyDifference { value } qualification { qualificationItemResult }
    line { effect subject code message amount { value } } } }"""


@pytest.fixture
async def more(operator, app, tmp_path):
    path = tmp_path / "more.json"
    path.write_text(json.dumps(MORE, ensure_ascii=False), encoding="utf-8")
    at = datetime.now(UTC) - timedelta(seconds=1)
    await import_catalog(operator, path, at, ZoneInfo("Asia/Shanghai"), Caller("t", "operator", None, "r"))
    await app.state.services.catalog.refresh()


async def asked(ask, role: str, *codes: str, context: Any = None, **who: Any) -> dict[str, Any]:
    token = {key: who.pop(key) for key in ("region", "customer") if key in who}
    given = {"productOffering": list(codes), **who}
    body = await ask(ASK, role, language="en", input=given, context=context, **token)
    return {
        one["code"]: one for one in body["data"]["productOfferingQualification"]["productOfferingQualificationItem"]
    }


def rules(item: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [(one["code"], one["offendingRule"]) for one in item["eligibilityResultReason"]]


async def test_one_customer_learns_of_each_offering_whether_and_why_not(ask, more):
    found = await asked(ask, "agent", "MUSIC", "WLAN", "OFFICE", "DORM", "YOUTH", "NORTH", "PAGER", customerId="C1")
    results = {code: (one["qualificationItemResult"], one["visibility"]) for code, one in found.items()}
    assert results == {
        "MUSIC": ("QUALIFIED", None),
        "WLAN": ("UNQUALIFIED", "LOCKED"),
        "OFFICE": ("UNQUALIFIED", "HIDDEN"),
        "DORM": ("UNQUALIFIED", "LOCKED"),
        "YOUTH": ("QUALIFIED", None),
        "NORTH": ("QUALIFIED", None),
        "PAGER": ("UNQUALIFIED", "HIDDEN"),
    }
    assert rules(found["WLAN"]) == [("HELD", "WLAN")]
    assert rules(found["OFFICE"]) == [("POLICY", "business")]
    assert found["OFFICE"]["eligibilityResultReason"][0]["message"] == "the kind of customer must be ENTERPRISE"
    assert found["OFFICE"]["eligibilityResultReason"][0]["path"] == ["condition"]
    assert found["DORM"]["eligibilityResultReason"][0]["message"] == "the campus is not covered yet"


async def test_without_a_customer_the_context_decides_and_what_is_missing_is_said(ask, more):
    campus = {"marketSegment": "CAMPUS", "place": "shanxi/datong"}
    found = await asked(ask, "storefront", "DORM", "NORTH", "OFFICE", context=campus)
    assert found["DORM"]["qualificationItemResult"] == "QUALIFIED"
    assert rules(found["NORTH"]) == [("PLACE", None)]
    assert found["OFFICE"]["eligibilityResultReason"][0]["message"] == (
        "the kind of customer must be ENTERPRISE (not known: the kind of customer)"
    )
    firm = await asked(ask, "storefront", "OFFICE", customerKind="ENTERPRISE")
    assert firm["OFFICE"]["qualificationItemResult"] == "QUALIFIED"
    nowhere = await asked(ask, "storefront", "NORTH")
    assert nowhere["NORTH"]["eligibilityResultReason"][0]["message"] == "only in shanxi/taiyuan (not known: the place)"


async def test_what_a_channel_cannot_handle_goes_on_as_a_lead_in_recommendations_too(ask, more):
    hotline = (await asked(ask, "agent", "LINE", customerId="C1", context={"channel": "10086"}))["LINE"]
    assert (hotline["qualificationItemResult"], hotline["handOver"]) == ("QUALIFIED", "LEAD")
    assert rules(hotline) == [("COMPLEXITY", "10086")]
    assert {one["channel"] for one in hotline["alternateProductOfferingProposal"]} == {"HALL", "ONLINE", "MANAGER"}
    recommend = """query($channel: String) { recommendation(customerId: "C1", first: 10, context: {channel: $channel}) {
        recommendationItem { handOver productOffering { code } } } }"""
    items = (await ask(recommend, "agent", channel="10086"))["data"]["recommendation"]["recommendationItem"]
    assert {one["handOver"] for one in items} == {"ORDER"}


async def test_what_is_not_sold_here_is_proposed_where_it_is(ask, more):
    found = (await asked(ask, "agent", "VIDEO", customerId="C1", context={"channel": "10086"}))["VIDEO"]
    assert found["qualificationItemResult"] == "ALTERNATE"
    proposals = found["alternateProductOfferingProposal"]
    assert [(one["kind"], one["channel"]) for one in proposals[:2]] == [("CHANNEL", "HALL"), ("CHANNEL", "ONLINE")]
    assert proposals[0]["message"] == "sold by HALL"


async def test_a_value_level_is_read_when_a_policy_asks_for_it(ask, more, operator):
    assert rules((await asked(ask, "agent", "GOLD", customerId="C1"))["GOLD"]) == [("POLICY", "gold")]
    await operator.execute("insert into insight_run (at, customers, definition, report) values (now(), 1, '{}', '{}')")
    await operator.execute("insert into insight_serving (version, slot) select max(version), 0 from insight_run")
    await operator.execute(
        """insert into customer_insight (slot, customer_id, value_level, lifecycle_stage)
           select 0, id, 'GOLD', 'CLIMAX' from customer where code = 'C1'"""
    )
    found = await asked(ask, "agent", "GOLD", customerId="C1")
    assert found["GOLD"]["qualificationItemResult"] == "QUALIFIED"


async def test_customers_are_asked_about_by_those_who_may_and_every_look_up_is_audited(ask, more, operator):
    body = await ask(ASK, "storefront", input={"productOffering": ["MUSIC"], "customerId": "C1"})
    assert body["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    south = await ask(ASK, "agent", region="shanxi/datong", input={"productOffering": ["MUSIC"], "customerId": "C1"})
    assert south["data"] == {"productOfferingQualification": None}
    own = await asked(ask, "customer", "WLAN", customer="C1")
    assert rules(own["WLAN"]) == [("HELD", "WLAN")]
    rows = await operator.fetch("select action, role, detail from audit where entity = 'customer' order by id")
    assert [(row["action"], row["role"]) for row in rows] == [
        ("qualification.read", "agent"),
        ("qualification.read", "customer"),
    ]
    assert rows[0]["detail"] == {"refused": "region"}


async def test_a_customer_is_not_told_which_of_the_operators_own_facts_count(ask, more):
    found = (await asked(ask, "customer", "YOUTH", customer="C2"))["YOUTH"]
    assert found["eligibilityResultReason"][0]["message"] == "a condition does not hold"
    inside = (await asked(ask, "agent", "YOUTH", customerId="C2"))["YOUTH"]
    assert inside["eligibilityResultReason"][0]["message"] == "age band must be 18-24"


async def test_what_is_in_design_is_not_told_from_what_does_not_exist(ask, more):
    found = await asked(ask, "admin", "SECRET", "NEVER_HEARD_OF")
    for code, item in found.items():
        assert (item["productOffering"], rules(item)) == (None, [("RETIRED", code)])


async def test_a_market_outside_of_the_callers_region_is_not_there(ask, more):
    asking = {"input": {"productOffering": ["DORM"]}, "context": {"marketSegment": "CAMPUS"}}
    body = await ask(ASK, "agent", region="shanxi/taiyuan", **asking)
    assert body["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
    none = await ask(ASK, "agent", **{**asking, "context": {"marketSegment": "NO_SUCH"}})
    assert none["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


async def test_a_change_says_what_is_lost_and_what_it_costs(ask, more, operator):
    landed = {"idempotencyKey": "k", "customerId": "C1", "offering": "WLAN_NIGHT"}
    upsert = "mutation($input: UpsertProductInput!) { upsertProduct(input: $input) { changed } }"
    await ask(upsert, "operator", input=landed)
    found = (await ask(CHANGE, "agent", language="en", id="C1", to="WLAN_MAX", **{"from": "WLAN"}))["data"][
        "changeImpact"
    ]
    assert found["monthlyDifference"] == {"value": "20.0000"}
    assert found["qualification"] == {"qualificationItemResult": "QUALIFIED"}
    assert found["line"] == [
        {
            "effect": "LOST",
            "subject": "DEPENDANT",
            "code": "WLAN_NIGHT",
            "message": "WLAN by night would lack what it needs",
            "amount": None,
        }
    ]


async def test_a_change_is_from_something_held_to_something_sold(ask, more):
    for left, taken in (("MUSIC", "WLAN_MAX"), ("WLAN", "PAGER"), ("WLAN", "WLAN"), ("WLAN", "SECRET")):
        body = await ask(CHANGE, "agent", id="C1", to=taken, **{"from": left})
        assert body["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
