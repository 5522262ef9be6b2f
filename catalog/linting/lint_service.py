"""Lint around what is written: a file that landed, an edit that was made. What would break what is launched is refused.

Knows what to read for it; must not know a rule. The caller opens the transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo

from asyncpg import Connection

import sql
from catalog import registry_store, store, version_store
from catalog.documents.document import CatalogDocument
from catalog.errors import EditRefused, InvalidCatalog, Problem
from catalog.lifecycle import LifecycleStatus
from catalog.linting.engine import lint
from catalog.linting.finding import Finding
from catalog.linting.fresh import fresh_errors, fresh_errors_of_tree, touched
from catalog.linting.world import World
from catalog.offering import Offering, RelationshipType
from catalog.snapshot import Snapshot
from catalog.text import Text

QUERIES = sql.queries("lint")


def report(
    document: CatalogDocument, before: Snapshot, after: Snapshot, at: datetime, zone: tzinfo
) -> tuple[Finding, ...]:
    """What lint has to say of the offerings that a document names, and of those that use what it changed.

    The document took the catalog from `before` to `after`. Raises InvalidCatalog with the errors that it would bring
    into what is launched.
    """
    known, there = World.of(before, zone), World.of(after, zone)
    affected = touched(known, there)
    fresh = (*fresh_errors(known, there, at, affected), *fresh_errors_of_tree(known, there, at))
    if fresh:
        raise InvalidCatalog(tuple(_problem(one, document) for one in fresh))
    codes = affected.union(one.code for one in document.offerings)
    return lint(there, at, sorted(codes))


def _problem(one: Finding, document: CatalogDocument) -> Problem:
    """The finding at its place in the document, or named by its code when it is about something else."""
    message = told(one)
    kinds = {"offerings": [o.code for o in document.offerings], "categories": [c.code for c in document.categories]}
    key = "offerings" if one.version is not None else "categories"
    if one.of in kinds[key]:
        return Problem((key, kinds[key].index(one.of), *one.path), one.code, message)
    return Problem((key,), one.code, Text(f"{one.of}：{message.zh}", f"{one.of} {one.place}: {message.en}"))


def told(one: Finding) -> Text:
    """What is wrong, from when on, and what to do."""
    zh, en = (f"，自 {one.since.isoformat()} 起", f", from {one.since.isoformat()} on") if one.since else ("", "")
    return Text(f"{one.message.zh}{zh}。{one.remedy.zh}", f"{one.message.en}{en}. {one.remedy.en}")


async def refuse_breaking(
    conn: Connection, before: Sequence[Offering], after: Sequence[Offering], at: datetime
) -> None:
    """Raises EditRefused when an offering that has become `after`, from `before`, breaks what is launched and uses it.

    Both are all versions of the one code; the transaction has written `after` already.
    """
    if after:
        code = after[0].code
        await refuse_breaking_many(conn, {code: before}, {code: after}, at)


async def refuse_breaking_many(
    conn: Connection, before: Mapping[str, Sequence[Offering]], after: Mapping[str, Sequence[Offering]], at: datetime
) -> None:
    """The same of many offerings that changed at once, by code; they themselves are not judged again."""
    changed = {code for code, found in after.items() if _launched(before.get(code, ())) != _launched(found)}
    more = {one for code in changed for one in _excluded(after[code]) - _excluded(before.get(code, ()))}
    if not changed:
        return
    users = [row["code"] for row in await conn.fetch(QUERIES.using, [*changed, *more], bool(more))]
    if changed.issuperset(users):
        return
    registers = await registry_store.load(conn)
    categories = {one.code: one for one in await store.categories(conn)}
    around = await version_store.reached(conn, users)
    versions = {**around, **{code: tuple(after[code]) for code in changed}}
    there = World(versions, categories, registers["specification"], policies=registers["policy"])
    as_before = {code: tuple(before.get(code, ())) if code in changed else found for code, found in versions.items()}
    known = World(
        {code: found for code, found in as_before.items() if found},
        categories,
        registers["specification"],
        policies=there.policies,
    )
    fresh = fresh_errors(known, there, at, (user for user in users if user not in changed))
    if fresh:
        raise EditRefused(*(_breaks(one) for one in fresh))


def _launched(versions: Sequence[Offering]) -> list[tuple[int, object]]:
    return [(one.version, one.valid) for one in versions if one.lifecycle_status is LifecycleStatus.LAUNCHED]


def _excluded(versions: Sequence[Offering]) -> set[str]:
    return {
        relation.target
        for one in versions
        if one.lifecycle_status is LifecycleStatus.LAUNCHED
        for relation in one.relationships
        if relation.relationship_type is RelationshipType.EXCLUDES
    }


def _breaks(one: Finding) -> Problem:
    message = told(one)
    zh = f"会使已上线的 {one.of} 版本 {one.version} 出错：{message.zh}"
    en = f"breaks {one.of}, version {one.version}, which is launched: {message.en}"
    return Problem(("to",), one.code, Text(zh, en))
