"""k-means on points: centres, labels, and how stable they are.

It knows arrays and seeds; it must not know what a dimension means. Sources: Lloyd 1982; k-means++ of Arthur and
Vassilvitskii 2007; the adjusted Rand index of Hubert and Arabie 1985.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from recommender.interactions import Float32Array, Float64Array, IntArray

STABILITY_SAMPLE = 3_000
ROUNDS, STARTS, PAIRS = 30, 3, 6


def nearest(centres: Float32Array, where: Float32Array) -> tuple[IntArray, Float32Array]:
    """The nearest centre of each point, and how far it is (squared)."""
    squared = (where**2).sum(axis=1)[:, None] - 2 * where @ centres.T + (centres**2).sum(axis=1)
    label = squared.argmin(axis=1)
    return label.astype(np.int64), np.maximum(squared[np.arange(len(where)), label], 0)


def _spread(where: Float32Array, k: int, rng: np.random.Generator) -> Float32Array:
    """k-means++: each next centre is a point drawn by its squared distance from those before."""
    centres = where[rng.integers(len(where))][None]
    far = nearest(centres, where)[1].astype(np.float64)
    for _ in range(k - 1):
        total = far.sum()
        at = rng.choice(len(where), p=far / total) if total > 0 else rng.integers(len(where))
        centres = np.concatenate((centres, where[at][None]))
        far = np.minimum(far, ((where - where[at]) ** 2).sum(axis=1))
    chosen: Float32Array = centres
    return chosen


def lloyd(where: Float32Array, centres: Float32Array) -> tuple[Float32Array, float]:
    """(centres after ROUNDS or when nothing moves, the sum of squared distances)."""
    label = np.full(len(where), -1)
    for _ in range(ROUNDS):
        now, far = nearest(centres, where)
        if (now == label).all():
            break
        label = now
        size = np.bincount(label, minlength=len(centres))
        one = np.ones(len(where), dtype=np.float32)
        sums = csr_array((one, (label, np.arange(len(where)))), shape=(len(centres), len(where))) @ where
        # A centre that lost all its points takes the farthest one.
        sums[size == 0], size[size == 0] = where[far.argmax()], 1
        centres = (sums / size[:, None]).astype(np.float32)
    return centres, float(nearest(centres, where)[1].sum())


def cluster(where: Float32Array, k: int, rng: np.random.Generator, starts: int = STARTS) -> tuple[Float32Array, float]:
    """The best of several starts."""
    return min((lloyd(where, _spread(where, k, rng)) for _ in range(starts)), key=lambda one: one[1])


def adjusted_rand(one: IntArray, other: IntArray) -> float:
    """1 where two groupings agree, about 0 where they agree by chance alone."""
    table = np.zeros((int(one.max()) + 1, int(other.max()) + 1))
    np.add.at(table, (one, other), 1)
    both, rows, columns = _pairs(table), _pairs(table.sum(axis=1)), _pairs(table.sum(axis=0))
    total = len(one) * (len(one) - 1) / 2
    chance = rows * columns / total
    most = (rows + columns) / 2
    return (both - chance) / (most - chance) if most != chance else 1.0


def _pairs(counts: Float64Array) -> float:
    return float((counts * (counts - 1) / 2).sum())


def stability(where: Float32Array, k: int, seed: int) -> float:
    """The mean adjusted Rand index of groupings learned from pairs of bootstrap samples."""
    rng = np.random.default_rng((seed, k))
    common, found = where[:STABILITY_SAMPLE], []
    for _ in range(PAIRS):
        samples = (where[rng.integers(0, len(where), min(len(where), STABILITY_SAMPLE))] for _ in range(2))
        labels = [nearest(cluster(sample, k, rng, 2)[0], common)[0] for sample in samples]
        found.append(adjusted_rand(*labels))
    return float(np.mean(found))
