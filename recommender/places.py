"""From the ids of some customers to their rows and back.

It knows numbers; it must not know whose they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.interactions import IntArray

# Ids are dense: a table over their span is a tenth of the time of a search, unless it were much longer than they are.
SPARSE = 16


@dataclass(frozen=True, slots=True)
class Places:
    """`ids` rise; `table` has the row of each id from the first on (-1: not among them), None where too long."""

    ids: IntArray
    table: IntArray | None

    @classmethod
    def of(cls, ids: IntArray) -> Places:
        span = int(ids[-1] - ids[0]) + 1 if len(ids) else 0
        if span > SPARSE * len(ids):
            return cls(ids, None)
        table = np.full(span, -1, dtype=np.int64)
        table[ids - ids[0] if len(ids) else ids] = np.arange(len(ids))
        return cls(ids, table)

    def __len__(self) -> int:
        return len(self.ids)

    def rows(self, ids: IntArray) -> IntArray:
        """The row of each, -1 for who is not among them."""
        if not len(self.ids):
            return np.full(len(ids), -1, dtype=np.int64)
        if self.table is None:
            at = np.minimum(np.searchsorted(self.ids, ids), len(self.ids) - 1)
            return np.where(self.ids[at] == ids, at, -1).astype(np.int64)
        at = ids - self.ids[0]
        inside = (at >= 0) & (at < len(self.table))
        return self.table[at] if inside.all() else np.where(inside, self.table[np.where(inside, at, 0)], -1)
