"""An accepted offer becomes an order or a lead, and its status comes back with the subscription."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from tests_support import eventually

from catalog.customer_store import Caller
from catalog.documents.catalog_file import import_catalog
from catalog.importing import import_file

KEYS = count()
ZONE = ZoneInfo("Asia/Shanghai")
OBJECT = """{ object { id kind status statusReason customerId productOffering { code } version quantity
  parts { code count } isTrial trialUntil quotedMonth { unit value } contactConsent }
  userErrors { path code message } }"""
HAND_OVER = f"mutation($input: HandOverInput!) {{ handOver(input: $input) {OBJECT} }}"
UPDATE = f"mutation($input: UpdateHandOverInput!) {{ updateHandOver(input: $input) {OBJECT} }}"
UPSERT = """mutation($input: UpsertProductInput!) { upsertProduct(input: $input) {
  changed userErrors { path code } } }"""
LIST = """query($where: HandOverWhere, $after: String, $first: Int!) {
  handOvers(where: $where, after: $after, first: $first) {
    nodes { id kind status customerId } pageInfo { hasNextPage endCursor } totalCount } }"""
ONE = "query($id: ID!) { handOver(id: $id) { id status quote history { status subject } } }"
EVENTS = """query($after: String) { handOverEvents(first: 50, after: $after) {
  nodes { sequence before status handOver { id } } } }"""
RECOMMEND = """{ recommendation(customerId: "C1", first: 1, context: {channel: "HALL"}) {
  recommendationItem { id productOffering { code } } } }"""
HELD = """query($at: DateTime) { customer(id: "C1", context: {asOf: $at}) {
  products(first: 20) { nodes { productOffering { code } origin status startDate } } } }"""

MORE = {
    "channel": [
        {"code": "HALL", "name": {"en": "Hall"}},
        {"code": "10086", "name": {"en": "Hotline"}, "handles": "SIMPLE"},
    ],
    "offerings": [
        {
            "code": "LINE",
            "name": {"en": "Leased line"},
            "category": ["vas"],
            "complexity": "COMPLEX",
            "productOfferingPrice": [
                {"code": "once", "priceType": "ONE_TIME", "price": {"value": "100"}},
                {
                    "code": "m",
                    "priceType": "RECURRING",
                    "price": {"value": "30"},
                    "recurringChargePeriod": "month",
                },
            ],
        },
        {
            "code": "CINEMA",
            "name": {"en": "Cinema"},
            "category": ["vas"],
            "trial": {"duration": {"amount": "1", "units": "month"}, "conversion": "CONVERT"},
        },
        {
            "code": "GAMES",
            "name": {"en": "Games"},
            "category": ["vas"],
            "trial": {"duration": {"amount": "7", "units": "day"}},
        },
    ],
}


@pytest.fixture
async def sold(app, operator, tmp_path):
    """The operator's catalog with two channels, something complex and two things to try."""
    path = tmp_path / "more.json"
    path.write_text(json.dumps(MORE))
    caller = Caller("test", "operator", None, "import")
    await import_catalog(operator, path, datetime.now(UTC) - timedelta(days=60), ZONE, caller)

    async def loaded() -> bool:
        return "GAMES" in app.state.services.catalog.current.versions

    await eventually(loaded)


@pytest.fixture
def do(ask, sold):
    async def do(document, role="agent", **fields):
        claims = {key: fields.pop(key) for key in ("region", "customer") if key in fields}
        given = {"idempotencyKey": f"over-{next(KEYS)}"} | fields
        answer = await ask(document, role, language="en", input=given, **claims)
        assert "errors" not in answer, answer
        return next(iter(answer["data"].values()))

    return do


def codes(payload) -> list[str]:
    return [one["code"] for one in payload["userErrors"]]


async def test_what_a_channel_can_handle_is_an_order_with_the_price_of_the_day(do):
    made = await do(HAND_OVER, customerId="C1", productOffering="LINE", channel="HALL", contactConsent=True)
    assert made["userErrors"] == []
    assert made["object"] | {"id": ""} == {
        "id": "",
        "kind": "ORDER",
        "status": "ACKNOWLEDGED",
        "statusReason": None,
        "customerId": "C1",
        "productOffering": {"code": "LINE"},
        "version": 1,
        "quantity": 1,
        "parts": [],
        "isTrial": False,
        "trialUntil": None,
        "quotedMonth": {"unit": "CNY", "value": "30.0000"},
        "contactConsent": True,
    }


async def test_what_is_too_complex_for_the_channel_is_a_lead_for_the_account_manager(do, operator):
    await operator.execute("update customer set account_manager = 'manager-7' where code = 'C1'")
    made = await do(HAND_OVER, customerId="C1", productOffering="LINE", channel="10086")
    assert made["object"]["kind"] == "LEAD"
    row = await operator.fetchrow("select kind, account_manager, quote ->> 'firstMonth' as first from hand_over")
    assert (row["kind"], row["account_manager"], row["first"]) == ("LEAD", "manager-7", "130.00")


async def test_what_the_customer_may_not_buy_is_not_handed_over_and_the_answer_says_why(do, operator):
    held = await do(HAND_OVER, customerId="C1", productOffering="WLAN")
    assert codes(held) == ["HELD"]
    closed = await do(HAND_OVER, customerId="C2", productOffering="VIDEO", channel="10086")
    assert closed["userErrors"][0]["code"] in ("CHANNEL", "HELD")
    lacking = await do(HAND_OVER, customerId="C10", productOffering="WLAN_NIGHT")
    assert codes(lacking) == ["REQUIRES"]
    unknown = await do(HAND_OVER, customerId="C1", productOffering="SECRET")
    assert codes(unknown) == ["UNKNOWN_OFFERING"]
    many = await do(HAND_OVER, customerId="C1", productOffering="LINE", quantity=0)
    assert codes(many) == ["OUTSIDE_LIMITS"]
    assert await operator.fetchval("select count(*) from hand_over") == 0


async def test_a_step_up_takes_the_place_of_what_it_excludes(do, operator):
    """C3 holds MUSIC, which READING excludes."""
    shut_out = await do(HAND_OVER, customerId="C3", productOffering="READING")
    assert codes(shut_out) == ["EXCLUDED"]
    never = await do(HAND_OVER, customerId="C3", productOffering="READING", replaces="VIDEO")
    assert never["userErrors"][0]["path"] == ["input", "replaces"]
    made = await do(HAND_OVER, customerId="C3", productOffering="READING", replaces="MUSIC")
    assert made["userErrors"] == []
    assert await operator.fetchval("select replaces from hand_over") == "MUSIC"


async def test_a_price_that_changed_since_it_was_told_stops_the_hand_over(do):
    told = await do(HAND_OVER, customerId="C1", productOffering="LINE", monthlyPrice="29.90")
    assert codes(told) == ["PRICE_CHANGED"]
    assert "30.00" in told["userErrors"][0]["message"]
    right = await do(HAND_OVER, customerId="C1", productOffering="LINE", monthlyPrice="30")
    assert right["userErrors"] == []


async def test_a_recommended_item_that_is_handed_over_is_accepted_with_it(do, ask, operator):
    item = (await ask(RECOMMEND, "agent"))["data"]["recommendation"]["recommendationItem"][0]
    made = await do(HAND_OVER, customerId="C1", itemId=item["id"], channel="HALL")
    assert made["userErrors"] == []
    assert made["object"]["productOffering"] == item["productOffering"]
    found = await operator.fetch("select outcome, channel from outcome")
    assert [(one["outcome"], one["channel"]) for one in found] == [("ACCEPTED", "HALL")]
    other = await do(HAND_OVER, customerId="C2", itemId=item["id"])
    assert codes(other) == ["UNKNOWN_ITEM"]
    forged = await do(HAND_OVER, customerId="C1", itemId="x" + item["id"])
    assert codes(forged) == ["UNKNOWN_ITEM"]


async def test_a_retry_happens_once_and_a_second_order_waits_for_the_first(do, operator):
    given = {"customerId": "C1", "productOffering": "LINE", "idempotencyKey": "same"}
    first, again = await do(HAND_OVER, **given), await do(HAND_OVER, **given)
    assert first == again
    second = await do(HAND_OVER, customerId="C1", productOffering="LINE")
    assert codes(second) == ["ALREADY_OPEN"]
    assert await operator.fetchval("select count(*) from hand_over") == 1


async def test_an_order_is_completed_by_the_subscription_that_lands(do, ask):
    made = await do(HAND_OVER, customerId="C1", productOffering="LINE")
    number = made["object"]["id"]
    start = datetime.now(UTC).isoformat()
    for status, expected in (("PENDING_ACTIVE", "IN_PROGRESS"), ("ACTIVE", "COMPLETED")):
        await do(UPSERT, "operator", customerId="C1", offering="LINE", startDate=start, status=status)
        one = (await ask(ONE, "operator", id=number))["data"]["handOver"]
        assert one["status"] == expected
    assert [step["status"] for step in one["history"]] == ["ACKNOWLEDGED", "IN_PROGRESS", "COMPLETED"]


async def test_an_order_is_completed_by_the_nightly_file_too(do, ask, operator, tmp_path):
    made = await do(HAND_OVER, customerId="C1", productOffering="LINE")
    path = tmp_path / "product.csv"
    path.write_text("customer_id,offering,start_date\nC1,LINE,2026-01-01\n")
    await import_file(operator, "product", path, mode="delta", at=datetime.now(UTC), zone=ZONE)
    assert (await ask(ONE, "operator", id=made["object"]["id"]))["data"]["handOver"]["status"] == "COMPLETED"


async def test_the_table_of_states_is_the_only_way(do, ask):
    number = (await do(HAND_OVER, customerId="C1", productOffering="LINE"))["object"]["id"]
    moved = await do(UPDATE, "operator", id=number, status="IN_PROGRESS", externalId="BOSS-1", etag="1")
    assert moved["object"]["status"] == "IN_PROGRESS"
    stale = await do(UPDATE, "operator", id=number, status="COMPLETED", etag="1")
    assert codes(stale) == ["CONFLICT"]
    rejected = await do(UPDATE, "operator", id=number, status="REJECTED")
    assert codes(rejected) == ["WRONG_STATUS"]
    done = await do(UPDATE, "operator", id=number, status="CANCELLED", reason="customer changed their mind")
    assert (done["object"]["status"], done["object"]["statusReason"]) == ("CANCELLED", "customer changed their mind")
    reopened = await do(UPDATE, "operator", id=number, status="IN_PROGRESS")
    assert codes(reopened) == ["WRONG_STATUS"]
    missing = await do(UPDATE, "operator", id="999", status="IN_PROGRESS")
    assert codes(missing) == ["NOT_FOUND"]
    events = (await ask(EVENTS, "operator"))["data"]["handOverEvents"]["nodes"]
    assert [(one["before"], one["status"]) for one in events] == [
        (None, "ACKNOWLEDGED"),
        ("ACKNOWLEDGED", "IN_PROGRESS"),
        ("IN_PROGRESS", "CANCELLED"),
    ]
    rest = (await ask(EVENTS, "operator", after=events[0]["sequence"]))["data"]["handOverEvents"]["nodes"]
    assert rest == events[1:]


async def test_nobody_sees_or_hands_over_for_whom_they_may_not(do, ask):
    north = await do(HAND_OVER, customerId="C1", productOffering="LINE", region="shanxi/taiyuan")
    assert north["userErrors"] == []
    abroad = await do(HAND_OVER, customerId="C2", productOffering="LINE", region="shanxi/taiyuan")
    assert codes(abroad) == ["UNKNOWN_CUSTOMER"]
    own = await do(HAND_OVER, "customer", productOffering="LINE", customer="C2")
    assert (own["userErrors"], own["object"]["customerId"]) == ([], "C2")
    foreign = await do(HAND_OVER, "customer", customerId="C1", productOffering="MUSIC", customer="C2")
    assert codes(foreign) == ["UNKNOWN_CUSTOMER"]

    async def seen(role, where=None, **claims):
        found = (await ask(LIST, role, first=10, where=where, **claims))["data"]["handOvers"]
        assert found["totalCount"] == len(found["nodes"])
        return sorted(one["customerId"] for one in found["nodes"])

    assert await seen("operator") == ["C1", "C2"]
    assert await seen("customer", customer="C2") == ["C2"]
    assert await seen("customer", {"customerId": "C1"}, customer="C2") == []
    assert await seen("agent") == ["C1"]
    assert await seen("agent", {"customerId": "C2"}) == ["C2"]
    assert await seen("agent", {"customerId": "C2"}, region="shanxi/taiyuan") == []
    number = north["object"]["id"]
    hidden = await ask("query($id: ID!) { handOver(id: $id) { id } }", "customer", id=number, customer="C2")
    assert hidden["data"] == {"handOver": None}
    for role in ("storefront", "analyst", "developer", "product_manager"):
        answer = await ask(
            HAND_OVER, role, input={"idempotencyKey": "k", "customerId": "C1", "productOffering": "LINE"}
        )
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_lists_go_on_behind_the_last_number(do, ask):
    for customer in ("C1", "C2", "C3"):
        await do(HAND_OVER, customerId=customer, productOffering="LINE")
    first = (await ask(LIST, "operator", first=2))["data"]["handOvers"]
    assert ([one["customerId"] for one in first["nodes"]], first["pageInfo"]["hasNextPage"]) == (["C3", "C2"], True)
    second = (await ask(LIST, "operator", first=2, after=first["pageInfo"]["endCursor"]))["data"]["handOvers"]
    assert ([one["customerId"] for one in second["nodes"]], second["pageInfo"]["hasNextPage"]) == (["C1"], False)
    leads = await ask(LIST, "operator", first=5, where={"kind": "LEAD", "status": ["ACKNOWLEDGED"]})
    assert leads["data"]["handOvers"]["nodes"] == []


async def holding(ask, code, at):
    nodes = (await ask(HELD, "agent", at=at.isoformat()))["data"]["customer"]["products"]["nodes"]
    return [one["origin"] for one in nodes if one["productOffering"]["code"] == code]


async def test_a_trial_turns_into_a_subscription_at_its_end_without_anybodys_doing(do, ask, operator):
    made = await do(HAND_OVER, customerId="C1", productOffering="CINEMA", trial=True)
    assert made["object"]["isTrial"] is True
    assert made["object"]["trialUntil"] is not None
    start = datetime(2026, 1, 31, 2, tzinfo=UTC)
    landed = await do(
        UPSERT, "operator", customerId="C1", offering="CINEMA", startDate=start.isoformat(), origin="TRIAL"
    )
    assert landed == {"changed": True, "userErrors": []}
    again = await do(
        UPSERT, "operator", customerId="C1", offering="CINEMA", startDate=start.isoformat(), origin="TRIAL"
    )
    assert again == {"changed": False, "userErrors": []}
    # A month from the 31st of January is the last of February, at the same time of day.
    end = datetime(2026, 2, 28, 2, tzinfo=UTC)
    for at, kind in ((start, "forced"), (end - timedelta(seconds=1), "forced"), (end, "voluntary")):
        kinds = await operator.fetch(
            """select holding_kind(p.status, p.origin, p.termination_date, null, $1) as kind
               from product p join customer c on c.id = p.customer_id join offering o on o.id = p.offering_id
               where c.code = 'C1' and o.code = 'CINEMA' and p.start_date <= $1""",
            at,
        )
        assert [one["kind"] for one in kinds if one["kind"] != "ended"] == [kind]
    assert await holding(ask, "CINEMA", end - timedelta(seconds=1)) == ["TRIAL"]
    assert await holding(ask, "CINEMA", end) == ["VOLUNTARY"]


async def test_a_trial_that_ends_is_over_at_its_end(do, ask):
    start = datetime(2026, 1, 1, tzinfo=UTC)
    await do(UPSERT, "operator", customerId="C1", offering="GAMES", startDate=start.isoformat(), origin="TRIAL")
    assert await holding(ask, "GAMES", start + timedelta(days=6)) == ["TRIAL"]
    assert await holding(ask, "GAMES", start + timedelta(days=7)) == []


async def test_a_trial_that_is_ended_early_turns_into_nothing(do, ask):
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(days=3)
    trial = {"customerId": "C1", "offering": "CINEMA", "startDate": start.isoformat(), "origin": "TRIAL"}
    await do(UPSERT, "operator", **trial)
    assert await holding(ask, "CINEMA", start + timedelta(days=40)) == ["VOLUNTARY"]
    over = (start + timedelta(days=2)).isoformat()
    await do(UPSERT, "operator", **trial, status="TERMINATED", terminationDate=over)
    assert await holding(ask, "CINEMA", start + timedelta(days=40)) == []


async def test_a_customer_tries_an_offering_once_and_only_what_can_be_tried(do):
    first = await do(HAND_OVER, customerId="C1", productOffering="GAMES", trial=True)
    number = first["object"]["id"]
    await do(UPDATE, "operator", id=number, status="COMPLETED")
    second = await do(HAND_OVER, customerId="C1", productOffering="GAMES", trial=True)
    assert codes(second) == ["TRIED_ALREADY"]
    never = await do(HAND_OVER, customerId="C1", productOffering="LINE", trial=True)
    assert codes(never) == ["NO_TRIAL"]
    bought = await do(HAND_OVER, customerId="C1", productOffering="GAMES")
    assert bought["userErrors"] == []
