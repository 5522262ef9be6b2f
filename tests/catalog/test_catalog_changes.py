"""Every change of the catalog leaves a row in the feed, in the transaction that made it."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import pytest
from catalogs import AT, ZONE, monthly, offering

from catalog import store
from catalog.customer_store import Caller, write_audit
from catalog.documents.catalog_file import import_catalog
from catalog.feeds import change_store
from catalog.feeds.change import Turn, coming
from catalog.feeds.change_store import Wanted
from catalog.importing import import_file
from sql.pool import Database

CALLER = Caller("test", "operator", None, "r1")
DAY = timedelta(days=1)


@pytest.fixture
def land(db, tmp_path):
    async def land(value, at=AT):
        path = tmp_path / "catalog.json"
        path.write_text(json.dumps(value))
        return await import_catalog(db, path, at, ZONE, CALLER)

    return land


async def test_a_file_tells_of_each_category_register_entry_and_offering_it_changed(db, land):
    done = await land(
        {
            "categories": [{"code": "vas", "name": {"en": "Services"}}],
            "channel": [{"code": "HALL", "name": {"en": "Hall"}}],
            "offerings": [offering("A", productOfferingPrice=[monthly("10")])],
        }
    )
    found = await change_store.page(db, 0, 10)
    assert [(one.entity, one.code, one.action) for one in found] == [
        ("category", "vas", "category.create"),
        ("channel", "HALL", "channel.create"),
        ("product_offering", "A", "offering.create"),
    ]
    assert {one.revision for one in found} == {done.revision}
    assert {(one.subject, one.request_id) for one in found} == {("test", "r1")}
    assert found[2].after["productOfferingPrice"][0]["price"]["value"] == "10"


async def test_the_same_file_again_tells_nothing(db, land):
    await land({"offerings": [offering("A")]})
    await land({"offerings": [offering("A")]}, AT + DAY)
    assert await change_store.count(db) == 1


async def test_what_changes_nothing_that_is_sold_is_not_told(db, land):
    """A request for approval has an audit row of the offering too."""
    await land({"offerings": [offering("A")]})
    async with db.transaction() as conn:
        for detail in ({"version": 1, "action": "LAUNCH"}, {"version": 1, "before": {}, "after": {}}):
            await write_audit(conn, CALLER, AT, "approval.request", "product_offering", "A", detail)
    assert await change_store.count(db) == 1


async def test_a_file_of_markets_tells_of_the_markets_that_differ(db, tmp_path):
    path = tmp_path / "market.csv"
    for size in ("10", "20"):
        path.write_text(f"code,kind,name_en,size\nM1,CAMPUS,North,{size}\nM2,PARK,South,7\n")
        await import_file(db, "market", path, mode="delta", at=AT, zone=ZONE)
    found = await change_store.page(db, 0, 10, Wanted(["market_segment"]))
    assert [(one.code, one.action) for one in found] == [
        ("M1", "market_segment.create"),
        ("M2", "market_segment.create"),
        ("M1", "market_segment.edit"),
    ]
    assert (found[2].before, found[2].after) == ({"size": 10}, {"size": 20})
    assert found[2].revision == await store.revision(db)


async def test_whoever_reads_behind_the_last_number_misses_no_writer_that_commits_late(dsn, db: Database):
    """Forty writers at once; a reader that goes on from its last number sees each of them, in its order."""
    writers = 40
    seen: list[int] = []

    async def write(number: int) -> None:
        async with db.transaction() as conn:
            await conn.execute("insert into category (code, name) values ($1, '{}')", f"c{number}")
            await asyncio.sleep(0.001 * (number % 7))

    async def read() -> None:
        while len(seen) < writers:
            found = await change_store.page(db, seen[-1] if seen else 0, 3)
            seen.extend(one.sequence for one in found)
            await asyncio.sleep(0.001)

    async with asyncio.timeout(30):
        await asyncio.gather(read(), *(write(number) for number in range(writers)))
    assert seen == sorted(seen)
    assert len(set(seen)) == writers == await change_store.count(db)


async def test_a_launch_on_its_date_is_no_change_but_is_known_to_come(db, land):
    start, end = AT + 3 * DAY, AT + 9 * DAY
    dates = {"startDateTime": start.isoformat(), "endDateTime": end.isoformat()}
    await land(
        {"offerings": [offering("A", validFor=dates), offering("B", lifecycleStatus="IN_DESIGN", validFor=dates)]}
    )
    snapshot = await store.load(db, AT)
    found = coming(snapshot, AT, None)
    assert [(one.code, one.turn, one.at) for one in found] == [("A", Turn.STARTS, start), ("A", Turn.ENDS, end)]
    assert coming(snapshot, start, end - DAY) == []
