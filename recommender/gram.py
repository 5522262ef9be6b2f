"""Sums of products of columns, which is all that ridge models need of the customers.

It knows that such sums add up over any split of the rows; it must not know what the columns mean.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.interactions import Float64Array, Matrix


@dataclass(frozen=True, slots=True)
class Gram:
    """`xtx` (inputs × inputs), `xty` (inputs × items), column sums of both, and the number of rows.

    Counts of 0/1 columns are whole numbers, exact in float64, so the order of addition does not matter.
    """

    xtx: Float64Array
    xty: Float64Array
    x_sum: Float64Array
    y_sum: Float64Array
    rows: int

    @classmethod
    def zero(cls, inputs: int, items: int) -> Gram:
        return cls(np.zeros((inputs, inputs)), np.zeros((inputs, items)), np.zeros(inputs), np.zeros(items), 0)

    def __add__(self, other: Gram) -> Gram:
        return Gram(
            self.xtx + other.xtx,
            self.xty + other.xty,
            self.x_sum + other.x_sum,
            self.y_sum + other.y_sum,
            self.rows + other.rows,
        )

    def leading(self, inputs: int) -> Gram:
        """The sums over the first `inputs` columns only."""
        return Gram(self.xtx[:inputs, :inputs], self.xty[:inputs], self.x_sum[:inputs], self.y_sum, self.rows)


def accumulate(x: Matrix, y: Matrix) -> Gram:
    """The sums of one chunk of customers: `x` rows × inputs, `y` rows × items."""
    transposed = x.T.tocsr()
    return Gram(
        # Wide before dense: what nobody has stays memory that is never touched.
        np.asarray((transposed @ x).astype(np.float64).toarray()),
        np.asarray((transposed @ y).astype(np.float64).toarray()),
        np.asarray(x.sum(axis=0), dtype=np.float64),
        np.asarray(y.sum(axis=0), dtype=np.float64),
        x.shape[0],
    )
