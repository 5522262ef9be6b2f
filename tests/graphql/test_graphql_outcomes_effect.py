"""What analysts read of outcomes and campaigns: groups and intervals, never a customer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

NOW = datetime.now(UTC)
WINDOW = {"from": (NOW - timedelta(days=30)).isoformat(), "to": NOW.isoformat()}
ESTIMATE = "{ value low high }"
UPLIFT = f"{{ treated control treatedShare controlShare difference {ESTIMATE} }}"
EFFECT = f"""query($by: EffectBy!, $from: DateTime!, $to: DateTime!) {{
  recommendationEffect(by: $by, from: $from, to: $to, first: 50) {{ tooSmall nodes {{
    key customers shown accepted refused cancelledLater acceptedShare {ESTIMATE} refusedShare {ESTIMATE}
    cancelledShare {ESTIMATE} acceptedUplift {UPLIFT} adoptedUplift {UPLIFT} }} }} }}"""
ORDERS = f"""query($from: DateTime!, $to: DateTime!, $electronic: [String!]) {{
  ordersByChannel(from: $from, to: $to, electronic: $electronic) {{
    orders electronicShare {ESTIMATE} nodes {{ channel orders isElectronic }} }} }}"""
FORECAST = """query($input: CampaignInput!) { campaignForecast(input: $input) {
  enrolled extraUse extraRevenue discountCost variableCost gainBeforeMarketing marketingCost gain breakEvenChange
  sensitivity { assumption low high gainAtLow gainAtHigh } } }"""
FAVOURITE = {
    "customers": 100_000,
    "enrolment": "0.16",
    "changing": "0.8",
    "use": "12.3",
    "change": "0.3",
    "months": 4,
    "price": "0.2",
    "discount": "0.1",
    "unitCost": "0.04",
    "marketingFixed": "8000",
}


@pytest.fixture
async def reported(operator):
    """Music was shown to C2 … C121, the members of CAMPUS, ten days ago; every fourth of them is in control.

    Of the treated two in three accepted and subscribed, of control one in five; some of the treated cancelled since.
    Three others were shown video, twenty were shown reading long ago and accepted lately.
    """
    rows, day = [], NOW - timedelta(days=10)
    for number in range(2, 122):
        control = number % 4 == 0
        rows.append((number, "MUSIC", "SHOWN", day, "10086", control))
        if number % 5 == 0 if control else number % 2 == 1:
            rows.append((number, "MUSIC", "ACCEPTED", day + timedelta(minutes=1), "10086", control))
            if not control and number % 10 == 1:
                rows.append((number, "MUSIC", "CANCELLED_LATER", NOW - timedelta(days=1), None, control))
        elif control:
            rows.append((number, "MUSIC", "REFUSED", day + timedelta(minutes=1), "10086", control))
    rows += [(number, "VIDEO", "SHOWN", day, "HALL", None) for number in (200, 201, 202)]
    rows += [(number, "READING", "SHOWN", NOW - timedelta(days=200), "HALL", None) for number in range(300, 320)]
    rows += [(number, "READING", "ACCEPTED", NOW - timedelta(days=20), "HALL", None) for number in range(300, 320)]
    statement = """insert into outcome (customer_id, recommendation_id, offering_id, outcome, at, channel, in_control)
        select c.id, $3, o.id, $4, $5, $6, $7 from customer c, offering o where c.code = $1 and o.code = $2"""
    async with operator.transaction() as conn:
        for number, offering, outcome, at, channel, control in rows:
            recommendation = UUID(int=number)
            await conn.execute(statement, f"C{number}", offering, recommendation, outcome, at, channel, control)
        await conn.execute(
            """insert into product (customer_id, offering_id, start_date, channel)
               select customer_id, offering_id, at + interval '1 hour',
                      case when in_control then 'HALL' else 'ONLINE' end
               from outcome where outcome = 'ACCEPTED' and in_control is not null"""
        )
    return rows


async def effects(ask, by, role="analyst", **claims):
    return (await ask(EFFECT, role, by=by, **WINDOW, **claims))["data"]["recommendationEffect"]


async def test_a_product_is_shown_with_shares_and_its_uplift_over_control(ask, reported):
    found = await effects(ask, "PRODUCT")
    assert found["tooSmall"] == 1, "three customers were shown video; they are not spoken of"
    (music,) = found["nodes"]
    accepted = {number for number, _, outcome, _, _, control in reported if outcome == "ACCEPTED" and control is False}
    in_control = {number for number, *_, control in reported if control}
    by_control = {number for number, _, outcome, *_, control in reported if outcome == "ACCEPTED" and control}
    assert (music["key"], music["customers"], music["shown"]) == ("MUSIC", 120, 120)
    assert music["accepted"] == len(accepted | by_control)
    assert music["refused"] == len(in_control) - len(by_control)
    assert music["cancelledLater"] == len([row for row in reported if row[2] == "CANCELLED_LATER"])
    assert music["acceptedShare"]["value"] == pytest.approx(music["accepted"] / 120)
    assert music["acceptedShare"]["low"] < music["acceptedShare"]["value"] < music["acceptedShare"]["high"]
    uplift = music["acceptedUplift"]
    assert (uplift["treated"], uplift["control"]) == (90, 30)
    assert uplift["treatedShare"] == pytest.approx(len(accepted) / 90)
    assert uplift["controlShare"] == pytest.approx(len(by_control) / 30)
    assert uplift["difference"]["low"] > 0, "the treated accept clearly more"
    assert music["adoptedUplift"] == uplift, "here all who accepted subscribed"


async def test_channels_and_segments_are_groups_too(ask, reported):
    (hotline,) = (await effects(ask, "CHANNEL"))["nodes"]
    assert (hotline["key"], hotline["customers"], hotline["acceptedUplift"]["control"]) == ("10086", 120, 30)
    (campus,) = (await effects(ask, "SEGMENT"))["nodes"]
    assert (campus["key"], campus["shown"]) == ("CAMPUS", 120)
    (unknown,) = (await effects(ask, "AGENT"))["nodes"]
    assert unknown["key"] is None, "nobody reported an agent"
    assert unknown["customers"] == 123


async def test_an_item_belongs_to_the_time_when_it_was_first_reported(ask, reported):
    assert "READING" not in [one["key"] for one in (await effects(ask, "PRODUCT"))["nodes"]]


async def test_without_a_control_group_there_is_no_uplift(ask, operator, reported):
    await operator.execute("update outcome set in_control = null")
    (music,) = (await effects(ask, "PRODUCT"))["nodes"]
    assert music["acceptedUplift"] is None
    assert music["adoptedUplift"] is None


async def test_agents_and_customers_see_no_effects_and_a_wrong_time_is_told(ask):
    for role, claims in (("agent", {}), ("customer", {"customer": "C1"}), ("storefront", {})):
        answer = await ask(EFFECT, role, by="PRODUCT", **WINDOW, **claims)
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    turned = {"from": WINDOW["to"], "to": WINDOW["from"]}
    answer = await ask(EFFECT, "analyst", by="PRODUCT", **turned, language="en")
    assert answer["errors"][0]["message"] == "to lies after from, by a year at most"


async def test_the_share_of_orders_through_electronic_channels(ask, reported):
    found = (await ask(ORDERS, "analyst", **WINDOW))["data"]["ordersByChannel"]
    orders = {one["channel"]: one["orders"] for one in found["nodes"]}
    assert found["orders"] == sum(orders.values())
    assert found["electronicShare"]["value"] == pytest.approx(orders["ONLINE"] / found["orders"])
    assert [one["channel"] for one in found["nodes"] if one["isElectronic"]] == ["ONLINE"]
    none = (await ask(ORDERS, "analyst", **WINDOW, electronic=[]))["data"]["ordersByChannel"]
    assert none["electronicShare"]["value"] == 0


async def test_a_campaign_is_reckoned_before_it_starts(ask):
    found = (await ask(FORECAST, "product_manager", input=FAVOURITE))["data"]["campaignForecast"]
    assert (found["enrolled"], found["extraRevenue"]) == ("16000.0000", "37785.6000")
    assert (found["discountCost"], found["variableCost"]) == ("19522.5600", "7557.1200")
    assert (found["gainBeforeMarketing"], found["gain"]) == ("10705.9200", "2705.9200")
    assert found["sensitivity"][0]["assumption"] == "change"
    assert {row["assumption"] for row in found["sensitivity"]} <= set(FAVOURITE)
    assert 0 < float(found["breakEvenChange"]) < 0.3


@pytest.mark.parametrize(
    "wrong", [{"enrolment": "1.2"}, {"price": "NaN"}, {"use": "1e999999"}, {"months": 100_000}, {"change": "-3"}]
)
async def test_assumptions_that_cannot_be_are_told_and_cost_nothing(ask, wrong):
    answer = await ask(FORECAST, "analyst", input=FAVOURITE | wrong)
    assert answer["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


async def test_the_largest_assumptions_are_still_exact(ask):
    huge = dict.fromkeys(("use", "price", "change", "marketingFixed", "unitCost"), "999999999.999999")
    answer = await ask(FORECAST, "analyst", input=FAVOURITE | huge)
    assert "errors" not in answer
