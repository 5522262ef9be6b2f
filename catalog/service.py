"""The use cases that change the catalog: fetch, ask the core, save.

Knows the order of the steps; must not know HTTP or GraphQL. The caller opens the transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from asyncpg import Connection

from catalog import change_store, lint, registry_store, store, version_store
from catalog.document import CatalogDocument
from catalog.errors import InvalidCatalog
from catalog.lifecycle import EDITABLE, LifecycleStatus
from catalog.offering import Offering
from catalog.period import Period
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
    _refuse_contradictions(document, known)
    attributes = await store.put_attributes(conn, document.attributes)
    categories = await store.put_categories(conn, document.categories)
    entries = await registry_store.put_all(conn, document.entries, at)
    plans = [plan(one, known.versions.get(one.code, ()), at) for one in document.offerings]
    planned = [one for one in plans if one]
    ids = await store.put_offerings(conn, [one.code for one in planned])
    new = changed = 0
    for one in planned:
        one = replace(one, id=ids[one.code], last_update=at)
        await store.put_template(conn, one)
        await _save(conn, one, known.versions, at)
        new, changed = (new + 1, changed) if one.code not in known.versions else (new, changed + 1)
    unchanged = len(plans) - new - changed
    revision = known.revision
    if attributes or categories or entries or planned:
        revision = await store.next_revision(conn, at)
        await change_store.record_imported(conn, ((_told(one, known), one) for one in planned))
    return CatalogChange(attributes, categories, entries, new, changed, unchanged, revision)


def _told(wanted: Offering, known: Snapshot) -> Offering | None:
    """The version that other systems were told of before this one."""
    versions = known.versions.get(wanted.code, ())
    return next((one for one in reversed(versions) if one.version <= wanted.version), None)


def _refuse_contradictions(document: CatalogDocument, known: Snapshot) -> None:
    newest = {code: versions[-1] for code, versions in known.versions.items()}
    problems = lint.check(document.categories, document.offerings, known=newest, known_categories=known.categories)
    problems += lint.check_attributes(document.attributes, known.attributes)
    if problems:
        raise InvalidCatalog(problems)


def plan(wanted: Offering, versions: tuple[Offering, ...], at: datetime) -> Offering | None:
    """The version to write so that the offering becomes `wanted`, or None when it already is.

    `versions` are those known of the same code, oldest first. A version in design that somebody prepares beside what is
    sold stays as it is: the file speaks of what is sold.
    """
    if not versions:
        return wanted
    last = _compared(wanted, versions)
    if wanted.same_content(last) and _same_dates(wanted, last):
        return None
    if last.lifecycle_status in EDITABLE:
        return replace(wanted, version=last.version, etag=last.etag + 1)
    if _only_status_or_end(wanted, last):
        return replace(
            wanted, version=last.version, etag=last.etag + 1, valid=Period(last.valid.start, wanted.valid.end)
        )
    start = wanted.valid.start if wanted.valid.start and wanted.valid.start > at else at
    return replace(wanted, version=versions[-1].version + 1, valid=Period(start, wanted.valid.end))


def _compared(wanted: Offering, versions: tuple[Offering, ...]) -> Offering:
    """The version that the file means: the newest, or the newest that is past its design when it says it is sold."""
    if wanted.lifecycle_status in EDITABLE:
        return versions[-1]
    released = [one for one in versions if one.lifecycle_status not in EDITABLE]
    return released[-1] if released else versions[-1]


def _same_dates(wanted: Offering, last: Offering) -> bool:
    """The file's own dates, or those of a later version, whose start the import itself once chose."""
    if wanted.valid == last.valid:
        return True
    return last.version > 1 and wanted.valid.end == last.valid.end


def _only_status_or_end(wanted: Offering, last: Offering) -> bool:
    """Retiring, or moving the end of validity, is no new version: nothing that a holder has changes."""
    return replace(wanted, lifecycle_status=last.lifecycle_status, status_reason=last.status_reason).same_content(last)


async def _save(conn: Connection, one: Offering, known: Mapping[str, tuple[Offering, ...]], at: datetime) -> None:
    versions = known.get(one.code, ())
    if any(one.version == known_version.version for known_version in versions):
        await version_store.rewrite(conn, one)
        return
    if versions and one.lifecycle_status is LifecycleStatus.LAUNCHED and one.valid.start:
        await version_store.end(conn, one.id, one.valid.start, at)
    await version_store.insert(conn, one)
