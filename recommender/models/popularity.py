"""What everybody takes: the model that every other must beat, and that serves who is unknown or wants nothing personal.

It counts voluntary rows only, of all time or of the last window; forced, unused and ended rows say little about taste.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.interactions import Float64Array
from recommender.models.linear import Linear, constant
from recommender.models.recipe import Chunk, Params, Recipe


@dataclass(frozen=True, slots=True)
class Counts:
    """Voluntary rows per item, and the customers they were counted over."""

    count: Float64Array
    rows: int

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.count + other.count, self.rows + other.rows)

    @property
    def share(self) -> Float64Array:
        return self.count / max(self.rows, 1)


def count_held(chunk: Chunk) -> Counts:
    """Customers who hold each item voluntarily now."""
    held = chunk.voluntary
    return Counts(np.asarray(held.sum(axis=0), dtype=np.float64), held.shape[0])


def count_taken(chunk: Chunk) -> Counts:
    """Customers who took each item voluntarily in the last window."""
    if chunk.taken is None:
        raise ValueError("recent popularity needs dated acquisitions")
    return Counts(np.asarray(chunk.taken.sum(axis=0), dtype=np.float64), chunk.taken.shape[0])


def fit(counts: Counts, params: Params, seed: int) -> Linear:
    return constant(counts.share)


POPULARITY = Recipe("popularity", count_held, fit, impersonal=True)
RECENT = Recipe("recent-popularity", count_taken, fit, dated=True, impersonal=True)
