"""What was known of ranges of customers, out of PostgreSQL as columns.

It knows the statement and the layout of its rows; it must not know what is made of attributes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

import sql
from recommender import json_columns
from recommender.copying import layout, lines, seconds_of
from recommender.inputs import AttributeKind, AttributeTable, Column
from recommender.interactions import IntArray
from recommender.profiles import Profiles
from sql.pool import Connection

QUERIES = sql.queries("recommender")
_ROW = layout(("customer", ">i8"), ("since", ">i8"))


@dataclass(frozen=True, slots=True)
class Known:
    """Rows of some customers (by id) as they came, each known since so many seconds after 1970."""

    customer: IntArray
    since: IntArray
    table: AttributeTable

    def of(self, customers: int, owner: IntArray) -> Profiles:
        """By row of the customer, -1 for who is not among them."""
        if not len(owner):
            return Profiles.none(customers)
        there = owner >= 0
        table = self.table if there.all() else _take(self.table, np.flatnonzero(there))
        return Profiles.sorted(customers, owner[there], self.since[there], table)


async def read(
    connection: Connection, low: int, high: int, until: datetime, kinds: Mapping[str, AttributeKind]
) -> Known:
    """Everything known until then of customers of a half-open range of ids."""
    found = await lines(connection, _ROW, QUERIES.profiles, low, high, until)
    since = seconds_of(found.rows["since"])
    return Known(found.rows["customer"].astype(np.int64), since, json_columns.columns(found.json, found.longest, kinds))


def joined(several: Sequence[Known], kinds: Mapping[str, AttributeKind]) -> Known:
    """The rows of all."""
    if len(several) == 1:
        return several[0]
    return Known(
        np.concatenate([np.empty(0, dtype=np.int64), *(one.customer for one in several)]),
        np.concatenate([np.empty(0, dtype=np.int64), *(one.since for one in several)]),
        {name: Column.joined([one.table[name] for one in several], kind) for name, kind in kinds.items()},
    )


def _take(table: AttributeTable, rows: IntArray) -> AttributeTable:
    return {name: column.take(rows) for name, column in table.items()}
