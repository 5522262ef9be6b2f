"""Imports measured: rows a second, and CPU seconds of Python and of PostgreSQL, beside what COPY alone can do.

    python benchmarks/bench_import.py [--customers N] [--kinds product,usage] [--rounds N]

Each kind goes into an empty table, then a file of the same rows of which half are changed, then COPY of the same rows
into a bare unlogged table and into a table with the same partitions and indexes. It works in a data directory of its
own and removes it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from api.commands.common import settings
from api.commands.data import import_any
from api.database import located, opened
from api.demo import write_files
from catalog import importing
from sql.pool import Database

TABLES = {"customer": "customer", "member": "market_member", "product": "product", "usage": "product_usage"}
CHANGES: dict[str, tuple[str, Any]] = {
    "customer": ("brand", "CHANGED"), "member": ("member_to", None), "product": ("status", "suspended"),
    "usage": ("active_days", 1),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cost:
    """What a piece of work took: seconds of wall time, and of CPU of this process and of PostgreSQL's."""

    wall: float
    python: float
    postgres: float


class Meter:
    """CPU of the embedded server's processes, those included that have ended."""

    def __init__(self, backend: int) -> None:
        self._server = psutil.Process(backend).parent()

    def _postgres(self) -> float:
        if self._server is None:
            raise SystemExit("the server's first process is not to be found")
        own = self._server.cpu_times()
        total: float = own.children_user + own.children_system
        for process in self._server.children():
            try:
                times = process.cpu_times()
            except psutil.Error:
                continue
            total += times.user + times.system
        return total

    async def of(self, work: Awaitable[Any]) -> Cost:
        wall, python, postgres = time.perf_counter(), time.process_time(), self._postgres()
        await work
        return Cost(time.perf_counter() - wall, time.process_time() - python, self._postgres() - postgres)


def changed(kind: str, path: Path, folder: Path) -> Path:
    """The file with one column of every second row changed, in an order of its own."""
    table = pq.read_table(path)
    name, value = CHANGES[kind]
    if name in table.column_names:
        column = (
            table[name].cast(table[name].type.value_type) if pa.types.is_dictionary(table[name].type) else table[name]
        )
        odd = pa.array(np.arange(table.num_rows) % 2 == 1)
        table = table.set_column(
            table.column_names.index(name), name, pc.if_else(odd, pa.scalar(value, column.type), column)
        )
    order = np.random.default_rng(1).permutation(table.num_rows)
    pq.write_table(table.take(pa.array(order)), folder / f"{kind}.changed.parquet")
    return folder / f"{kind}.changed.parquet"


def bring(db: Database, kind: str, path: Path) -> Callable[[], Awaitable[importing.ImportReport]]:
    return lambda: importing.import_file(
        db, kind, path, mode="delta", at=datetime.now(UTC), zone=settings().timezone, again=True
    )


async def limits(db: Database, meter: Meter, kind: str) -> dict[str, Cost]:
    """COPY of the table's own rows, in the order of its key, without any check."""
    table, found = TABLES[kind], {}
    async with db.connection() as conn:
        rows = bytearray()

        async def keep(data: bytes) -> None:
            rows.extend(data)

        async def portions() -> AsyncIterator[bytes]:
            for start in range(0, len(rows), 1 << 19):
                yield bytes(rows[start : start + (1 << 19)])

        key = "code" if kind == "customer" else "customer_id"
        await conn.copy_from_query(f"select * from {table} order by {key}", output=keep, format="binary")
        await conn.execute(f"create unlogged table bench_bare (like {table})")
        await conn.execute(f"create table bench_same (like {table} including all) partition by hash ({key})")
        for part in range(16):
            partition = f"bench_same_{part} partition of bench_same"
            await conn.execute(f"create table {partition} for values with (modulus 16, remainder {part})")
        for name, into in (("COPY, unlogged, no index", "bench_bare"), ("COPY, same indexes", "bench_same")):
            found[name] = await meter.of(conn.copy_to_table(into, source=portions(), format="binary"))
        await conn.execute("drop table bench_bare, bench_same")
    return found


def say(kind: str, what: str, rows: int, costs: list[Cost]) -> None:
    wall, python, postgres = (statistics.median(getattr(one, name) for one in costs) for name in Cost.__slots__)
    print(
        f"| {kind} | {what} | {rows:,} | {rows / wall:,.0f} | {python / rows * 1e6:.2f} | {postgres / rows * 1e6:.2f} "
        f"| {rows / (max(python + postgres, 1e-9) / 2):,.0f} |",
        flush=True,
    )


async def measure(folder: Path, kinds: list[str], rounds: int) -> None:
    async with located(settings()) as dsn, opened(dsn, command_timeout=None) as db:
        meter = Meter(await db.fetchval("select pg_backend_pid()"))
        for kind, name in (("catalog", "catalog.json"), ("market", "markets.parquet")):
            await import_any(db, settings(), kind, folder / name, mode="delta", at=datetime.now(UTC), rejects=None)
        for kind, table in TABLES.items():
            path = folder / ("usage.parquet" if kind == "usage" else f"{kind}s.parquet")
            rows = pq.read_metadata(path).num_rows
            other = changed(kind, path, folder)
            empty: list[Cost] = []
            filled: list[Cost] = []
            for _ in range(rounds if kind in kinds else 1):
                await db.execute(f"truncate {table}" + (", customer_profile" if kind == "customer" else ""))
                empty.append(await meter.of(bring(db, kind, path)()))
                if kind in kinds:
                    filled.append(await meter.of(bring(db, kind, other)()))
            if kind in kinds:
                say(kind, "import, empty", rows, empty)
                say(kind, "import, filled, half changed", rows, filled)
                for what, cost in (await limits(db, meter, kind)).items():
                    say(kind, what, await db.fetchval(f"select count(*) from {table}"), [cost])


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--customers", type=int, default=300_000)
    options.add_argument("--kinds", default=",".join(TABLES))
    options.add_argument("--rounds", type=int, default=1)
    chosen = options.parse_args()
    home = Path(tempfile.mkdtemp(prefix="jishi-import-"))
    os.environ["JISHI_HOME"] = str(home / "home")
    print(
        f"{platform.platform()}, {os.cpu_count()} cores, Python {sys.version.split()[0]}, load {os.getloadavg()[0]:.1f}"
    )
    print("| kind | what | rows | rows/s wall | µs Python a row | µs PostgreSQL a row | rows/s, both cores full |")
    print("|---|---|---:|---:|---:|---:|---:|")
    try:
        write_files(home, customers=chosen.customers, seed=1, until=datetime(2026, 6, 30, tzinfo=UTC).date())
        asyncio.run(measure(home, chosen.kinds.split(","), chosen.rounds))
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
