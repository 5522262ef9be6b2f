"""Lint around what is written: a file that landed, an edit that was made. What would break what is launched is refused.

Knows what to read for it; must not know a rule. The caller opens the transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from asyncpg import Connection

import sql
from catalog import registry_store, store, version_store
from catalog.document import CatalogDocument
from catalog.errors import EditRefused, InvalidCatalog, Problem
from catalog.lifecycle import LifecycleStatus
from catalog.linting.engine import lint
from catalog.linting.finding import Finding, Severity
from catalog.linting.fresh import fresh_errors, fresh_errors_of_tree, touched
from catalog.linting.world import World
from catalog.offering import Offering, RelationshipType
from catalog.snapshot import Snapshot
from catalog.text import Text

QUERIES = sql.queries("lint")


@dataclass(frozen=True, slots=True)
class Report:
    """What lint has to say of the offerings that a file names, and of those that what it changed is a part of."""

    findings: tuple[Finding, ...] = ()

    def count(self, severity: Severity) -> int:
        return sum(one.severity is severity for one in self.findings)


def report(document: CatalogDocument, before: Snapshot, after: Snapshot, at: datetime, zone: tzinfo) -> Report:
    """The report on a document that took the catalog from `before` to `after`.

    Raises InvalidCatalog with the errors that it would bring into what is launched.
    """
    known, there = World.of(before, zone), World.of(after, zone)
    affected = touched(known, there)
    fresh = (*fresh_errors(known, there, at, affected), *fresh_errors_of_tree(known, there, at))
    if fresh:
        raise InvalidCatalog(tuple(_problem(one, document) for one in fresh))
    codes = affected.union(one.code for one in document.offerings)
    return Report(lint(there, at, sorted(codes)))


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
    if not after or _launched(before) == _launched(after):
        return
    code = after[0].code
    more = _excluded(after) - _excluded(before)
    users = [row["code"] for row in await conn.fetch(QUERIES.using, [code, *more], bool(more))]
    if users == [code]:
        return
    registers = await registry_store.load(conn)
    categories = {one.code: one for one in await store.categories(conn)}
    versions = {**await version_store.reached(conn, users), code: tuple(after)}
    there = World(versions, categories, registers["specification"], policies=registers["policy"])
    known = World({**versions, code: tuple(before)}, categories, registers["specification"], policies=there.policies)
    fresh = fresh_errors(known, there, at, (user for user in users if user != code))
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
