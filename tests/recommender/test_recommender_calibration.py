"""Probabilities are what happened, and never change the order."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.calibration import Calibration, calibrate, reliability
from recommender.interactions import Float64Array

# How likely a score truly makes the taking: as odds, as a rate without bound, all at once.
SHAPES: dict[str, Callable[[Float64Array], Float64Array]] = {
    "odds": lambda scores: 1 / (1 + np.exp(4.5 - scores)),
    "rate": lambda scores: np.minimum(0.003 * np.exp(0.8 * scores), 1.0),
    "step": lambda scores: np.where(scores > 1, 0.05, 0.004),
}


def test_rare_adoption_is_met_decile_by_decile() -> None:
    rng = np.random.default_rng(2)
    scores = rng.normal(size=400_000)
    truth = 0.01 * np.exp(0.8 * scores) / np.exp(0.32)
    calibration = calibrate(scores, rng.random(len(scores)) < truth)
    assert calibration is not None
    found = calibration(scores)
    for part in np.array_split(np.argsort(scores), 10):
        assert found[part].mean() == pytest.approx(truth[part].mean(), rel=0.15)
    assert found.sum() == pytest.approx(truth.sum(), rel=0.05)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_a_higher_score_never_is_less_likely(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores = np.round(rng.normal(size=300), 1)
    calibration = calibrate(scores, rng.random(300) < 0.2)
    assert calibration is not None
    assert (np.diff(calibration(np.sort(scores))) >= 0).all()
    assert Calibration.from_dict(calibration.to_dict()) == calibration


def test_nothing_taken_means_no_probability() -> None:
    assert calibrate(np.array([1.0, 2.0]), np.array([False, False])) is None


def test_no_evidence_is_not_likely_at_all() -> None:
    assert Calibration((0.0, 1.0), (0.1, 0.2))(np.array([-np.inf, 0.5])).tolist() == [0.0, pytest.approx(0.15)]


@pytest.mark.parametrize("bad", [([0, 1], [0.5, 0.1]), ([1, 0], [0.1, 0.5]), ([0], [2.0]), ([], []), ([0.0], [np.nan])])
def test_a_calibration_that_does_not_rise_is_refused(bad: tuple[list[float], list[float]]) -> None:
    with pytest.raises(ValueError, match="calibration"):
        Calibration.from_dict({"score": bad[0], "probability": bad[1]})


def test_reliability_is_told_on_customers_the_calibration_has_not_seen() -> None:
    rng = np.random.default_rng(8)
    scores = rng.normal(-4.5, 1.0, (8_000, 12))
    taken = rng.random(scores.shape) < 1 / (1 + np.exp(-scores))
    deciles = reliability(scores, taken)
    assert len(deciles) == 10
    assert [one.high for one in deciles] == sorted(one.high for one in deciles)
    assert sum(one.pairs for one in deciles) == 4_000 * 12
    for one in deciles:
        assert one.expected == pytest.approx(deciles[0].expected, rel=0.5)
        assert abs(one.taken - one.expected) < 3.5 * (2 * one.expected) ** 0.5
    taken[1::2] = False
    assert sum(one.taken for one in reliability(scores, taken)) == 0
    assert reliability(scores, np.zeros_like(taken)) == []


def holds(expected: float, found: float, variance: float) -> bool:
    """Within a tenth, or two standard errors."""
    return abs(found - expected) <= max(0.1 * expected, 2 * variance**0.5)


@pytest.mark.parametrize("shape", SHAPES)
def test_probabilities_are_true_within_a_tenth_or_two_errors_in_each_tenth_of_the_takers(shape: str) -> None:
    """Five operators of 10,000 customers and 20 items: against the truth, and as the report tells it."""
    against, told = [], []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        scores = rng.normal(size=(10_000, 20))
        truth = SHAPES[shape](scores)
        taken = rng.random(scores.shape) < truth
        calibration = calibrate(scores.ravel(), taken.ravel())
        assert calibration is not None
        fresh = np.sort(rng.normal(size=200_000))
        chance = calibration(fresh)
        tenth = np.minimum(np.cumsum(chance) / chance.sum() * 10, 9).astype(int)
        for one in range(10):
            expected = float(chance[tenth == one].sum())
            against.append(holds(expected, float(SHAPES[shape](fresh)[tenth == one].sum()), expected))
        # Learned from one half of the customers, counted on the other: both numbers err.
        told += [holds(one.expected, one.taken, 2 * one.expected) for one in reliability(scores, taken)]
    assert np.mean(against) >= 0.9
    assert np.mean(told) >= 0.9
