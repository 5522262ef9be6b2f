"""Matrix factorisation at serving: a customer is folded in from the holdings of this moment, no user factors are kept.

It knows item factors and the normal equations of weighted ALS (Hu, Koren and Volinsky 2008); fitting is elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recommender.interactions import Float32Array, Float64Array, IntArray, Matrix
from recommender.models.contract import Arrays, evident

BATCH = 512


@dataclass(frozen=True, slots=True)
class Als:
    """`factors`: items × f. A held item has confidence `alpha`, everything else 1; `regularization` is not scaled.

    With Y the factors and H the held items, A = Y'Y + (alpha-1) Y_H'Y_H + regularization·I, the customer's vector is
    alpha · A⁻¹ Σ_{i in H} y_i, so item j scores Σ_{i in H} alpha · y_j' A⁻¹ y_i: exactly one part per held item.
    """

    factors: Float32Array
    alpha: float
    regularization: float

    kind: ClassVar[str] = "als"

    @property
    def bias(self) -> Float32Array:
        return np.zeros(len(self.factors), dtype=np.float32)

    def _base(self) -> Float64Array:
        y = self.factors.astype(np.float64)
        base: Float64Array = y.T @ y + self.regularization * np.eye(y.shape[1])
        return base

    def parts(self, columns: IntArray) -> Float64Array:
        y = self.factors.astype(np.float64)
        found = np.zeros((len(columns), len(y)))
        known = columns < len(y)
        held = y[columns[known]]
        system = self._base() + (self.alpha - 1) * held.T @ held
        found[known] = self.alpha * np.linalg.solve(system, held.T).T @ y.T
        return found

    def score(self, inputs: Matrix) -> Float32Array:
        items, f = self.factors.shape
        held = inputs[:, :items]
        y = self.factors.astype(np.float64)
        outer = (y[:, :, None] * y[:, None, :]).reshape(items, f * f)
        base = self._base()
        scores = np.empty((held.shape[0], items), dtype=np.float32)
        for begin in range(0, held.shape[0], BATCH):
            rows = held[begin : begin + BATCH]
            systems = base + (self.alpha - 1) * np.asarray(rows @ outer).reshape(-1, f, f)
            users = np.linalg.solve(systems, self.alpha * np.asarray(rows @ y)[:, :, None])[:, :, 0]
            scores[begin : begin + BATCH] = users @ y.T
        return evident(scores)

    def worth(self, scores: Float32Array) -> Float32Array:
        return scores

    def to_arrays(self) -> Arrays:
        return {"factors": self.factors, "scale": np.array([self.alpha, self.regularization], dtype=np.float32)}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Als:
        alpha, regularization = arrays["scale"].tolist()
        return cls(arrays["factors"], alpha, regularization)
