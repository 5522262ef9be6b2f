"""The file of rejected rows: one line a value, with line, column, value and reason in both languages.

Knows how a spreadsheet opens a CSV file; must not know why a value was rejected.
"""

from __future__ import annotations

import csv
import os
from collections.abc import AsyncIterator
from pathlib import Path

from asyncpg import Connection

from catalog.files.columns import BadFile
from catalog.files.store import BATCH, PATIENCE

HEADER = ("line", "column", "value", "reason", "reason_zh")
# Some spreadsheets take the signs in Chinese width for formulas too, and look past spaces.
_FORMULA = tuple("=+-@\t\r＝＋－＠")


def check_place(path: Path) -> None:
    """BadFile when a file cannot be written there: better before an import than after it."""
    if not path.parent.is_dir() or path.is_dir() or not os.access(path.parent, os.W_OK):
        raise BadFile(
            f"rejected rows cannot be written to {path}; name a file in a directory that you may write to.",
            f"无法将被拒绝的行写入 {path}；请指定可写目录中的文件。",
        )


async def write(conn: Connection, batch: int, path: Path) -> Path | None:
    """Writes what a batch rejected, in one go: the file is there whole or not at all. None when nothing was rejected,
    and then a file of that name from an earlier import is removed."""
    unfinished = path.with_name(f".{path.name}.{batch}.tmp")
    rows = 0
    try:
        with unfinished.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(HEADER)
            async for cells in _cells(conn, batch):
                writer.writerow([inert(cell) for cell in cells])
                rows += 1
            file.flush()
            os.fsync(file.fileno())
        if rows:
            unfinished.replace(path)
        else:
            path.unlink(missing_ok=True)
    finally:
        unfinished.unlink(missing_ok=True)
    return path if rows else None


def inert(cell: str) -> str:
    """The cell with an apostrophe in front where a spreadsheet would take it for a formula."""
    return "'" + cell if cell.lstrip(" \u3000").startswith(_FORMULA) else cell


async def _cells(conn: Connection, batch: int) -> AsyncIterator[tuple[str, str, str, str, str]]:
    async with conn.transaction(readonly=True):
        async for row in conn.cursor(BATCH.rejects, batch, prefetch=5_000, timeout=PATIENCE):
            reason = row["reason"]
            yield str(row["line"]), row["column_name"], row["value"] or "", reason["en"], reason["zh"]
