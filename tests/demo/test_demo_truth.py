"""The people of the demo operator come in their proportions, and its truth foretells what they take."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from api import demo

UNTIL = date(2026, 3, 15)
CUSTOMERS = 12_000
SEED = 3
WINDOW = 90


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> demo.DemoFiles:
    return demo.write_files(tmp_path_factory.mktemp("demo"), customers=CUSTOMERS, seed=SEED, until=UNTIL)


@pytest.fixture(scope="module")
def truth() -> demo.Truth:
    (block,) = demo.truth(customers=CUSTOMERS, seed=SEED, until=UNTIL, days=WINDOW)
    return block


@pytest.fixture(scope="module")
def taken(files: demo.DemoFiles, truth: demo.Truth) -> Any:
    """What was really taken in the window, from the files: 1 or 0, shaped like the truth."""
    found = np.zeros_like(truth.probability)
    row = {code: place for place, code in enumerate(truth.customers)}
    column = {code: place for place, code in enumerate(truth.items)}
    for one in pq.read_table(files.product).to_pylist():
        start = one["start_date"]
        if one["origin"] == "VOLUNTARY" and start and start >= UNTIL - timedelta(days=WINDOW):
            found[row[one["customer_id"]], column[one["offering"]]] = 1
    return found


def shares(values: list[Any]) -> dict[Any, float]:
    return {value: count / len(values) for value, count in Counter(values).items()}


def test_the_five_segments_of_needs_keep_their_proportions(truth: demo.Truth) -> None:
    found = shares([segment for segment in truth.segments if segment])
    expected = {
        "PRODUCT_OPTIMISER": 0.26, "SERVICE_FIRST": 0.19, "OVER_SPENDER": 0.15, "BASIC_NEEDS": 0.10, "FOLLOWER": 0.30,
    }  # fmt: skip
    assert found == pytest.approx(expected, abs=0.015)


def test_one_customer_in_fifty_is_an_enterprise_of_the_classes_of_the_material(files: demo.DemoFiles) -> None:
    customers = pq.read_table(files.customer).to_pylist()
    firms = {row["id"]: row for row in customers if row["kind"] == "ENTERPRISE"}
    assert len(firms) == CUSTOMERS / 50
    managed = [row["size_class"] for row in firms.values() if row["account_manager"]]
    assert shares(managed) == pytest.approx({"A": 0.1, "B": 0.2, "C": 0.7}, abs=0.09)
    assert len(managed) / len(firms) == pytest.approx(0.5, abs=0.08)
    members = Counter({row["id"]: row["enterprise"] for row in customers}.values())
    small = [members[code] for code, row in firms.items() if row["size_class"] in "DEFG"]
    assert max(small) <= 5
    assert 0.1 < sum(count for code, count in members.items() if code) / CUSTOMERS < 0.5


def test_the_truth_adds_up_to_what_was_taken_in_total_and_per_tenth(truth: demo.Truth, taken: Any) -> None:
    possible = truth.probability > 0
    expected, happened = truth.probability[possible], taken[possible]
    assert happened.sum() == pytest.approx(expected.sum(), rel=0.05)
    assert happened.mean() == pytest.approx(0.01, rel=0.3)
    for tenth in np.array_split(np.argsort(expected), 10)[2:]:
        assert happened[tenth].mean() == pytest.approx(expected[tenth].mean(), rel=0.25)


def test_hardly_anybody_takes_what_the_truth_holds_impossible(
    truth: demo.Truth, taken: Any, files: demo.DemoFiles
) -> None:
    joined = {row["id"]: row["joined_at"] for row in pq.read_table(files.customer).to_pylist()}
    known = np.array([joined[code] < UNTIL - timedelta(days=WINDOW) for code in truth.customers])
    surprises = taken[known] * (truth.probability[known] == 0)
    assert surprises.sum() < 0.03 * taken[known].sum()


def test_knowing_the_truth_finds_far_more_than_knowing_what_is_popular(truth: demo.Truth, taken: Any) -> None:
    possible = truth.probability > 0
    targets = taken * possible
    popular = np.where(possible, taken.sum(axis=0), 0)
    assert hits(truth.probability, targets) > 1.5 * hits(popular, targets)


def hits(scores: Any, targets: Any) -> float:
    """How many targets stand among the five highest scores of their customers."""
    best = np.argsort(-np.nan_to_num(scores), axis=1)[:, :5]
    return float(np.take_along_axis(targets, best, axis=1).sum())


def test_a_customer_of_a_written_story_has_no_truth(truth: demo.Truth) -> None:
    assert np.isnan(truth.probability[truth.customers.index("C0000001")]).all()
    assert np.isnan(truth.probability).any(axis=1).sum() == 1


def test_the_days_after_the_end_can_be_foretold_too() -> None:
    (block,) = demo.truth(customers=500, seed=SEED, until=UNTIL, at=UNTIL)
    assert 0.1 < np.nansum(block.probability) / 500 < 2


def test_later_blocks_do_not_depend_on_those_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.demo.block.SIZE", 400)
    short = demo.write_files(tmp_path / "short", customers=800, seed=1, until=UNTIL)
    long = demo.write_files(tmp_path / "long", customers=1200, seed=1, until=UNTIL)
    some, more = (pq.read_table(files.product).to_pylist() for files in (short, long))
    assert more[: len(some)] == some
    assert {row["customer_id"] for row in more[len(some) :]} <= {f"C{number:07}" for number in range(801, 1201)}
