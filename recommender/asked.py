"""A model asked of one customer: what each known fact adds to each item's score, and how sure a score is.

It knows a served model and columns; it must not know what the columns stand for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recommender.artifact import Served
from recommender.interactions import Float64Array


@dataclass(frozen=True, slots=True)
class Asked:
    """`parts` is columns × items, `bias` (items,): what stands before them. An item's score is the sum of both."""

    served: Served
    parts: Float64Array
    bias: Float64Array

    @classmethod
    def of(cls, served: Served, columns: Sequence[int]) -> Asked:
        parts = served.model.parts(np.array(columns, dtype=np.int64))
        return cls(served, parts, served.model.bias.astype(np.float64))

    @property
    def is_silent(self) -> bool:
        """Whether the model has no evidence for any item."""
        return not (self.bias.any() or self.parts.any())

    def scores(self) -> Float64Array:
        found: Float64Array = self.parts.sum(axis=0) + self.bias
        return found

    def chances(self, scores: Float64Array) -> Float64Array | None:
        """How sure scores of this model are; None: nobody knows."""
        return self.served.calibration(scores) if self.served.calibration else None
