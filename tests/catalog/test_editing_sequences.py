"""Whatever product managers do in whatever order: the life-cycle table is the only way, and what is sold is sound."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from catalogs import AT, ZONE
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog import store, version_store
from catalog.bundle import BundlePart
from catalog.customer_store import Caller
from catalog.desk import editing, editing_lists, editing_service, patch
from catalog.desk.editing_desk import Desk, Editor, Target, at_desk
from catalog.errors import EditRefused
from catalog.lifecycle import TRANSITIONS, LifecycleStatus
from catalog.linting.engine import lint
from catalog.linting.finding import Severity
from catalog.linting.world import World
from catalog.offering import Offering, Relationship, RelationshipType
from catalog.text import Text
from sql.pool import Connection, Database

S = LifecycleStatus
CODES = ("A", "B", "DUO")
CALLER = Caller("pm", "product_manager", None, "test")
HOUR = timedelta(hours=1)

Step = tuple[str, str, str, int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                *("forward", "forward", "forward", "with_parts", "back", "retire", "cancel", "next"),
                *("part", "no_part", "excludes", "requires", "price", "pass"),
            ]
        ),
        st.sampled_from(CODES),
        st.sampled_from(CODES),
        st.integers(0, 3),
    ),
    min_size=10,
    max_size=30,
)
NEXT = {S.IN_STUDY: S.IN_DESIGN, S.IN_DESIGN: S.IN_TEST, S.IN_TEST: S.ACTIVE, S.ACTIVE: S.LAUNCHED}


class _Undo(Exception):
    """Ends an example: what it did is rolled back."""


@dataclass
class Office:
    """A catalog in PostgreSQL that is edited step by step, an hour apart."""

    conn: Connection
    now: datetime = AT
    refused: int = 0
    seen: set[LifecycleStatus] = field(default_factory=set)

    async def step(self, act: Callable[[Desk], Awaitable[object]]) -> None:
        before = await self.versions()
        try:
            async with self.conn.transaction(), at_desk(self.conn, Editor(CALLER, None, self.now)) as desk:
                await act(desk)
        except EditRefused:
            self.refused += 1
        after = await self.versions()
        self.seen |= {one.lifecycle_status for one in after.values()}
        self.check_table(before, after)
        await self.check_sold()
        self.now += HOUR

    async def versions(self) -> dict[tuple[str, int], Offering]:
        found = await version_store.reached(self.conn, CODES)
        return {(one.code, one.version): one for versions in found.values() for one in versions}

    def check_table(self, before: dict[tuple[str, int], Offering], after: dict[tuple[str, int], Offering]) -> None:
        assert before.keys() <= after.keys(), "no version is ever lost"
        for key, new in after.items():
            old = before.get(key)
            if old is None:
                assert new.lifecycle_status is S.IN_DESIGN
                continue
            is_plan_taken_back = old.valid.start and old.valid.start > self.now and new.lifecycle_status is S.ACTIVE
            moved = new.lifecycle_status is not old.lifecycle_status
            if moved and not is_plan_taken_back:
                steps, reached = {old.lifecycle_status}, set[LifecycleStatus]()
                while steps:
                    steps = {to for one in steps for to in TRANSITIONS[one]} - reached
                    reached |= steps
                assert new.lifecycle_status in reached
            if old.lifecycle_status is S.LAUNCHED:
                same = new.lifecycle_status is old.lifecycle_status
                assert not same or new.same_content(old), "what is launched is not edited"

    async def check_sold(self) -> None:
        snapshot = await store.load_within(self.conn, self.now)
        findings = lint(World.of(snapshot, ZONE), self.now, snapshot.versions)
        wrong = [
            (one.of, one.version, one.code)
            for one in findings
            if one.severity is Severity.ERROR and one.status is S.LAUNCHED
        ]
        assert wrong == [], "nothing that is launched, now or on its day, has an error"


def act_of(step: Step, versions: dict[tuple[str, int], Offering], now: datetime):
    """The edit that a step asks for, on the newest version of its code; None when there is nothing to do."""
    what, code, other, number = step
    found = [one for one in versions.values() if one.code == code]
    newest = max(found, key=lambda one: one.version)
    launched = next((one for one in reversed(found) if one.lifecycle_status is S.LAUNCHED), newest)
    one = launched if what in ("retire", "cancel", "next") else newest
    target = Target(one.code, one.version, one.etag)
    when = now + number * 5 * HOUR if number else None

    def edited(core: Callable[[Offering], Offering]):
        return lambda desk: editing_service.edit(desk, target, "offering.edit", core)

    def advanced(to: LifecycleStatus, dated: datetime | None, **fields):
        return lambda desk: editing_service.advance(desk, target, to, when=dated, reason=None, **fields)

    if what in ("forward", "with_parts"):
        to = NEXT.get(one.lifecycle_status, S.LAUNCHED)
        return advanced(to, when if to is S.LAUNCHED else None, with_parts=what == "with_parts")
    if what == "back":
        return advanced(S.IN_DESIGN, None)
    if what == "retire":
        return advanced(S.RETIRED, when)
    if what == "cancel":
        return lambda desk: editing_service.cancel_schedule(desk, target)
    if what == "next":
        return lambda desk: editing_service.create_next_version(desk, target)
    if what == "part":
        return edited(lambda known: editing.add_part(known, BundlePart(other, number % 2, number % 2, 1)))
    if what == "no_part":
        return edited(lambda known: editing.remove_part(known, other))
    if what in ("excludes", "requires"):
        relation = Relationship(RelationshipType(what.upper()), other, other)
        return edited(lambda known: editing_lists.put(known, editing_lists.RELATIONSHIPS, relation))
    if what == "price":
        price = patch.price({"code": "m", "priceType": "ONE_TIME", "price": {"value": str(number)}})
        return edited(lambda known: editing_lists.put(known, editing_lists.PRICES, price))
    return None


async def lived_through(dsn: str, steps: list[Step]) -> Office:
    db = await Database.open(dsn)
    office: Office | None = None
    try:
        with contextlib.suppress(_Undo):
            async with db.transaction() as conn:
                office = Office(conn)
                await live(office, steps)
                raise _Undo
    finally:
        await db.close()
    assert office
    return office


async def live(office: Office, steps: list[Step]) -> None:
    for code in CODES:
        made = Offering(code, Text(code), lifecycle_status=S.IN_DESIGN)
        await office.step(lambda desk, made=made: editing_service.create(desk, made))
    for step in steps:
        act = act_of(step, await office.versions(), office.now)
        if act:
            await office.step(act)
        office.now += HOUR


SLOW = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large]


@settings(max_examples=5, deadline=None, suppress_health_check=SLOW)
@given(steps=STEPS)
def test_no_sequence_of_edits_leaves_the_table_or_sells_what_is_wrong(dsn, steps):
    asyncio.run(lived_through(dsn, steps))


@pytest.mark.slow
@settings(max_examples=100, deadline=None, suppress_health_check=SLOW)
@given(steps=STEPS)
def test_no_sequence_of_very_many_leaves_the_table_or_sells_what_is_wrong(dsn, steps):
    asyncio.run(lived_through(dsn, steps))


def test_the_sequences_reach_what_they_are_about(dsn):
    forward = [("forward", "A", "A", 0)] * 3
    more = [("part", "DUO", "A", 1), ("with_parts", "DUO", "A", 0), ("with_parts", "DUO", "A", 0)]
    rest = [("with_parts", "DUO", "A", 0), ("retire", "DUO", "A", 2), ("cancel", "DUO", "A", 0), ("next", "A", "A", 0)]
    office = asyncio.run(lived_through(dsn, [*forward, *more, *rest, ("retire", "A", "A", 0)]))
    assert {S.IN_DESIGN, S.IN_TEST, S.ACTIVE, S.LAUNCHED} <= office.seen
    assert office.refused == 1, "a part of what is sold is not retired"
