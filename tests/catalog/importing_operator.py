"""An operator whose files are brought in by the tests: a database with two offerings, three customers, and a folder."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from catalog.importing import ImportReport, import_file
from sql.pool import Database

ZONE = ZoneInfo("Asia/Shanghai")
AT = datetime(2024, 6, 1, tzinfo=UTC)


class Operator:
    """A database with two offerings, and the way to bring files into it."""

    def __init__(self, db: Database, folder: Path) -> None:
        self.db, self.folder = db, folder

    async def bring(self, kind: str, text: str, **more: Any) -> ImportReport:
        path = self.folder / f"{kind}.csv"
        path.write_text(text, encoding="utf-8")
        return await self.bring_file(kind, path, **more)

    async def bring_file(self, kind: str, path: Path, **more: Any) -> ImportReport:
        options: dict[str, Any] = {"mode": "delta", "at": AT, "zone": ZONE, "rejects": self.folder / "rejects.csv"}
        return await import_file(self.db, kind, path, **(options | more))

    async def rows(self, query: str) -> list[tuple[Any, ...]]:
        return [tuple(row.values()) for row in await self.db.fetch(query)]

    def rejects(self) -> list[str]:
        return (self.folder / "rejects.csv").read_text(encoding="utf-8-sig").splitlines()[1:]


@pytest.fixture(name="operator")
async def an_operator(db: Database, tmp_path: Path) -> Operator:
    """An operator with offerings DATA_10G and PACK and customers C1, C2 and C3."""
    await db.execute("insert into offering (code) values ('DATA_10G'), ('PACK')")
    operator = Operator(db, tmp_path)
    await operator.bring("customer", "id\nC1\nC2\nC3\n")
    return operator
