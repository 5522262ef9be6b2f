"""A server's catalog follows every change, reading no more than changed, and is then what a fresh one would be."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from catalog import service, store
from catalog.documents.document import CatalogDocument
from catalog.offering import Category, ChannelUse, Offering
from catalog.period import Period
from catalog.place import Place
from catalog.search import SearchIndex
from catalog.text import Text

AT = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
NAMES = ("流量包", "语音包", "专线", "彩铃")


def offering(number: int, rng: random.Random) -> Offering:
    opened = Period(AT + rng.randint(-3, 9) * DAY)
    return Offering(
        code=f"O{number}",
        name=Text(rng.choice(NAMES) + str(rng.randint(1, 99)), f"Pack {rng.randint(1, 99)}"),
        valid=Period(AT - DAY, None if rng.random() < 0.5 else AT + rng.randint(10, 20) * DAY),
        category=tuple(sorted({f"C{rng.randint(1, 3)}" for _ in range(2)})),
        channel=(ChannelUse("ONLINE", opened),) if rng.random() < 0.5 else (),
    )


def document(rng: random.Random, codes: range, categories: bool) -> CatalogDocument:
    made = tuple(Category(f"C{n}", Text(f"类{n}{rng.randint(0, 5)}"), "C1" if n > 1 else None) for n in range(1, 4))
    offerings = tuple(offering(number, rng) for number in codes if rng.random() < 0.5)
    entries = {"place": (Place("sx", Text(f"山西{rng.randint(0, 9)}")),)} if rng.random() < 0.3 else {}
    return CatalogDocument(made if categories else (), offerings, entries=entries)


async def land(db, wanted: CatalogDocument, at: datetime) -> None:
    async with db.transaction() as conn:
        await service.apply_document(conn, wanted, await store.load_within(conn, at), at)


def same_search(left: SearchIndex, right: SearchIndex) -> bool:
    return (left.terms, left.postings, left.names) == (right.terms, right.postings, right.names)


@pytest.mark.parametrize("seed", range(4))
async def test_a_refreshed_catalog_is_what_a_fresh_one_would_be(db, seed):
    rng = random.Random(seed)
    await land(db, document(rng, range(12), True), AT)
    held = (await store.load(db, AT)).prepared(AT)
    for step in range(5):
        at = AT + step * DAY
        await land(db, document(rng, range(12), rng.random() < 0.3), at)
        held = (await store.load(db, at, held)).prepared(at, held)
        fresh = (await store.load(db, at)).prepared(at)
        assert held.revision == fresh.revision
        assert (held.categories, held.places) == (fresh.categories, fresh.places)
        # A held catalog may still know versions that ended meanwhile.
        for code, versions in fresh.versions.items():
            assert held.versions[code][-len(versions) :] == versions
        assert held.codes_by_id == fresh.codes_by_id
        for when in (at, at + 3 * DAY, at + 30 * DAY):
            mine, theirs = held.moment(when), fresh.moment(when)
            assert mine.offerings == theirs.offerings
            assert mine.ordered == theirs.ordered
            assert mine.by_category == theirs.by_category
            assert mine.categories == theirs.categories
            assert same_search(mine.search, theirs.search)
            qualified = [one.rules.qualify((), channel="HALL").qualified for one in (mine, theirs)]
            assert qualified[0] == qualified[1]


async def test_what_did_not_change_is_the_same_object(db):
    rng = random.Random(7)
    await land(db, document(rng, range(12), True), AT)
    held = (await store.load(db, AT)).prepared(AT)
    some = next(iter(held.versions))
    await land(db, CatalogDocument((), (Offering(code=some, name=Text("改名")),)), AT)
    after = (await store.load(db, AT, held)).prepared(AT, held)
    assert after.follows(held)
    assert after.versions[some] != held.versions[some]
    assert all(after.versions[code] is held.versions[code] for code in held.versions if code != some)
    assert after.categories is held.categories


async def test_a_change_that_is_written_before_and_committed_after_another_is_not_missed(db):
    rng = random.Random(3)
    await land(db, document(rng, range(12), True), AT)
    held = await store.load(db, AT)
    codes = sorted(held.versions)[:2]
    touch = "update offering_version set name = $2 where offering_id = (select id from offering where code = $1)"
    async with db.transaction() as slow:
        await slow.execute(touch, codes[0], {"zh": "慢"})
        async with db.transaction() as quick:
            await quick.execute(touch, codes[1], {"zh": "快"})
            await store.next_revision(quick, AT)
        held = await store.load(db, AT, held)
        await store.next_revision(slow, AT)
    held = await store.load(db, AT, held)
    assert [held.versions[code][-1].name.zh for code in codes] == ["慢", "快"]
