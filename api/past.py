"""Snapshots of months that are past, kept for those who ask again.

Knows how many are kept and that one is read once; must not know what a snapshot holds.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from datetime import datetime

from catalog import history
from catalog.history import Month
from catalog.snapshot import Snapshot
from sql.pool import Database

# Each shares its versions with the current snapshot, but not its indexes.
KEPT = 3
Key = tuple[int, Month]


class Past:
    """Past months of the catalog at a revision."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._kept: OrderedDict[Key, Snapshot] = OrderedDict()
        self._reading: dict[Key, asyncio.Task[Snapshot]] = {}

    def known(self, current: Snapshot, at: datetime) -> Snapshot | None:
        """The snapshot for `at`, when it was read before."""
        return self._kept.get((current.revision, history.month_of(at)))

    async def read(self, current: Snapshot, since: datetime, at: datetime) -> Snapshot:
        """The snapshot for `at`, which lies before `since`; `current` has nothing that ended before that.

        Who asks for what is being read waits for it; it is read to its end though nobody waits any more.
        """
        key = (current.revision, history.month_of(at))
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
            return found
        task = self._reading.get(key)
        if task is None:
            task = self._reading[key] = asyncio.create_task(self._read(key, current, since))
            task.add_done_callback(lambda _: self._reading.pop(key, None))
        return await asyncio.shield(task)

    async def _read(self, key: Key, current: Snapshot, since: datetime) -> Snapshot:
        found = await history.load(self._db, current, since, key[1])
        self._kept[key] = found
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return found
