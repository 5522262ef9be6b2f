"""The rules of all tags put to everybody, a stretch of customers at a time.

Knows the order of the steps; must not know the terminal. Stopped at any moment, nothing is by halves but the stretch
that was under way, and running it again changes only what is left.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from catalog import tag_store
from catalog.customer_store import Caller, write_audit
from catalog.eligibility import facts_of
from catalog.snapshot import Snapshot
from catalog.tag import TagRules, Verdict, compile_tags, verdict
from catalog.tag_store import Person
from sql.pool import Database

PART = 5_000


@dataclass(frozen=True, slots=True)
class Tagged:
    """What rules did so far: tags set and taken back, of how many customers of so many."""

    done: int = 0
    customers: int = 0
    added: int = 0
    removed: int = 0


async def tag_everybody(
    db: Database, snapshot: Snapshot, at: datetime, zone: tzinfo, caller: Caller, *, dry_run: bool = False
) -> AsyncIterator[Tagged]:
    """How far it is, after each stretch."""
    rules, local = await _rules(db, snapshot, at), at.astimezone(zone)
    bounds = await tag_store.bounds(db)
    done = Tagged(customers=bounds[1] - bounds[0] + 1 if bounds else 0)
    for low in range(bounds[0], bounds[1] + 1, PART) if bounds else ():
        people = await tag_store.people(db, low, low + PART, at)
        found = [one for one in (_judged(person, rules, snapshot, local, at) for person in people) if one]
        if found and not dry_run:
            async with db.transaction() as conn:
                await tag_store.apply(conn, found, at)
        done = Tagged(
            min(done.done + PART, done.customers),
            done.customers,
            done.added + sum(len(one.added) for one in found),
            done.removed + sum(len(one.removed) for one in found),
        )
        yield done
    if not dry_run:
        async with db.transaction() as conn:
            detail = {"added": done.added, "removed": done.removed}
            await write_audit(conn, caller, at, "tag.rules", "tag", "*", detail)
    yield replace(done, done=done.customers)


async def _rules(db: Database, snapshot: Snapshot, at: datetime) -> TagRules:
    above = {code: frozenset(snapshot.path(code)) for code in snapshot.categories}
    offerings = [found for code in snapshot.versions if (found := snapshot.latest(code))]
    markets = {code: one for code, one in snapshot.markets.items() if one.valid.contains(at)}
    return compile_tags(await tag_store.tags(db), at, offerings, above, markets)


def _judged(one: Person, rules: TagRules, snapshot: Snapshot, local: datetime, at: datetime) -> Verdict | None:
    names = snapshot.codes_by_id
    held = [names[offering] for offering in one.offerings if offering in names]
    return verdict(one.id, one.said, rules.tags_of(facts_of(one, local), held), at)
