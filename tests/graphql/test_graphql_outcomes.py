"""The loop closes: what is shown can be learned from, and nobody is pestered."""

from __future__ import annotations

from dataclasses import replace

import pytest

from api.app import build
from api.settings import Settings

RECOMMEND = """query($id: ID, $first: Int = 5) {
  recommendation(customerId: $id, first: $first) { isPersonalised source
    recommendationItem { id productOffering { code } } withheld { rule count } } }"""
REPORT = """mutation($input: ReportOutcomeInput!) {
  reportOutcome(input: $input) { changed userErrors { code } } }"""


@pytest.fixture
def settings(settings: Settings, request: pytest.FixtureRequest) -> Settings:
    """Each test names the settings that it is about."""
    return replace(settings, **getattr(request, "param", {}))


with_settings = pytest.mark.parametrize


async def shown(ask, customer, first=5):
    answer = await ask(RECOMMEND, "agent", id=customer, first=first)
    return answer["data"]["recommendation"]


def codes(recommendation):
    return [item["productOffering"]["code"] for item in recommendation["recommendationItem"]]


async def report(ask, item, outcome="SHOWN", channel="HALL"):
    given = {"itemId": item["id"], "outcome": outcome, "channel": channel}
    assert (await ask(REPORT, "agent", input=given))["data"]["reportOutcome"]["changed"] is True


@with_settings("settings", [{"shown_cap": 2, "shown_days": 30}], indirect=True)
async def test_what_was_shown_as_often_as_is_borne_rests_until_the_window_has_passed(ask, operator):
    for _ in range(2):
        first = (await shown(ask, "C1"))["recommendationItem"][0]
        assert first["productOffering"]["code"] == "MUSIC"
        await report(ask, first)
    after = await shown(ask, "C1")
    assert "MUSIC" not in codes(after)
    assert {"rule": "SHOWN_OFTEN", "count": 1} in after["withheld"]
    await operator.execute("update outcome set at = at - interval '31 days'")
    assert "MUSIC" in codes(await shown(ask, "C1"))


@with_settings("settings", [{"quiet_days": 7}], indirect=True)
async def test_a_refusal_is_quiet_for_as_long_as_the_operator_says(ask, operator):
    await report(ask, (await shown(ask, "C1"))["recommendationItem"][0], "REFUSED")
    assert "MUSIC" not in codes(await shown(ask, "C1"))
    await operator.execute("update outcome set at = at - interval '8 days'")
    assert "MUSIC" in codes(await shown(ask, "C1"))


async def test_without_exploration_and_control_nothing_is_drawn(ask, operator):
    answers = [codes(await shown(ask, "C1")) for _ in range(5)]
    assert all(answer == answers[0] for answer in answers)
    await report(ask, (await shown(ask, "C1"))["recommendationItem"][0])
    row = await operator.fetchrow("select propensity, in_control from outcome")
    assert (row["propensity"], row["in_control"]) == (None, None)


@with_settings("settings", [{"explore": 1.0}], indirect=True)
async def test_shuffled_slots_are_eligible_and_carry_their_chance_to_the_outcome(ask, operator):
    answers = [await shown(ask, "C1", first=1) for _ in range(12)]
    firsts = {codes(answer)[0] for answer in answers}
    assert len(firsts) == 2, "one slot draws from the two best"
    assert "WLAN" not in firsts, "what is held is never drawn"
    await report(ask, answers[0]["recommendationItem"][0])
    assert await operator.fetchval("select propensity from outcome") == 0.5


@with_settings("settings", [{"control": 0.5}], indirect=True)
async def test_the_control_group_gets_the_general_list_and_its_outcomes_say_so(ask, operator):
    for number in range(3, 60, 3):
        found = await shown(ask, f"C{number}")
        await report(ask, found["recommendationItem"][0])
        control = await operator.fetchval("select in_control from outcome order by at desc limit 1")
        assert control is not found["isPersonalised"]
        assert (found["source"] == "popularity") or not control
    both = await operator.fetch("select in_control, count(*) from outcome group by 1 order by 1")
    assert [row["in_control"] for row in both] == [False, True]
    assert all(row["count"] >= 4 for row in both)


@with_settings("settings", [{"control": 1.0}], indirect=True)
async def test_who_switched_personalisation_off_is_compared_with_nobody(ask, operator):
    await operator.execute("update customer set personalisation = false where code = 'C1'")
    found = await shown(ask, "C1")
    assert found["isPersonalised"] is False
    await report(ask, found["recommendationItem"][0])
    assert await operator.fetchval("select in_control from outcome") is None


async def test_the_settings_reach_the_server(operator, settings):
    application = build(replace(settings, explore=0.1, control=0.2, quiet_days=3, shown_cap=4, shown_days=5), operator)
    async with application.router.lifespan_context(application):
        policy = application.state.services.policy
    assert (policy.explore, policy.control, policy.cap) == (0.1, 0.2, 4)
    assert (policy.quiet.days, policy.window.days) == (3, 5)
