"""A solution over GraphQL: made of offerings, looked at before it is brought to markets, brought, rolled out again."""

from __future__ import annotations

from itertools import count

import pytest
from edit_support import editing
from tests_support import eventually

from api.graphql.limits import Limits

SOLUTION = """{ object { code name kind requiredFact etag parameter { code type default required }
  offering { code requiredFact price { code parameter } } } userErrors { path code message } }"""
RESULTS = """summary { markets sound applied actions { action offerings } } results(first: 10) { nodes {
  market isSound isApplied parameter { code value } userErrors { path code }
  offering { template code action kept differences { path before after } problem { code isAdvice } } } }"""
BROUGHT = "{ " + RESULTS + " userErrors { path code } }"
PREVIEW = (
    """query($markets: [SolutionMarketInput!]!) { solutionPreview(solution: "CAMPUS_SET", markets: $markets) {
  etag """
    + RESULTS
    + " } }"
)
KEYS = count()
INPUT = {
    "code": "CAMPUS_SET",
    "name": {"zh": "智慧校园", "en": "Smart campus"},
    "kind": ["CAMPUS"],
    "requiredFact": ["wlan"],
    "parameter": [{"code": "fee", "type": "MONEY"}],
    "offering": [{"code": "WLAN", "price": [{"code": "monthly", "parameter": "fee"}]}, {"code": "MUSIC"}],
}


@pytest.fixture
async def do(app, settings):
    """`await do("applySolution", …)` is the payload; of a text that is no mutation's name, the answer."""
    async with editing(app, settings) as ask:

        async def do(name, /, *, variables=None, raw=False, **fields):
            who = {key: fields.pop(key) for key in ("role", "categories") if key in fields}
            shape = {"createSolution": SOLUTION, "editSolution": SOLUTION}.get(name, BROUGHT)
            if not name.isidentifier():
                return await ask(name, variables=variables, **who)
            document = f"mutation($input: {name[0].upper() + name[1:]}Input!) {{ {name}(input: $input) {shape} }}"
            given = {"idempotencyKey": f"s{next(KEYS)}", **fields}
            answer = await ask(document, variables={"input": given}, **who)
            return answer if raw else answer["data"][name]

        yield do


@pytest.fixture
async def made(do):
    payload = await do("createSolution", **INPUT)
    assert payload["userErrors"] == []

    async def is_there():
        return (await do('{ solution(code: "CAMPUS_SET") { code } }'))["data"]["solution"] is not None

    await eventually(is_there)
    return payload["object"]


def codes(payload):
    return [(error["path"], error["code"]) for error in payload["userErrors"]]


def actions(result):
    return {one["template"]: one["action"] for one in result["offering"]}


MARKET = {"market": "CAMPUS", "parameter": [{"code": "fee", "value": "8"}]}


async def test_a_solution_that_was_made_says_what_it_was_made_of(do, made):
    assert (made["etag"], made["kind"], made["requiredFact"]) == ("1", ["CAMPUS"], ["wlan"])
    assert made["offering"][0] == {
        "code": "WLAN",
        "requiredFact": [],
        "price": [{"code": "monthly", "parameter": "fee"}],
    }
    found = await do(
        '{ solutions(first: 5, where: {kind: {eq: "CAMPUS"}, offering: {eq: "WLAN"}}) { nodes { code } } }'
    )
    assert found["data"]["solutions"]["nodes"] == [{"code": "CAMPUS_SET"}]


async def test_a_preview_says_what_would_differ_and_does_nothing(do, made, operator):
    answer = await do(PREVIEW, variables={"markets": [MARKET, {"market": "TINY"}]})
    preview = answer["data"]["solutionPreview"]
    campus, tiny = preview["results"]["nodes"]
    assert (preview["etag"], campus["isSound"], campus["isApplied"]) == ("1", True, False)
    wlan = campus["offering"][0]
    assert (wlan["code"], wlan["action"]) == ("WLAN@CAMPUS", "CREATE")
    differences = {tuple(one["path"]): (one["before"], one["after"]) for one in wlan["differences"]}
    assert differences[("productOfferingPrice", "monthly", "price", "value")] == ("10.0000", "8.0000")
    assert {path[0] for path in differences} == {"productOfferingPrice", "externalIdentifier", "marketSegment"}
    assert {error["code"] for error in tiny["userErrors"]} == {"WRONG_KIND", "COVERAGE_MISSING"}
    assert await operator.fetchval("select count(*) from offering where code like '%@%'") == 0


async def test_it_is_brought_once_and_the_same_key_tells_the_same(do, made, operator):
    given = {"idempotencyKey": "bring", "solution": "CAMPUS_SET", "etag": "1", "markets": [MARKET], "launch": True}
    first = await do("applySolution", **given)
    assert codes(first) == []
    assert first["summary"] == {
        "markets": 1,
        "sound": 1,
        "applied": 1,
        "actions": [{"action": "CREATE", "offerings": 1}, {"action": "LEAVE", "offerings": 1}],
    }
    again = await do("applySolution", **given)
    assert actions(again["results"]["nodes"][0]) == actions(first["results"]["nodes"][0])
    assert again["summary"] == first["summary"]
    anew = await do("applySolution", **{**given, "idempotencyKey": "other"})
    assert actions(anew["results"]["nodes"][0]) == {"WLAN": "LEAVE", "MUSIC": "LEAVE"}
    assert (
        await operator.fetchval(
            "select count(*) from offering_version v join offering o on o.id = v.offering_id "
            "where o.code = 'WLAN@CAMPUS'"
        )
        == 1
    )


async def test_the_market_shows_what_it_got_and_where_used_leads_back(do, made):
    await do("applySolution", solution="CAMPUS_SET", etag="1", markets=[MARKET], launch=True)

    async def is_sold():
        return (await do('{ productOffering(code: "WLAN@CAMPUS") { code } }'))["data"]["productOffering"] is not None

    await eventually(is_sold)
    answer = await do("""{
      marketSegment(code: "CAMPUS") { solutions { solution { code } isOutdated appliedBy parameter { code value }
        offering { template code isCopy templateVersion } } }
      solution(code: "CAMPUS_SET") { applications(first: 5) { totalCount nodes { marketSegment { code } } } }
      whereUsed(offering: "WLAN") { marketSegments(first: 5) { nodes { code } } bundles(first: 5) { nodes { code } }
        copies(first: 5) { nodes { code lifecycleStatus } } solutions(first: 5) { nodes { code } } }
      used: whereUsed(solution: "CAMPUS_SET") { marketSegments(first: 5) { nodes { code } }
        copies(first: 5) { nodes { code } } } }""")
    data = answer["data"]
    assert data["marketSegment"]["solutions"] == [
        {
            "solution": {"code": "CAMPUS_SET"},
            "isOutdated": False,
            "appliedBy": "pm",
            "parameter": [{"code": "fee", "value": "8"}],
            "offering": [
                {"template": "MUSIC", "code": "MUSIC", "isCopy": False, "templateVersion": 1},
                {"template": "WLAN", "code": "WLAN@CAMPUS", "isCopy": True, "templateVersion": 1},
            ],
        }
    ]
    assert data["solution"]["applications"]["nodes"] == [{"marketSegment": {"code": "CAMPUS"}}]
    assert data["whereUsed"] == {
        "marketSegments": {"nodes": [{"code": "CAMPUS"}]},
        "bundles": {"nodes": [{"code": "STUDENT"}]},
        "copies": {"nodes": [{"code": "WLAN@CAMPUS", "lifecycleStatus": "LAUNCHED"}]},
        "solutions": {"nodes": [{"code": "CAMPUS_SET"}]},
    }
    assert data["used"]["copies"]["nodes"] == [{"code": "WLAN@CAMPUS"}]


async def test_what_fails_is_named_by_its_row_and_nothing_lands_unless_the_policy_says_so(do, made, operator):
    rows = [MARKET, {"market": "TINY"}, {"market": "NOWHERE"}]
    given = {"solution": "CAMPUS_SET", "etag": "1", "markets": rows}
    nothing = await do("applySolution", **given)
    assert codes(nothing) == [
        (["input", "markets", "1", "market"], "WRONG_KIND"),
        (["input", "markets", "1", "market"], "COVERAGE_MISSING"),
        (["input", "markets", "2", "market"], "UNKNOWN_CODE"),
    ]
    assert nothing["summary"]["applied"] == 0
    others = await do("applySolution", **given, errorPolicy="REJECT_FAILED_ROWS")
    assert (others["summary"]["applied"], others["results"]["nodes"][0]["isApplied"]) == (1, True)
    assert await operator.fetchval("select count(*) from solution_application") == 1


async def test_a_solution_that_changed_meanwhile_is_not_applied_unseen(do, made):
    changed = await do("editSolution", code="CAMPUS_SET", etag="1", description={"zh": "校园"})
    assert changed["object"]["etag"] == "2"
    late = await do("applySolution", solution="CAMPUS_SET", etag="1", markets=[MARKET])
    assert codes(late) == [(["input", "etag"], "CONFLICT")]
    stale = await do("editSolution", code="CAMPUS_SET", etag="1", name={"zh": "别的"})
    assert (codes(stale), stale["object"]["etag"]) == ([(["input", "etag"], "CONFLICT")], "2")


async def test_changes_of_the_solution_are_looked_at_and_rolled_out(do, made):
    await do("applySolution", solution="CAMPUS_SET", etag="1", markets=[MARKET], launch=True)
    parameter = [{"code": "fee", "type": "MONEY"}, {"code": "music", "type": "FACT", "default": "wlan"}]
    await do(
        "editSolution",
        code="CAMPUS_SET",
        etag="1",
        parameter=parameter,
        offering=[*INPUT["offering"], {"code": "VIDEO"}],
    )
    preview = await do('{ rollOutPreview(solution: "CAMPUS_SET") { etag ' + RESULTS + " } }")
    assert actions(preview["data"]["rollOutPreview"]["results"]["nodes"][0])["VIDEO"] == "LEAVE"
    done = await do("rollOutSolution", solution="CAMPUS_SET", etag="2")
    assert (done["summary"]["applied"], codes(done)) == (1, [])
    none = await do("rollOutSolution", solution="CAMPUS_SET", etag="2", markets=["TINY"])
    assert codes(none) == [(["input", "markets", "0", "market"], "NOT_APPLIED")]


async def test_only_product_managers_change_and_only_in_their_categories_while_analysts_read(do, made):
    for role in ("storefront", "operator"):
        answer = await do("{ solutions(first: 1) { nodes { code } } }", role=role)
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert (await do("{ solutions(first: 1) { nodes { code } } }", role="analyst"))["data"]["solutions"]["nodes"]
    refused = await do("createSolution", role="analyst", raw=True, **INPUT)
    assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    other = await do("createSolution", categories=("nothing",), **{**INPUT, "code": "MINE"})
    assert (["input", "offering", "0", "code"], "NOT_YOUR_CATEGORY") in codes(other)
    foreign = await do("applySolution", categories=("nothing",), solution="CAMPUS_SET", etag="1", markets=[MARKET])
    assert (["input", "markets", "0", "WLAN"], "NOT_YOUR_CATEGORY") in codes(foreign)


def test_many_markets_may_take_longer_than_a_look_at_one():
    limits = Limits()
    assert limits.deadline({"Query.category", "Category.code"}) == limits.deadline_seconds
    assert limits.deadline({"Mutation.applySolution", "UserError.code"}) == 30.0


async def test_who_belongs_to_the_market_is_offered_its_copy_and_everybody_else_the_template(do, made, ask):
    await do("applySolution", solution="CAMPUS_SET", etag="1", markets=[MARKET], launch=True)
    item = "recommendationItem { productOffering { code } }"
    question = f"query($id: ID) {{ recommendation(customerId: $id, first: 10) {{ {item} }} }}"

    async def offered(customer):
        found = (await ask(question, "admin", id=customer))["data"]["recommendation"]["recommendationItem"]
        return {one["productOffering"]["code"] for one in found} & {"WLAN", "WLAN@CAMPUS"}

    async def is_sold():
        return await offered("C20") == {"WLAN@CAMPUS"}

    await eventually(is_sold)
    assert await offered("C200") == {"WLAN"}
