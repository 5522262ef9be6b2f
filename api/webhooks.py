"""The sender of webhooks in a server process: takes what is due, signs it, sends it, writes down what came of it.

Knows the order of the steps; must not know how an edit leaves its change or how a message travels. Each batch is leased
to one process at a time; one that is killed leaves its lease to run out, and another sends the batch again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson

from api.feed import Feed, wait
from api.metrics import Metrics
from api.webhooks_post import Answer, Poster
from catalog.feeds import change_store, hand_over_store, webhook_message, webhook_store
from catalog.feeds.webhook import Endpoint, Retry, StreamStatus, Topic, secret, signed
from catalog.feeds.webhook_store import Batch
from sql.pool import Database, DatabaseUnavailable

log = logging.getLogger("jishi.webhooks")
LEASE = timedelta(seconds=30)
"""Longer than a message may take, so that nobody else sends it meanwhile."""
POLL = 15.0
FINISH = 2.0
ROWS, BYTES = 100, 256 * 1024
AT_ONCE = 4
GONE = 410


@dataclass(slots=True)
class Sender:
    """`key` makes the secrets; `clock` is the time now. Run it once a process."""

    db: Database
    feed: Feed
    poster: Poster
    key: bytes
    clock: Callable[[], datetime]
    metrics: Metrics
    retry: Retry = field(default_factory=Retry)
    lease: timedelta = LEASE
    _under_way: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self) -> None:
        """Until cancelled."""
        try:
            while True:
                await self._turn()
        finally:
            await self._finish()

    async def _finish(self) -> None:
        """What is under way may arrive and be written down; what takes longer another process sends again."""
        under_way = set(self._under_way)
        if under_way:
            await asyncio.wait(under_way, timeout=FINISH)
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    async def _turn(self) -> None:
        news = self.feed.coming
        free = AT_ONCE - len(self._under_way)
        pause = POLL
        try:
            claimed = await webhook_store.claim(self.db, free, self.lease, ROWS, BYTES) if free else []
            if not claimed:
                due = await webhook_store.next_due(self.db)
                pause = POLL if due is None else min(max(due, 0.05), POLL)
        except DatabaseUnavailable as error:
            log.warning("webhooks wait for the database: %s", error)
            claimed = []
        for batch in claimed:
            task = asyncio.create_task(self._deliver(batch), name=f"webhook {batch.endpoint.code}")
            self._under_way.add(task)
            task.add_done_callback(self._done)
        if not claimed:
            await self._rest(news, pause)

    async def _rest(self, coming: asyncio.Event, seconds: float) -> None:
        """Until there is news, a message of this process is through, or so many seconds have passed."""
        news = asyncio.create_task(wait(coming, seconds))
        try:
            await asyncio.wait({news, *self._under_way}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            news.cancel()

    def _done(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if not task.cancelled() and task.exception():
            log.error("a webhook could not be sent", exc_info=task.exception())

    async def _deliver(self, batch: Batch) -> None:
        rows, body = await self._body(batch)
        answer = await self._send(batch, body)
        self.metrics.told(batch.topic, is_taken=answer.is_taken)
        fields = {"endpoint": batch.endpoint.code, "topic": batch.topic, "status": answer.status, "rows": rows}
        if answer.is_taken:
            await webhook_store.delivered(self.db, batch, answer.status or 0, rows)
            log.info("webhook delivered", extra={"fields": fields})
            return
        failures = batch.attempts + 1
        give_up = failures >= self.retry.attempts or answer.status == GONE
        wait = self.retry.wait(failures, random.random())
        status = await webhook_store.failed(self.db, batch, answer.status, answer.error, wait, give_up=give_up)
        say = log.error if status is StreamStatus.DEAD else log.warning
        say("webhook failed", extra={"fields": fields | {"attempts": failures, "error": answer.error}})

    async def _send(self, batch: Batch, body: bytes) -> Answer:
        at = self.clock()
        headers = signed(secrets_of(self.key, batch.endpoint, at), f"msg_{batch.id.hex}", at, body)
        return await self.poster.post(batch.endpoint.url, headers, body)

    async def _body(self, batch: Batch) -> tuple[int, bytes]:
        """How many rows the batch has, and what is said of them."""
        if batch.topic is Topic.CATALOG_CHANGED:
            changes = await change_store.between(self.db, batch.after, batch.until)
            return len(changes), orjson.dumps(webhook_message.of_changes(changes))
        events = await hand_over_store.events(self.db, batch.after, batch.until, ROWS)
        contacts: Mapping[str, Mapping[str, str | None]] = {}
        if batch.endpoint.personal_data:
            codes = sorted({one.hand_over.customer for one in events})
            found = await hand_over_store.contacts(self.db, codes, batch.endpoint.code, self.clock())
            contacts = {code: {"msisdn": one.msisdn, "name": one.name} for code, one in found.items()}
        message: dict[str, Any] = webhook_message.of_events(events, contacts)
        return len(events), orjson.dumps(message)


def secrets_of(key: bytes, endpoint: Endpoint, at: datetime) -> list[bytes]:
    """The secrets that sign for the endpoint at `at`, the newest first."""
    return [secret(key, endpoint.id, generation) for generation in endpoint.generations(at)]


@contextlib.asynccontextmanager
async def sending(sender: Sender) -> AsyncIterator[Sender]:
    """Sends while the block runs."""
    task = asyncio.create_task(sender.run(), name="webhooks")
    try:
        yield sender
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
