"""A model that is one matrix: popularity, neighbours, walks and EASE all serve as this.

It knows weights per input column and a bias per item; it must not know where they come from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from recommender.interactions import Float32Array, Float64Array, IntArray, Matrix
from recommender.models.contract import Arrays, evident


@dataclass(frozen=True, slots=True)
class Linear:
    """`weights`: leading inputs × items (columns beyond them count nothing); `bias`: (items,). Both float32."""

    weights: Float32Array
    bias: Float32Array

    kind: ClassVar[str] = "linear"

    def parts(self, columns: IntArray) -> Float64Array:
        found = np.zeros((len(columns), len(self.bias)))
        known = columns < len(self.weights)
        found[known] = self.weights[columns[known]]
        return found

    def score(self, inputs: Matrix) -> Float32Array:
        used = inputs if inputs.shape[1] == len(self.weights) else inputs[:, : len(self.weights)]
        scores: Float32Array = np.asarray(used @ self.weights, dtype=np.float32)
        scores += self.bias
        return evident(scores)

    def worth(self, scores: Float32Array) -> Float32Array:
        return scores

    def to_arrays(self) -> Arrays:
        return {"weights": self.weights, "bias": self.bias}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        return cls(arrays["weights"], arrays["bias"])


@dataclass(frozen=True, slots=True)
class Logit(Linear):
    """The same sums as logarithms of odds: exponentials of them are what adds up over customers."""

    kind: ClassVar[str] = "logit"

    def worth(self, scores: Float32Array) -> Float32Array:
        chance = np.exp(scores - np.max(scores, axis=1, keepdims=True, initial=-1e30))
        return np.asarray(chance / np.maximum(chance.sum(axis=1, keepdims=True), 1.0), dtype=np.float32)


def constant(bias: Float64Array) -> Linear:
    """The same scores for everybody."""
    return Linear(np.zeros((0, len(bias)), dtype=np.float32), bias.astype(np.float32))
