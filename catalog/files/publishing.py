"""The staged rows of a batch merged into the tables: a second session matches slice after slice, one transaction lands.

Knows the statements of sql/import_*.sql and their order; must not know files or what a valid value is.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from asyncpg import Connection

from catalog import store as catalog_store
from catalog.customer_store import Caller
from catalog.feeds import hand_over_service
from catalog.files.header import Layout
from catalog.files.store import (
    BATCH,
    PATIENCE,
    Batch,
    File,
    clear,
    forget_match,
    helping,
    make,
    on_slice,
    on_whole,
    queries,
    transaction,
)
from sql.pool import Database

FEW = 10
"""So many rows may end whatever their share: a small register is edited by leaving rows out."""

_SETTINGS = "set local statement_timeout = 0; set local lock_timeout = 0; set local work_mem = '128MB'"
# A slice is looked at a handful of times: a few thousand rows tell the planner enough.
_MATCHING = "set statement_timeout = 0; set work_mem = '128MB'; set default_statistics_target = 10"
_TABLES = {
    "customer": ("customer", "customer_profile"), "product": ("product",), "usage": ("product_usage",),
    "market": ("market_segment",), "member": ("market_member",), "outcome": ("outcome",),
}  # fmt: skip

_BY_ID = ("product", "usage", "member")
"""Kinds of which large tables are partitioned by our id of the customer: their rows are looked up before matching."""

Tell = Callable[[str, float], None]
"""Told of a stage (matching, merging or analysing), and of how much of the merge is done, 0 to 1."""


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
class Published:
    """What publishing did. `unknown_channels` are named in the file and stand in no register, twenty at most."""

    rejected: int
    changed: int
    ended: int
    unknown_channels: tuple[str, ...] = ()


async def publish(db: Database, conn: Connection, batch: Batch, file: File, rows_read: int, tell: Tell) -> Published:
    """Merges the staged rows, closes the batch and drops its tables, in one transaction of `conn`.

    Another session matches the next slice meanwhile, and leaves nothing but tables of the batch's own. Raises
    NothingUsable and TooMuchEnds.
    """
    tell("matching", 0.0)
    async with _matched(db, conn, batch, file) as slices, transaction(conn):
        await conn.execute(_SETTINGS, timeout=PATIENCE)
        if file.kind == "market":
            await conn.execute(catalog_store.QUERIES.lock, timeout=PATIENCE)
        rejected, changed = await conn.fetchval(BATCH.rejected_so_far, batch.id, timeout=PATIENCE), 0
        async for number in slices:
            tell("merging", number / batch.slices)
            rejected += await _count(conn, on_slice(queries(file.kind).reject, batch, number), batch.id)
            changed += await _merge(conn, batch, file, number)
        await conn.execute(_whole_view(batch), timeout=PATIENCE)
        ended = await _end(conn, batch, file) if file.mode == "full" else 0
        channels = await _unknown_channels(conn, batch, file)
        await _tell_others(conn, batch, file, changed + ended)
        await conn.fetchval(BATCH.publish, batch.id, file.at, rows_read, rejected, changed + ended, timeout=PATIENCE)
        await clear(conn, batch.id)
    if await conn.fetchval(BATCH.is_grown, _TABLES[file.kind][0], changed + ended, timeout=PATIENCE):
        # Nobody analyses the parent of partitions by itself, and the next reader plans by it.
        tell("analysing", 1.0)
        await conn.execute("reset default_statistics_target", timeout=PATIENCE)
        await conn.execute(f"analyze {', '.join(_TABLES[file.kind])}", timeout=PATIENCE)
    return Published(rejected, changed + ended, ended, channels)


@asynccontextmanager
async def _matched(db: Database, conn: Connection, batch: Batch, file: File) -> AsyncIterator[AsyncIterator[int]]:
    """The numbers of the slices as they are matched, one ahead of who takes them; `conn` helps to look up ids."""
    async with db.connection() as other, helping(other, file.kind):
        for one in (conn, other):
            await one.execute(_MATCHING, timeout=PATIENCE)
        await forget_match(other, batch.id)
        if file.kind in _BY_ID:
            await make(other, queries(file.kind).named, batch, "staging.named")
            await asyncio.gather(_name(other, batch, file, 0), _name(conn, batch, file, 1))
        slices = _slices(other, batch, file)
        try:
            yield slices
        finally:
            await slices.aclose()


async def _name(conn: Connection, batch: Batch, file: File, first: int) -> None:
    """Looks up the ids of every second slice; the rows of a customer then lie together, as in the tables."""
    for number in range(first, batch.slices, 2):
        await conn.execute(on_slice("analyze staging.rows", batch, number), timeout=PATIENCE)
        named = on_slice(queries(file.kind).name, batch, number)
        await conn.execute(f"insert into {on_whole('staging.named', batch)} {named}", timeout=PATIENCE)


async def _slices(conn: Connection, batch: Batch, file: File) -> AsyncGenerator[int, None]:
    ahead = asyncio.create_task(_match(conn, batch, file, 0))
    try:
        for number in range(batch.slices):
            await ahead
            if number + 1 < batch.slices:
                ahead = asyncio.create_task(_match(conn, batch, file, number + 1))
            yield number
    finally:
        ahead.cancel()
        await asyncio.wait([ahead])


async def _match(conn: Connection, batch: Batch, file: File, number: int) -> None:
    names = [*file.layout.names, *(("status", "termination_date") if file.mode == "full" else ())]
    parameters: list[object] = [names]
    if file.kind == "product":
        parameters.append(file.at)
    if file.kind == "market":
        parameters.append([name.removeprefix("fact.") for name in names if name.startswith("fact.")])
    source = "named" if file.kind in _BY_ID else "rows"
    await conn.execute(on_slice(f"analyze staging.{source}", batch, number), timeout=PATIENCE)
    await conn.execute(on_slice(queries(file.kind).key, batch, number), *parameters, timeout=PATIENCE)
    await conn.execute(on_slice("analyze staging.keyed", batch, number), timeout=PATIENCE)


async def _merge(conn: Connection, batch: Batch, file: File, number: int) -> int:
    """How many rows one slice changed."""
    of_kind = queries(file.kind)
    changed = await _count(conn, on_slice(of_kind.update, batch, number))
    changed += await _count(conn, on_slice(of_kind.insert, batch, number))
    if file.layout.attributes:
        await _count(conn, on_slice(of_kind.first_profile, batch, number))
        profile = on_slice(of_kind.profile, batch, number)
        changed += await conn.fetchval(profile, list(file.layout.attributes), timeout=PATIENCE)
    return changed


def _whole_view(batch: Batch) -> str:
    slices = (on_slice("select * from staging.keyed", batch, number) for number in range(batch.slices))
    return on_whole("create view staging.keyed as ", batch) + " union all ".join(slices)


async def _end(conn: Connection, batch: Batch, file: File) -> int:
    """How many rows ended because a full state leaves them out."""
    of_kind = queries(file.kind)
    if not await conn.fetchval(on_whole(BATCH.is_usable, batch), timeout=PATIENCE):
        raise NothingUsable
    kept = await conn.fetchval(on_whole(of_kind.kept, batch), timeout=PATIENCE)
    ended = await _count(conn, on_whole(of_kind.terminate, batch), file.at)
    if ended > FEW and ended > file.most_ending * (ended + kept):
        raise TooMuchEnds(ended, kept)
    return ended


async def _unknown_channels(conn: Connection, batch: Batch, file: File) -> tuple[str, ...]:
    if "channel" not in file.layout.names:
        return ()
    rows = await conn.fetch(on_whole(queries(file.kind).unknown_channels, batch), timeout=PATIENCE)
    return tuple(row["channel"] for row in rows)


async def _tell_others(conn: Connection, batch: Batch, file: File, changed: int) -> None:
    """Hand-overs learn what is held now, and servers what is new in the catalog."""
    now = await conn.fetchval("select now()", timeout=PATIENCE)
    if file.kind == "product":
        await hand_over_service.file_landed(conn, Caller("import", "operator", None, f"batch {batch.id}"), now)
    if (file.kind == "market" and changed) or await _declare(conn, file.layout):
        await catalog_store.next_revision(conn, now)


async def _declare(conn: Connection, layout: Layout) -> int:
    declared = layout.attributes
    return await _count(
        conn, BATCH.declare, list(declared), [one.kind for one in declared.values()],
        [one.sensitive for one in declared.values()],
    )  # fmt: skip


async def _count(conn: Connection, query: str, *parameters: object) -> int:
    """How many rows a statement changed."""
    tag = await conn.execute(query, *parameters, timeout=PATIENCE)
    return int(tag.rsplit(" ", 1)[-1])
