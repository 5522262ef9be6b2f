"""Sums of products of columns, which is all that ridge models need of the customers.

It knows that such sums add up over any split of the rows; it must not know what the columns mean.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from recommender.interactions import BoolArray, Float32Array, Float64Array, Matrix

# Columns that one row in so many has are multiplied as dense ones, so many rows at a time: a sparse product costs many
# times as much a number, and nearly everybody has a value of each attribute.
OFTEN, ROWS = 64, 65_536


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

    def __sub__(self, other: Gram) -> Gram:
        """Of the rows that are not among the other's."""
        return Gram(
            self.xtx - other.xtx,
            self.xty - other.xty,
            self.x_sum - other.x_sum,
            self.y_sum - other.y_sum,
            self.rows - other.rows,
        )

    def leading(self, inputs: int) -> Gram:
        """The sums over the first `inputs` columns only."""
        return Gram(self.xtx[:inputs, :inputs], self.xty[:inputs], self.x_sum[:inputs], self.y_sum, self.rows)


def accumulate(x: Matrix, y: Matrix) -> Gram:
    """The sums of one chunk of customers: `x` rows × inputs, `y` rows × items."""
    x_sum, y_sum = (np.asarray(one.sum(axis=0), dtype=np.float64) for one in (x, y))
    often = x_sum * OFTEN > x.shape[0]
    found = Gram(np.zeros((x.shape[1], x.shape[1])), np.zeros((x.shape[1], y.shape[1])), x_sum, y_sum, x.shape[0])
    for low in range(0, x.shape[0], ROWS):
        _add(found, x[low : low + ROWS], y[low : low + ROWS], often)
    return found


def _add(found: Gram, x: Matrix, y: Matrix, often: BoolArray) -> None:
    """The products of some rows, in place. Single precision is exact: no count exceeds ROWS."""
    dense, sparse = _split(x, often)
    many, few = np.flatnonzero(often), np.flatnonzero(~often)
    turned = sparse.T.tocsr()
    found.xtx[np.ix_(many, many)] += dense.T @ dense
    between = np.asarray(turned @ dense)
    found.xtx[np.ix_(few, many)] += between
    found.xtx[np.ix_(many, few)] += between.T
    found.xtx[np.ix_(few, few)] += (turned @ sparse).toarray()
    found.xty[many] += np.asarray(y.T.tocsr() @ dense).T
    found.xty[few] += (turned @ y).toarray()


def _split(x: Matrix, often: BoolArray) -> tuple[Float32Array, Matrix]:
    """The columns that are frequent as a dense matrix, the others as a sparse one."""
    place = np.where(often, np.cumsum(often), np.cumsum(~often)) - 1
    row, column = np.repeat(np.arange(x.shape[0]), np.diff(x.indptr)), place[x.indices]
    here = often[x.indices]
    dense = np.zeros((x.shape[0], int(often.sum())), dtype=np.float32)
    dense[row[here], column[here]] = x.data[here]
    there = ~here
    starts = np.concatenate(([0], np.cumsum(there)))[x.indptr]
    sparse = csr_array((x.data[there], column[there], starts), shape=(x.shape[0], int((~often).sum())))
    return dense, sparse
