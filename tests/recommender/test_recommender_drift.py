"""What changed is told; what cannot be believed does not serve."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_recommender_train import AT, fill, tasteful

from recommender import model_store, service
from recommender.drift import LIMITS, Window, compare, divergence, stability
from recommender.train import train
from sql.pool import Database

counts = st.lists(st.integers(0, 1000), min_size=2, max_size=12).filter(sum)
THEN = Window(
    1000, {"A": 50.0, "B": 30.0, "C": 20.0}, {"age": [0.5, 0.4, 0.1]}, (0.30, 0.28, 0.32), 0.6, "temporal 90 quick"
)


def test_the_stability_index_by_hand() -> None:
    assert stability([50, 50], [60, 40]) == pytest.approx(0.1 * np.log(1.2) - 0.1 * np.log(0.8))


@given(counts, counts)
def test_indices_are_nothing_for_the_same_and_do_not_depend_on_how_many_were_counted(then, now) -> None:
    now = (now * len(then))[: len(then)]
    assert stability(then, [7 * one for one in then]) == pytest.approx(0, abs=1e-12)
    assert stability(then, now if sum(now) else then) >= 0
    if sum(now):
        assert stability(then, now) == pytest.approx(stability(now, then))
        assert 0 <= divergence(then, now) <= 1 + 1e-12
        assert divergence(then, now) == pytest.approx(divergence(now, then))


def found(now: Window, calibration: float | None = 1.0, same: float | None = 0.9):
    return compare(THEN, now, 7, calibration=calibration, same_lists=same)


def test_where_nothing_changed_nobody_is_called() -> None:
    same = found(THEN)
    assert (same.since, same.alarms, same.refused) == (7, [], [])
    assert same.figures["popularity"] == pytest.approx(0)
    assert set(same.figures) - {"popularityDivergence"} == set(LIMITS)


@pytest.mark.parametrize(
    ("now", "alarm"),
    [
        (replace(THEN, taken={"A": 20.0, "B": 30.0, "C": 50.0}), "popularity"),
        (replace(THEN, taken={**THEN.taken, "NEW": 30.0}), "unknownItems"),
        (replace(THEN, attributes={"age": [0.1, 0.4, 0.5]}), "attributes"),
        (replace(THEN, customers=700), "customers"),
        (replace(THEN, coverage=0.2), "coverage"),
    ],
)
def test_each_change_has_an_alarm_of_its_own(now: Window, alarm: str) -> None:
    assert found(now).alarms == [alarm]
    assert found(now).refused == []


def test_probabilities_that_no_longer_hold_and_lists_that_nobody_knows_again_are_told() -> None:
    assert found(THEN, calibration=0.5).alarms == ["calibration"]
    assert found(THEN, same=0.1).alarms == ["sameLists"]
    assert found(THEN, calibration=None, same=None).alarms == []


@pytest.mark.parametrize(
    ("now", "why"),
    [
        (replace(THEN, customers=400), "is a file missing"),
        (replace(THEN, ndcg=(0.1, 0.09, 0.11)), "NDCG@10 is 0.1000"),
        (replace(THEN, task="hide-one 90 quick"), "start dates"),
    ],
)
def test_what_cannot_be_believed_is_refused_and_says_why(now: Window, why: str) -> None:
    assert why in " ".join(found(now).refused)


def test_a_figure_of_another_task_refuses_nothing() -> None:
    assert found(replace(THEN, ndcg=(0.1, 0.09, 0.11), task="temporal 90 full")).refused == []


async def test_a_poisoned_run_leaves_yesterdays_model_serving_and_the_next_good_one_serves(db: Database) -> None:
    await fill(db, tasteful(900, dated=True))
    good = await train(db, at=AT)
    assert good.promoted
    await db.execute("delete from customer where id % 3 <> 0")
    bad = await train(db, at=AT + timedelta(days=1))
    assert not bad.promoted
    assert "is a file missing" in bad.refused[0]
    assert await model_store.serving_version(db) == good.version
    newest = await model_store.newest(db)
    assert newest is not None
    assert (newest.version, newest.drift["since"]) == (bad.version, good.version)
    assert "customers" in newest.drift["alarms"]


async def test_shuffled_products_are_worse_and_do_not_serve(db: Database) -> None:
    await fill(db, tasteful(900, dated=True))
    good = await train(db, at=AT)
    async with db.transaction() as connection:
        await connection.execute("create temporary table mixed on commit drop as select * from product")
        await connection.execute("delete from product")
        await connection.execute(
            "insert into product select customer_id, start_date, termination_date, "
            "(array(select id from offering order by id))[1 + abs(hashint8(customer_id * 7919 + offering_id)) % 12], "
            "bundle_offering_id, status, origin, version, price, instance, channel, agent "
            "from mixed on conflict do nothing"
        )
    bad = await train(db, at=AT)
    assert "NDCG@10" in " ".join(bad.refused)
    assert await model_store.serving_version(db) == good.version
    again = await train(db, at=AT, promote=False)
    assert again.refused == (), "nobody asked for it to serve"


async def test_models_that_never_served_are_forgotten_but_for_the_newest(db: Database) -> None:
    await fill(db, tasteful(100, dated=False))
    served = (await train(db, at=AT)).version
    kept = await model_store.load(db, served)
    versions = [await model_store.save(db, kept.artifact, kept.manifest, at=AT) for _ in range(5)]
    assert await service.prune(db, keep=2) == versions[:3]
    assert [row.version for row in await service.models(db)] == [*reversed(versions[3:]), served]
