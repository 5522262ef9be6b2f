"""What a server process keeps while it runs: the pool, the catalog's snapshot, the model that serves.

Knows how each is filled and refreshed; must not know HTTP or the schema.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import random
import secrets
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from api.clock import utc_now
from api.closed_loop import PLAIN, Policy
from api.feed import CHANNEL, Feed
from api.keys import load_or_create
from api.linting import Linting
from api.past import Past
from api.tokens import ItemSigner
from catalog import store as catalog_store
from catalog.feeds.webhook import Reach
from catalog.snapshot import BEGINNING, EMPTY, Snapshot
from recommender import model_store
from recommender import service as model_service
from recommender.errors import BadModel
from recommender.model_store import Newest
from recommender.serve import Recommender
from sql.alone import in_turn
from sql.pool import Database

log = logging.getLogger("jishi.services")
POLL_SECONDS = 5.0
# Requests that began before a refresh read the snapshot that they began with; none lasts as long.
LINGER_SECONDS = 3.0
# All servers of a database hear of a change at once, and take it in one after another, so that never all are busy with
# it; one that has waited so long (others hang, or the catalog is vast) no longer waits.
PATIENCE_SECONDS = 10.0


def turn(db: Database) -> AbstractAsyncContextManager[None]:
    """While this server takes in what changed, the others of the same database answer."""
    return in_turn(db, "refresh", patience=PATIENCE_SECONDS)


class CatalogHolder:
    """The current snapshot. Readers take the reference once per request; a refresh replaces it whole."""

    def __init__(self, db: Database, clock: Callable[[], datetime]) -> None:
        self.current: Snapshot = EMPTY
        self.is_loaded = False
        # What ended before is left out of the current snapshot, and read by `past`.
        self.complete_from = BEGINNING
        self.past = Past(db)
        self._db, self._clock, self._lock = db, clock, asyncio.Lock()

    async def refresh(self, _payload: str = "") -> None:
        """Loads the catalog when PostgreSQL has a later revision than this process."""
        async with self._lock:
            if not self.is_loaded:
                # Nobody is answered yet: processes that start together need not wait for each other.
                await self._load()
            elif await catalog_store.revision(self._db) != self.current.revision:
                async with turn(self._db):
                    await self._load()

    async def _load(self) -> None:
        before, at = self.current, self._clock()
        with _objects_that_stay():
            after = await catalog_store.load(self._db, at, before)
            # Beside the loop, so that nobody waits; until it is done the snapshot before serves on.
            self.current = await asyncio.to_thread(after.prepared, at, before)
        self.is_loaded, self.complete_from = True, at
        asyncio.get_running_loop().call_later(LINGER_SECONDS, before.close)
        log.info("catalog loaded", extra={"fields": {"revision": self.current.revision}})


@contextmanager
def _objects_that_stay() -> Iterator[None]:
    """What is made inside, hundreds of thousands of objects, is walked over by no collection, neither now nor later.

    It is let go of without one: `Snapshot.close` breaks the only circles among it.
    """
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        gc.enable()


# Hears which model serves, and of the newest one, whenever that may have changed.
Told = Callable[[int | None, Newest | None], None]


class ModelHolder:
    """The model that serves, or None before the first was promoted. A bad one never replaces a good one."""

    def __init__(self, db: Database, told: Told = lambda serving, newest: None) -> None:
        self.current: Recommender | None = None
        self._told = told
        self.refused: BadModel | None = None
        # Offering id → health in [0, 1]; empty before it was ever reckoned.
        self.health: Mapping[int, float] = {}
        self._refused_version: int | None = None
        self._db, self._lock = db, asyncio.Lock()

    async def refresh(self, _payload: str = "") -> None:
        async with self._lock:
            self.health = await model_store.health(self._db)
            version = await model_store.serving_version(self._db)
            self._told(version, await model_store.newest(self._db))
            if version is None or version in (self.current and self.current.version, self._refused_version):
                return
            try:
                if self.current is None:
                    self.current = await model_service.load_serving(self._db)
                else:
                    async with turn(self._db):
                        self.current = await model_service.load_serving(self._db)
            except BadModel as error:
                self.refused, self._refused_version = error, version
                log.error("model refused", extra={"fields": {"version": version, "reason": str(error)}})
                await self._fall_back()
                return
            log.info("model serves", extra={"fields": {"version": version}})

    async def _fall_back(self) -> None:
        """A process that has only just started serves the model before the bad one, if that is good."""
        if self.current is not None:
            return
        with suppress(BadModel):
            self.current = await model_service.load_previous(self._db)


@dataclass(frozen=True, slots=True)
class Services:
    """Handed to every request."""

    db: Database
    catalog: CatalogHolder
    models: ModelHolder
    signer: ItemSigner
    feed: Feed
    webhook_key: bytes
    reach: Reach = field(default_factory=Reach)
    policy: Policy = PLAIN
    linting: Linting = field(default_factory=Linting)

    def missing(self) -> str | None:
        """What keeps this process from answering, or None."""
        if not self.catalog.is_loaded:
            return "the catalog is not loaded yet"
        if self.models.current is None:
            return str(self.models.refused or "no model serves yet; run `jishi train`")
        return None


@asynccontextmanager
async def running(
    db: Database,
    home: Path,
    clock: Callable[[], datetime] = utc_now,
    policy: Policy = PLAIN,
    reach: Reach | None = None,
    told: Told = lambda serving, newest: None,
) -> AsyncIterator[Services]:
    """Services that are filled and follow every change of catalog and model, until the block ends."""
    signer = ItemSigner(load_or_create(home / "item.key", lambda: secrets.token_bytes(32)))
    key = load_or_create(home / "webhook.key", lambda: secrets.token_bytes(32))
    services = Services(
        db, CatalogHolder(db, clock), ModelHolder(db, told), signer, Feed(db), key, reach or Reach(), policy
    )
    await services.catalog.refresh()
    await services.models.refresh()
    # Processes that started together do not ask at the same moments for ever.
    poll = POLL_SECONDS * random.uniform(0.8, 1.2)
    listeners = [
        db.listen("catalog", services.catalog.refresh, poll=poll),
        db.listen("model", services.models.refresh, poll=poll),
        db.listen(CHANNEL, services.feed.wake, poll=poll),
    ]
    try:
        yield services
    finally:
        for listener in listeners:
            await listener.close()
