"""A catalog file lands in PostgreSQL and comes back as a snapshot."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from catalogs import AT, ZONE, monthly, offering

from catalog import store, version_store
from catalog.customer_store import Caller
from catalog.documents.catalog_file import CATALOG_TEMPLATE, import_catalog
from catalog.errors import InvalidCatalog
from catalog.lifecycle import LifecycleStatus

CALLER = Caller("test", "operator", None, "r1")


@pytest.fixture
def land(db, tmp_path):
    async def land(value, at=AT):
        path = tmp_path / "catalog.json"
        path.write_text(value if isinstance(value, str) else json.dumps(value))
        return await import_catalog(db, path, at, ZONE, CALLER)

    return land


async def test_a_file_comes_back_as_it_was_written(db, land):
    change = await land(CATALOG_TEMPLATE)
    assert (change.offerings_new, change.categories, change.revision) == (3, 2, 1)
    snapshot = await store.load(db, AT)
    moment = snapshot.moment(AT)
    assert snapshot.revision == 1
    assert moment.offerings["DATA_10G"].name.zh == "10GB流量包"
    assert str(moment.offerings["DATA_10G"].prices[0].price) == "10.0000"
    assert [part.code for part in moment.offerings["STARTER"].parts] == ["DATA_10G"]
    assert [one.code for one in moment.bundles_of["DATA_10G"]] == ["STARTER"]
    assert [one.code for one in moment.by_category["data"]] == ["DATA_10G", "DATA_30G"]


async def test_a_second_run_changes_nothing_not_even_the_revision(db, land):
    await land(CATALOG_TEMPLATE)
    again = await land(CATALOG_TEMPLATE, AT + timedelta(days=1))
    assert again.is_empty
    assert await store.revision(db) == 1
    assert await db.fetchval("select count(*) from audit") == 1


async def test_a_changed_launched_offering_gets_a_next_version_and_the_old_one_ends(db, land):
    await land({"offerings": [offering("A", productOfferingPrice=[monthly("10")])]})
    later = AT + timedelta(days=30)
    change = await land({"offerings": [offering("A", productOfferingPrice=[monthly("12")])]}, later)
    assert (change.offerings_changed, change.offerings_new) == (1, 0)
    snapshot = await store.load(db, AT)
    assert [one.version for one in snapshot.versions["A"]] == [1, 2]
    before, after = snapshot.moment(AT), snapshot.moment(later)
    assert str(before.offerings["A"].prices[0].price) == "10.0000"
    assert str(after.offerings["A"].prices[0].price) == "12.0000"
    assert (await land({"offerings": [offering("A", productOfferingPrice=[monthly("12")])]}, later)).is_empty


async def test_what_is_still_in_design_is_changed_in_place(db, land):
    await land({"offerings": [offering("A", lifecycleStatus="IN_DESIGN")]})
    await land({"offerings": [offering("A", lifecycleStatus="IN_DESIGN", family="F")]})
    versions = (await store.load(db, AT)).versions["A"]
    assert [(one.version, one.family, one.etag) for one in versions] == [(1, "F", 2)]


async def test_retiring_makes_no_new_version(db, land):
    await land({"offerings": [offering("A")]})
    await land({"offerings": [offering("A", lifecycleStatus="RETIRED", statusReason="replaced")]})
    versions = (await store.load(db, AT)).versions["A"]
    assert [(one.version, one.lifecycle_status) for one in versions] == [(1, LifecycleStatus.RETIRED)]


async def test_a_file_with_a_problem_changes_nothing(db, land):
    with pytest.raises(InvalidCatalog) as caught:
        await land({"offerings": [offering("A"), offering("B", category=["nowhere"])]})
    assert "offerings[1].category[0]" in str(caught.value)
    assert "没有代码为 nowhere 的类目" in str(caught.value)
    assert await db.fetchval("select count(*) from offering") == 0


async def test_an_attribute_is_named_once_and_keeps_its_kind(db, land):
    age = {"code": "age", "kind": "categorical", "name": {"zh": "年龄", "en": "age"}}
    assert (await land({"attributes": [age]})).attributes == 1
    assert (await land({"attributes": [age], "offerings": []})).is_empty
    assert (await store.load(db, AT)).attributes["age"].name.zh == "年龄"
    with pytest.raises(InvalidCatalog, match=r"attributes\[0\].kind: is declared as categorical"):
        await land({"attributes": [age | {"kind": "numeric"}]})


async def test_a_file_may_refer_to_what_an_earlier_one_brought(land):
    await land({"offerings": [offering("A")]})
    change = await land({"offerings": [offering("BUNDLE", bundledProductOffering=[{"code": "A"}])]})
    assert change.offerings_new == 1


async def test_bundles_that_contain_each_other_over_two_files_are_refused(land):
    await land({"offerings": [offering("A"), offering("B", bundledProductOffering=[{"code": "A"}])]})
    with pytest.raises(InvalidCatalog, match="leads back to itself"):
        await land({"offerings": [offering("A", bundledProductOffering=[{"code": "B"}])]})


async def test_a_refreshed_snapshot_shares_what_did_not_change(db, land):
    await land({"offerings": [offering("A"), offering("B")]})
    before = await store.load(db, AT)
    await land({"offerings": [offering("B", family="F")]})
    after = await store.load(db, AT, before)
    assert after.versions["A"] is before.versions["A"]
    assert after.versions["B"] != before.versions["B"]


async def test_two_versions_of_a_code_are_never_launched_at_the_same_time(db, land):
    await land({"offerings": [offering("A")]})
    one = (await store.load(db, AT)).versions["A"][0]
    async with db.connection() as conn:
        with pytest.raises(Exception, match="offering_version_one_in_force"):
            await version_store.insert(conn, replace(one, version=2))
