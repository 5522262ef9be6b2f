"""Four eyes: a launch or a retirement that one person asks for and another decides."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from edit_support import VERSION, codes, editing, walk

SOON = (datetime.now(UTC) + timedelta(days=30)).replace(microsecond=0)
STAGE = """mutation($input: AdvanceProductOfferingInput!) { advanceProductOffering(input: $input) {
  object { code version etag lifecycleStatus } approval { id state action requestedBy } userErrors { code } } }"""
DECIDE = """mutation($input: DecideApprovalInput!) { decideApproval(input: $input) {
  object { code version etag lifecycleStatus validFor { startDateTime } }
  approval { state decidedBy decisionReason } userErrors { path code } } }"""
LIST = """query($where: ApprovalWhere, $after: String) { approvals(first: 2, after: $after, where: $where) {
  totalCount nodes { id code version state requestedBy } pageInfo { hasNextPage endCursor } } }"""


@pytest.fixture
def settings(settings):
    return replace(settings, approval="launch")


@pytest.fixture
async def do(app, settings):
    async with editing(app, settings) as ask:
        yield ask


async def ready(do, code: str = "NEW"):
    made = await do("createProductOffering", code=code, name={"en": "New"}, category=["vas"])
    return (await walk(do, made["object"], "IN_TEST", "ACTIVE"))["object"]


async def ask_for(do, one, to: str = "LAUNCHED", subject: str = "zhang", **fields):
    target = {key: one[key] for key in ("code", "version", "etag")}
    asked = {"idempotencyKey": f"{one['code']} {one['etag']} {to} {fields}", **target, "to": to, **fields}
    return (await do(STAGE, variables={"input": asked}, subject=subject))["data"]["advanceProductOffering"]


async def decide(do, number: str, decision: str, subject: str = "li", **fields):
    asked = {"idempotencyKey": f"{number} {decision} {subject} {fields}", "id": number, "decision": decision, **fields}
    categories = fields.pop("categories", ("vas",))
    asked.pop("categories", None)
    answer = await do(DECIDE, variables={"input": asked}, subject=subject, categories=categories)
    return answer["data"]["decideApproval"]


async def stage(do, code: str) -> str:
    return (await do(VERSION, variables={"code": code}))["data"]["productOfferingVersion"]["lifecycleStatus"]


async def test_a_launch_waits_for_somebody_else(do, operator):
    asked = await ask_for(do, await ready(do))
    assert (asked["userErrors"], asked["object"]["lifecycleStatus"]) == ([], "ACTIVE")
    assert asked["approval"]["state"] == "OPEN"
    assert asked["approval"]["requestedBy"] == "zhang"
    number = asked["approval"]["id"]
    assert codes(await decide(do, number, "APPROVED", subject="zhang")) == ["SAME_PERSON"]
    assert codes(await decide(do, number, "APPROVED", categories=("wlan",))) == ["NOT_FOUND"], "not of this reach"
    assert await stage(do, "NEW") == "ACTIVE"
    approved = await decide(do, number, "APPROVED")
    assert (approved["userErrors"], approved["object"]["lifecycleStatus"]) == ([], "LAUNCHED")
    assert approved["approval"] == {"state": "APPROVED", "decidedBy": "li", "decisionReason": None}
    assert codes(await decide(do, number, "REFUSED", subject="wang", reason="late")) == ["DECIDED"]
    rows = await operator.fetch("select action, subject from audit where entity_id = 'NEW' order by id desc limit 3")
    assert [tuple(row) for row in rows] == [
        ("approval.decide", "li"),
        ("offering.advance", "li"),
        ("approval.request", "zhang"),
    ]


async def test_what_could_not_be_launched_is_not_asked_for(do):
    one = await ready(do)
    past = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    assert codes(await ask_for(do, one, at=past)) == ["IN_THE_PAST"]
    assert (await do(LIST, variables={}))["data"]["approvals"]["totalCount"] == 0


async def test_a_refusal_says_why_and_leaves_the_version_ready(do):
    one = await ready(do)
    number = (await ask_for(do, one))["approval"]["id"]
    assert codes(await ask_for(do, one, reason="now")) == ["ALREADY_REQUESTED"]
    assert codes(await decide(do, number, "REFUSED")) == ["MISSING"]
    refused = await decide(do, number, "REFUSED", reason="no talking point")
    assert (refused["approval"]["state"], refused["approval"]["decisionReason"]) == ("REFUSED", "no talking point")
    again = (await ask_for(do, one, reason="with one now"))["approval"]["id"]
    assert codes(await decide(do, again, "WITHDRAWN")) == ["NOT_YOURS"]
    assert (await decide(do, again, "WITHDRAWN", subject="zhang"))["approval"]["state"] == "WITHDRAWN"


async def test_an_edit_after_the_request_voids_it(do):
    first = (await do(VERSION, variables={"code": "READING"}))["data"]["productOfferingVersion"]
    number = (await ask_for(do, first, "RETIRED", reason="old"))["approval"]["id"]
    second = (await do("createNextVersion", first))["object"]
    other = (await walk(do, second, "IN_TEST", "ACTIVE"))["object"]
    launch = (await ask_for(do, other, at=SOON.isoformat()))["approval"]["id"]
    assert (await decide(do, launch, "APPROVED"))["userErrors"] == []
    assert codes(await decide(do, number, "APPROVED")) == ["VOID"], "the launch has dated the first version's end"
    states = (await do(LIST, variables={"where": {"state": "VOID"}}))["data"]["approvals"]["nodes"]
    assert [one["id"] for one in states] == [number]


async def test_cancelling_a_schedule_needs_somebody_else_too(do):
    asked = await ask_for(do, await ready(do), at=SOON.isoformat())
    planned = await decide(do, asked["approval"]["id"], "APPROVED")
    assert datetime.fromisoformat(planned["object"]["validFor"]["startDateTime"]) == SOON
    cancelled = await do("cancelSchedule", planned["object"], subject="zhang")
    assert (cancelled["userErrors"], cancelled["object"]["lifecycleStatus"]) == ([], "LAUNCHED")
    found = (await do(LIST, variables={"where": {"state": "OPEN"}}))["data"]["approvals"]["nodes"]
    done = await decide(do, found[0]["id"], "APPROVED")
    assert done["object"]["lifecycleStatus"] == "ACTIVE"


async def test_requests_are_listed_newest_first_to_those_who_work_on_offerings(do):
    numbers = [(await ask_for(do, await ready(do, code)))["approval"]["id"] for code in ("X", "Y", "Z")]
    page = (await do(LIST, variables={}, role="analyst"))["data"]["approvals"]
    assert (page["totalCount"], [one["id"] for one in page["nodes"]]) == (3, [numbers[2], numbers[1]])
    rest = (await do(LIST, variables={"after": page["pageInfo"]["endCursor"]}))["data"]["approvals"]
    assert ([one["id"] for one in rest["nodes"]], rest["pageInfo"]["hasNextPage"]) == ([numbers[0]], False)
    for role in ("storefront", "operator", "developer"):
        answer = await do(LIST, variables={}, role=role)
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
