"""What a campaign brought is told against its plan, the year before and control, from products and use as they are."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

TODAY = datetime.now(UTC).date()
# Two whole months that are over, and the same a year before.
FIRST = (TODAY.replace(day=1) - timedelta(days=62)).replace(day=1)
SECOND = (FIRST + timedelta(days=31)).replace(day=1)
SHOWN = datetime(FIRST.year, FIRST.month, 3, tzinfo=UTC)
APPROACHED = {"from": (SHOWN - timedelta(days=1)).isoformat(), "to": (SHOWN + timedelta(days=1)).isoformat()}
ESTIMATE = "{ value low high }"
GIVEN = "$plan: CampaignInput!, $offering: String!, $from: DateTime!, $to: DateTime!, $month: Date!, $months: Int!"
TRACKED = f"""query({GIVEN}) {{
  campaignTracking(plan: $plan, offering: $offering, from: $from, to: $to, month: $month, months: $months) {{
    treated control enrolled newcomers
    measures {{ measure actual plan againstPlan overYear {ESTIMATE} overControl {ESTIMATE} }} }} }}"""
PLAN = {
    "customers": 80,
    "enrolment": "0.25",
    "changing": "1",
    "use": "100",
    "change": "0.3",
    "months": 2,
    "price": "0.2",
    "discount": "0",
}
ASKED = {"plan": PLAN, "offering": "MUSIC", "month": FIRST.isoformat(), "months": 2, **APPROACHED}


def before(month: date) -> date:
    return month.replace(year=month.year - 1)


@pytest.fixture
async def campaign(operator):
    """C101 … C220 are approached, every third in control. Every second of the treated takes MUSIC at 12 a month; use
    of it is 100 a month for everybody a year before, now 110 in control and 150 among the treated. C220 is new."""
    people = range(101, 221)
    await operator.execute("delete from product where customer_id in (select id from customer where code = any($1))",
                           [f"C{number}" for number in people])  # fmt: skip
    await operator.execute("update customer set joined_at = '2001-01-01'")
    await operator.execute("update customer set joined_at = $1 where code = 'C220'", SHOWN - timedelta(days=40))
    async with operator.transaction() as conn:
        ids = {row["code"]: row["id"] for row in await conn.fetch("select code, id from customer")}
        music = await conn.fetchval("select id from offering where code = 'MUSIC'")
        for number in people:
            who, control = ids[f"C{number}"], number % 3 == 0
            await conn.execute(
                "insert into outcome (customer_id, recommendation_id, offering_id, outcome, at, in_control) "
                "values ($1, $2, $3, 'SHOWN', $4, $5)", who, UUID(int=number), music, SHOWN, control)  # fmt: skip
            if not control and number % 2:
                await conn.execute(
                    "insert into product (customer_id, offering_id, start_date, price) values ($1, $2, $3, 12)",
                    who, music, SHOWN + timedelta(days=1))  # fmt: skip
            for month, volume in (
                *((one, 110 if control else 150) for one in (FIRST, SECOND)),
                *((before(one), 100) for one in (FIRST, SECOND)),
            ):
                await conn.execute(
                    "insert into product_usage (customer_id, offering_id, month, active_days, volume) "
                    "values ($1, $2, $3, 9, $4)", who, music, month, volume)  # fmt: skip


async def tracked(ask, role="analyst", **changed):
    return await ask(TRACKED, role, **ASKED | changed)


async def test_enrolment_use_and_revenue_stand_beside_plan_year_and_control(ask, campaign):
    found = (await tracked(ask))["data"]["campaignTracking"]
    treated = [number for number in range(101, 221) if number % 3]
    enrolled = [number for number in treated if number % 2]
    assert (found["treated"], found["control"]) == (len(treated), 120 - len(treated))
    assert (found["enrolled"], found["newcomers"]) == (len(enrolled), 1)
    measures = {one["measure"]: one for one in found["measures"]}
    enrolment, use, revenue = (measures[name] for name in ("enrolment", "use", "revenue"))
    assert enrolment["actual"] == pytest.approx(len(enrolled) / len(treated))
    assert enrolment["againstPlan"] == pytest.approx(len(enrolled) / len(treated) / 0.25)
    assert use["overYear"]["value"] == pytest.approx(100)
    assert use["overControl"]["value"] == use["actual"] == pytest.approx(80)
    # 80 people, a quarter of them, two months, 100 each, 30 % more: 15 a head.
    assert use["plan"] == pytest.approx(15)
    settled = [number for number in treated if number != 220]
    assert revenue["overControl"]["value"] == pytest.approx(24 * len(enrolled) / len(settled))
    assert revenue["overYear"]["low"] > 0
    assert revenue["plan"] == pytest.approx(3)


async def test_without_control_growth_is_told_and_no_effect_claimed(ask, operator, campaign):
    await operator.execute("delete from outcome where in_control")
    found = (await tracked(ask))["data"]["campaignTracking"]
    use = next(one for one in found["measures"] if one["measure"] == "use")
    assert found["control"] == 0
    assert use["overYear"]["value"] == pytest.approx(100)
    assert use["actual"] is use["overControl"] is use["againstPlan"] is None


async def test_a_handful_of_customers_is_not_spoken_of(ask, operator):
    assert (await tracked(ask))["data"]["campaignTracking"] is None


@pytest.mark.parametrize(
    "wrong", [{"month": f"{FIRST:%Y-%m}-02"}, {"months": 13}, {"offering": "NOTHING"}, {"plan": PLAN | {"price": "-1"}}]
)
async def test_what_cannot_be_tracked_is_told(ask, operator, wrong):
    assert (await tracked(ask, **wrong))["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


async def test_those_at_the_desk_do_not_see_campaigns(ask, operator):
    for role, claims in (("agent", {}), ("customer", {"customer": "C1"})):
        answer = await ask(TRACKED, role, **ASKED, **claims)
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
