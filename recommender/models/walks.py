"""RP3beta: a random walk of three steps from an item over its holders to their items, dampened by popularity.

It knows voluntary holdings; source: Paudel, Christoffel, Newell and Bernstein 2017, "Updatable, accurate, diverse, and
scalable recommendations for interactive applications", ACM TiiS 7(1).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from recommender.interactions import Float64Array, Matrix
from recommender.models.linear import Linear
from recommender.models.recipe import Chunk, Params, Recipe, grid

ALPHAS = (0.5, 1.0)


@dataclass(frozen=True, slots=True)
class Walks:
    """Per alpha: Σ over customers of (their number of items)^-alpha × x x', and how many hold each item."""

    between: dict[float, Float64Array]
    holders: Float64Array

    def __add__(self, other: Walks) -> Walks:
        summed = {alpha: matrix + other.between[alpha] for alpha, matrix in self.between.items()}
        return Walks(summed, self.holders + other.holders)


def learn(chunk: Chunk) -> Walks:
    held = chunk.voluntary
    size = np.maximum(np.asarray(held.sum(axis=1)), 1.0)
    return Walks({alpha: _weighted(held, size**-alpha) for alpha in ALPHAS}, np.asarray(held.sum(axis=0), dtype=float))


def _weighted(held: Matrix, weight: Float64Array) -> Float64Array:
    scaled = csr_array(held.astype(np.float64).multiply(weight[:, None]))
    return np.asarray((held.T.tocsr() @ scaled).toarray(), dtype=np.float64)


def fit(walks: Walks, params: Params, seed: int) -> Linear:
    """From item i to item j: holders_i^-alpha × between_ij × holders_j^-beta; no item leads to itself."""
    holders = np.maximum(walks.holders, 1.0)
    alpha = params["alpha"]
    weights = holders[:, None] ** -alpha * walks.between[alpha] * holders ** -params["beta"]
    np.fill_diagonal(weights, 0.0)
    scale = weights.max() or 1.0
    return Linear((weights / scale).astype(np.float32), np.zeros(len(holders), dtype=np.float32))


RP3BETA = Recipe(
    "rp3beta",
    learn,
    fit,
    quick=grid(alpha=(1.0,), beta=(0.1, 0.3, 0.5)),
    full=grid(alpha=ALPHAS, beta=(0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)),
)
