"""Penalised logistic regression on sparse 0/1 columns, its probabilities calibrated on customers it has not seen.

It knows rows and answers; it must not know what a column means. Source: Cox 1958; calibration by Platt 1999.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_array
from scipy.special import expit

from recommender.interactions import BoolArray, Float64Array, IntArray, Matrix

STEPS = 100
FOLDS = 3
STRENGTHS = (10.0, 100.0, 1000.0)


@dataclass(frozen=True, slots=True)
class Logistic:
    """`weights` (columns,) and `bias`; logit → `slope` × logit + `shift` is the calibration."""

    weights: Float64Array
    bias: float
    slope: float = 1.0
    shift: float = 0.0

    def logits(self, inputs: Matrix) -> Float64Array:
        return np.asarray(inputs @ self.weights, dtype=np.float64) + self.bias

    def probability(self, inputs: Matrix) -> Float64Array:
        return np.asarray(expit(self.slope * self.logits(inputs) + self.shift), dtype=np.float64)


def fit(inputs: Matrix, answer: BoolArray, strength: float) -> Logistic:
    """The likeliest weights under a penalty of strength/2 × |weights|²; the bias is free."""
    width = inputs.shape[1]
    transposed = csr_array(inputs.T)
    rate = float(np.clip(answer.mean(), 1e-6, 1 - 1e-6))
    # Columns that many customers have are steep: on this scale all curve alike.
    often = np.asarray(inputs.sum(axis=0), dtype=np.float64).ravel()
    scale = np.sqrt(often * rate * (1 - rate) + strength)

    def loss(variables: Float64Array) -> tuple[float, Float64Array]:
        weights, bias = variables[:width] / scale, variables[width]
        logits = np.asarray(inputs @ weights) + bias
        wrong = expit(logits) - answer
        slope = (np.asarray(transposed @ wrong) + strength * weights) / scale
        value = np.logaddexp(0, logits).sum() - logits[answer].sum() + strength / 2 * float(weights @ weights)
        return float(value), np.append(slope, wrong.sum())

    start = np.append(np.zeros(width), np.log(rate / (1 - rate)))
    solved = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": STEPS}).x
    return Logistic(solved[:width] / scale, float(solved[width]))


def folds(size: int, seed: int) -> IntArray:
    """Which of FOLDS each row belongs to, by seed."""
    return np.random.default_rng(seed).integers(0, FOLDS, size)


def learn(inputs: Matrix, answer: BoolArray, seed: int) -> Logistic:
    """The strength of the penalty is chosen, and the probabilities calibrated, on rows held out in turn."""
    part = folds(len(answer), seed)
    unseen = {strength: _unseen(inputs, answer, part, strength) for strength in STRENGTHS}
    best = min(STRENGTHS, key=lambda strength: log_loss(expit(unseen[strength]), answer))
    slope, shift = _platt(unseen[best], answer)
    fitted = fit(inputs, answer, best)
    return Logistic(fitted.weights, fitted.bias, slope, shift)


def _unseen(inputs: Matrix, answer: BoolArray, part: IntArray, strength: float) -> Float64Array:
    logits = np.zeros(len(answer))
    for one in range(FOLDS):
        inside, outside = np.flatnonzero(part != one), np.flatnonzero(part == one)
        fitted = fit(inputs[inside], answer[inside], strength)
        logits[outside] = fitted.logits(inputs[outside])
    return logits


def _platt(logits: Float64Array, answer: BoolArray) -> tuple[float, float]:
    """(slope ≥ 0, shift): a straight line through the logits that says what then happened."""

    def loss(line: Float64Array) -> tuple[float, Float64Array]:
        told = line[0] * logits + line[1]
        wrong = expit(told) - answer
        value = np.logaddexp(0, told).sum() - told[answer].sum()
        return float(value), np.array([wrong @ logits, wrong.sum()])

    solved = minimize(loss, np.array([1.0, 0.0]), jac=True, method="L-BFGS-B", bounds=[(0.0, None), (None, None)]).x
    return float(solved[0]), float(solved[1])


def log_loss(chance: Float64Array, answer: BoolArray) -> float:
    """Mean negative log likelihood."""
    told = np.clip(np.where(answer, chance, 1 - chance), 1e-12, 1)
    return float(-np.log(told).mean())
