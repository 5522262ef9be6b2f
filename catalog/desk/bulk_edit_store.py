"""What a bulk edit writes at its end: versions and audit rows, a statement a table.

Knows statements and their columns; must not know rules, nor open a transaction that it was not handed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from asyncpg import Connection

import sql
from catalog import customer_store, version_store
from catalog.customer_store import Caller
from catalog.offering import Offering

QUERIES = sql.queries("bulk_edit")
Key = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Later:
    """`saved` maps an offering's row and a version to what it becomes, `bases` to the etag that PostgreSQL has."""

    saved: Mapping[Key, Offering] = field(default_factory=dict)
    bases: Mapping[Key, int] = field(default_factory=dict)
    audits: tuple[tuple[str, str, Mapping[str, Any]], ...] = ()

    def with_version(self, current: Offering, saved: Offering) -> Later:
        key = (saved.id, saved.version)
        bases = {key: current.etag, **self.bases}
        return replace(self, saved={**self.saved, key: saved}, bases=bases)

    def with_audit(self, action: str, code: str, detail: Mapping[str, Any]) -> Later:
        return replace(self, audits=(*self.audits, (action, code, detail)))

    async def write(self, conn: Connection, caller: Caller, at: datetime) -> bool:
        """Writes everything; False, when somebody was faster with one of the versions."""
        if self.saved:
            ids, versions = zip(*self.saved, strict=True)
            etags = [self.bases[key] for key in self.saved]
            gone = await conn.fetch(QUERIES.delete_versions, list(ids), list(versions), etags)
            if len(gone) != len(self.saved):
                return False
            await version_store.insert_many(conn, list(self.saved.values()))
        rows = [(action, "product_offering", code, detail) for action, code, detail in self.audits]
        await customer_store.write_audits(conn, caller, at, rows)
        return True
