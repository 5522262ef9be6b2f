"""How well items were ranked: per customer, over customers, and how sure that is.

It knows scores, what was held and what was taken; it must not know models. NDCG as in Järvelin and Kekäläinen 2002.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.interactions import BoolArray, Float32Array, Float64Array, IntArray, Matrix

METRICS = ("HR@1", "HR@3", "HR@5", "R@5", "NDCG@10", "MRR@3")
NDCG = METRICS.index("NDCG@10")
LIST = 5
RESAMPLES = 400
RESAMPLED_AT_ONCE = 50
UNRANKED = np.iinfo(np.int64).max // 2


@dataclass(frozen=True, slots=True)
class Judged:
    """`users`: customers × METRICS. `shown`: how often each item stood in a list of five."""

    users: Float64Array
    shown: Float64Array


def judge(scores: Float32Array, closed: BoolArray, targets: Matrix) -> Judged:
    """Rank everything that is not closed and look for the targets; all are rows × items, every row has a target.

    Items of score -inf are not ranked: a target among them is a miss. Equal scores rank by place, as in serving.
    """
    open_scores = scores.copy()
    open_scores[closed] = -np.inf
    row, item = targets.nonzero()
    places = _places(open_scores, row.astype(np.int64), item.astype(np.int64))
    return Judged(_per_user(places, row.astype(np.int64), targets.shape[0]), _shown(open_scores))


def _places(scores: Float32Array, row: IntArray, item: IntArray) -> IntArray:
    own = scores[row, item][:, None]
    lines = scores[row]
    before = np.arange(scores.shape[1]) < item[:, None]
    place: IntArray = (lines > own).sum(axis=1) + ((lines == own) & before).sum(axis=1)
    place[np.isneginf(own[:, 0])] = UNRANKED
    return place


def _per_user(places: IntArray, row: IntArray, users: int) -> Float64Array:
    first = np.full(users, np.iinfo(np.int64).max)
    np.minimum.at(first, row, places)
    gain = np.bincount(row, weights=np.where(places < 10, 1 / np.log2(places + 2.0), 0.0), minlength=users)
    wanted = np.bincount(row, minlength=users)
    ideal = np.concatenate(([1.0], np.cumsum(1 / np.log2(np.arange(10) + 2.0))))[np.minimum(wanted, 10)]
    ideal[wanted == 0] = 1.0
    reciprocal = np.where(first < 3, 1 / (np.minimum(first, 3) + 1.0), 0.0)
    # Of five places no more than five targets can be met.
    recall = np.bincount(row, weights=places < 5, minlength=users) / np.clip(wanted, 1, 5)
    return np.stack([first < 1, first < 3, first < 5, recall, gain / ideal, reciprocal], axis=1).astype(np.float64)


def _shown(scores: Float32Array) -> Float64Array:
    length = min(LIST, scores.shape[1])
    best = np.argpartition(-scores, length - 1, axis=1)[:, :length]
    ranked = np.isfinite(np.take_along_axis(scores, best, axis=1))
    return np.bincount(best[ranked], minlength=scores.shape[1]).astype(np.float64)


def coverage(shown: Float64Array) -> float:
    """The share of all items that stood in at least one list."""
    return float((shown > 0).mean()) if len(shown) else 0.0


def popular_share(shown: Float64Array, popularity: Float64Array) -> float:
    """The share of list places taken by the tenth of the items that most customers hold (at least one item)."""
    top = np.argsort(-popularity, kind="stable")[: max(1, len(popularity) // 10)]
    return float(shown[top].sum() / max(shown.sum(), 1.0))


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and the 95 % interval of its bootstrap over customers."""

    mean: float
    low: float
    high: float


def bootstrap(values: Float64Array, seed: int) -> list[Interval]:
    """One Interval per column of `values` (customers × columns): Poisson bootstrap, Hanley and MacGibbon 2006.

    All columns see the same resamples, so pass differences as columns to compare candidates in pairs.
    """
    if not len(values):
        return [Interval(0.0, 0.0, 0.0)] * values.shape[1]
    rng = np.random.default_rng(seed)
    narrow = values.astype(np.float32)
    means = []
    for _ in range(RESAMPLES // RESAMPLED_AT_ONCE):
        weight = rng.poisson(1.0, (RESAMPLED_AT_ONCE, len(values))).astype(np.float32)
        means.append(weight @ narrow / np.maximum(weight.sum(axis=1, keepdims=True), 1.0))
    low, high = np.quantile(np.concatenate(means), (0.025, 0.975), axis=0)
    mean = values.mean(axis=0)
    return [Interval(float(a), float(b), float(c)) for a, b, c in zip(mean, low, high, strict=True)]
