"""Multinomial logistic regression: which of the items that are not held is taken next, if any.

It knows rows of inputs and choices; it must not know how they came about. Source: McFadden 1974, "Conditional logit
analysis of qualitative choice behavior". Logits are sums over columns, so it serves as one matrix with exact reasons.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_array, vstack

from recommender.interactions import HELD, KINDS, BoolArray, Float32Array, Float64Array, IntArray, Matrix, indicator
from recommender.models.linear import Logit
from recommender.models.recipe import Chunk, Params, Recipe, grid

# Customers who took nothing say little each: this many for each taker are read, and stand for the others.
IDLE_PER_TAKER = 0.5
STEPS = 30
# Choices × items that are weighed at once, as dense numbers; where there are more, an even part of the choices teaches.
MOST_CELLS = 30_000_000


@dataclass(frozen=True, slots=True)
class Choices:
    """What was known, what could not be chosen, what was chosen, and how many customers each choice stands for.

    `inputs` customers × width, `owner` (choices,) whose each is, and `unknown` (choices × width) what of the owner's
    inputs was not known then; `closed` and `chosen` choices × items. A choice of nothing took nothing; `optional` says
    whether that was possible. `columns`: how many of the inputs speak of items.
    """

    inputs: Matrix
    owner: IntArray
    unknown: Matrix
    closed: Matrix
    chosen: Matrix
    weight: Float32Array
    optional: bool
    columns: int

    @classmethod
    def each(
        cls, inputs: Matrix, closed: Matrix, chosen: Matrix, weight: Float32Array, *, optional: bool, columns: int
    ) -> Choices:
        """One choice a customer, with all of the inputs known."""
        nothing = cast(Matrix, csr_array(inputs.shape, dtype=np.float32))
        return cls(inputs, np.arange(len(weight)), nothing, closed, chosen, weight, optional, columns)

    def __add__(self, other: Choices) -> Choices:
        inputs, unknown, closed, chosen = (
            cast(Matrix, vstack([getattr(self, name), getattr(other, name)], format="csr"))
            for name in ("inputs", "unknown", "closed", "chosen")
        )
        owner = np.concatenate((self.owner, other.owner + self.inputs.shape[0]))
        weight = np.concatenate((self.weight, other.weight))
        return Choices(inputs, owner, unknown, closed, chosen, weight, self.optional, self.columns)

    @property
    def known(self) -> Matrix:
        """choices × width: what was known at each."""
        found = csr_array(self.inputs[self.owner] - self.unknown)
        found.eliminate_zeros()
        return found


def _held(inputs: Matrix, items: int) -> Matrix:
    found = inputs[:, :items]
    for kind in range(1, HELD):
        found = found + inputs[:, kind * items : (kind + 1) * items]
    return cast(Matrix, csr_array(found))


def learn_hidden(chunk: Chunk) -> Choices:
    """Each voluntary holding of each customer, hidden in turn: the rest is known, and something was chosen."""
    row, item = (places.astype(np.int64) for places in chunk.voluntary.nonzero())
    several = np.diff(_held(chunk.inputs, chunk.items).indptr)[row] >= 2
    row, item = row[several], item[several]
    most = max(1, MOST_CELLS // chunk.items)
    if len(row) > most:
        # Evenly spaced, so that nothing depends on chance.
        kept = np.linspace(0, len(row) - 1, most).astype(np.int64)
        row, item = row[kept], item[kept]
    owners, owner = np.unique(row, return_inverse=True)
    one, choice = np.ones(len(row), dtype=np.float32), np.arange(len(row), dtype=np.int64)
    unknown = indicator(len(row), chunk.inputs.shape[1], choice, item)
    chosen = indicator(len(row), chunk.items, choice, item)
    closed = csr_array(_held(chunk.inputs[row], chunk.items) - chosen)
    closed.eliminate_zeros()
    return Choices(
        chunk.inputs[owners], owner.astype(np.int64), unknown, closed, chosen, one, False, len(KINDS) * chunk.items
    )


def learn_taken(chunk: Chunk) -> Choices:
    """What was known before each window and what was then taken, by customers with history."""
    known, *older = (_window(inputs, taken, chunk.items) for inputs, taken in chunk.windows)
    for one in older:
        known = known + one
    return known


def _window(inputs: Matrix, taken: Matrix, items: int) -> Choices:
    columns = len(KINDS) * items
    history = np.diff(inputs[:, :columns].indptr) > 0
    took = np.diff(taken.indptr) > 0
    takers, idle = np.flatnonzero(history & took), np.flatnonzero(history & ~took)
    # Evenly spaced, so that nothing depends on chance.
    read = min(len(idle), int(IDLE_PER_TAKER * len(takers)))
    kept = idle[np.linspace(0, len(idle) - 1, read).astype(np.int64)] if read else idle[:0]
    rows = np.concatenate((takers, kept))
    weight = np.ones(len(rows), dtype=np.float32)
    weight[len(takers) :] = len(idle) / max(len(kept), 1)
    known = inputs[rows]
    return Choices.each(known, _held(known, items), taken[rows], weight, optional=True, columns=columns)


def fit(choices: Choices, params: Params, seed: int) -> Logit:
    """Bias and weights of the likeliest penalised model; items that nobody chose have none."""
    items = choices.chosen.shape[1]
    used = np.flatnonzero(np.asarray(choices.inputs.sum(axis=0)) > 0).astype(np.int64)
    weights = np.zeros((choices.inputs.shape[1], items), dtype=np.float32)
    bias = np.zeros(items, dtype=np.float32)
    taken = np.asarray(choices.chosen.sum(axis=0)) > 0
    if not taken.any():
        return Logit(weights, bias)
    loss = _Loss(choices, used, taken, params)
    solved = minimize(loss, loss.start(), jac=True, method="L-BFGS-B", options={"maxiter": int(params["steps"])}).x
    bias[taken], found = loss.parts(solved)
    weights[np.ix_(used, np.flatnonzero(taken))] = found
    return Logit(weights, bias)


class _Loss:
    """Penalised negative log likelihood per customer, and its slope, over variables scaled to like curvature."""

    def __init__(self, choices: Choices, used: IntArray, taken: BoolArray, params: Params) -> None:
        self.x = csr_array(choices.inputs[:, used])
        self.transposed = csr_array(self.x.T)
        # Choices of one customer differ in what was hidden alone: the rest is multiplied once.
        self.unknown = csr_array(choices.unknown[:, used])
        self.uncounted = csr_array(self.unknown.T)
        self.owner = choices.owner
        choosers = indicator(self.x.shape[0], len(self.owner), self.owner, np.arange(len(self.owner)))
        self.summed = None if self.x.shape[0] == len(self.owner) else choosers
        self.closed = choices.closed[:, taken].nonzero()
        chosen = choices.chosen[:, taken].tocoo()
        self.chosen, self.counted = chosen.coords, chosen.data * choices.weight[chosen.coords[0]]
        self.optional = choices.optional
        self.mass = choices.weight * np.maximum(np.asarray(choices.chosen.sum(axis=1)), 1.0)
        self.total = float(self.mass.sum())
        strength = np.where(used < choices.columns, params["l2"], params["l2_attributes"])
        self.penalty = strength[:, None].astype(np.float32)
        self.share = (np.bincount(self.chosen[1], self.counted, int(taken.sum())) + 0.5) / self.total
        # The curvature of a weight is about (customers who have the column) × (share of the item).
        often = np.asarray(self.transposed @ (choosers @ choices.weight) - self.uncounted @ choices.weight)
        curvature = often[:, None] * self.share + self.penalty
        self.scale = np.sqrt(np.concatenate((self.total * self.share, curvature.ravel())) / self.total)

    def start(self) -> Float64Array:
        nothing = max(1.0 - float(self.share.sum()), 1e-6) if self.optional else 1.0
        start = np.zeros(len(self.scale))
        start[: len(self.share)] = np.log(self.share / nothing)
        return start * self.scale

    def parts(self, variables: Float64Array) -> tuple[Float32Array, Float32Array]:
        """Bias and weights."""
        plain = (variables / self.scale).astype(np.float32)
        return plain[: len(self.share)], plain[len(self.share) :].reshape(-1, len(self.share))

    def __call__(self, variables: Float64Array) -> tuple[float, Float64Array]:
        bias, weights = self.parts(variables)
        logits = self._logits(weights)
        logits += bias
        said = float((logits[self.chosen] * self.counted).sum(dtype=np.float64))
        logits[self.closed] = -np.inf
        top = np.maximum(logits.max(axis=1), 0.0)
        logits -= top[:, None]
        chance = np.exp(logits, out=logits)
        norm = chance.sum(axis=1) + (np.exp(-top) if self.optional else 0.0)
        loss = float((self.mass * (np.log(norm) + top)).sum(dtype=np.float64)) - said
        chance *= (self.mass / norm)[:, None]
        chance[self.chosen] -= self.counted
        slope = self._slope(chance) + self.penalty * weights
        loss += float((self.penalty * weights * weights).sum(dtype=np.float64)) / 2
        gradient = np.concatenate((chance.sum(axis=0, dtype=np.float64), slope.ravel())) / self.scale
        return loss / self.total, gradient / self.total

    def _logits(self, weights: Float32Array) -> Float32Array:
        """choices × items, without the bias."""
        by_customer = np.asarray(self.x @ weights, dtype=np.float32)
        if self.summed is None:
            return by_customer
        return np.asarray(by_customer[self.owner] - self.unknown @ weights, dtype=np.float32)

    def _slope(self, errors: Float32Array) -> Float32Array:
        """inputs × items, from the errors of choices × items."""
        if self.summed is None:
            return np.asarray(self.transposed @ errors)
        return np.asarray(self.transposed @ (self.summed @ errors) - self.uncounted @ errors)


SOFTMAX = Recipe(
    "softmax",
    learn_hidden,
    fit,
    quick=grid(l2=(1.0, 10.0), l2_attributes=(3.0,), steps=(STEPS,)),
    full=grid(l2=(0.3, 1.0, 3.0, 10.0), l2_attributes=(1.0, 10.0, 30.0), steps=(60.0,)),
    sampled=True,
    informed=True,
)
SOFTMAX_NEXT = Recipe(
    "softmax-next",
    learn_taken,
    fit,
    # It costs seconds a fit and gains little over ridge where data are dated: not in a hurry.
    quick=(),
    full=grid(l2=(3.0, 10.0, 30.0), l2_attributes=(10.0, 30.0, 100.0), steps=(STEPS,)),
    dated=True,
    sampled=True,
    informed=True,
)
