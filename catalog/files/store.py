"""Import batches in PostgreSQL: begun, staged chunk by chunk into slices, or given up.

Knows a batch's own tables; must not know how they are merged, nor what a valid value is.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from asyncpg import Connection, InterfaceError, Record

import sql
from catalog.customer import Attribute
from catalog.files.columns import Kind
from catalog.files.header import Layout
from catalog.files.rows import Reject
from sql.pool import Database

Mode = Literal["delta", "full"]
BATCH = sql.queries("import_batch")
PATIENCE = 7 * 86_400.0
"""Seconds that a bulk statement may take; the pool's own limit is for answers to people."""

SLICES = 16
"""Into how many slices a large file falls: as many as customers have partitions, and by the same hash."""

LARGE = 200_000
"""So many rows are worth slices; fewer are one."""


@dataclass(frozen=True, slots=True)
class File:
    """What tells one import from another, and what its rows mean. `most_ending` is the share of what is there that a
    full state may end by leaving it out."""

    layout: Layout
    mode: Mode
    name: str
    sha256: str
    at: datetime
    most_ending: float = 1.0

    @property
    def kind(self) -> Kind:
        return self.layout.kind


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch that is open, its staged rows in so many `slices` by their subject; the first `chunks` chunks of its file
    are staged already."""

    id: int
    chunks: int
    slices: int = 1


@asynccontextmanager
async def exclusive(db: Database, kind: str) -> AsyncIterator[Connection]:
    """A connection that imports `kind` alone; others wait until it is done."""
    async with db.connection() as conn:
        await conn.execute("set statement_timeout = 0", timeout=PATIENCE)
        await conn.execute(BATCH.lock, kind, timeout=PATIENCE)
        # The helper of an import that was killed may outlive its lock for a moment.
        async with helping(conn, kind):
            pass
        try:
            yield conn
        finally:
            await _unlock(conn, kind)


@asynccontextmanager
async def helping(conn: Connection, kind: str) -> AsyncIterator[None]:
    """A second connection of the import of `kind`; the next import waits until it is done too."""
    await conn.execute(BATCH.lock, f"{kind}.match", timeout=PATIENCE)
    try:
        yield
    finally:
        await _unlock(conn, f"{kind}.match")


@asynccontextmanager
async def transaction(conn: Connection) -> AsyncIterator[None]:
    """A transaction whose commit may take as long as its work; asyncpg's own commits within the pool's time limit."""
    await conn.execute("begin", timeout=PATIENCE)
    try:
        yield
    except BaseException:
        if not conn.is_closed():
            await conn.execute("rollback", timeout=PATIENCE)
        raise
    await conn.execute("commit", timeout=PATIENCE)


async def _unlock(conn: Connection, kind: str) -> None:
    try:
        await conn.execute(BATCH.unlock, kind, timeout=5.0)
    except Exception:
        # The lock ends with its session, and must not go back to the pool with it; a lost one the pool took already.
        with suppress(InterfaceError):
            conn.terminate()


async def attributes(conn: Connection) -> dict[str, Attribute]:
    rows = await conn.fetch(BATCH.attributes, timeout=PATIENCE)
    return {row["code"]: Attribute(row["code"], row["kind"], row["sensitive"]) for row in rows}


async def published(conn: Connection, file: File) -> Record | None:
    """The publication of this file that another run could not add to, if there is one."""
    row = await conn.fetchrow(BATCH.published, file.kind, file.sha256, file.mode, timeout=PATIENCE)
    return row if row and row["is_settled"] else None


async def begin(conn: Connection, file: File, is_large: bool = False) -> Batch:
    """Goes on with this file's open batch where its staged rows are all there, or opens one, in slices when the file
    `is_large`. Batches of the kind that were begun with other files and left are given up."""
    for row in await conn.fetch(BATCH.others, file.kind, file.sha256, file.mode, timeout=PATIENCE):
        await abandon(conn, row["id"])
    begun = await conn.fetchrow(BATCH.begun, file.kind, file.sha256, file.mode, timeout=PATIENCE)
    if begun:
        batch = Batch(begun["id"], begun["chunks"], begun["slices"])
        staged = await conn.fetchval(on_whole(BATCH.staged, batch), timeout=PATIENCE) if batch.slices else -1
        if staged == begun["rows_staged"]:
            return batch
        await abandon(conn, batch.id)
    async with transaction(conn):
        number = await conn.fetchval(
            BATCH.open, file.kind, file.mode, file.name, file.sha256, file.at, timeout=PATIENCE
        )
        batch = Batch(number, 0, SLICES if is_large else 1)
        await make(conn, queries(file.kind).stage, batch, "staging.rows")
    return batch


async def stage(
    conn: Connection, batch: int, number: int, columns: Sequence[str], rows: int, data: bytes, rejects: Sequence[Reject]
) -> None:
    """One chunk, all or nothing: `data` holds its `rows` rows of `columns`, `rejects` what of it was refused."""
    async with transaction(conn):
        await conn.copy_to_table(
            f"import_{batch}_rows",
            schema_name="staging",
            columns=columns,
            source=_portions(data),
            format="binary",
            timeout=PATIENCE,
        )
        lines = [reject.line for reject in rejects]
        await conn.execute(BATCH.chunk, batch, number, rows, len(set(lines)), timeout=PATIENCE)
        if rejects:
            await conn.execute(
                BATCH.reject, batch, lines, [reject.column for reject in rejects],
                [reject.value for reject in rejects], [reject.reason.zh for reject in rejects],
                [reject.reason.en for reject in rejects], timeout=PATIENCE,
            )  # fmt: skip


async def abandon(conn: Connection, batch: int) -> None:
    async with transaction(conn):
        await conn.execute(BATCH.abandon, batch, timeout=PATIENCE)
        await clear(conn, batch)


async def clear(conn: Connection, batch: int) -> None:
    """Drops the tables of a batch that is over."""
    await _drop(conn, batch, "")


async def forget_match(conn: Connection, batch: int) -> None:
    """Drops what was matched; the staged rows stay."""
    await _drop(conn, batch, "rows")


async def _drop(conn: Connection, batch: int, but: str) -> None:
    for row in await conn.fetch(BATCH.tables, batch, but, timeout=PATIENCE):
        await conn.execute(f"drop {row['form']} staging.{row['relname']}", timeout=PATIENCE)


def queries(kind: str) -> sql.Queries:
    """The statements of one kind of file."""
    return sql.queries(f"import_{kind}")


def on_slice(query: str, batch: Batch, number: int) -> str:
    """The query on one slice of this batch. `customer_p00` and its like, in a query, are the partition of that slice;
    of an undivided batch they are the whole table."""
    part = f"{number:02d}"
    own = re.sub(r"staging\.(\w+)", rf"staging.import_{batch.id}_\1_{part}", query)
    return re.sub(r"\b(\w+)_p00\b", rf"\1_p{part}" if batch.slices == SLICES else r"\1", own)


def on_whole(query: str, batch: Batch) -> str:
    """The query on all slices of this batch."""
    return re.sub(r"staging\.(\w+)", rf"staging.import_{batch.id}_\1", query)


async def make(conn: Connection, query: str, batch: Batch, table: str) -> None:
    """Makes one of a batch's tables with its slices; a partitioned table is never unlogged, its partitions are."""
    await conn.execute(on_whole(query, batch), timeout=PATIENCE)
    for number in range(batch.slices):
        await conn.execute(
            f"create unlogged table {on_slice(table, batch, number)} partition of {on_whole(table, batch)} "
            f"for values with (modulus {batch.slices}, remainder {number})",
            timeout=PATIENCE,
        )


async def _portions(data: bytes, size: int = 1 << 19) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]
