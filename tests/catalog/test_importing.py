from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from catalog.importing import KINDS, ImportReport, import_file, template
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


@pytest.fixture
async def operator(db: Database, tmp_path: Path) -> Operator:
    await db.execute("insert into offering (code) values ('DATA_10G'), ('PACK')")
    operator = Operator(db, tmp_path)
    await operator.bring("customer", "id\nC1\nC2\nC3\n")
    return operator


@pytest.mark.parametrize("kind", KINDS)
async def test_the_template_of_every_kind_can_be_imported(operator: Operator, kind: str) -> None:
    if kind != "customer":
        await operator.bring("customer", template("customer"))
    if kind == "member":
        await operator.bring("market", template("market"))
    first = await operator.bring(kind, template(kind))
    assert (first.rows_read, first.rows_rejected, first.rows_changed, first.unchanged) == (1, 0, 1, False), (
        operator.rejects()
    )
    second = await operator.bring(kind, template(kind))
    assert (second.rows_changed, second.unchanged) == (0, True)
    third = await operator.bring(kind, template(kind), again=True)
    assert (third.rows_changed, third.unchanged) == (0, False)
    assert await operator.rows("select 1 from pg_tables where schemaname = 'staging'") == []
