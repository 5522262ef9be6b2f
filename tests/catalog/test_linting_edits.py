"""Whatever product managers do, no accepted edit brings an error into what is launched that was not announced."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from catalog import store, version_store
from catalog.bundle import BundlePart
from catalog.customer_store import Caller
from catalog.desk import editing, editing_service
from catalog.desk.editing_desk import Desk, Editor, Target, at_desk
from catalog.errors import EditRefused
from catalog.lifecycle import EDITABLE, TRANSITIONS, LifecycleStatus
from catalog.linting import Severity
from catalog.linting.engine import lint
from catalog.linting.world import World
from catalog.offering import ChannelUse, Offering, Relationship, RelationshipType
from catalog.text import Text

CODES = "ABCDEF"
DAY = timedelta(days=1)
START = datetime(2026, 3, 1, tzinfo=UTC)
CALLER = Caller("pm", "product_manager", None, "test")


def changed(rng: random.Random, one: Offering) -> Offering:
    """The version with parts, relationships and channels as chance has it."""
    others = [code for code in CODES if code != one.code]
    inside = rng.sample("DEF", 2) if one.code < "C" else []
    kinds = [RelationshipType.EXCLUDES, RelationshipType.REQUIRES]
    targets = rng.sample(others, rng.choice([0, 0, 0, 1]))
    channels = rng.choice([("HALL",), ("HALL",), ("HALL", "ONLINE")]) if inside else rng.choice([(), (), ("ONLINE",)])
    return replace(
        one,
        parts=tuple(BundlePart(code) for code in inside),
        relationships=tuple(Relationship(rng.choice(kinds), code, code) for code in targets),
        channel=tuple(ChannelUse(channel) for channel in channels),
    )


async def act(rng: random.Random, desk: Desk, versions: dict[str, tuple[Offering, ...]]) -> None:
    code = rng.choice(CODES)
    known = versions.get(code, ())
    if not known:
        made = changed(rng, Offering(code, Text(code), lifecycle_status=S.IN_DESIGN))
        await release(rng, desk, (await editing_service.create(desk, made),))
        return
    one = rng.choice(known)
    target = Target(code, one.version, one.etag)
    moves = sorted(TRANSITIONS[one.lifecycle_status])
    choice = rng.random()
    if choice < 0.75:
        await release(rng, desk, known)
    elif choice < 0.85:
        await editing_service.edit(desk, target, "test", lambda now: editing.edit(now, changed(rng, now)))
    elif moves:
        to = rng.choice(moves)
        dated = to in (S.LAUNCHED, S.RETIRED) and one.lifecycle_status in (S.ACTIVE, S.LAUNCHED)
        when = desk.editor.at + rng.randint(1, 9) * DAY if dated and rng.random() < 0.5 else None
        await editing_service.advance(desk, target, to, when=when, reason=None)


async def release(rng: random.Random, desk: Desk, known: tuple[Offering, ...]) -> None:
    """The next version, changed, through all stages to its launch, now or in some days."""
    one = known[-1]
    if one.lifecycle_status not in EDITABLE:
        one = await editing_service.create_next_version(desk, Target(one.code, one.version, one.etag))
    target = Target(one.code, one.version, one.etag)
    one = await editing_service.edit(desk, target, "test", lambda now: editing.edit(now, changed(rng, now)))
    for to in (S.IN_TEST, S.ACTIVE, S.LAUNCHED):
        if to in TRANSITIONS[one.lifecycle_status]:
            when = desk.editor.at + rng.choice([1, 5]) * DAY if to is S.LAUNCHED and rng.random() < 0.3 else None
            target = Target(one.code, one.version, one.etag)
            one = await editing_service.advance(desk, target, to, when=when, reason=None)


S = LifecycleStatus


def errors(known, at):
    found = lint(World.of(known, UTC), at)
    return {
        (one.key, one.version): one.since
        for one in found
        if one.severity is Severity.ERROR and one.status is S.LAUNCHED
    }


@pytest.mark.parametrize("seed", range(3))
async def test_no_accepted_edit_brings_an_unannounced_error_into_what_is_launched(db, seed):
    rng = random.Random(seed)
    at, accepted, announced = START, 0, {}
    for _ in range(70):
        at += rng.choice([0, 0, 1]) * DAY
        async with db.connection() as conn:
            versions = {code: await version_store.of_code(conn, code) for code in CODES}
        try:
            async with db.transaction() as conn, at_desk(conn, Editor(CALLER, None, at)) as desk:
                await act(rng, desk, versions)
            accepted += 1
        except EditRefused:
            pass
        now = errors(await store.load(db, at), at)
        wrong = {key for key, since in now.items() if since is None}
        assert wrong <= {key for key, since in announced.items() if since is None or since <= at}
        announced = now
    assert accepted > 20
