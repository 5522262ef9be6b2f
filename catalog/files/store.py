"""Import batches in PostgreSQL: begun, staged chunk by chunk, published in one transaction, or given up.

Knows the statements of sql/import_*.sql and their order; must not know files or what a valid value is.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from asyncpg import Connection, InterfaceError, Record

import sql
from catalog import store as catalog_store
from catalog.customer import Attribute
from catalog.customer_store import Caller
from catalog.feeds import hand_over_service
from catalog.files.columns import Kind
from catalog.files.header import Layout
from catalog.files.rows import Reject
from sql.pool import Database

Mode = Literal["delta", "full"]
BATCH = sql.queries("import_batch")
PATIENCE = 7 * 86_400.0
"""Seconds that a bulk statement may take; the pool's own limit is for answers to people."""

FEW = 10
"""So many rows may end whatever their share: a small register is edited by leaving rows out."""

_SETTINGS = "set local statement_timeout = 0; set local lock_timeout = 0; set local work_mem = '128MB'"
_TABLES = {
    "customer": ("customer", "customer_profile"), "product": ("product",), "usage": ("product_usage",),
    "market": ("market_segment",), "member": ("market_member",), "outcome": ("outcome",),
}  # fmt: skip


class NothingUsable(Exception):
    """A full state of which no row can be used would end everything."""


class TooMuchEnds(Exception):
    """A full state that leaves out more of what is there than it may; nothing of it was published."""

    def __init__(self, ended: int, kept: int) -> None:
        super().__init__(ended, kept)
        self.ended, self.kept = ended, kept

    @property
    def share(self) -> float:
        return self.ended / (self.ended + self.kept)


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
class Published:
    """What publishing did. `unknown_channels` are named in the file and stand in no register, twenty at most."""

    rejected: int
    changed: int
    ended: int
    unknown_channels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch that is open; the first `chunks` chunks of its file are staged already."""

    id: int
    chunks: int


@asynccontextmanager
async def exclusive(db: Database, kind: str) -> AsyncIterator[Connection]:
    """A connection that imports `kind` alone; others wait until it is done."""
    async with db.connection() as conn:
        await conn.execute("set statement_timeout = 0", timeout=PATIENCE)
        await conn.execute(BATCH.lock, kind, timeout=PATIENCE)
        try:
            yield conn
        finally:
            await _unlock(conn, kind)


@asynccontextmanager
async def _transaction(conn: Connection) -> AsyncIterator[None]:
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


async def begin(conn: Connection, file: File) -> Batch:
    """Goes on with this file's open batch where its staged rows are all there, or opens one. Batches of the kind that
    were begun with other files and left are given up."""
    for row in await conn.fetch(BATCH.others, file.kind, file.sha256, file.mode, timeout=PATIENCE):
        await abandon(conn, row["id"])
    begun = await conn.fetchrow(BATCH.begun, file.kind, file.sha256, file.mode, timeout=PATIENCE)
    if begun:
        staged = await conn.fetchval(_at(BATCH.staged, begun["id"]), timeout=PATIENCE) if begun["has_table"] else -1
        if staged == begun["rows_staged"]:
            return Batch(begun["id"], begun["chunks"])
        await abandon(conn, begun["id"])
    async with _transaction(conn):
        batch = await conn.fetchval(BATCH.open, file.kind, file.mode, file.name, file.sha256, file.at, timeout=PATIENCE)
        await conn.execute(_at(_of(file.kind).stage, batch), timeout=PATIENCE)
    return Batch(batch, 0)


async def stage(
    conn: Connection, batch: int, number: int, columns: Sequence[str], rows: int, data: bytes, rejects: Sequence[Reject]
) -> None:
    """One chunk, all or nothing: `data` holds its `rows` rows of `columns`, `rejects` what of it was refused."""
    async with _transaction(conn):
        await conn.copy_to_table(
            f"import_{batch}",
            schema_name="staging",
            columns=columns,
            source=_slices(data),
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


async def publish(conn: Connection, batch: int, file: File, rows_read: int, stage: Callable[[str], None]) -> Published:
    """Merges the staged rows, closes the batch and drops its tables, in one transaction.

    Raises NothingUsable and TooMuchEnds.
    """
    async with _transaction(conn):
        await conn.execute(_SETTINGS, timeout=PATIENCE)
        if file.kind == "market":
            await conn.execute(catalog_store.QUERIES.lock, timeout=PATIENCE)
        stage("matching")
        rejected = await conn.fetchval(BATCH.rejected_so_far, batch, timeout=PATIENCE) + await _match(conn, batch, file)
        stage("merging")
        changed, ended = await _merge(conn, batch, file)
        channels = await _unknown_channels(conn, batch, file)
        if file.kind == "product":
            caller = Caller("import", "operator", None, f"batch {batch}")
            await hand_over_service.file_landed(conn, caller, await conn.fetchval("select now()", timeout=PATIENCE))
        if (file.kind == "market" and changed) or await _declare(conn, file.layout):
            await catalog_store.next_revision(conn, await conn.fetchval("select now()"))
        await conn.fetchval(BATCH.publish, batch, file.at, rows_read, rejected, changed, timeout=PATIENCE)
        await _drop(conn, batch)
    if await conn.fetchval(BATCH.is_grown, _TABLES[file.kind][0], changed, timeout=PATIENCE):
        # Nobody analyses the parent of partitions by itself, and the next reader plans by it.
        stage("analysing")
        await conn.execute(f"analyze {', '.join(_TABLES[file.kind])}", timeout=PATIENCE)
    return Published(rejected, changed, ended, channels)


async def abandon(conn: Connection, batch: int) -> None:
    async with _transaction(conn):
        await conn.execute(BATCH.abandon, batch, timeout=PATIENCE)
        await _drop(conn, batch)


async def _match(conn: Connection, batch: int, file: File) -> int:
    queries = _of(file.kind)
    await conn.execute(f"analyze staging.import_{batch}", timeout=PATIENCE)
    names = [*file.layout.names, *(("status", "termination_date") if file.mode == "full" else ())]
    parameters: list[object] = [names]
    if file.kind == "product":
        parameters.append(file.at)
    if file.kind == "market":
        parameters.append([name.removeprefix("fact.") for name in names if name.startswith("fact.")])
    await conn.execute(_at(queries.key, batch), *parameters, timeout=PATIENCE)
    await conn.execute(f"analyze staging.import_{batch}_keyed", timeout=PATIENCE)
    if file.mode == "full" and not await conn.fetchval(_at(BATCH.is_usable, batch), timeout=PATIENCE):
        raise NothingUsable
    return _count(await conn.execute(_at(queries.reject, batch), batch, timeout=PATIENCE))


async def _merge(conn: Connection, batch: int, file: File) -> tuple[int, int]:
    """How many rows were changed, and how many of them ended because the file leaves them out."""
    queries = _of(file.kind)
    changed = _count(await conn.execute(_at(queries.update, batch), timeout=PATIENCE))
    changed += _count(await conn.execute(_at(queries.insert, batch), timeout=PATIENCE))
    if file.layout.attributes:
        changed += await conn.fetchval(_at(queries.profile, batch), list(file.layout.attributes), timeout=PATIENCE)
    if file.mode != "full":
        return changed, 0
    kept = await conn.fetchval(_at(queries.kept, batch), timeout=PATIENCE)
    ended = _count(await conn.execute(_at(queries.terminate, batch), file.at, timeout=PATIENCE))
    if ended > FEW and ended > file.most_ending * (ended + kept):
        raise TooMuchEnds(ended, kept)
    return changed + ended, ended


async def _unknown_channels(conn: Connection, batch: int, file: File) -> tuple[str, ...]:
    if "channel" not in file.layout.names:
        return ()
    rows = await conn.fetch(_at(_of(file.kind).unknown_channels, batch), timeout=PATIENCE)
    return tuple(row["channel"] for row in rows)


async def _declare(conn: Connection, layout: Layout) -> int:
    declared = layout.attributes
    tag = await conn.execute(
        BATCH.declare, list(declared), [one.kind for one in declared.values()],
        [one.sensitive for one in declared.values()], timeout=PATIENCE,
    )  # fmt: skip
    return _count(tag)


async def _drop(conn: Connection, batch: int) -> None:
    await conn.execute(_at(BATCH.drop_rows, batch), timeout=PATIENCE)
    await conn.execute(_at(BATCH.drop_keyed, batch), timeout=PATIENCE)


def _of(kind: str) -> sql.Queries:
    return sql.queries(f"import_{kind}")


def _at(query: str, batch: int) -> str:
    """The query on this batch's own tables."""
    return query.replace("staging.rows", f"staging.import_{batch}").replace(
        "staging.keyed", f"staging.import_{batch}_keyed"
    )


def _count(tag: str) -> int:
    return int(tag.rsplit(" ", 1)[-1])


async def _slices(data: bytes, size: int = 1 << 19) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]
