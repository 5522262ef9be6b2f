"""News of the feeds in this process: one LISTEN wakes whoever follows a feed here.

Knows that something new was written; must not know what, nor who follows.
"""

from __future__ import annotations

import asyncio
from collections import deque

from catalog.feeds import change_store
from catalog.feeds.change import Change
from sql.pool import Database

CHANNEL = "feed"
KEPT = 1_000


class Feed:
    """Followers wait for news; recent changes of the catalog are read once for all of them."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._news = asyncio.Event()
        self._recent: deque[Change] = deque(maxlen=KEPT)
        self._known_from: int | None = None
        self._lock = asyncio.Lock()
        self._is_stale = True

    def wake(self, _payload: str = "") -> None:
        """Called for each notification, on each (re)connect and every few seconds."""
        self._is_stale = True
        self._news.set()
        self._news = asyncio.Event()

    @property
    def coming(self) -> asyncio.Event:
        """Set with the next news. Take it before looking at what is there, so that nothing slips between."""
        return self._news

    async def last(self) -> int:
        """The number of the latest change, 0 before the first."""
        return await change_store.last(self._db)

    async def changes(self, after: int, limit: int) -> list[Change]:
        """The changes behind the number `after`, from memory where this process has them."""
        async with self._lock:
            if self._is_stale or self._known_from is None:
                await self._read()
        assert self._known_from is not None
        if after < self._known_from:
            return list(await change_store.page(self._db, after, limit))
        return [one for one in self._recent if one.sequence > after][:limit]

    async def _read(self) -> None:
        """Takes in what was written since; what is older than `_known_from` only PostgreSQL has."""
        self._is_stale = False
        try:
            if self._known_from is None:
                self._known_from = await change_store.last(self._db)
            more = True
            while more:
                last = self._recent[-1].sequence if self._recent else self._known_from
                found = await change_store.page(self._db, last, KEPT)
                both = [*self._recent, *found]
                if len(both) > KEPT:
                    self._known_from = both[-KEPT - 1].sequence
                self._recent.extend(found)
                more = len(found) == KEPT
        except BaseException:
            self._is_stale = True
            raise


async def wait(coming: asyncio.Event, seconds: float) -> bool:
    """Whether news came within so many seconds."""
    try:
        async with asyncio.timeout(seconds):
            return await coming.wait()
    except TimeoutError:
        return False
