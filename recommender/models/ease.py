"""Ridge regression from all input columns to items, in closed form from sums over customers.

It knows Gram matrices and which columns speak of the same item. Source: Steck 2019, "Embarrassingly shallow autoencoders
for sparse data", with inputs that differ from targets and several columns per item kept from predicting it.
"""

from __future__ import annotations

import numpy as np

from recommender.gram import Gram, accumulate
from recommender.interactions import KINDS, Float64Array, IntArray
from recommender.models.linear import Linear
from recommender.models.recipe import Chunk, Params, Recipe, grid


def learn_held(chunk: Chunk) -> Gram:
    """Everything known now against what is held voluntarily now."""
    return accumulate(chunk.inputs, chunk.voluntary)


def learn_taken(chunk: Chunk) -> Gram:
    """What was known one window before against what was then taken."""
    if chunk.earlier is None or chunk.taken is None:
        raise ValueError("learning from acquisitions needs dated data")
    return accumulate(chunk.earlier, chunk.taken)


def _penalty(columns: IntArray, items: int, params: Params) -> Float64Array:
    return np.where(columns < len(KINDS) * items, params["l2"], params.get("l2_attributes", params["l2"]))


def _inverse(gram: Gram, columns: IntArray, items: int, params: Params) -> Float64Array:
    system = gram.xtx[np.ix_(columns, columns)]
    system[np.diag_indices_from(system)] += _penalty(columns, items, params)
    return np.linalg.inv(system)


def _linear(solved: Float64Array, columns: IntArray, width: int, bias: Float64Array) -> Linear:
    weights = np.zeros((width, solved.shape[1]), dtype=np.float32)
    weights[columns] = solved
    return Linear(weights, bias.astype(np.float32))


def autoencoder(gram: Gram, params: Params) -> Linear:
    """B_j = P r_j - P[:,C] P[C,C]⁻¹ (P r_j)[C] with P = (X'X + L)⁻¹, r_j = X'y_j and C the columns of item j itself."""
    items = gram.xty.shape[1]
    columns = np.flatnonzero(gram.x_sum > 0).astype(np.int64)
    inverse = _inverse(gram, columns, items, params)
    solved = inverse @ gram.xty[columns]
    own = np.where(columns < len(KINDS) * items, columns % items, -1)
    for j in range(items):
        same = np.flatnonzero(own == j)
        if len(same):
            solved[:, j] -= inverse[:, same] @ np.linalg.solve(inverse[np.ix_(same, same)], solved[same, j])
            solved[same, j] = 0.0
    return _linear(solved, columns, len(gram.x_sum), np.zeros(items))


def regression(gram: Gram, params: Params) -> Linear:
    """Ridge with a free intercept: centred sums, bias = ȳ - x̄'B; the customer's own item may speak against itself."""
    items = gram.xty.shape[1]
    columns = np.flatnonzero(gram.x_sum > 0).astype(np.int64)
    rows = max(gram.rows, 1)
    x_mean, y_mean = gram.x_sum / rows, gram.y_sum / rows
    centred = Gram(
        gram.xtx - rows * np.outer(x_mean, x_mean),
        gram.xty - rows * np.outer(x_mean, y_mean),
        gram.x_sum,
        gram.y_sum,
        gram.rows,
    )
    solved = _inverse(centred, columns, items, params) @ centred.xty[columns]
    solved[:, gram.y_sum == 0] = 0.0
    return _linear(solved, columns, len(gram.x_sum), y_mean - x_mean[columns] @ solved)


def _only_items(gram: Gram) -> Gram:
    return gram.leading(len(KINDS) * gram.xty.shape[1])


def _only_attributes(gram: Gram) -> Gram:
    silent = gram.x_sum.copy()
    silent[: len(KINDS) * gram.xty.shape[1]] = 0.0
    return Gram(gram.xtx, gram.xty, silent, gram.y_sum, gram.rows)


QUICK, FULL = (10.0, 30.0, 100.0, 300.0, 1000.0), (3.0, 10.0, 30.0, 60.0, 100.0, 200.0, 300.0, 500.0, 1000.0, 3000.0)
WEAK = (30.0, 300.0, 3000.0)

EASE = Recipe(
    "ease",
    learn_held,
    lambda gram, params, seed: autoencoder(_only_items(gram), params),
    quick=grid(l2=QUICK),
    full=grid(l2=FULL),
)
EASE_ATTRIBUTES = Recipe(
    "ease-attributes",
    learn_held,
    lambda gram, params, seed: autoencoder(gram, params),
    quick=grid(l2=(30.0, 100.0, 300.0), l2_attributes=(30.0, 300.0)),
    full=grid(l2=FULL, l2_attributes=WEAK),
)
NEXT = Recipe(
    "ease-next",
    learn_taken,
    lambda gram, params, seed: regression(_only_items(gram), params),
    quick=grid(l2=QUICK),
    full=grid(l2=FULL),
    dated=True,
)
NEXT_ATTRIBUTES = Recipe(
    "ease-next-attributes",
    learn_taken,
    lambda gram, params, seed: regression(gram, params),
    quick=grid(l2=(30.0, 300.0, 3000.0), l2_attributes=(300.0,)),
    full=grid(l2=FULL, l2_attributes=WEAK),
    dated=True,
)
# For customers without history: attributes alone.
ATTRIBUTES = Recipe(
    "attributes",
    learn_held,
    lambda gram, params, seed: regression(_only_attributes(gram), params),
    quick=grid(l2=(30.0, 300.0)),
    full=grid(l2=FULL),
)
ATTRIBUTES_NEXT = Recipe(
    "attributes-next",
    learn_taken,
    lambda gram, params, seed: regression(_only_attributes(gram), params),
    quick=grid(l2=(30.0, 300.0)),
    full=grid(l2=FULL),
    dated=True,
)
