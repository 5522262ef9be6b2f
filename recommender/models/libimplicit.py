"""Neighbours (BM25) and matrix factorisation (ALS) as the library `implicit` fits them; we serve them ourselves.

It is the only module that knows `implicit`, and its traps: threads of BLAS, unscaled regularisation, K that counts the
item itself. It must not use the library's scoring, which pads lists and keeps no ids.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

import numpy as np
from implicit.als import AlternatingLeastSquares
from implicit.nearest_neighbours import BM25Recommender
from implicit.utils import ParameterWarning
from scipy.sparse import csr_matrix, vstack
from threadpoolctl import threadpool_limits

from recommender.interactions import Float64Array, Matrix
from recommender.models.als import Als
from recommender.models.linear import Linear
from recommender.models.recipe import Chunk, Params, Recipe, grid


@dataclass(frozen=True, slots=True)
class Rows:
    """Voluntary holdings themselves, customers × items, for what cannot be fitted from sums."""

    held: Matrix

    def __add__(self, other: Rows) -> Rows:
        return Rows(cast(Matrix, vstack([self.held, other.held], format="csr")))


def learn(chunk: Chunk) -> Rows:
    return Rows(chunk.voluntary)


def _matrix(rows: Rows) -> csr_matrix[np.float32]:
    return csr_matrix((rows.held.data, rows.held.indices, rows.held.indptr), shape=rows.held.shape)


@contextmanager
def _quiet() -> Iterator[None]:
    with threadpool_limits(1, "blas"), warnings.catch_warnings():
        # The library converts what it made itself, and warns about it on every fit.
        warnings.simplefilter("ignore", ParameterWarning)
        yield


def fit_bm25(rows: Rows, params: Params, seed: int) -> Linear:
    """Similarity of each item to its K nearest; `k1` and `b` are BM25's, as in Robertson and Zaragoza 2009."""
    items = rows.held.shape[1]
    model = BM25Recommender(K=min(int(params["neighbours"]), items) + 1, K1=params["k1"], B=params["b"])
    with _quiet():
        model.fit(_matrix(rows), show_progress=False)
    weights: Float64Array = np.array(model.similarity.toarray(), dtype=np.float64)
    np.fill_diagonal(weights, 0.0)
    scale = weights.max() or 1.0
    return Linear((weights / scale).astype(np.float32), np.zeros(items, dtype=np.float32))


def fit_als(rows: Rows, params: Params, seed: int) -> Als:
    """Only the item factors are kept; customers are folded in at serving."""
    alpha, regularization = params["alpha"], params["regularization"]
    with _quiet():
        model = AlternatingLeastSquares(
            factors=int(params["factors"]),
            regularization=regularization,
            alpha=alpha,
            iterations=int(params["iterations"]),
            random_state=seed,
            use_gpu=False,
        )
        model.fit(_matrix(rows), show_progress=False)
    return Als(np.asarray(model.item_factors, dtype=np.float32), alpha, regularization)


BM25 = Recipe(
    "bm25",
    learn,
    fit_bm25,
    quick=grid(neighbours=(50.0,), k1=(1.2, 100.0), b=(0.2, 0.75)),
    full=grid(neighbours=(20.0, 50.0, 200.0), k1=(1.2, 10.0, 100.0), b=(0.0, 0.2, 0.5, 0.75, 1.0)),
    sampled=True,
)
ALS = Recipe(
    "als",
    learn,
    fit_als,
    quick=(
        {"factors": 16.0, "alpha": 10.0, "regularization": 10.0, "iterations": 10.0},
        {"factors": 32.0, "alpha": 40.0, "regularization": 300.0, "iterations": 10.0},
    ),
    full=grid(
        factors=(8.0, 32.0, 128.0), alpha=(0.5, 5.0, 40.0), regularization=(1.0, 30.0, 300.0), iterations=(15.0,)
    ),
    sampled=True,
)
