"""Product managers read what is wrong in their categories, what differs, and what a retirement would touch."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from edit_support import codes, editing, walk
from tests_support import eventually

NOW = datetime.now(UTC)
LINT = """query($where: LintWhere, $after: String) { catalogLint(first: 5, after: $after, where: $where) {
    totalCount pageInfo { hasNextPage endCursor } nodes { severity code subject subjectCode version path message
    remedy since lifecycleStatus productOffering { code } } } }"""
VERSIONS = """query($code: String!) { versionDiff(code: $code, from: 1, to: 2) { code
    change { kind path before after } } }"""
CATALOGS = """query($from: DateTime!, $to: DateTime!) { catalogDiff(from: $from, to: $to, first: 10) { nodes {
    kind code name fromVersion toVersion change { kind path before after } } } }"""
IMPACT = """query($code: String!) { retireImpact(code: $code) { code solution marketSegment
    uses(first: 10) { nodes { kind code version } } alternatives(first: 5) { nodes { code } }
    holders { count low high isEstimated byStatus { key count } byOrigin { key count }
        monthlyRevenue { unit value } } } }"""
READ = """query($code: String!) { productOfferingVersion(code: $code) { code version etag
    problem { code severity isAdvice remedy } } }"""


@pytest.fixture
async def do(app, settings):
    async with editing(app, settings) as ask:
        yield ask


async def test_findings_come_page_by_page_the_worst_first(do):
    found, after = [], None
    while True:
        page = (await do(LINT, variables={"after": after}))["data"]["catalogLint"]
        found += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert len(found) == page["totalCount"] == len({str(one) for one in found})
    ranks = [["ERROR", "WARNING", "ADVICE"].index(one["severity"]) for one in found]
    assert ranks == sorted(ranks)
    free = next(one for one in found if one["code"] == "NO_PRICE" and one["subjectCode"] == "MUSIC")
    assert free == {
        "severity": "WARNING",
        "code": "NO_PRICE",
        "subject": "OFFERING",
        "subjectCode": "MUSIC",
        "version": 1,
        "path": ["productOfferingPrice"],
        "message": "has no price: it is free",
        "remedy": "Give it a price, if only of 0.",
        "since": None,
        "lifecycleStatus": "LAUNCHED",
        "productOffering": {"code": "MUSIC"},
    }


async def test_findings_are_chosen_by_severity_code_offering_and_category(do):
    async def chosen(**where):
        page = (await do(LINT, variables={"where": where}))["data"]["catalogLint"]["nodes"]
        return {(one["severity"], one["code"], one["subjectCode"]) for one in page}

    only = await chosen(code={"eq": "NO_PRICE"}, offering={"in": ["MUSIC", "WLAN"]})
    assert only == {("WARNING", "NO_PRICE", "MUSIC")}
    assert await chosen(severity=["ERROR"]) == set()
    assert {one[2] for one in await chosen(category={"eq": "wlan"}, code={"eq": "NO_TALKING_POINT"})} == {"WLAN_NIGHT"}


async def test_a_product_manager_reads_findings_of_their_own_categories(do):
    page = await do(LINT, categories=("wlan",), variables={"where": {"code": {"eq": "NO_PRICE"}}})
    assert {one["subjectCode"] for one in page["data"]["catalogLint"]["nodes"]} == {"WLAN_NIGHT"}
    for role in ("storefront", "analyst", "operator"):
        assert "data" not in await do(LINT, role=role)


async def test_a_version_says_how_bad_each_problem_is_and_what_to_do(do):
    await do("createProductOffering", code="BAD", name={"zh": "坏"}, category=["vas"], step=2)
    one = (await do(READ, variables={"code": "BAD"}))["data"]["productOfferingVersion"]
    found = {problem["code"]: (problem["severity"], problem["isAdvice"]) for problem in one["problem"]}
    assert found["STEP_WITHOUT_FAMILY"] == ("WARNING", True)
    assert all(problem["remedy"] for problem in one["problem"])


async def test_a_launch_that_would_break_a_launched_bundle_is_refused(do):
    wlan = (await do(READ, variables={"code": "WLAN"}))["data"]["productOfferingVersion"]
    made = await do("createNextVersion", wlan)
    narrowed = await do("editProductOffering", made["object"], channel=[{"id": "HALL"}])
    refused = await walk(do, narrowed["object"], "IN_TEST", "ACTIVE", "LAUNCHED")
    assert codes(refused) == ["PART_NOT_IN_CHANNEL"]
    assert "STUDENT" in refused["userErrors"][0]["message"]


async def changed_music(do, ask):
    first = (await do(READ, variables={"code": "MUSIC"}))["data"]["productOfferingVersion"]
    second = await do("createNextVersion", first)
    renamed = await do("editProductOffering", second["object"], name={"zh": "音乐新会员"}, family="MUSIC", step=1)
    assert codes(await walk(do, renamed["object"], "IN_TEST", "ACTIVE", "LAUNCHED")) == []
    read = '{ productOffering(code: "MUSIC") { version } }'

    async def arrived():
        return (await ask(read))["data"]["productOffering"]["version"] == 2

    await eventually(arrived, seconds=3)


async def test_two_versions_and_two_times_differ_in_the_same_places(do, ask):
    await changed_music(do, ask)
    one = (await do(VERSIONS, variables={"code": "MUSIC"}))["data"]["versionDiff"]
    name = {"kind": "CHANGED", "path": ["name", "zh"], "before": "音乐会员", "after": "音乐新会员"}
    assert name in one["change"]
    assert {"kind": "ADDED", "path": ["family"], "before": None, "after": "MUSIC"} in one["change"]
    times = {"from": (NOW - timedelta(hours=1)).isoformat(), "to": datetime.now(UTC).isoformat()}
    (both,) = (await do(CATALOGS, variables=times))["data"]["catalogDiff"]["nodes"]
    assert (both["kind"], both["code"], both["fromVersion"], both["toVersion"]) == ("CHANGED", "MUSIC", 1, 2)
    assert both["change"] == [change for change in one["change"] if change["path"][0] != "validFor"]
    times["from"] = times["to"]
    assert (await do(CATALOGS, variables=times))["data"]["catalogDiff"]["nodes"] == []


async def test_a_retirement_is_known_by_what_it_would_touch(do):
    found = (await do(IMPACT, variables={"code": "WLAN"}))["data"]["retireImpact"]
    assert found["uses"]["nodes"] == [
        {"kind": "BUNDLE", "code": "STUDENT", "version": 1},
        {"kind": "REQUIRES", "code": "WLAN_NIGHT", "version": 1},
    ]
    # Every third of 900 holds it but every tenth of those, and C1; ten yuan a month each, by the list.
    assert found["holders"] == {
        "count": 271,
        "low": 271,
        "high": 271,
        "isEstimated": False,
        "byStatus": [{"key": "active", "count": 271}],
        "byOrigin": [{"key": "VOLUNTARY", "count": 271}],
        "monthlyRevenue": {"unit": "CNY", "value": "2710.0000"},
    }
    assert (await do(IMPACT, variables={"code": "GONE"}))["data"]["retireImpact"] is None
