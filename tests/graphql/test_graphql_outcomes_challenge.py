"""What another model would have brought is read from answers whose slots were shuffled."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from api.challenge import NothingDrawn, challenge
from api.commands.models import challenged
from catalog.customer_store import Caller
from recommender.errors import NoSuchModel

RECOMMEND = """query($id: ID, $first: Int!) { recommendation(customerId: $id, first: $first) {
  recommendationItem { id productOffering { code } } } }"""
REPORT = "mutation($input: ReportOutcomeInput!) { reportOutcome(input: $input) { changed } }"
CALLER = Caller("test", "operator", None, "test")


@pytest.fixture
def settings(settings, request):
    return replace(settings, **getattr(request, "param", {"explore": 0.5}))


async def judged(operator, version=1):
    now = datetime.now(UTC)
    return await challenge(
        operator, version, CALLER, start=now - timedelta(days=1), end=now, most=500, quiet=timedelta(days=90)
    )


async def play(ask, customers, accepts):
    """Shows one slot to each; the item is accepted where `accepts` says so of its code."""
    brought = 0
    for number in customers:
        answer = await ask(RECOMMEND, "agent", id=f"C{number}", first=1)
        (item,) = answer["data"]["recommendation"]["recommendationItem"]
        took = accepts(item["productOffering"]["code"])
        brought += took
        given = {"itemId": item["id"], "outcome": "ACCEPTED" if took else "REFUSED"}
        await ask(REPORT, "admin", input=given)
    return brought


async def test_the_order_without_shuffling_is_worth_more_than_what_was_shuffled(ask, operator):
    """These hold nothing but WLAN; they take music, which the model ranks first for them, and nothing else."""
    await operator.execute(
        """insert into product (customer_id, offering_id, start_date)
           select c.id, o.id, now() - interval '100 days' from customer c, offering o
           where c.id in (select id from customer where right(code, 1) = '0') and o.code = 'WLAN'"""
    )
    customers = range(10, 370, 10)
    brought = await play(ask, customers, lambda code: code == "MUSIC")
    found = await judged(operator)
    assert (found.answers, found.slots, found.logged) == (36, 36, pytest.approx(brought / 36))
    assert 0.3 < found.logged < 1, "a quarter of the answers showed the second best"
    assert found.snips.reward.value == pytest.approx(1), "unshuffled, every answer brings music"
    assert found.ips.reward.value == pytest.approx(found.logged / 0.75)
    assert found.ips.weight == pytest.approx(found.logged / 0.75)
    assert found.trained_within is True
    assert await operator.fetchval("select count(*) from audit where action = 'model.challenge'") == 36
    text = challenged(found)
    assert "36 answers with logged chances" in text
    assert "too little to go by" in text


@pytest.mark.parametrize("settings", [{"explore": 0.0}], indirect=True)
async def test_without_shuffled_answers_nothing_is_claimed(ask, operator):
    await play(ask, [1], lambda code: True)
    with pytest.raises(NothingDrawn, match="JISHI_EXPLORE"):
        await judged(operator)


async def test_a_model_that_is_not_there_is_told(ask, operator):
    with pytest.raises(NoSuchModel):
        await judged(operator, version=99)
