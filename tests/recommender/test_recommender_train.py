"""From rows in PostgreSQL to a model that serves, and back to the one before."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from recommender import model_store, reading, service, store
from recommender.errors import BadModel, CannotJudge, NoSuchModel, NothingToLearn
from recommender.everybody import Crew
from recommender.judging import evaluate
from recommender.scored import Holding
from recommender.source import COMPARED
from recommender.train import train
from sql.pool import Database

AT = datetime(2026, 5, 1, tzinfo=UTC)
GROUPS, EACH = 4, 3
Product = tuple[int, str, datetime | None, datetime | None, str, str]


async def fill(db: Database, products: Sequence[Product], profiles: Sequence[tuple[int, dict[str, Any]]] = ()) -> None:
    """Products are (customer, offering, start, end, origin, bundle); customers are numbered from 0."""
    codes = sorted({row[1] for row in products} | {row[5] for row in products if row[5]})
    numbers = sorted({row[0] for row in products} | {number for number, _ in profiles})
    async with db.transaction() as connection:
        await connection.executemany("insert into offering (code) values ($1)", [(code,) for code in codes])
        offering = {row["code"]: row["id"] for row in await connection.fetch("select code, id from offering")}
        await connection.executemany("insert into customer (code) values ($1)", [(f"C{n:04}",) for n in numbers])
        customer = {row["code"]: row["id"] for row in await connection.fetch("select code, id from customer")}
        await connection.executemany(
            "insert into product (customer_id, offering_id, start_date, termination_date, origin, bundle_offering_id) "
            "values ($1, $2, coalesce($3, '-infinity'::timestamptz), $4, $5, $6)",
            [
                (customer[f"C{n:04}"], offering[code], start, end, origin, offering.get(bundle))
                for n, code, start, end, origin, bundle in products
            ],
        )
        await connection.executemany(
            "insert into customer_profile (customer_id, attributes) values ($1, $2)",
            [(customer[f"C{n:04}"], attributes) for n, attributes in profiles],
        )


def tasteful(customers: int, *, dated: bool) -> list[Product]:
    """Everyone takes the items of their taste in some order, over 400 days when dated."""
    rng = np.random.default_rng(11)
    found: list[Product] = []
    for customer in range(customers):
        for item in range(EACH):
            start = AT - timedelta(days=float(rng.uniform(1, 400))) if dated else None
            found.append((customer, f"T{customer % GROUPS}{item}", start, None, "VOLUNTARY", ""))
    return found


async def test_undated_data_are_judged_by_hiding_and_have_no_probability(db: Database) -> None:
    await fill(db, tasteful(600, dated=False))
    report = await train(db, at=AT)
    assert report.promoted
    assert report.report["protocol"] == "hide-one"
    serving = await service.load_serving(db)
    assert serving is not None
    assert serving.version == report.version
    assert serving.source(history=True) != "popularity"
    ranked = serving.rank([Holding("T20", "voluntary"), Holding("T21", "voluntary")], {}, at=AT, candidates=None, n=3)
    assert ranked[0].item == "T22"
    assert ranked[0].probability is None


async def test_dated_data_are_judged_by_date_and_expected_adopters_add_up(db: Database) -> None:
    await fill(db, tasteful(900, dated=True))
    report = await train(db, at=AT)
    assert report.report["protocol"] == "temporal"
    serving = await service.load_serving(db)
    assert serving is not None
    held = [Holding("T10", "voluntary")]
    ranked = serving.rank(held, {}, at=AT, candidates=None, n=12)
    assert {ranked[0].item, ranked[1].item} == {"T11", "T12"}
    chances = [scored.probability for scored in ranked]
    assert all(chance is not None and 0 <= chance <= 1 for chance in chances)
    assert chances == sorted(chances, reverse=True)  # type: ignore[type-var]


async def test_training_twice_on_the_same_data_gives_the_same_bytes(db: Database) -> None:
    await fill(db, tasteful(300, dated=False))
    versions = [(await train(db, at=AT, promote=False)).version for _ in range(2)]
    first, second = [await model_store.load(db, version) for version in versions]
    assert first.artifact == second.artifact
    assert await service.load_serving(db) is None


async def test_the_fit_on_everybody_in_chunks_is_the_fit_in_one_piece(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(db, tasteful(900, dated=True))
    whole = await model_store.load(db, (await train(db, at=AT)).version)
    monkeypatch.setattr("recommender.everybody.STEP", 200)
    monkeypatch.setattr("recommender.source.Source.is_whole", property(lambda self: False))
    parts = await model_store.load(db, (await train(db, at=AT)).version)
    assert parts.artifact == whole.artifact


async def test_a_crew_learns_what_one_process_learns(db: Database, dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    await fill(db, tasteful(900, dated=True))
    whole = await model_store.load(db, (await train(db, at=AT)).version)
    monkeypatch.setattr("recommender.everybody.PART", 250)
    monkeypatch.setattr("recommender.source.Source.is_whole", property(lambda self: False))
    told: list[str] = []
    crew = await model_store.load(db, (await train(db, at=AT, crew=Crew(dsn, 2), progress=told.append)).version)
    assert crew.artifact == whole.artifact
    assert [message for message in told if message.startswith("900 of 900 customers")]


async def test_a_sample_is_spread_and_everybody_is_counted(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    await fill(db, tasteful(900, dated=False))
    monkeypatch.setitem(COMPARED, "quick", 400)
    monkeypatch.setattr("recommender.store.BLOCK", 100)
    report = (await train(db, at=AT)).report
    assert (report["customers"], report["compared"]) == (900, 400)
    serving = await service.load_serving(db)
    assert serving is not None
    assert serving.manifest["reference"]["T00"] == pytest.approx(1 / GROUPS)


async def test_rows_are_read_as_they_were_held_at_each_cutoff(db: Database) -> None:
    day = timedelta(days=1)
    products: list[Product] = [
        (0, "ENDED", AT - 200 * day, AT - 10 * day, "VOLUNTARY", ""),
        (0, "PART", AT - 50 * day, None, "BUNDLE", "PACK"),
        (0, "IDLE", AT - 200 * day, None, "VOLUNTARY", ""),
        (0, "USED", None, None, "VOLUNTARY", ""),
        (0, "LATER", AT + day, None, "VOLUNTARY", ""),
    ]
    await fill(db, products)
    await db.execute(
        "insert into product_usage (customer_id, offering_id, month, active_days) "
        "select customer_id, offering_id, month::date, days from product join offering on id = offering_id, "
        "(values ('2026-02-01', 9), ('2026-03-01', 0), ('2026-05-01', 30)) as used (month, days) where code = 'IDLE'"
    )
    cutoffs = tuple(int((AT - back * day).timestamp()) for back in (90, 31, 0))
    words = await store.vocabulary(db)
    async with db.connection() as connection:
        size = await store.extent(db)
        data = await reading.read(connection, store.ranges(size, 10), words, {}, cutoffs)

    def held(cutoff: int) -> dict[str, int]:
        cells = data.history.cells(cutoff)
        return {words.items[item]: kind for item, kind in zip(cells.item.tolist(), cells.kind.tolist(), strict=True)}

    assert held(cutoffs[0]) == {"ENDED": 0, "IDLE": 0, "USED": 0}
    assert held(cutoffs[1]) == {"ENDED": 0, "IDLE": 0, "USED": 0, "PART": 1}
    assert held(cutoffs[2]) == {"ENDED": 3, "IDLE": 2, "USED": 0, "PART": 1}
    part = data.history.item.tolist().index(words.items.index("PART"))
    assert words.items[data.history.order[part]] == "PACK"


async def test_a_markets_copy_counts_for_its_template(db: Database) -> None:
    await db.execute("insert into offering (code) values ('SOLUTION')")
    await db.execute("insert into offering (code, template_id) select 'CAMPUS7', id from offering")
    words = await store.vocabulary(db)
    assert words.items == ("SOLUTION",)
    assert set(words.place[1:].tolist()) == {0}


async def test_a_sensitive_attribute_is_never_an_input(db: Database) -> None:
    await db.execute("insert into attribute (code, kind, sensitive) values ('gender', 'categorical', true)")
    await db.execute("insert into attribute (code, kind) values ('plan', 'categorical')")
    profiles = [(n, {"gender": "F", "plan": "gold" if n % 2 else "blue"}) for n in range(300)]
    await fill(db, tasteful(300, dated=False), profiles)
    await train(db, at=AT)
    serving = await service.load_serving(db)
    assert serving is not None
    assert [attribute.name for attribute in serving.space.attributes] == ["plan"]


async def test_an_empty_database_says_what_to_import(db: Database) -> None:
    with pytest.raises(NothingToLearn, match="jishi import catalog"):
        await train(db, at=AT)
    await db.execute("insert into offering (code) values ('A')")
    with pytest.raises(NothingToLearn, match="jishi import customer"):
        await train(db, at=AT)
    await db.execute("insert into customer (code) values ('C1')")
    with pytest.raises(NothingToLearn, match="jishi import product"):
        await train(db, at=AT)


async def test_three_customers_are_served_by_popularity(db: Database) -> None:
    await fill(
        db, [(0, "A", None, None, "VOLUNTARY", ""), (1, "A", None, None, "VOLUNTARY", ""), *tasteful(1, dated=True)]
    )
    report = await train(db, at=AT)
    assert [group["choice"]["name"] for group in report.report["groups"]] == ["popularity", "popularity"]
    serving = await service.load_serving(db)
    assert serving is not None
    assert serving.rank([], {}, at=AT, candidates=None, n=1)[0].item == "A"


async def test_an_official_split_is_followed_and_is_no_input(db: Database) -> None:
    await db.execute("insert into attribute (code, kind) values ('split', 'categorical')")
    profiles = [(n, {"split": "test" if n % 5 == 0 else "train"}) for n in range(700)]
    await fill(db, tasteful(700, dated=False), profiles)
    report = await evaluate(db, at=AT, protocol="hide-one", seeds=(1, 2), split="split", grid="quick")
    warm = report["groups"][0]
    assert warm["users"] == 140
    assert "ease-attributes" not in {one["name"] for one in warm["candidates"]}
    assert set(next(one for one in warm["candidates"] if one["name"] == "ease")["seeds"]) == {"1", "2"}
    with pytest.raises(CannotJudge, match=r"no attribute spilt.*split"):
        await evaluate(db, at=AT, protocol="hide-one", split="spilt")
    with pytest.raises(CannotJudge, match="--protocol hide-one"):
        await evaluate(db, at=AT, protocol="temporal")


async def test_promotion_is_heard_and_can_be_taken_back(db: Database) -> None:
    await fill(db, tasteful(100, dated=False))
    heard: list[str] = []
    listener = db.listen("model", heard.append, poll=60)
    first, second = [(await train(db, at=AT)).version for _ in range(2)]
    assert await model_store.serving_version(db) == second
    assert [row.is_serving for row in await service.models(db)] == [True, False]
    assert await service.rollback(db, at=AT) == first
    assert await model_store.serving_version(db) == first
    for _ in range(100):
        if str(first) in heard[-1:]:
            break
        await asyncio.sleep(0.02)
    await listener.close()
    assert [payload for payload in heard if payload] == [str(first), str(second), str(first)]


async def test_a_bad_model_is_not_promoted_and_the_old_one_serves_on(db: Database) -> None:
    await fill(db, tasteful(100, dated=False))
    good = (await train(db, at=AT)).version
    kept = await model_store.load(db, good)
    bad = await model_store.save(db, kept.artifact[:-9] + b"tampering", kept.manifest, at=AT)
    with pytest.raises(BadModel, match="sha256"):
        await service.promote(db, bad, at=AT)
    assert await model_store.serving_version(db) == good
    with pytest.raises(NoSuchModel):
        await service.promote(db, 999, at=AT)
    with pytest.raises(NoSuchModel):
        await service.rollback(db, at=AT)


async def test_how_new_offerings_would_do_is_reported_apart(db: Database) -> None:
    await fill(db, tasteful(1_200, dated=True))
    await db.execute(
        "insert into offering_version (offering_id, version, name, lifecycle_status, family) "
        "select id, 1, '{}', 'LAUNCHED', left(code, 2) from offering"
    )
    words = await store.vocabulary(db)
    assert len(set(words.family.tolist())) == GROUPS
    assert set(words.step.tolist()) == set(words.category.tolist()) == {-1}
    new = (await train(db, at=AT)).report["newItems"]
    assert new["users"] >= 50
    assert 0.2 < new["new"]["NDCG@10"]["mean"] <= new["known"]["NDCG@10"]["mean"]
