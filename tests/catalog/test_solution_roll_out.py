"""A solution that changed is rolled out to all or some of its markets; what a market changed itself is kept."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
import solutions as s

from catalog import service, solution_register, store
from catalog.desk import editing, editing_service
from catalog.desk.editing_desk import Target, at_desk
from catalog.documents.document import read
from catalog.errors import EditRefused
from catalog.lifecycle import LifecycleStatus

DESIGN, LAUNCHED = LifecycleStatus.IN_DESIGN, LifecycleStatus.LAUNCHED


@pytest.fixture
async def launched(db):
    """The solution with its copies launched in M2 and M3."""
    await s.prepare(db)
    await s.create(db)
    await s.apply(db, s.asked("M2", "M3", wlanFee="18"), launch=True)
    return db


def monthly(one):
    return next(price.price.value for price in one.prices if price.code == "monthly")


async def change_template(db, **fields):
    """The template WLAN in its next version, launched at once."""
    node = next(one for one in s.CATALOG["offerings"] if one["code"] == "WLAN")
    found, problems = read({"offerings": [{**node, **fields}]}, s.ZONE)
    assert not problems
    async with db.transaction() as conn:
        await service.apply_document(conn, found, await store.load_within(conn, s.AT), s.AT)


async def change_copy(db, code, **fields):
    """What a market makes of its own copy, in its next version, in design."""
    async with db.transaction() as conn, at_desk(conn, s.editor()) as desk:
        newest = (await desk.of_code(code))[-1]
        made = await editing_service.create_next_version(desk, Target(code, newest.version, newest.etag))
        target = Target(code, made.version, made.etag)
        return await editing_service.edit(
            desk, target, "offering.edit", lambda one: editing.edit(one, replace(one, **fields))
        )


async def test_what_did_not_change_is_left_alone_everywhere(launched):
    before = await s.counts(launched)
    done = await s.roll_out(launched)
    assert [row.market for row in done.rows] == ["M2", "M3"]
    assert {action for market in ("M2", "M3") for action in s.actions(done, market).values()} == {"LEAVE", "SKIP"}
    assert await s.counts(launched) == before


async def test_a_new_version_of_a_template_becomes_the_next_version_of_its_copies_with_their_own_prices(launched):
    await change_template(launched, name={"zh": "校园无线新版"}, margin="0.5")
    done = await s.roll_out(launched)
    assert s.actions(done, "M2")["WLAN"] == "CHANGE"
    first, second = await s.versions(launched, "WLAN@M2")
    assert (second.name.zh, second.margin, monthly(second)) == ("校园无线新版", Decimal("0.5"), Decimal("18"))
    assert (first.lifecycle_status, second.lifecycle_status) == (LAUNCHED, DESIGN)


async def test_the_next_versions_take_over_at_the_date_of_the_roll_out(launched):
    await change_template(launched, margin="0.5")
    await s.roll_out(launched, launch=True, when=s.SOON)
    first, second = await s.versions(launched, "WLAN@M2")
    assert (first.valid.end, second.valid.start, second.lifecycle_status) == (s.SOON, s.SOON, LAUNCHED)


async def test_it_may_be_rolled_out_to_some_markets_only(launched):
    await change_template(launched, margin="0.5")
    await s.roll_out(launched, "M3")
    assert [len(await s.versions(launched, f"WLAN@{market}")) for market in ("M2", "M3")] == [1, 2]
    done = await s.roll_out(launched, "M4")
    assert s.problems(done) == [("M4", "NOT_APPLIED")]


async def test_what_the_market_changed_itself_is_kept_and_named(launched):
    await change_copy(launched, "WLAN@M2", margin=Decimal("0.3"))
    await change_template(launched, margin="0.5", talkingPoint={"zh": "更快"})
    done = await s.roll_out(launched)
    part = next(one for one in done.rows[0].plan.parts if one.template == "WLAN")
    assert part.kept == ("margin",)
    newest = (await s.versions(launched, "WLAN@M2"))[-1]
    assert (newest.margin, newest.talking_point.zh, newest.version) == (Decimal("0.3"), "更快", 2)
    again = await s.roll_out(launched)
    assert s.actions(again, "M2")["WLAN"] == "LEAVE"


async def test_a_copy_that_the_market_retired_stays_retired(launched):
    await launched.execute(
        "update offering_version set lifecycle_status = 'RETIRED' where offering_id = "
        "(select id from offering where code = 'WLAN@M2')"
    )
    await change_template(launched, margin="0.5")
    done = await s.roll_out(launched, "M2")
    part = next(one for one in done.rows[0].plan.parts if one.template == "WLAN")
    assert (part.action.value, [one.code for one in part.advice]) == ("LEAVE", ["ENDED_THERE"])


async def test_other_values_of_a_market_make_the_next_version_of_its_copy_alone(launched):
    done = await s.apply(launched, s.asked("M2", wlanFee="15"))
    assert s.actions(done, "M2") == {
        "ACCESS": "LEAVE",
        "WLAN": "CHANGE",
        "MUSIC": "LEAVE",
        "FIBER": "SKIP",
        "BUNDLE": "LEAVE",
    }
    assert monthly((await s.versions(launched, "WLAN@M2"))[-1]) == Decimal("15")
    assert len(await s.versions(launched, "WLAN@M3")) == 1
    kept = await s.apply(launched, s.asked("M2"))
    assert kept.rows[0].plan.parameters == {"wlanFee": "15"}


async def test_a_value_that_is_forgotten_brings_the_templates_price_back(launched):
    await s.apply(launched, s.asked("M2", wlanFee=None))
    assert monthly((await s.versions(launched, "WLAN@M2"))[-1]) == Decimal("20")


async def test_an_offering_that_joins_the_solution_reaches_the_markets_with_the_roll_out(launched):
    parts = [*s.CAMPUS["offering"], {"code": "FOREIGN", "price": [{"code": "monthly", "parameter": "wlanFee"}]}]
    await s.edit(launched, offering=parts)
    done = await s.roll_out(launched)
    assert s.actions(done, "M2")["FOREIGN"] == "CREATE"
    assert monthly((await s.versions(launched, "FOREIGN@M2"))[0]) == Decimal("18")


async def test_the_end_of_a_launched_copy_moves_without_a_version(launched):
    await s.apply(launched, s.asked("M4", end="2027-07-01"), launch=True)
    done = await s.apply(launched, s.asked("M4", end="2027-09-01"), launch=True)
    assert (s.problems(done), s.actions(done, "M4")["WLAN"]) == ([], "CHANGE")
    (wlan,) = await s.versions(launched, "WLAN@M4")
    assert (wlan.valid.end.isoformat(), wlan.etag) == ("2027-08-31T16:00:00+00:00", 2)


async def test_a_solution_is_edited_once_from_one_reading(launched):
    async with launched.transaction() as conn, at_desk(conn, s.editor()) as desk:
        with pytest.raises(EditRefused, match="somebody else was faster"):
            await solution_register.edit(desk, "SMART_CAMPUS", 9, {"description": {"zh": "新"}})


async def test_a_solution_with_what_it_cannot_have_is_not_saved(launched):
    wrong = {
        "offering": [
            "ACCESS",
            "NOTHING",
            "WLAN@M2",
            {"code": "MUSIC", "price": [{"code": "x", "parameter": "wlanFee"}]},
        ],
        "parameter": [{"code": "wlanFee", "type": "MONEY"}, {"code": "idle", "type": "MONEY"}],
        "start": None,
        "end": None,
    }
    with pytest.raises(EditRefused) as refused:
        await s.edit(launched, **wrong)
    assert [(one.path, one.code) for one in refused.value.problems] == [
        (("offering", 1, "code"), "UNKNOWN_CODE"),
        (("offering", 2, "code"), "IS_A_COPY"),
        (("offering", 3, "price", 0, "code"), "UNKNOWN_CODE"),
        (("parameter", 1), "UNUSED"),
    ]
