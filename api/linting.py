"""Lint of the whole catalog beside the requests: worked out once for a revision, in a thread that lets others run.

Knows when it is worked out anew; must not know a rule.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from datetime import datetime, tzinfo

from catalog.linting import Finding
from catalog.linting.engine import Linter
from catalog.linting.world import World
from catalog.snapshot import Snapshot

KEPT = 2
# So many offerings are asked before other threads get their turn: a millisecond or two.
AT_A_TIME = 16
Key = tuple[int, datetime]
Findings = tuple[Finding, ...]


class Linting:
    """The findings of the last revisions."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Key, Findings] = OrderedDict()
        self._running: dict[Key, asyncio.Task[Findings]] = {}

    async def findings(self, snapshot: Snapshot, at: datetime, zone: tzinfo) -> Findings:
        """Every finding as of `at`; who asks for what is being worked out waits for it."""
        # Nothing begins or ends within a moment, so that its findings are the same.
        key = (snapshot.revision, snapshot.moment(at).at)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        task = self._running.get(key)
        if task is None:
            task = self._running[key] = asyncio.create_task(self._find(key, World.of(snapshot, zone), at))
            task.add_done_callback(lambda _: self._running.pop(key, None))
        return await asyncio.shield(task)

    async def _find(self, key: Key, world: World, at: datetime) -> Findings:
        found = self._kept[key] = await asyncio.to_thread(_linted, world, at)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return found


def _linted(world: World, at: datetime) -> Findings:
    linter = Linter(world, at)
    found: list[Finding] = []
    for number, code in enumerate(world.versions):
        found += linter.offering(code)
        if number % AT_A_TIME == 0:
            time.sleep(0)
    return (*found, *linter.ladders(), *linter.categories())
