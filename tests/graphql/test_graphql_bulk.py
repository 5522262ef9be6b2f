"""Many versions at once: what lands under each error policy, a result for each row, one revision."""

from __future__ import annotations

import asyncio

import pytest
from edit_support import VERSION, codes, editing

POLICIES = ("REJECT_EVERYTHING", "REJECT_FAILED_ROWS", "IGNORE_FAILED")


@pytest.fixture
async def do(app, settings):
    async with editing(app, settings) as ask:
        yield ask


async def offerings(do, count: int):
    """So many offerings in design, as targets of rows."""
    made = [
        await do("createProductOffering", code=f"N{number}", name={"en": f"New {number}"}, category=["vas"])
        for number in range(count)
    ]
    return [{key: one["object"][key] for key in ("code", "version", "etag")} for one in made]


async def names(do, count: int) -> list[str]:
    found = [await do(VERSION, variables={"code": f"N{number}"}) for number in range(count)]
    return [one["data"]["productOfferingVersion"]["name"] for one in found]


def rows_of(targets):
    """A sound row, one with a wrong field beside a sound one, one with a stale etag."""
    good, half, stale = targets
    return [
        {**good, "name": {"en": "Good"}},
        {**half, "name": {"en": "Half"}, "margin": "0.00001"},
        {**stale, "etag": "77", "name": {"en": "Stale"}},
    ]


WHAT_LANDS = {
    "REJECT_EVERYTHING": ["New 0", "New 1", "New 2"],
    "REJECT_FAILED_ROWS": ["Good", "New 1", "New 2"],
    "IGNORE_FAILED": ["Good", "Half", "New 2"],
}


@pytest.mark.parametrize("policy", POLICIES)
async def test_what_lands_of_failed_rows_is_what_the_error_policy_says(do, operator, policy):
    rows = rows_of(await offerings(do, 3))
    before = await operator.fetchval("select revision from catalog_revision")
    answer = await do("editProductOfferings", errorPolicy=policy, rows=rows)
    landed = WHAT_LANDS[policy]
    assert await names(do, 3) == landed
    assert [one["isApplied"] for one in answer["results"]] == [not name.startswith("New") for name in landed]
    assert answer["appliedCount"] == sum(not name.startswith("New") for name in landed)
    assert [codes(one) for one in answer["results"]][1:] == [["NOT_A_DECIMAL"], ["CONFLICT"]]
    assert answer["results"][1]["userErrors"][0]["path"] == ["input", "rows", "1", "margin"]
    assert answer["results"][2]["userErrors"][0]["path"] == ["input", "rows", "2", "etag"]
    assert answer["results"][2]["object"]["etag"] == "1", "the loser gets the current object"
    after = await operator.fetchval("select revision from catalog_revision")
    assert after - before == (0 if policy == "REJECT_EVERYTHING" else 1), "one revision for all rows"


async def test_rows_follow_one_another(do):
    one, two, _ = await offerings(do, 3)
    rows = [
        {**one, "productOfferingRelationship": [{"relationshipType": "REQUIRES", "target": "N1"}]},
        {**two, "productOfferingRelationship": [{"relationshipType": "REQUIRES", "target": "N0"}]},
        {**one, "etag": "2", "name": {"en": "Again"}},
    ]
    answer = await do("editProductOfferings", errorPolicy="REJECT_FAILED_ROWS", rows=rows)
    assert [codes(result) for result in answer["results"]] == [[], ["CYCLE"], []]
    assert answer["results"][2]["object"]["etag"] == "3"


async def test_a_bulk_edit_that_is_sent_again_answers_as_the_first_time(do, operator):
    asked = {"errorPolicy": "REJECT_FAILED_ROWS", "rows": rows_of(await offerings(do, 3)), "idempotencyKey": "bulk"}
    answers = await asyncio.gather(*(do("editProductOfferings", **asked) for _ in range(3)))
    assert answers[0] == answers[1] == answers[2]
    assert answers[0]["appliedCount"] == 1
    assert await operator.fetchval("select count(*) from audit where action = 'offering.edit'") == 1


async def test_many_are_launched_at_once_and_retired_at_once(do):
    targets = await offerings(do, 3)
    for stage in ("IN_TEST", "ACTIVE", "LAUNCHED", "RETIRED"):
        rows = [{**one, "to": stage} for one in targets]
        answer = await do("advanceProductOfferings", errorPolicy="REJECT_EVERYTHING", rows=rows)
        assert answer["appliedCount"] == 3
        targets = [{key: one["object"][key] for key in ("code", "version", "etag")} for one in answer["results"]]
    rows = [{**targets[0], "to": "LAUNCHED"}, {**targets[1], "to": "OBSOLETE"}]
    answer = await do("advanceProductOfferings", errorPolicy="IGNORE_FAILED", rows=rows)
    assert [codes(one) for one in answer["results"]] == [["NO_SUCH_MOVE"], []]


async def test_a_bulk_edit_is_bounded_in_rows_and_costs_what_it_answers(do):
    one = {"code": "N0", "version": 1, "etag": "1"}
    many = await do("editProductOfferings", errorPolicy="IGNORE_FAILED", rows=[one] * 501, raw=True)
    assert many["errors"][0]["extensions"]["limit"] == "cost"
    few = """mutation($input: EditProductOfferingsInput!) {
      editProductOfferings(input: $input) { appliedCount userErrors { code } } }"""
    asked = {"idempotencyKey": "k", "errorPolicy": "IGNORE_FAILED", "rows": [one] * 501}
    answer = await do(few, variables={"input": asked})
    assert answer["data"]["editProductOfferings"]["userErrors"] == [{"code": "TOO_MANY"}]
    answer = await do(few, variables={"input": {**asked, "rows": []}})
    assert answer["data"]["editProductOfferings"]["userErrors"] == [{"code": "MISSING"}]


async def test_a_bulk_edit_leaves_somebody_elses_offerings_alone(do):
    rows = [{**one, "name": {"en": "Mine"}} for one in await offerings(do, 2)]
    answer = await do("editProductOfferings", errorPolicy="IGNORE_FAILED", rows=rows, categories=("wlan",))
    assert [codes(one) for one in answer["results"]] == [["NOT_FOUND"]] * 2
    assert [one["object"] for one in answer["results"]] == [None, None]
