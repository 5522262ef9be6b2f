"""Figures that were computed by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from recommender.metrics import METRICS, bootstrap, coverage, judge, popular_share


def judged(scores: list[list[float]], held: list[list[int]], targets: list[list[int]]) -> dict[str, list[float]]:
    found = judge(
        np.array(scores, dtype=np.float32),
        np.array(held, dtype=bool),
        csr_array(np.array(targets, dtype=np.float32)),
    )
    return dict(zip(METRICS, found.users.T.tolist(), strict=True))


def test_one_target_in_second_place() -> None:
    found = judged([[4, 3, 2, 1]], [[0, 0, 0, 0]], [[0, 1, 0, 0]])
    assert found["HR@1"] == [0]
    assert found["HR@3"] == [1]
    assert found["NDCG@10"] == [pytest.approx(1 / np.log2(3))]
    assert found["MRR@3"] == [pytest.approx(1 / 2)]


def test_what_is_held_does_not_stand_in_the_list() -> None:
    found = judged([[4, 3, 2, 1]], [[1, 0, 0, 0]], [[0, 1, 0, 0]])
    assert found["HR@1"] == found["NDCG@10"] == found["MRR@3"] == [1]


def test_two_targets_share_the_ideal() -> None:
    found = judged([[4, 3, 2, 1]], [[0, 0, 0, 0]], [[1, 0, 1, 0]])
    assert found["NDCG@10"] == [pytest.approx((1 + 1 / 2) / (1 + 1 / np.log2(3)))]


def test_recall_counts_what_of_five_places_could_be_met() -> None:
    two = judged([[6, 5, 4, 3, 2, 1]], [[0] * 6], [[1, 0, 0, 0, 0, 1]])
    six = judged([[7, 6, 5, 4, 3, 2, 1]], [[0] * 7], [[1, 1, 1, 1, 1, 1, 0]])
    assert (two["R@5"], six["R@5"]) == ([0.5], [1])


def test_a_target_without_evidence_is_a_miss_even_in_a_short_list() -> None:
    found = judged([[1, -np.inf, -np.inf]], [[0, 0, 0]], [[0, 1, 0]])
    assert [found[name] for name in METRICS] == [[0]] * len(METRICS)


def test_a_fourth_place_counts_for_five_but_not_for_three() -> None:
    found = judged([[5, 4, 3, 2, 1]], [[0] * 5], [[0, 0, 0, 1, 0]])
    assert (found["HR@3"], found["HR@5"], found["MRR@3"]) == ([0], [1], [0])
    assert found["NDCG@10"] == [pytest.approx(1 / np.log2(5))]


def test_equal_scores_rank_as_they_are_served_by_place() -> None:
    assert judged([[1, 1, 1]], [[0, 0, 0]], [[0, 1, 0]])["MRR@3"] == [pytest.approx(1 / 2)]


def test_coverage_and_the_share_of_the_most_popular() -> None:
    shown = np.array([6.0, 2.0, 0.0, 0.0])
    assert coverage(shown) == 0.5
    assert popular_share(shown, np.array([1.0, 9.0, 0.0, 0.0])) == 0.25


def test_the_bootstrap_interval_holds_the_mean_and_repeats_by_seed() -> None:
    values = np.random.default_rng(0).normal(0.3, 1.0, (2_000, 1))
    one = bootstrap(values, 5)[0]
    assert one == bootstrap(values, 5)[0]
    assert one.low < one.mean < one.high
    assert one.high - one.low == pytest.approx(2 * 1.96 / np.sqrt(2_000), rel=0.15)
