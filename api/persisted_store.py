"""Uploaded documents between PostgreSQL and values.

Knows statements and their columns; must not know what a document asks for.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import sql
from api.persisted import Change, Named, digest_of, planned
from sql.pool import Database

if TYPE_CHECKING:
    from collections.abc import Mapping

    from catalog.customer_store import Caller

QUERIES = sql.queries("document")
CHANNEL = "documents"


async def revision(db: Database) -> int:
    """How often the documents were changed."""
    return int(await db.fetchval(QUERIES.revision))


async def documents(db: Database, app: str | None = None) -> list[Named]:
    """All documents by app and id, or those of one app."""
    return [Named(**row) for row in await db.fetch(QUERIES.documents, app)]


async def sync(
    db: Database, app: str, wanted: Mapping[str, str], *, prune: bool, dry_run: bool, caller: Caller, at: datetime
) -> Change:
    """Makes the documents of `app` what `wanted` (id → text) says, all or none. Raises BadManifest."""
    async with db.transaction() as conn:
        await conn.fetchval(QUERIES.hold)
        known = [Named(**row) for row in await conn.fetch(QUERIES.documents, None)]
        change = planned(app, wanted, known, prune=prune)
        if dry_run or not change.is_one:
            return change
        texts = {**change.new, **change.changed}
        digests = [digest_of(text) for text in texts.values()]
        await conn.execute(QUERIES.put, app, list(texts), digests, list(texts.values()), at)
        await conn.execute(QUERIES.remove, app, list(change.removed))
        counts = {"new": len(change.new), "changed": len(change.changed), "removed": len(change.removed)}
        told = (at, caller.subject, caller.role, "documents.sync", app, caller.request_id, counts)
        await conn.execute(QUERIES.changed, *told)
    return change


async def remove(db: Database, app: str, ids: Sequence[str], *, caller: Caller, at: datetime) -> list[str]:
    """Takes documents of `app` away; returns the ids that were there."""
    async with db.transaction() as conn:
        await conn.fetchval(QUERIES.hold)
        known = {row["id"] for row in await conn.fetch(QUERIES.documents, app)}
        found = [id_ for id_ in ids if id_ in known]
        if found:
            await conn.execute(QUERIES.remove, app, found)
            told = (at, caller.subject, caller.role, "documents.remove", app, caller.request_id, {"ids": found})
            await conn.execute(QUERIES.changed, *told)
    return found
