"""The contract of a model that serves: scores are sums of one contribution per input column.

It knows shapes and additivity; it must not know how any model is fitted.
"""

from __future__ import annotations

from typing import ClassVar, Protocol

import numpy as np
import numpy.typing as npt

from recommender.interactions import Float32Array, Float64Array, IntArray, Matrix

NO_EVIDENCE = -np.inf
Arrays = dict[str, npt.NDArray[np.float32]]


class Model(Protocol):
    """Input columns are 0/1. For one customer with columns C: score_j = bias_j + Σ_{c in C} parts[c, j], exactly.

    A score of exactly zero is no evidence: `score` says -inf there, and the item is not ranked.
    """

    kind: ClassVar[str]

    @property
    def bias(self) -> Float32Array:
        """(items,): what an item scores for somebody of whom nothing is known."""
        ...

    def parts(self, columns: IntArray) -> Float64Array:
        """(len(columns), items): what each of one customer's columns adds to the score of each item."""
        ...

    def score(self, inputs: Matrix) -> Float32Array:
        """rows × items, -inf where the model has no evidence."""
        ...

    def worth(self, scores: Float32Array) -> Float32Array:
        """Of scores (rows × items) what may be added up over customers: the same order within each row."""
        ...

    def to_arrays(self) -> Arrays:
        """Everything the model is, as float32 arrays; `models.registry.restore` is the inverse."""
        ...


def evident(scores: Float32Array) -> Float32Array:
    """Exact zeros become -inf, in place."""
    scores[scores == 0] = NO_EVIDENCE
    return scores
