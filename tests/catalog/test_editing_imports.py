"""Files and edits meet in one catalog: a file speaks of what is sold, a draft is its product manager's."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from catalogs import AT, ZONE, monthly, offering

from catalog import store, version_store
from catalog.customer_store import Caller
from catalog.desk import editing, editing_service, patch
from catalog.desk.editing_desk import Editor, Target, at_desk
from catalog.documents.catalog_file import import_catalog
from catalog.lifecycle import LifecycleStatus

CALLER = Caller("test", "operator", None, "r1")
EDITOR = Editor(CALLER, None, AT)
SOLD = {"offerings": [offering("A", productOfferingPrice=[monthly("10")])]}
DAY = timedelta(days=1)


@pytest.fixture
def land(db, tmp_path):
    async def land(value, at=AT):
        path = tmp_path / "catalog.json"
        path.write_text(json.dumps(value))
        return await import_catalog(db, path, at, ZONE, CALLER)

    return land


@pytest.fixture
async def draft(db, land):
    """A launched offering with its next version in design, renamed."""
    await land(SOLD)
    async with db.transaction() as conn, at_desk(conn, EDITOR) as desk:
        await editing_service.create_next_version(desk, Target("A", 1, 1))
        return await editing_service.edit(
            desk, Target("A", 2, 1), "offering.edit", lambda one: editing.edit(one, named(one))
        )


def named(one):
    return patch.patched(one, {"name": {"en": "Next"}})


async def versions(db, code="A"):
    async with db.transaction() as conn:
        return await version_store.of_code(conn, code)


async def test_the_same_file_again_leaves_a_draft_alone(db, land, draft):
    assert (await land(SOLD, AT + DAY)).is_empty
    assert [(one.version, one.name.en) for one in await versions(db)] == [(1, "A"), (2, "Next")]


async def test_a_changed_file_makes_a_version_after_the_draft(db, land, draft):
    await land({"offerings": [offering("A", productOfferingPrice=[monthly("12")])]}, AT + DAY)
    found = await versions(db)
    assert [(one.version, one.lifecycle_status) for one in found] == [
        (1, LifecycleStatus.LAUNCHED),
        (2, LifecycleStatus.IN_DESIGN),
        (3, LifecycleStatus.LAUNCHED),
    ]
    assert found[1] == draft
    assert found[0].valid.end == AT + DAY


async def test_a_draft_is_shown_to_nobody_even_after_what_it_follows_has_ended(db, land, draft):
    ended = SOLD["offerings"][0] | {"validFor": {"endDateTime": "2026-03-02"}}
    await land({"offerings": [ended]})
    snapshot = await store.load(db, AT + 9 * DAY)
    assert "A" not in snapshot.moment(AT + 9 * DAY).offerings
    latest = snapshot.latest("A")
    assert latest is not None
    assert (latest.version, latest.name.en) == (1, "A")


async def test_a_version_comes_back_from_the_database_as_it_was_saved(db, draft):
    read = (await versions(db))[-1]
    assert read == draft
    assert (read.etag, read.version, read.name.en) == (2, 2, "Next")


async def test_a_version_is_rewritten_only_over_the_etag_it_was_based_on(db, draft):
    stale = replace(draft, etag=draft.etag, name=draft.name)
    async with db.transaction() as conn:
        assert await version_store.rewrite(conn, stale) is False
    async with db.transaction() as conn:
        assert await version_store.rewrite(conn, replace(draft, etag=draft.etag + 1)) is True
