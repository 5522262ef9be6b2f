"""Ridge regression from all input columns to items, in closed form from sums over customers.

It knows Gram matrices and which columns speak of the same item. Source: Steck 2019, "Embarrassingly shallow
autoencoders for sparse data", with inputs that differ from targets, several columns per item, and a free intercept.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import cho_factor, cho_solve, lapack

from recommender.gram import Gram, accumulate
from recommender.interactions import KINDS, Float64Array, IntArray
from recommender.models.linear import Linear
from recommender.models.recipe import Chunk, Params, Recipe, grid


def learn_held(chunk: Chunk) -> Gram:
    """Everything known now against what is held voluntarily now."""
    return accumulate(chunk.inputs, chunk.voluntary)


def learn_taken(chunk: Chunk) -> Gram:
    """What was known before each window against what was then taken, by customers with history."""
    return _windows(chunk, history=True)


def learn_first(chunk: Chunk) -> Gram:
    """The same of customers without history, who take other things: their first."""
    return _windows(chunk, history=False)


def _windows(chunk: Chunk, *, history: bool) -> Gram:
    sums = Gram.zero(chunk.inputs.shape[1], chunk.items)
    for known, taken in chunk.windows:
        without = np.flatnonzero(np.diff(known[:, : len(KINDS) * chunk.items].indptr) == 0)
        first = accumulate(known[without], taken[without])
        # Those without history are few: to take their sums away is cheaper than to gather the rows of all others.
        sums += accumulate(known, taken) - first if history else first
    return sums


def _penalty(columns: IntArray, items: int, params: Params) -> Float64Array:
    return np.where(columns < len(KINDS) * items, params["l2"], params.get("l2_attributes", params["l2"]))


def _among(gram: Gram, columns: IntArray) -> Gram:
    """The sums of these inputs alone: of six ways of holding each item, whole kinds may be nobody's."""
    return Gram(gram.xtx[np.ix_(columns, columns)], gram.xty[columns], gram.x_sum[columns], gram.y_sum, gram.rows)


def _centred(gram: Gram) -> Gram:
    """Sums of products of deviations from the means: what ridge with a free intercept needs."""
    x_mean = gram.x_sum / max(gram.rows, 1)
    xtx, xty = gram.xtx - np.outer(x_mean, gram.x_sum), gram.xty - np.outer(x_mean, gram.y_sum)
    return Gram(xtx, xty, gram.x_sum, gram.y_sum, gram.rows)


def _ridge(gram: Gram, params: Params, *, own_item: bool) -> Linear:
    """B_j = P r_j with P = (X'X + L)⁻¹ and r_j = X'y_j, over the columns that anybody has.

    Without `own_item` the columns C of item j itself must not predict it: B_j - P[:,C] P[C,C]⁻¹ B_j[C], zero on C.
    The intercept makes bias = ȳ - x̄'B; an item that nobody took has no weights and no bias.
    """
    items, rows = gram.xty.shape[1], max(gram.rows, 1)
    columns = np.flatnonzero(gram.x_sum > 0).astype(np.int64)
    used = _among(gram, columns)
    if params.get("intercept", 1.0):
        used = _centred(used)
    system = used.xtx
    system[np.diag_indices_from(system)] += _penalty(columns, items, params)
    if own_item:
        solved = cho_solve(cho_factor(system, overwrite_a=True), used.xty)
    else:
        inverse = _inverse(system)
        solved = inverse @ used.xty
        _forbid_own(solved, inverse, np.where(columns < len(KINDS) * items, columns % items, -1))
    solved[:, gram.y_sum == 0] = 0.0
    weights = np.zeros((len(gram.x_sum), items), dtype=np.float32)
    weights[columns] = solved
    bias = (gram.y_sum - gram.x_sum[columns] @ solved) / rows if params.get("intercept", 1.0) else np.zeros(items)
    return Linear(weights, bias.astype(np.float32))


def _inverse(system: Float64Array) -> Float64Array:
    """Of a symmetric positive definite matrix, by Cholesky: a third of the work of the general inverse."""
    factor, _ = lapack.dpotrf(system, lower=True)
    lower, _ = lapack.dpotri(factor, lower=True)
    half = np.tril(lower)
    return np.asarray(half + half.T - np.diag(np.diag(half)), dtype=np.float64)


def _forbid_own(solved: Float64Array, inverse: Float64Array, item: IntArray) -> None:
    for j in range(solved.shape[1]):
        same = np.flatnonzero(item == j)
        if len(same):
            solved[:, j] -= inverse[:, same] @ np.linalg.solve(inverse[np.ix_(same, same)], solved[same, j])
            solved[same, j] = 0.0


def autoencoder(gram: Gram, params: Params) -> Linear:
    """What is held predicts what else is held: an item's own columns must not."""
    return _ridge(gram, params, own_item=False)


def regression(gram: Gram, params: Params) -> Linear:
    """What was known predicts what was taken: holding an item, or having ended it, may speak against taking it."""
    return _ridge(gram, params, own_item=True)


def _only_items(gram: Gram) -> Gram:
    return gram.leading(len(KINDS) * gram.xty.shape[1])


def _only_attributes(gram: Gram) -> Gram:
    silent = gram.x_sum.copy()
    silent[: len(KINDS) * gram.xty.shape[1]] = 0.0
    return Gram(gram.xtx, gram.xty, silent, gram.y_sum, gram.rows)


QUICK = (10.0, 30.0, 100.0, 300.0, 1000.0)
FULL = (3.0, 10.0, 30.0, 60.0, 100.0, 200.0, 300.0, 500.0, 1000.0, 3000.0)
WEAK = (3.0, 10.0, 30.0, 100.0, 300.0, 3000.0)

EASE = Recipe(
    "ease",
    learn_held,
    lambda gram, params, seed: autoencoder(_only_items(gram), params),
    quick=grid(l2=QUICK),
    full=grid(l2=FULL, intercept=(0.0, 1.0)),
)
EASE_ATTRIBUTES = Recipe(
    "ease-attributes",
    learn_held,
    lambda gram, params, seed: autoencoder(gram, params),
    quick=grid(l2=(30.0, 100.0, 300.0), l2_attributes=(10.0, 100.0)),
    full=grid(l2=FULL, l2_attributes=WEAK, intercept=(0.0, 1.0)),
    informed=True,
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
    informed=True,
)
# For customers without history: attributes alone.
ATTRIBUTES = Recipe(
    "attributes",
    learn_held,
    lambda gram, params, seed: regression(_only_attributes(gram), params),
    quick=grid(l2=(30.0, 300.0)),
    full=grid(l2=FULL),
    informed=True,
)
ATTRIBUTES_NEXT = Recipe(
    "attributes-next",
    learn_first,
    lambda gram, params, seed: regression(_only_attributes(gram), params),
    quick=grid(l2=(30.0, 300.0, 1000.0, 3000.0)),
    full=grid(l2=(*FULL, 10_000.0)),
    dated=True,
    informed=True,
)
