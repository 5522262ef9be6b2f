"""A solution is brought to many markets at once, differs only where they do, and brought again changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
import solutions as s

from catalog.desk.error_policy import ErrorPolicy
from catalog.errors import EditRefused
from catalog.lifecycle import LifecycleStatus
from catalog.period import Period

DESIGN, LAUNCHED = LifecycleStatus.IN_DESIGN, LifecycleStatus.LAUNCHED


@pytest.fixture
async def ready(db):
    await s.prepare(db)
    await s.create(db)
    return db


async def test_a_market_that_differs_in_nothing_gets_no_copy(ready):
    done = await s.apply(ready, s.asked("M2"))
    assert s.actions(done, "M2") == {
        "ACCESS": "LEAVE",
        "WLAN": "LEAVE",
        "MUSIC": "LEAVE",
        "FIBER": "SKIP",
        "BUNDLE": "LEAVE",
    }
    assert await ready.fetchval("select count(*) from offering where template_id is not null") == 0
    assert await ready.fetchval("select count(*) from solution_application") == 1


async def test_a_price_of_its_own_makes_a_copy_of_the_offering_and_of_the_bundle_around_it(ready):
    done = await s.apply(ready, s.asked("M2", wlanFee="18.5"))
    assert s.actions(done, "M2") == {
        "ACCESS": "LEAVE",
        "WLAN": "CREATE",
        "MUSIC": "LEAVE",
        "FIBER": "SKIP",
        "BUNDLE": "CREATE",
    }
    (wlan,), (bundle,) = await s.versions(ready, "WLAN@M2"), await s.versions(ready, "BUNDLE@M2")
    assert (wlan.template, wlan.item, wlan.market_segment, wlan.lifecycle_status) == ("WLAN", "WLAN", ("M2",), DESIGN)
    assert [price.price.value for price in wlan.prices if price.price] == [Decimal("18.5")]
    assert wlan.external_identifier == ()
    assert [part.code for part in bundle.parts] == ["ACCESS", "WLAN@M2"]


async def test_copies_need_what_their_templates_need_from_the_market_or_from_everywhere(ready):
    await s.edit(
        ready,
        offering=[
            {"code": "ACCESS", "price": [{"code": "monthly", "parameter": "wlanFee"}]},
            "WLAN",
        ],
        parameter=[{"code": "wlanFee", "type": "MONEY"}],
        start=None,
        end=None,
    )
    done = await s.apply(ready, s.asked("M2", wlanFee="4"))
    assert s.actions(done, "M2") == {"ACCESS": "CREATE", "WLAN": "CREATE"}
    (wlan,) = await s.versions(ready, "WLAN@M2")
    assert {(one.target, one.group) for one in wlan.relationships} == {("ACCESS", "ACCESS"), ("ACCESS@M2", "ACCESS")}


async def test_a_template_that_is_limited_to_other_markets_is_opened_to_all_new_ones_in_one_version(ready):
    await s.edit(ready, offering=["FIBER"], parameter=None, start=None, end=None)
    done = await s.apply(ready, s.asked("M1", "M2", "M3"))
    assert {s.actions(done, market)["FIBER"] for market in ("M1", "M2", "M3")} == {"GRANT"}
    before, after = await s.versions(ready, "FIBER")
    assert before.market_segment == ("NOWHERE",)
    assert (after.market_segment, after.lifecycle_status) == (("NOWHERE", "M1", "M2", "M3"), DESIGN)
    await s.apply(ready, s.asked("M4"))
    assert (await s.versions(ready, "FIBER"))[-1].market_segment[-1] == "M4"
    assert len(await s.versions(ready, "FIBER")) == 2


async def test_an_opening_that_is_launched_ends_the_version_before_it(ready):
    await s.edit(ready, offering=["FIBER"], parameter=None, start=None, end=None)
    await s.apply(ready, s.asked("M1"))
    done = await s.apply(ready, s.asked("M1", "M2"), launch=True, when=s.SOON)
    assert (s.actions(done, "M1"), s.actions(done, "M2")) == ({"FIBER": "LAUNCH"}, {"FIBER": "GRANT"})
    before, after = await s.versions(ready, "FIBER")
    assert (before.valid.end, after.valid.start, after.lifecycle_status) == (s.SOON, s.SOON, LAUNCHED)


async def test_a_template_in_design_for_other_reasons_is_never_launched_on_the_way(ready):
    await s.edit(ready, offering=["FIBER"], parameter=None, start=None, end=None)
    await s.apply(ready, s.asked("M1"))
    await ready.execute("update offering_version set step = 9 where market_segments @> '{M1}'")
    done = await s.apply(ready, s.asked("M1"), launch=True)
    assert s.actions(done, "M1") == {"FIBER": "LEAVE"}
    assert (await s.versions(ready, "FIBER"))[-1].lifecycle_status is DESIGN


async def test_applied_twice_nothing_changes(ready):
    wanted = s.asked("M1", "M2", wlanFee="18", discount="15")
    await s.apply(ready, wanted)
    before = await s.counts(ready)
    again = await s.apply(ready, wanted)
    assert await s.counts(ready) == before
    assert set(s.actions(again, "M2").values()) == {"LEAVE", "SKIP"}
    assert await ready.fetchval("select max(etag) from solution_application") == 1


async def test_copies_are_launched_when_asked_at_the_date_asked_for_through_the_whole_life_cycle(ready):
    await s.apply(ready, s.asked("M2", wlanFee="18"), launch=True, when=s.SOON)
    (wlan,) = await s.versions(ready, "WLAN@M2")
    (bundle,) = await s.versions(ready, "BUNDLE@M2")
    assert (wlan.lifecycle_status, wlan.valid, bundle.valid) == (LAUNCHED, Period(s.SOON, None), Period(s.SOON, None))
    again = await s.apply(ready, s.asked("M2"), launch=True, when=s.SOON)
    assert s.actions(again, "M2")["WLAN"] == "LEAVE"


async def test_drafts_are_launched_later_by_applying_again(ready):
    await s.apply(ready, s.asked("M2", wlanFee="18"))
    done = await s.apply(ready, s.asked("M2"), launch=True, who=s.editor(at=s.SOON))
    assert (s.actions(done, "M2")["WLAN"], s.actions(done, "M2")["MUSIC"]) == ("LAUNCH", "LEAVE")
    (wlan,) = await s.versions(ready, "WLAN@M2")
    assert (wlan.lifecycle_status, wlan.valid.start, wlan.etag) == (LAUNCHED, s.SOON, 2)


async def test_dates_of_a_markets_own_make_copies_that_begin_and_end_then(ready):
    done = await s.apply(ready, s.asked("M2", start="2026-10-01", end="2027-07-01"), launch=True)
    assert s.actions(done, "M2")["MUSIC"] == "CREATE"
    (music,) = await s.versions(ready, "MUSIC@M2")
    zone_start = datetime(2026, 9, 30, 16, tzinfo=UTC)
    assert (music.valid.start, music.valid.end) == (zone_start, datetime(2027, 6, 30, 16, tzinfo=UTC))


async def test_a_market_without_coverage_or_of_another_kind_or_unknown_is_refused_with_the_reason(ready):
    done = await s.apply(ready, s.asked("M2", "DARK", "P1", "NOBODY", "M2"))
    assert s.problems(done) == [
        ("DARK", "COVERAGE_MISSING"),
        ("P1", "WRONG_KIND"),
        ("NOBODY", "UNKNOWN_CODE"),
        ("M2", "DUPLICATE_CODE"),
    ]
    assert await ready.fetchval("select count(*) from solution_application") == 0


async def test_parameters_that_are_unknown_missing_or_unreadable_are_named(ready):
    await s.edit(ready, parameter=[{**one, "required": one["code"] == "wlanFee"} for one in s.CAMPUS["parameter"]])
    done = await s.apply(
        ready,
        [
            ("M1", {"wlanFee": "cheap"}),
            ("M2", {"colour": "red", "wlanFee": "1"}),
            ("M3", {}),
            ("M4", {"wlanFee": "1", "discount": "101"}),
        ],
    )
    assert s.problems(done) == [("M1", "INVALID"), ("M2", "UNKNOWN_CODE"), ("M3", "MISSING"), ("M4", "INVALID")]
    late = await s.apply(ready, [("M4", {"wlanFee": "1", "start": "2027-01-01", "end": "2026-12-01"})])
    assert s.problems(late) == [("M4", "ENDS_BEFORE_START")]


async def test_the_error_policy_decides_what_lands_beside_failed_rows(ready):
    rows = s.asked("M2", "DARK", wlanFee="18")
    nothing = await s.apply(ready, rows)
    assert [row.landed for row in nothing.rows] == [None, None]
    others = await s.apply(ready, rows, ErrorPolicy.REJECT_FAILED_ROWS)
    assert [row.landed is not None for row in others.rows] == [True, False]
    assert len(await s.versions(ready, "WLAN@M2")) == 1


async def test_of_a_failed_row_what_is_sound_lands_when_failures_are_ignored(ready):
    await ready.execute("insert into offering (code) values ('taken')")
    await s.apply(ready, s.asked("M2", wlanFee="18"))
    await ready.execute("delete from solution_part where market_id = (select id from market_segment where code = 'M2')")
    failed = await s.apply(ready, s.asked("M2", wlanFee="17", start="2026-10-01"), ErrorPolicy.REJECT_FAILED_ROWS)
    assert ("M2", "COPY_EXISTS") in s.problems(failed)
    assert await s.versions(ready, "MUSIC@M2") == ()
    done = await s.apply(ready, s.asked("M2", wlanFee="17", start="2026-10-01"), ErrorPolicy.IGNORE_FAILED)
    (row,) = done.rows
    assert {part.template for part in row.landed.parts} == {"ACCESS", "MUSIC", "FIBER"}
    assert len(await s.versions(ready, "MUSIC@M2")) == 1


async def test_somebody_elses_categories_are_not_copied_into(ready):
    done = await s.apply(ready, s.asked("M2", wlanFee="18"), who=s.editor("other"))
    assert ("M2", "NOT_YOUR_CATEGORY") in s.problems(done)
    with pytest.raises(EditRefused, match="stands in no category of yours"):
        await s.create(ready, {**s.CAMPUS, "code": "MINE"}, s.editor("other"))


async def test_what_contradicts_the_catalog_is_not_launched(ready):
    await ready.execute(
        "update offering_version set lifecycle_status = 'IN_TEST' where offering_id = "
        "(select id from offering where code = 'ACCESS')"
    )
    done = await s.apply(ready, s.asked("M2", wlanFee="18"), launch=True)
    assert ("M2", "PART_BEHIND") in s.problems(done)
    assert await s.versions(ready, "BUNDLE@M2") == ()


async def test_launches_that_a_second_person_decides_are_not_made_here(ready):
    with pytest.raises(EditRefused) as refused:
        await s.apply(ready, s.asked("M2"), launch=True, second_person=True)
    assert [one.code for one in refused.value.problems] == ["APPROVAL_NEEDED"]


async def test_every_copy_leaves_a_row_of_audit_and_of_the_feed_in_one_revision(ready):
    revision = await ready.fetchval("select revision from catalog_revision")
    await s.apply(ready, s.asked("M1", "M2", wlanFee="18"))
    audit = await ready.fetch("select entity_id, detail from audit where action = 'solution.apply' order by entity_id")
    assert [row["entity_id"] for row in audit if row["entity_id"].endswith("@M2")] == ["BUNDLE@M2", "WLAN@M2"]
    whole = next(row["detail"] for row in audit if row["entity_id"] == "SMART_CAMPUS")
    assert (whole["markets"], whole["changed"]) == (["M1", "M2"], len(audit) - 1)
    assert await ready.fetchval("select revision from catalog_revision") == revision + 1
    feed = await ready.fetch("select code from catalog_change where action = 'solution.apply'")
    assert {row["code"] for row in feed} >= {"WLAN@M1", "BUNDLE@M2"}
