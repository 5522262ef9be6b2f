"""From a raw score to the probability that the item is taken within the window.

It knows scores and what happened after them; it must not know which model scored, and it never changes the order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import isotonic_regression

from recommender.interactions import BoolArray, Float64Array

BINS = 200
DECILES = 10


@dataclass(frozen=True, slots=True)
class Calibration:
    """A rising broken line through (`score`, `probability`); flat beyond its ends."""

    score: tuple[float, ...]
    probability: tuple[float, ...]

    def __call__(self, scores: npt.ArrayLike) -> Float64Array:
        """Probabilities of the same shape; -inf (no evidence) has probability 0."""
        raw = np.asarray(scores, dtype=np.float64)
        found: Float64Array = np.interp(raw, self.score, self.probability)
        return np.where(np.isneginf(raw), 0.0, found)

    def to_dict(self) -> dict[str, Any]:
        return {"score": list(self.score), "probability": list(self.probability)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Calibration:
        score, probability = np.array(data["score"], dtype=float), np.array(data["probability"], dtype=float)
        if score.ndim != 1 or score.shape != probability.shape or not len(score):
            raise ValueError("a calibration needs as many scores as probabilities")
        rising = np.all(np.diff(score) > 0) and np.all(np.diff(probability) >= 0)
        if not rising or not np.isfinite(score + probability).all() or probability[0] < 0 or probability[-1] > 1:
            raise ValueError("a calibration must rise from 0 to 1 at most")
        return cls(tuple(score.tolist()), tuple(probability.tolist()))


def calibrate(scores: Float64Array, taken: BoolArray) -> Calibration | None:
    """Isotonic regression over quantile bins of the scores (Zadrozny and Elkan 2002); None when nothing was taken.

    `scores` and `taken` are parallel, one entry per customer and item offered; -inf scores are left out. Bins hold
    equal numbers of the *taken*, because adoption is about one in a hundred and detail belongs where it happens.
    """
    known = np.isfinite(scores)
    scores, taken = scores[known], taken[known]
    if not taken.any():
        return None
    edges = np.unique(np.quantile(scores[taken], np.linspace(0, 1, min(BINS, int(taken.sum()) // 10 + 2))))
    bins = np.searchsorted(edges, scores, side="right")
    count = np.bincount(bins, minlength=len(edges) + 1)
    used = count > 0
    mean_score = np.bincount(bins, weights=scores, minlength=len(count))[used] / count[used]
    rate = np.bincount(bins, weights=taken, minlength=len(count))[used] / count[used]
    fitted = isotonic_regression(rate, weights=count[used].astype(float)).x
    kept = np.concatenate(([True], np.diff(mean_score) > 0))
    return Calibration(tuple(mean_score[kept].tolist()), tuple(np.clip(fitted[kept], 0, 1).tolist()))


@dataclass(frozen=True, slots=True)
class Decile:
    """A tenth of the takers that are expected: so many customer-item `pairs` with a probability up to `high`."""

    high: float
    pairs: int
    expected: float
    taken: int

    def to_dict(self) -> dict[str, Any]:
        return {"high": self.high, "pairs": self.pairs, "expected": self.expected, "taken": self.taken}


def reliability(scores: Float64Array, taken: BoolArray) -> list[Decile]:
    """How true probabilities are: calibrated on every other customer, counted on those between. Lowest first.

    Both are customers × items; -inf scores are left out. Tenths of the expected takers, since adoption is rare. Empty
    when nothing was taken.
    """
    found = calibrate(scores[::2].ravel(), taken[::2].ravel())
    chance, happened = scores[1::2].ravel(), taken[1::2].ravel()
    known = np.isfinite(chance)
    if found is None or not known.any():
        return []
    chance, happened = found(chance[known]), happened[known]
    order = np.argsort(chance, kind="stable")
    reached = np.cumsum(chance[order])
    tenth = np.minimum((reached / max(float(reached[-1]), 1e-300) * DECILES).astype(np.int64), DECILES - 1)
    pairs, expected = np.bincount(tenth), np.bincount(tenth, weights=chance[order])
    counted = np.bincount(tenth, weights=happened[order])
    return [
        Decile(float(chance[order][tenth == one].max()), int(pairs[one]), float(expected[one]), int(counted[one]))
        for one in np.flatnonzero(pairs).tolist()
    ]
