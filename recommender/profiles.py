"""What was known of each customer, and since when.

It knows dated rows of attributes as columns; it must not know a row before its day, whatever is asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from recommender.inputs import AttributeKind, AttributeTable, Column, columnar
from recommender.interactions import IntArray


@dataclass(frozen=True, slots=True)
class Profiles:
    """Rows sorted by customer, then `known_from` (seconds since 1970); `table` holds one value a row and attribute."""

    customers: int
    customer: IntArray
    known_from: IntArray
    table: AttributeTable

    @classmethod
    def of(
        cls,
        customers: int,
        customer: IntArray,
        known_from: IntArray,
        attributes: Sequence[Mapping[str, Any]],
        kinds: Mapping[str, AttributeKind],
    ) -> Profiles:
        """From one mapping a row, in any order."""
        return cls.sorted(customers, customer, known_from, columnar(attributes, kinds))

    @classmethod
    def sorted(cls, customers: int, customer: IntArray, known_from: IntArray, table: AttributeTable) -> Profiles:
        """From rows in any order."""
        order = np.lexsort((known_from, customer))
        return cls(
            customers, customer[order], known_from[order], {name: one.take(order) for name, one in table.items()}
        )

    @classmethod
    def none(cls, customers: int) -> Profiles:
        empty = np.empty(0, dtype=np.int64)
        return cls(customers, empty, empty, {})

    def rows(self, cutoff: int) -> IntArray:
        """Per customer the latest row known at the cutoff, -1 where nothing was."""
        known = np.flatnonzero(self.known_from <= cutoff)
        found = np.full(self.customers, -1, dtype=np.int64)
        # Rows are sorted by time within a customer, so the last one assigned is the latest.
        found[self.customer[known]] = known
        return found

    def at(self, cutoff: int) -> dict[str, Column]:
        """One value per customer and attribute, as known at the cutoff."""
        rows = self.rows(cutoff)
        return {name: column.take(rows) for name, column in self.table.items()}

    def take(self, customers: IntArray) -> Profiles:
        """Only these customers, renumbered in this order."""
        place = np.full(self.customers, -1, dtype=np.int64)
        place[customers] = np.arange(len(customers))
        owner = place[self.customer] if len(self.customer) else self.customer
        order = np.argsort(owner, kind="stable")
        kept = order[owner[order] >= 0]
        table = {name: column.take(kept) for name, column in self.table.items()}
        return Profiles(len(customers), owner[kept], self.known_from[kept], table)
