"""The use cases that change the catalog: fetch, ask the core, save.

Knows the order of the steps; must not know HTTP or GraphQL. The caller opens the transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from asyncpg import Connection

from catalog import registry_store, store, version_store
from catalog.documents import landing
from catalog.documents.document import CatalogDocument
from catalog.errors import InvalidCatalog
from catalog.feeds import change_store
from catalog.lifecycle import LifecycleStatus
from catalog.linting import lint
from catalog.offering import Offering
from catalog.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class CatalogChange:
    """What an import did: how many of each were new or changed, and the revision it led to."""

    attributes: int
    categories: int
    entries: int
    offerings_new: int
    offerings_changed: int
    offerings_unchanged: int
    revision: int

    @property
    def is_empty(self) -> bool:
        return not (self.attributes or self.categories or self.entries or self.offerings_new or self.offerings_changed)


async def apply_document(conn: Connection, document: CatalogDocument, known: Snapshot, at: datetime) -> CatalogChange:
    """Lands a document in the caller's transaction. Applied twice, the second time changes nothing.

    What is launched is not edited: a changed offering gets its next version, in force from its own start when that
    lies ahead, else from `at`. Raises InvalidCatalog, having written nothing, when the document contradicts itself
    or the catalog.
    """
    versions = await _versions(conn, document, known)
    wanted = _planned(document, known, versions, at)
    attributes = await store.put_attributes(conn, document.attributes)
    categories = await store.put_categories(conn, document.categories)
    entries = await registry_store.put_all(conn, document.entries, at)
    planned = [one.version for one in wanted]
    ids = await store.put_offerings(conn, [one.code for one in planned])
    new = changed = 0
    for one in planned:
        one = replace(one, id=ids[one.code], last_update=at)
        await store.put_template(conn, one)
        await _save(conn, one, versions, at)
        new, changed = (new + 1, changed) if one.code not in known.versions else (new, changed + 1)
    unchanged = len(document.offerings) - new - changed
    revision = known.revision
    if attributes or categories or entries or planned:
        revision = await store.next_revision(conn, at)
        await change_store.record_imported(conn, ((_told(one, known), one) for one in planned))
    return CatalogChange(attributes, categories, entries, new, changed, unchanged, revision)


def _told(wanted: Offering, known: Snapshot) -> Offering | None:
    """The version that other systems were told of before this one."""
    versions = known.versions.get(wanted.code, ())
    return next((one for one in reversed(versions) if one.version <= wanted.version), None)


async def _versions(conn: Connection, document: CatalogDocument, known: Snapshot) -> landing.Versions:
    """What the catalog has of the file's offerings; of those that state a version, every one there ever was."""
    stating = landing.stating(document)
    every = await version_store.reached(conn, stating) if stating else {}
    return {**known.versions, **{code: found for code, found in every.items() if code in stating}}


def _planned(
    document: CatalogDocument, known: Snapshot, versions: landing.Versions, at: datetime
) -> list[landing.Wanted]:
    wanted, problems = landing.plans(document, versions, at)
    problems += lint.check_attributes(document.attributes, known.attributes)
    if not problems:
        problems = landing.contradictions(document, wanted, versions, tuple(known.categories))
    if problems:
        raise InvalidCatalog(problems)
    return wanted


async def _save(conn: Connection, one: Offering, known: landing.Versions, at: datetime) -> None:
    versions = known.get(one.code, ())
    there = next((before for before in versions if before.version == one.version), None)
    is_launched_now = one.lifecycle_status is LifecycleStatus.LAUNCHED and (
        there is None or there.lifecycle_status is not LifecycleStatus.LAUNCHED
    )
    if versions and is_launched_now and one.valid.start:
        await version_store.end(conn, one.id, one.valid.start, at)
    if there is None:
        await version_store.insert(conn, one)
        return
    await version_store.rewrite(conn, one)
