"""A product manager changes a workbook, and exactly that changes, as drafts."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from catalogs import AT, monthly, offering, requires
from workbooks import CALLER, by_hand, edited, exported, landed, put, row_of, sheet

from catalog import diff, version_store
from catalog.desk import editing, editing_service, patch
from catalog.desk.editing_desk import Editor, Target, at_desk
from catalog.documents.catalog_file import LandAs
from catalog.documents.file_form import Form
from catalog.errors import InvalidCatalog
from catalog.lifecycle import LifecycleStatus

SOLD = {
    "categories": [{"code": "data", "name": {"en": "Data"}}],
    "offerings": [
        offering("A", category=["data"], productOfferingPrice=[monthly("10.00")], margin="0.3500"),
        offering("B", productOfferingPrice=[monthly("12.00")]),
        offering("BUNDLE", bundledProductOffering=[{"code": "A"}, {"code": "B"}]),
    ],
}


@pytest.fixture
async def catalog(db):
    await landed(db, json.dumps(SOLD).encode())
    return db


async def versions(db, code):
    async with db.transaction() as conn:
        return await version_store.of_code(conn, code)


async def test_one_cell_makes_one_draft_with_that_change_and_its_report(catalog):
    raw = await exported(catalog)
    done = await landed(catalog, edited(raw, put("prices", row_of(raw, "prices", offering="A"), "price", 19.9)))
    assert (done.change.offerings_changed, done.change.offerings_new, done.change.offerings_unchanged) == (1, 0, 2)
    assert (done.change.categories, done.change.entries) == (0, 0)
    (draft,) = done.drafts
    assert (draft.code, draft.version, draft.base) == ("A", 2, 1)
    change = diff.Change(
        diff.ChangeKind.CHANGED, ("productOfferingPrice", ("monthly",), "price", "value"), "10.0000", "19.9"
    )
    assert draft.changed == (change,)
    assert draft.against == ()
    assert "NO_TALKING_POINT" in {problem.code for problem in draft.advice}
    sold, made = await versions(catalog, "A")
    assert (sold.lifecycle_status, str(sold.prices[0].price)) == (LifecycleStatus.LAUNCHED, "10.0000")
    assert (made.lifecycle_status, str(made.prices[0].price)) == (LifecycleStatus.IN_DESIGN, "19.9000")


async def test_the_same_workbook_again_changes_nothing(catalog):
    raw = await exported(catalog)
    changed = edited(raw, put("prices", 2, "price", 11))
    await landed(catalog, changed)
    assert (await landed(catalog, changed)).change.is_empty
    assert (await landed(catalog, raw)).change.is_empty


async def test_a_draft_is_changed_in_place(catalog):
    raw = await exported(catalog)
    await landed(catalog, edited(raw, put("offerings", 2, "family", "DATA")))
    raw = await exported(catalog)
    done = await landed(
        catalog, edited(raw, put("offerings", row_of(raw, "offerings", code="A", version=2), "step", 3))
    )
    assert [(one.version, one.base, one.changed[0].after) for one in done.drafts] == [(2, 2, 3)]
    assert [(one.version, one.family, one.step) for one in await versions(catalog, "A")] == [
        (1, None, None),
        (2, "DATA", 3),
    ]


async def test_a_row_that_somebody_else_changed_is_refused_and_says_who(catalog):
    raw = await exported(catalog)
    await landed(catalog, edited(raw, put("offerings", 2, "family", "DATA")))
    mine = await exported(catalog)
    editor = Editor(CALLER, None, AT + timedelta(minutes=5))
    async with catalog.transaction() as conn, at_desk(conn, editor) as desk:
        named = lambda one: editing.edit(one, patch.patched(one, {"name": {"en": "Other"}}))  # noqa: E731
        await editing_service.edit(desk, Target("A", 2, 1), "offering.edit", named)
    row = row_of(mine, "offerings", code="A", version=2)
    with pytest.raises(InvalidCatalog) as refused:
        await landed(catalog, edited(mine, put("offerings", row, "step", 3)))
    (problem,) = refused.value.problems
    assert (problem.code, problem.place) == ("CONFLICT", f"'产品 offerings'!C{row}")
    assert "wang, offering.edit" in problem.message.en
    assert (await landed(catalog, mine)).change.is_empty, "a row that was not edited undoes nobody's work"
    # Whoever empties the cell means it.
    done = await landed(catalog, edited(mine, put("offerings", row, "step", 3), put("offerings", row, "etag", None)))
    assert done.change.offerings_changed == 1


async def test_rows_that_are_as_they_were_pass_whatever_their_etag(catalog):
    raw = await exported(catalog)
    assert (await landed(catalog, edited(raw, put("offerings", 2, "etag", 99)))).change.is_empty


async def test_an_edit_beside_a_draft_that_is_under_way_is_refused(catalog):
    raw = await exported(catalog)
    await landed(catalog, edited(raw, put("offerings", 2, "family", "X")))
    with pytest.raises(InvalidCatalog, match="version 2 is under way"):
        await landed(catalog, edited(raw, put("offerings", 2, "family", "Y")))


async def test_a_removed_row_retires_nothing_and_a_removed_price_is_taken_out(catalog):
    raw = await exported(catalog)

    def without(book):
        sheet(book, "offerings").delete_rows(row_of(raw, "offerings", code="BUNDLE"))
        page = sheet(book, "parts")
        page.delete_rows(2, page.max_row)
        sheet(book, "prices").delete_rows(row_of(raw, "prices", offering="B"))

    done = await landed(catalog, edited(raw, without))
    assert [(one.code, [change.place for change in one.changed]) for one in done.drafts] == [
        ("B", [["productOfferingPrice"]])
    ]
    assert [one.lifecycle_status for one in await versions(catalog, "BUNDLE")] == [LifecycleStatus.LAUNCHED]


async def test_sheets_and_columns_that_are_missing_leave_things_as_they_are(catalog):
    raw = by_hand(offerings=[["code", "family"], ["A", "DATA"]])
    (draft,) = (await landed(catalog, raw)).drafts
    assert [(change.place, change.after) for change in draft.changed] == [(["family"], "DATA")]
    raw = by_hand(价格=[["金额", "offering", "code"], [11, "B", "monthly"]], 产品=[["代码"], ["B"]])
    (draft,) = (await landed(catalog, raw)).drafts
    assert [change.place for change in draft.changed] == [["productOfferingPrice", "monthly", "price", "value"]]


async def test_a_blank_cell_empties_what_it_held(catalog):
    raw = await exported(catalog)
    (draft,) = (await landed(catalog, edited(raw, put("offerings", 2, "margin", None)))).drafts
    assert [(change.kind.value, change.place) for change in draft.changed] == [("REMOVED", ["margin"])]


async def test_new_offerings_that_refer_to_each_other_become_drafts(catalog):
    raw = by_hand(
        offerings=[["code", "name.zh"], ["PACK", "套餐"], ["NEW", "新品"]],
        parts=[["offering", "code"], ["PACK", "NEW"], ["PACK", "A"]],
        relations=[["offering", "type", "target"], ["NEW", "EXCLUDES", "PACK"]],
    )
    done = await landed(catalog, raw)
    assert done.change.offerings_new == 2
    assert {(one.code, one.version, one.base) for one in done.drafts} == {("PACK", 1, None), ("NEW", 1, None)}
    (made,) = await versions(catalog, "PACK")
    assert made.lifecycle_status is LifecycleStatus.IN_DESIGN
    (pack,) = [one for one in done.drafts if one.code == "PACK"]
    assert {problem.code for problem in pack.against} >= {"PART_BEHIND"}


async def test_what_lint_refuses_is_refused_at_its_cell_with_nothing_written(catalog):
    raw = by_hand(
        offerings=[["name.en", "code", "category"], ["New", "NEW", "data;nowhere"], ["Other", "OTHER", None]],
        relations=[["offering", "type", "target"], ["OTHER", "REQUIRES", "GONE"]],
    )
    with pytest.raises(InvalidCatalog) as refused:
        await landed(catalog, raw)
    assert {(problem.place, problem.code) for problem in refused.value.problems} == {
        ("'offerings'!C2", "UNKNOWN_CODE"),
        ("'relations'!C2", "UNKNOWN_CODE"),
    }
    assert await versions(catalog, "NEW") == ()


async def test_a_file_moves_no_version_to_another_stage(catalog):
    raw = await exported(catalog)
    with pytest.raises(InvalidCatalog, match="a file moves no version on"):
        await landed(catalog, edited(raw, put("offerings", 4, "lifecycleStatus", "RETIRED")))
    done = await landed(catalog, edited(raw, put("offerings", 4, "lifecycleStatus", "RETIRED")), LandAs.LAUNCHED)
    assert done.change.offerings_changed == 1


async def test_a_category_has_no_draft_and_changes_at_once(catalog):
    raw = await exported(catalog)
    done = await landed(catalog, edited(raw, put("categories", 2, "name.en", "Mobile data")))
    assert (done.change.categories, done.drafts) == (1, ())
    assert done.change.revision == 2


async def test_a_dry_run_says_what_would_happen_and_writes_nothing(catalog):
    raw = edited(await exported(catalog), put("offerings", 2, "family", "DATA"))
    tried = await landed(catalog, raw, dry_run=True)
    assert (tried.dry_run, [one.code for one in tried.drafts]) == (True, ["A"])
    assert len(await versions(catalog, "A")) == 1
    assert (await landed(catalog, raw)).drafts == tried.drafts


async def test_every_draft_leaves_an_audit_row_with_what_was_and_is(catalog):
    await landed(catalog, edited(await exported(catalog), put("offerings", 2, "family", "DATA")))
    row = await catalog.fetchrow("select * from audit where entity = 'product_offering'")
    assert (row["subject"], row["action"], row["entity_id"]) == ("wang", "offering.import", "A")
    assert row["detail"]["source"] == {"version": 1}


async def test_a_workbook_may_also_be_put_in_force_at_once(catalog):
    raw = edited(await exported(catalog), put("prices", 2, "price", "11.50"))
    later = AT + timedelta(days=1)
    done = await landed(catalog, raw, LandAs.LAUNCHED, at=later)
    assert done.change.offerings_changed == 1
    assert [(one.lifecycle_status.value, str(one.prices[0].price)) for one in await versions(catalog, "A")] == [
        ("LAUNCHED", "10.0000"),
        ("LAUNCHED", "11.5000"),
    ]


async def test_json_lands_as_drafts_when_asked(catalog):
    wanted = {"offerings": [SOLD["offerings"][1] | {"productOfferingRelationship": [requires("A")]}]}
    done = await landed(catalog, json.dumps(wanted).encode(), LandAs.DRAFT)
    assert (done.form, [(one.code, one.version, one.base) for one in done.drafts]) == (Form.JSON, [("B", 2, 1)])
