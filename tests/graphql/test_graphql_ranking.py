"""In which order a customer is offered things, how many of one kind, and for how long an answer holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from api.settings import Settings
from api.tokens import ItemSigner, ItemToken

RECOMMEND = """query($id: ID, $first: Int! = 10, $rankBy: RankBy! = PROBABILITY) {
  recommendation(customerId: $id, first: $first, rankBy: $rankBy) { isPersonalised source rankedBy
    validFor { startDateTime endDateTime }
    recommendationItem { id priority score probability productOffering { code category { code } } reasons { kind } }
    passedOver { code } withheld { rule count } } }"""
REPORT = """mutation($input: ReportOutcomeInput!) {
  reportOutcome(input: $input) { changed userErrors { path code message } } }"""
SWITCH = """mutation($input: SetPersonalisationInput!) {
  setPersonalisation(input: $input) { customer { id } userErrors { code } } }"""


@pytest.fixture
def settings(settings: Settings, request: pytest.FixtureRequest) -> Settings:
    return replace(settings, **getattr(request, "param", {}))


with_settings = pytest.mark.parametrize


async def told(ask, customer, **given):
    answer = await ask(RECOMMEND, "agent", id=customer, **given)
    assert "errors" not in answer, answer
    return answer["data"]["recommendation"]


def codes(found):
    return [one["productOffering"]["code"] for one in found["recommendationItem"]]


@with_settings("settings", [{"per_category": 1}], indirect=True)
async def test_a_full_category_makes_way_and_says_for_what(ask):
    found = await told(ask, "C10")
    categories = [one["code"] for item in found["recommendationItem"] for one in item["productOffering"]["category"]]
    assert len(categories) == len(set(categories))
    assert found["passedOver"]
    assert not {one["code"] for one in found["passedOver"]} & set(codes(found))
    assert [item["priority"] for item in found["recommendationItem"]] == list(range(1, len(categories) + 1))


@with_settings("settings", [{"per_category": 0}], indirect=True)
async def test_without_a_cap_nothing_makes_way_and_the_best_stand_first(ask):
    found = await told(ask, "C10")
    assert found["passedOver"] == []
    scores = [item["score"] for item in found["recommendationItem"]]
    assert scores == sorted(scores, reverse=True)
    capped = await told(ask, "C10", first=1)
    assert codes(capped) == codes(found)[:1]


@with_settings("settings", [{"per_category": 0}], indirect=True)
async def test_by_value_goes_the_order_where_a_probability_is_known(ask, app):
    plain = await told(ask, "C10")
    assert plain["rankedBy"] == "PROBABILITY"
    undated = await told(ask, "C10", rankBy="EXPECTED_VALUE")
    assert undated["rankedBy"] == "PROBABILITY", "these data have no dates, so nobody knows how likely"
    assert codes(undated) == codes(plain)


async def test_an_answer_says_until_when_it_holds(ask):
    found = (await told(ask, "C1"))["validFor"]
    span = datetime.fromisoformat(found["endDateTime"]) - datetime.fromisoformat(found["startDateTime"])
    assert span == timedelta(days=1)


@with_settings(
    ("outcome", "days", "taken"),
    [("ACCEPTED", 29, True), ("ACCEPTED", 31, False), ("SHOWN", 31, False), ("CANCELLED_LATER", 300, True)],
)
async def test_what_was_recommended_long_ago_is_no_longer_reported_on_but_for_leaving(
    ask, app, operator, outcome, days, taken
):
    customer = await operator.fetchval("select id from customer where code = 'C1'")
    offering = await operator.fetchval("select id from offering where code = 'MUSIC'")
    signer: ItemSigner = app.state.services.signer
    at = int((datetime.now().astimezone() - timedelta(days=days)).timestamp())
    item = signer.sign(ItemToken(customer, str(uuid4()), offering, 1, 1, 0.5, at=at))
    answer = (await ask(REPORT, "agent", input={"itemId": item, "outcome": outcome}))["data"]["reportOutcome"]
    assert answer["changed"] is taken
    assert [one["code"] for one in answer["userErrors"]] == ([] if taken else ["EXPIRED_ITEM"])


async def test_an_id_of_before_ids_grew_old_is_still_read(ask, app, operator):
    customer = await operator.fetchval("select id from customer where code = 'C1'")
    offering = await operator.fetchval("select id from offering where code = 'MUSIC'")
    item = app.state.services.signer.sign(ItemToken(customer, str(uuid4()), offering, 1, 1, 0.5))
    answer = (await ask(REPORT, "agent", input={"itemId": item, "outcome": "SHOWN"}))["data"]["reportOutcome"]
    assert answer["changed"] is True


async def test_the_general_list_is_the_same_for_all_who_may_buy_the_same(ask, operator):
    await operator.execute("update customer set personalisation = false where code in ('C10', 'C20', 'C30')")
    lists = [await told(ask, code) for code in ("C10", "C20", "C30")]
    assert {one["isPersonalised"] for one in lists} == {False}
    assert len({tuple(codes(one)) for one in lists}) == 1
    kinds = {reason["kind"] for one in lists for item in one["recommendationItem"] for reason in item["reasons"]}
    assert kinds <= {"POPULARITY"}
    # From the very next request on, and back again.
    await operator.execute("update customer set personalisation = true where code = 'C10'")
    assert (await told(ask, "C10"))["isPersonalised"] is True
