"""What rules kept from customers on a day gone by: the catalog as it was in force then, put before what was known then.

Knows both rooms, and introduces them for training; must not know models or what was taken afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

import numpy as np

from api.eligible import Shelf
from catalog import store
from recommender import scoring_store
from recommender.barred import Bits, pack
from recommender.interactions import Matrix
from recommender.store import Range
from sql.pool import Connection, Database


@dataclass(frozen=True, slots=True)
class RulesThen:
    """`recommender.source.Rules` over this database's catalog, in no channel in particular; days are of `zone`."""

    db: Database
    zone: tzinfo

    async def __call__(
        self, connection: Connection, parts: Sequence[Range], items: Sequence[str], held: Matrix, at: datetime
    ) -> Bits:
        snapshot = await store.load(self.db, at)
        shelf = Shelf(snapshot.moment(at), items, None, at, self.zone)
        found, begin = [np.empty((0, (len(items) + 7) // 8), dtype=np.uint8)], 0
        for part in parts:
            many = await scoring_store.known(connection, part, at, shelf.wanted)
            allowed = shelf.allowed_holding(many, held[begin : begin + len(many)])
            found.append(pack(~allowed))
            begin += len(many)
        return np.concatenate(found)
