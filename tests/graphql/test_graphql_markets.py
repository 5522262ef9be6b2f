"""The register of cluster markets over GraphQL: found by facts, counted by coverage, made, changed and ended once."""

from __future__ import annotations

from itertools import count

import pytest
from tests_support import eventually

OBJECT = "{ object { code kind name place size potential facts etag validFor { startDateTime endDateTime } }"
PAYLOAD = OBJECT + " userErrors { path code message } }"
LIST = """query($where: MarketSegmentWhere, $orderBy: [MarketSegmentOrder!], $after: String) {
  marketSegments(first: 2, after: $after, where: $where, orderBy: $orderBy) {
    totalCount nodes { code } pageInfo { endCursor hasNextPage } } }"""
COVERAGE = """query($fact: String!, $kind: MarketKind, $place: String) {
  marketCoverage(fact: $fact, kind: $kind, place: $place) { total { markets covered unknown share people coveredPeople }
    byKind { kind coverage { markets covered } } byPlace { place coverage { markets covered } } } }"""
KEYS = count()


@pytest.fixture
def do(ask):
    """`await do("createMarketSegment", code=…)` is the payload; of a role that may not, the whole answer."""

    async def do(name, role="product_manager", /, *, raw=False, **fields):
        kind = name[0].upper() + name[1:] + "Input"
        document = f"mutation($input: {kind}!) {{ {name}(input: $input) {PAYLOAD} }}"
        answer = await ask(document, role, language="en", input={"idempotencyKey": f"m{next(KEYS)}", **fields})
        return answer if raw else answer["data"][name]

    return do


@pytest.fixture
def seen(ask):
    """Waits until the server has read the catalog in which the condition holds."""

    async def seen(condition, question, **variables):
        async def holds():
            return condition((await ask(question, **variables))["data"])

        await eventually(holds)

    return seen


@pytest.fixture
async def park(do, seen):
    made = await do(
        "createMarketSegment",
        code="PARK_1",
        kind="PARK",
        name={"zh": "高新园区", "en": "High-tech park"},
        place="shanxi/taiyuan/xiaodian",
        size=4200,
        potential="180000.50",
        facts={"fiber": True, "floors": 12},
    )
    await seen(lambda data: data["marketSegment"], '{ marketSegment(code: "PARK_1") { code } }')
    return made


def codes(payload):
    return [(error["path"], error["code"]) for error in payload["userErrors"]]


async def test_a_market_that_was_made_is_found_at_once_with_all_that_was_said_of_it(ask, park):
    assert codes(park) == []
    found = await ask('{ marketSegment(code: "PARK_1") ' + OBJECT.removeprefix("{ object ") + " }", "product_manager")
    assert found["data"]["marketSegment"] == park["object"] | {"name": "高新园区"}
    assert park["object"]["potential"] == "180000.5000"
    assert park["object"]["facts"] == {"fiber": True, "floors": 12}


async def test_an_edit_changes_what_it_gives_facts_one_by_one_and_null_forgets(do, park, operator):
    fields = {"facts": {"wlan": True, "floors": None}, "size": None, "name": {"en": "Tech park"}}
    changed = await do("editMarketSegment", code="PARK_1", etag=park["object"]["etag"], **fields)
    assert codes(changed) == []
    assert changed["object"]["facts"] == {"fiber": True, "wlan": True}
    assert (changed["object"]["size"], changed["object"]["name"]) == (None, "Tech park")
    assert (changed["object"]["place"], changed["object"]["etag"]) == ("shanxi/taiyuan/xiaodian", "2")
    row = await operator.fetchrow("select detail from audit where action = 'market.edit'")
    assert row["detail"]["before"]["facts"] == {"fiber": True, "floors": 12}
    assert row["detail"]["after"]["name"] == {"zh": "高新园区", "en": "Tech park"}


async def test_an_edit_that_changes_nothing_keeps_its_etag(do, park):
    same = await do("editMarketSegment", code="PARK_1", etag="1", size=4200)
    assert same["object"]["etag"] == "1"


async def test_of_two_edits_from_the_same_reading_the_second_is_told_what_is_there_now(do, park):
    await do("editMarketSegment", code="PARK_1", etag="1", size=10)
    late = await do("editMarketSegment", code="PARK_1", etag="1", size=20)
    assert codes(late) == [(["input", "etag"], "CONFLICT")]
    assert (late["object"]["size"], late["object"]["etag"]) == (10, "2")


async def test_a_retry_with_the_same_key_happens_once(do, operator):
    fields = {"idempotencyKey": "once", "code": "B1", "kind": "BUILDING", "name": {"zh": "大厦"}}
    assert await do("createMarketSegment", **fields) == await do("createMarketSegment", **fields)
    assert await operator.fetchval("select count(*) from audit where action = 'market.create'") == 1


async def test_what_is_wrong_is_named_by_its_place(do, park):
    twice = await do("createMarketSegment", code="PARK_1", kind="PARK", name={"zh": "又一个"})
    assert codes(twice) == [(["input", "code"], "DUPLICATE_CODE")]
    wrong = await do(
        "createMarketSegment",
        code="X",
        kind="PARK",
        name={},
        place="a//b",
        size=-1,
        potential="1.23456",
        facts={"list": [1]},
    )
    assert {tuple(path[1:]) for path, _ in codes(wrong)} == {
        ("name",),
        ("place",),
        ("size",),
        ("potential",),
        ("facts", "list"),
    }


async def test_a_market_that_ended_is_no_longer_listed_and_can_be_read_as_it_was(ask, do, seen, park):
    late = await do("endMarketSegment", code="PARK_1", etag="1", at="2031-01-01T00:00:00+08:00")
    assert late["object"]["validFor"]["endDateTime"] == "2030-12-31T16:00:00+00:00"
    question = 'query($at: DateTime) { marketSegment(code: "PARK_1", context: {asOf: $at}) { code } }'
    await seen(lambda data: data["marketSegment"] is None, question, at="2031-01-01T00:00:00+08:00")
    before = await ask(question, at="2030-12-31T23:59:59+08:00")
    assert before["data"]["marketSegment"] == {"code": "PARK_1"}
    again = await do("endMarketSegment", code="PARK_1", etag="2", at="2032-01-01T00:00:00+08:00")
    assert codes(again) == [(["input", "at"], "ENDED_ALREADY")]


async def test_only_product_managers_keep_the_register(do):
    for role in ("agent", "analyst", "storefront", "operator"):
        answer = await do("createMarketSegment", role, raw=True, code="X", kind="PARK", name={"zh": "园区"})
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN", role


async def test_markets_are_found_by_facts_kind_place_and_size_and_come_in_the_order_asked_for(ask, park):
    async def found(role="analyst", **variables):
        return (await ask(LIST, role, **variables))["data"]["marketSegments"]

    def wlan(value):
        return {"facts": [{"fact": "wlan", "eq": value}]}

    assert [one["code"] for one in (await found(where=wlan(True)))["nodes"]] == ["CAMPUS"]
    assert [one["code"] for one in (await found(where=wlan(False)))["nodes"]] == ["TINY"]
    unknown = {"facts": [{"fact": "wlan", "isKnown": {"eq": False}}]}
    assert [one["code"] for one in (await found(where=unknown))["nodes"]] == ["PARK_1"]
    floors = {"kind": {"eq": "PARK"}, "facts": [{"fact": "floors", "range": {"min": 5}}]}
    assert [one["code"] for one in (await found(where=floors))["nodes"]] == ["PARK_1"]
    either = {"or": [{"place": "shanxi/datong"}, {"size": {"range": {"max": 100}}}], "not": {"code": {"eq": "TINY"}}}
    assert [one["code"] for one in (await found(where=either))["nodes"]] == ["CAMPUS"]
    order = [{"field": "SIZE", "direction": "DESC"}]
    page = await found(orderBy=order)
    assert [one["code"] for one in page["nodes"]] == ["CAMPUS", "PARK_1"]
    rest = await found(orderBy=order, after=page["pageInfo"]["endCursor"])
    assert ([one["code"] for one in rest["nodes"]], rest["pageInfo"]["hasNextPage"]) == (["TINY"], False)
    worth = await found(orderBy=[{"field": "POTENTIAL", "direction": "DESC"}], where={"kind": {"eq": "PARK"}})
    assert [one["code"] for one in worth["nodes"]] == ["PARK_1", "TINY"]


async def test_what_a_market_is_worth_cannot_be_found_out_by_a_condition(ask, park):
    for variables in (
        {"where": {"not": {"potential": {"range": {"min": 1}}}}},
        {"orderBy": [{"field": "POTENTIAL"}]},
    ):
        answer = await ask(LIST, "agent", **variables)
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_coverage_is_counted_per_kind_and_per_place_within_the_callers_region(ask, park):
    answer = (await ask(COVERAGE, "analyst", fact="wlan"))["data"]["marketCoverage"]
    assert answer["total"] == {
        "markets": 3,
        "covered": 1,
        "unknown": 1,
        "share": 1 / 3,
        "people": 13210,
        "coveredPeople": 9000,
    }
    assert answer["byKind"] == [
        {"kind": "CAMPUS", "coverage": {"markets": 1, "covered": 1}},
        {"kind": "PARK", "coverage": {"markets": 2, "covered": 0}},
    ]
    there = (await ask(COVERAGE, "analyst", fact="wlan", place="shanxi"))["data"]["marketCoverage"]["byPlace"]
    assert [one["place"] for one in there] == ["shanxi/datong", "shanxi/taiyuan"]
    north = await ask(COVERAGE, "agent", fact="wlan", region="shanxi/taiyuan")
    assert north["data"]["marketCoverage"]["total"]["markets"] == 2
