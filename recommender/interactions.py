"""Who held which item when, and in which way at a cutoff.

It knows rows of arrays and instants in seconds; it must not know a database, a clock, or what an item is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

BoolArray: TypeAlias = npt.NDArray[np.bool_]
IntArray: TypeAlias = npt.NDArray[np.int64]
# Kinds need no more than a byte, of which there are very many.
SmallArray: TypeAlias = npt.NDArray[np.integer]
Float64Array: TypeAlias = npt.NDArray[np.float64]
Float32Array: TypeAlias = npt.NDArray[np.float32]
Matrix: TypeAlias = "csr_array[np.float32]"

# Strongest first: a customer has one cell per item, and the strongest way of holding it wins.
# What ended within 30 days, within a year, and longer ago (or nobody knows when) are inputs of their own: who has just
# left does not come back, and what was liked long ago fades at a pace that the data tell.
KINDS = ("voluntary", "forced", "inactive", "just_ended", "lately_ended", "ended")
VOLUNTARY, FORCED, INACTIVE, JUST_ENDED, LATELY_ENDED, ENDED = range(6)
# The ways of holding come first: kinds below this are held.
HELD = JUST_ENDED

DAY = 86_400
JUST, LATELY = 30 * DAY, 365 * DAY
UNKNOWN_START = np.iinfo(np.int64).min
UNKNOWN_END = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Cells:
    """One way of holding per customer and item: parallel arrays `row`, `item`, `kind` (an index into KINDS)."""

    rows: int
    row: IntArray
    item: IntArray
    kind: IntArray

    def held(self, items: int) -> Matrix:
        """rows × items, 1 where the item is held now in whatever way; what has ended is not held."""
        return indicator(self.rows, items, self.row[self.kind < HELD], self.item[self.kind < HELD])


def ended_kinds(end: IntArray, cutoff: int) -> SmallArray:
    """The same of many ends before the cutoff; one that nobody dated is long ago."""
    age = cutoff - end
    dated = end != UNKNOWN_END
    found = np.full(len(end), ENDED, dtype=np.int8)
    found[dated & (age < LATELY)] = LATELY_ENDED
    found[dated & (age < JUST)] = JUST_ENDED
    return found


def ended_kind(age: float) -> int:
    """Which of the ended kinds it is, `age` seconds after the end."""
    return JUST_ENDED if age < JUST else LATELY_ENDED if age < LATELY else ENDED


@dataclass(frozen=True, slots=True)
class History:
    """Every product row of some customers, as stored.

    Arrays are parallel, one entry a row: `customer` (0 … customers-1), `item` (0 … items-1), `start` in seconds since
    1970 (UNKNOWN_START), `forced` (by bundle, gift or running trial), `order` (what was ordered: the bundle's item,
    else the item itself), `kind` (rows × cutoffs): how the row was held at each of `cutoffs`, had it begun, whatever
    ended being ENDED; `end` in seconds (UNKNOWN_END; None: of no row) says how long ago that was.
    """

    customers: int
    items: int
    customer: IntArray
    item: IntArray
    start: IntArray
    forced: BoolArray
    order: IntArray
    kind: SmallArray
    cutoffs: tuple[int, ...]
    end: IntArray | None = None

    def where(self, keep: BoolArray) -> History:
        """The same customers with only the rows of `keep`."""
        names = ("customer", "item", "start", "forced", "order", "kind")
        end = None if self.end is None else self.end[keep]
        return replace(self, end=end, **{name: getattr(self, name)[keep] for name in names})

    def take(self, customers: IntArray) -> History:
        """Only these customers, renumbered in this order."""
        place = np.full(self.customers, -1, dtype=np.int64)
        place[customers] = np.arange(len(customers))
        owner = place[self.customer]
        kept = replace(self, customers=len(customers), customer=owner)
        return kept.where(owner >= 0)

    def kinds(self, cutoff: int) -> SmallArray:
        """How each row is held at the cutoff: an index into KINDS, or -1 when it has not begun."""
        kind = self.kind[:, self.cutoffs.index(cutoff)].copy()
        if self.end is not None:
            ended = np.flatnonzero(kind == ENDED)
            kind[ended] = ended_kinds(self.end[ended], cutoff)
        kind[self.start > cutoff] = -1
        return kind

    def cells(self, cutoff: int) -> Cells:
        """What each customer holds at the cutoff, one cell per customer and item."""
        kind = self.kinds(cutoff)
        known = kind >= 0
        return strongest(self.customers, self.items, self.customer[known], self.item[known], kind[known])

    def acquired(self, after: int, until: int) -> Matrix:
        """customers × items, 1 for items taken voluntarily in (after, until] that were not held at `after`.

        A row that had ended before it began was never taken.
        """
        return self.taken(self.cells(after), after, until)

    def taken(self, known: Cells, after: int, until: int) -> Matrix:
        """The same where the cells at `after` are known."""
        real = self.kind[:, self.cutoffs.index(after)] != ENDED
        fresh = (self.start > after) & (self.start <= until) & real & ~self.forced
        keys = self.customer[fresh] * self.items + self.item[fresh]
        held = known.kind < HELD
        new = keys[~among(keys, known.row[held] * self.items + known.item[held])]
        return indicator(self.customers, self.items, new // max(self.items, 1), new % max(self.items, 1))


def among(keys: IntArray, sorted_: IntArray) -> BoolArray:
    """Which of the keys stand in the sorted ones."""
    if not len(sorted_):
        return np.zeros(len(keys), dtype=bool)
    found = sorted_[np.minimum(np.searchsorted(sorted_, keys), len(sorted_) - 1)]
    return np.asarray(found == keys, dtype=bool)


def strongest(rows: int, items: int, row: IntArray, item: IntArray, kind: SmallArray) -> Cells:
    """Keep one cell per customer and item, the strongest kind; sorted by customer, then item."""
    # A stable sort takes no more than a look where rows are in that order already, as they are when just read.
    keys = np.sort((row * items + item) * len(KINDS) + kind, kind="stable")
    cell = keys // len(KINDS)
    first = np.ones(len(keys), dtype=bool)
    first[1:] = cell[1:] != cell[:-1]
    cell, kept = cell[first], keys[first] % len(KINDS)
    return Cells(rows, cell // max(items, 1), cell % max(items, 1), kept)


def indicator(rows: int, columns: int, row: IntArray, column: IntArray) -> Matrix:
    """rows × columns, 1 at each (row, column) named at least once; float32."""
    matrix = csr_array((np.ones(len(row), dtype=np.float32), (row, column)), shape=(rows, columns))
    matrix.sum_duplicates()
    matrix.data[:] = 1.0
    return matrix
