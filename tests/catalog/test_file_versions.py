"""Several versions of one offering in a file: what was exported changes nothing here, and is the same elsewhere."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from catalogs import AT, monthly, offering
from workbooks import CALLER, exported, landed

from catalog import version_store
from catalog.desk import editing_service
from catalog.desk.editing_desk import Editor, Target, at_desk
from catalog.documents.catalog_file import STEPS, LandAs, land
from catalog.documents.exporting import Selection, UnknownCategory, document
from catalog.documents.file_form import Form
from catalog.errors import InvalidCatalog
from catalog.lifecycle import LifecycleStatus as S
from sql.pool import Database

LATER = AT + timedelta(days=30)
FORMS = list(Form)


@pytest.fixture
async def catalog(db):
    """One offering with a past, a current, a coming and a drafted version; one retired; a bundle; registers."""
    first = {
        "categories": [
            {"code": "data", "name": {"en": "Data"}},
            {"code": "fast", "name": {"en": "Fast"}, "parent": "data"},
        ],
        "channel": [{"code": "HALL", "name": {"zh": "营业厅"}, "handles": "STANDARD"}],
        "place": [{"code": "shanxi", "name": {"zh": "山西"}}],
        "productSpecification": [{"code": "S", "name": {"en": "S"}, "productSpecCharacteristic": [{"name": "speed"}]}],
        "offerings": [
            offering(
                "A", category=["fast"], productOfferingPrice=[monthly("10")], validFor={"startDateTime": "2025-01-01"}
            ),
            offering("OLD", lifecycleStatus="RETIRED", validFor={"endDateTime": "2025-06-01"}),
            offering("BUNDLE", bundledProductOffering=[{"code": "A"}], channel=["HALL"]),
        ],
    }
    await landed(db, json.dumps(first).encode(), at=datetime(2025, 1, 1, tzinfo=UTC))
    for price, at in (("11", AT - timedelta(days=60)), ("12", AT)):
        wanted = {"offerings": [offering("A", category=["fast"], productOfferingPrice=[monthly(price)])]}
        await landed(db, json.dumps(wanted).encode(), at=at)
    coming = offering(
        "A", category=["fast"], productOfferingPrice=[monthly("13")], validFor={"startDateTime": "2026-06-01"}
    )
    await landed(db, json.dumps({"offerings": [coming]}).encode(), at=AT)
    async with db.transaction() as conn, at_desk(conn, Editor(CALLER, None, AT)) as desk:
        await editing_service.create_next_version(desk, Target("A", 4, 1))
    return db


async def versions(db, code="A"):
    async with db.transaction() as conn:
        return [replace(one, id=0, etag=1, last_update=AT) for one in await version_store.of_code(conn, code)]


async def test_an_export_holds_what_is_sold_what_will_be_and_what_is_drafted(catalog):
    def numbers(node):
        return {(one["code"], one["version"]) for one in node["offerings"]}

    by_default = await document(catalog, Selection(LATER))
    assert numbers(by_default) == {("A", 3), ("A", 4), ("A", 5), ("OLD", 1), ("BUNDLE", 1)}
    assert "etag" not in by_default["offerings"][0]
    then = await document(catalog, Selection(LATER, at=AT - timedelta(days=30)))
    assert numbers(then) == {("A", 2), ("BUNDLE", 1)}
    whole = await document(catalog, Selection(LATER, all_versions=True))
    assert numbers(whole) == {*(("A", number) for number in range(1, 6)), ("OLD", 1), ("BUNDLE", 1)}
    branch = await document(catalog, Selection(LATER, category="fast"))
    assert {code for code, _ in numbers(branch)} == {"A"}
    assert [one["code"] for one in branch["categories"]] == ["data", "fast"]
    with pytest.raises(UnknownCategory):
        await document(catalog, Selection(LATER, category="slow"))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("land_as", list(LandAs))
async def test_what_was_exported_changes_nothing(catalog, form, land_as):
    raw = await exported(catalog, form, LATER)
    done = await landed(catalog, raw, land_as, at=LATER)
    assert (done.form, done.change.is_empty, done.change.offerings_unchanged) == (form, True, 5)
    assert not done.unplaced


@pytest.mark.parametrize("form", FORMS)
async def test_every_version_arrives_in_another_catalog_as_it_was(catalog, form, fresh_database, template_database):
    raw = await exported(catalog, form, LATER, all_versions=True)
    with fresh_database(template_database) as dsn:
        other = await Database.open(dsn)
        try:
            await landed(other, raw, LandAs.LAUNCHED, at=LATER)
            for code in ("A", "OLD", "BUNDLE"):
                assert await versions(other, code) == await versions(catalog, code)
            assert await document(other, Selection(LATER)) == await document(catalog, Selection(LATER))
        finally:
            await other.close()


async def refused(db, *offerings, at=AT):
    with pytest.raises(InvalidCatalog) as error:
        await landed(db, json.dumps({"offerings": offerings}).encode(), at=at)
    return {problem.place: problem.code for problem in error.value.problems}


async def test_versions_that_a_file_cannot_mean_are_refused(catalog):
    a = offering("A", category=["fast"])
    assert await refused(catalog, a | {"version": 1}) == {"offerings[0].version": "PAST_VERSION"}
    assert await refused(catalog, a | {"version": 0}) == {"offerings[0].version": "OUT_OF_RANGE"}
    assert await refused(catalog, a | {"version": 5}, a | {"version": 5}) == {"offerings[1].code": "DUPLICATE_CODE"}
    assert await refused(catalog, a | {"version": 5}, a) == {"offerings[1].code": "DUPLICATE_CODE"}
    new = offering("N")
    assert await refused(catalog, new | {"version": 1}, new | {"version": 2}) == {
        "offerings[1].validFor": "OVERLAPPING_VALIDITY"
    }


async def test_a_stated_draft_is_changed_in_place(catalog):
    one = next(one for one in (await document(catalog, Selection(AT)))["offerings"] if one["version"] == 5)
    done = await landed(catalog, json.dumps({"offerings": [one | {"family": "F"}]}).encode())
    assert done.change.offerings_changed == 1
    found = await versions(catalog)
    assert [(one.version, one.family, one.lifecycle_status) for one in found[3:]] == [
        (4, None, S.LAUNCHED),
        (5, "F", S.IN_DESIGN),
    ]


async def test_a_launched_version_keeps_its_start(catalog):
    one = next(one for one in (await document(catalog, Selection(AT)))["offerings"] if one["version"] == 4)
    moved = one | {"validFor": {"startDateTime": "2026-07-01"}}
    assert await refused(catalog, moved) == {"offerings[0].validFor": "START_MOVED"}


async def test_a_stated_draft_that_a_file_launches_follows_the_version_before_it(catalog):
    start = datetime(2026, 7, 1, tzinfo=UTC)
    one = next(one for one in (await document(catalog, Selection(AT)))["offerings"] if one["version"] == 5)
    launched = one | {"lifecycleStatus": "LAUNCHED", "validFor": {"startDateTime": start.isoformat()}}
    await landed(catalog, json.dumps({"offerings": [launched]}).encode())
    found = await versions(catalog)
    assert [(one.version, one.lifecycle_status) for one in found[3:]] == [(4, S.LAUNCHED), (5, S.LAUNCHED)]
    assert (found[3].valid.end, found[4].valid.start) == (start, start)


@pytest.mark.parametrize("stated", [{}, {"version": 5}])
async def test_a_version_that_would_hold_beside_a_scheduled_one_is_refused_by_name(catalog, stated):
    sooner = offering("A", category=["fast"], validFor={"startDateTime": "2026-05-01"}) | stated
    assert await refused(catalog, sooner) == {"offerings[0].validFor": "OVERLAPPING_VALIDITY"}
    ending = {"startDateTime": "2026-05-01", "endDateTime": "2026-08-01"}
    assert await refused(catalog, sooner | {"validFor": ending}) == {"offerings[0].validFor": "OVERLAPPING_VALIDITY"}


async def test_a_draft_launched_under_a_later_version_is_refused_by_name(catalog):
    later = offering("A", category=["fast"], productOfferingPrice=[monthly("15")])
    await landed(catalog, json.dumps({"offerings": [later | {"validFor": {"startDateTime": "2026-07-01"}}]}).encode())
    draft = offering("A", category=["fast"], version=5, validFor={"startDateTime": "2026-08-01"})
    assert await refused(catalog, draft) == {"offerings[0].validFor": "OVERLAPPING_VALIDITY"}


async def test_a_file_on_its_way_tells_its_steps_in_order(catalog):
    told = []
    raw = json.dumps({"offerings": [offering("NEW")]}).encode()
    await land(catalog, raw, "catalog.json", Editor(CALLER, None, AT), UTC, tell=told.append)
    assert tuple(told) == STEPS
