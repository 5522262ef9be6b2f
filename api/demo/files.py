"""The demo operator as import files, block by block in bounded memory.

Knows files; must not know how the operator is made up.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from api.demo import block, catalog, customer_tables, product_tables
from api.demo.block import Block, World
from api.demo.lines import STORY

CUSTOMER_COLUMNS = (
    "id", "kind", "status", "msisdn", "name", "place", "brand", "joined_at", "enterprise", "industry", "size_class",
    "account_manager", "tags", "personalisation", "known_from", "age_band:categorical", "gender:categorical!",
    "phone:categorical", "payment:categorical", "arpu:numeric", "tenure:numeric", "data_use:numeric",
    "voice_minutes:numeric", "messages:numeric", "over_package:numeric", "service_calls:numeric", "branches:numeric",
    "contract_end:date",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DemoFiles:
    """The files in the order in which they are imported, and how many rows each kind has."""

    catalog: Path
    market: Path
    customer: Path
    member: Path
    product: Path
    usage: Path
    rows: dict[str, int]

    def in_order(self) -> tuple[tuple[str, Path], ...]:
        """(kind, path), each standing after what it refers to."""
        names = ("catalog", "market", "customer", "member", "product", "usage")
        return tuple((name, getattr(self, name)) for name in names)


def write_files(
    directory: Path, *, customers: int = 50_000, seed: int = 1, until: date, usage_months: int = 3,
    progress: Callable[[int, int], None] | None = None,
) -> DemoFiles:  # fmt: skip
    """Write the operator as it stands at `until` into `directory`, which is made if it is missing.

    The same arguments give the same bytes. `progress` is called with (customers written, customers). Usage is told for
    the last `usage_months` whole months.
    """
    directory.mkdir(parents=True, exist_ok=True)
    around = block.world(seed, until)
    names = ("market", "customer", "member", "product", "usage")
    paths = {"catalog": directory / "catalog.json"} | {name: directory / f"{name}s.parquet" for name in names}
    paths["usage"] = directory / "usage.parquet"
    offerings = catalog.build(until)
    paths["catalog"].write_text(json.dumps(offerings, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    with ExitStack() as stack:
        sinks = {name: stack.enter_context(_Sink(paths[name])) for name in names}
        sinks["market"].write(customer_tables.market_table(around.markets, around.where))
        for number in block.blocks(customers):
            _write_block(sinks, around, block.generate(around, number, customers), usage_months)
            if progress is not None:
                progress(min((number + 1) * block.SIZE, customers), customers)
    rows = {"catalog": len(offerings["offerings"])} | {name: sink.rows for name, sink in sinks.items()}
    return DemoFiles(**paths, rows=rows)


class _Sink:
    """A Parquet file that grows by tables, each a row group; its first table settles the columns."""

    def __init__(self, path: Path) -> None:
        self.path, self.rows = path, 0
        self._writer: Any = None

    def __enter__(self) -> _Sink:
        return self

    def __exit__(self, *_: object) -> None:
        if self._writer is not None:
            self._writer.close()

    def write(self, table: Any) -> None:
        if self._writer is None:
            self._writer = pq.ParquetWriter(
                self.path, table.schema, compression="zstd", compression_level=1, store_schema=False
            )
        self._writer.write_table(table, row_group_size=len(table) or None)
        self.rows += len(table)


def _write_block(sinks: dict[str, _Sink], around: World, made: Block, usage_months: int) -> None:
    rng, zero = made.rng, around.until - timedelta(days=STORY)
    people, firms = made.people.people, made.firms.people
    persons = customer_tables.people_table(rng, people, firms, around.where, zero)
    sinks["customer"].write(_customers(persons, customer_tables.enterprise_table(rng, firms, around.where, zero)))
    for customers, rows in ((people, made.people_rows), (firms, made.firm_rows)):
        sinks["member"].write(customer_tables.member_table(rng, customers, around.markets, zero))
        sinks["product"].write(product_tables.product_table(rng, rows, customers, zero))
        if usage_months:
            sinks["usage"].write(product_tables.usage_table(rng, rows, customers, around.until, usage_months))


def _customers(*parts: Any) -> Any:
    """People and enterprises under one header, in the order of their ids."""
    whole = pa.concat_tables(parts, promote_options="permissive").select(CUSTOMER_COLUMNS)
    # The sort is stable: what was known first stays first.
    return whole.take(pc.sort_indices(whole, sort_keys=[("id", "ascending")]))
