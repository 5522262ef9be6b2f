"""Insight between PostgreSQL and arrays: panels range by range, rows of a refresh into the slot nobody reads.

It knows statements and binary COPY; it must not know what any figure means.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
from asyncpg import Record

import sql
from recommender import store as models
from recommender.inputs import AttributeKind
from recommender.insight.panel import Panel, Products, Usage
from recommender.insight.product import ProductRow
from recommender.interactions import UNKNOWN_START, BoolArray, Float64Array, IntArray
from recommender.profiles import Profiles
from recommender.store import PATIENCE, Range, Vocabulary
from sql.pool import Connection, Database

QUERIES = sql.queries("insight")
_HEADER, _TRAILER = 19, 2
CUSTOMER_COLUMNS = (
    *("slot", "customer_id", "value_score", "value_level", "monthly_revenue", "churn_risk", "quadrant"),
    *("lifecycle_stage", "segment", "data_use", "calling"),
)
MOMENT_COLUMNS = ("slot", "customer_id", "moment", "open_from", "open_until")


def _layout(*fields: tuple[str, str]) -> np.dtype[np.void]:
    """Binary COPY: a field count, then each field behind its length."""
    parts = [part for name, kind in fields for part in ((f"{name}_length", ">i4"), (name, kind))]
    return np.dtype([("fields", ">i2"), *parts])


_PRODUCT = _layout(
    ("owner", ">i8"), ("offering", ">i4"), ("start", ">i8"), ("end", ">i8"), ("forced", ">i4"), ("price", ">i8")
)
_USAGE = _layout(("owner", ">i8"), ("offering", ">i4"), ("whole", ">i8"), ("days", ">i4"), ("volume", ">f8"))


@dataclass(frozen=True, slots=True)
class Shelves:
    """The items of the recommender and where they stand: `categories` and `families` name the numbers of the words.

    Per item `offering` is the id of the one that it is named after, and `launched` whether it is sold."""

    words: Vocabulary
    categories: tuple[str, ...]
    families: tuple[str, ...]
    offering: IntArray
    launched: BoolArray


async def shelves(db: Database) -> Shelves:
    words = await models.vocabulary(db)
    rows = await db.fetch(models.QUERIES.shelves)
    ids = {row["item"]: row["offering_id"] for row in await db.fetch(QUERIES.items)}
    # Numbered as the vocabulary numbers them.
    categories = tuple(sorted({row["category"] for row in rows if row["category"] is not None}))
    families = tuple(sorted({row["family"] for row in rows if row["family"] is not None}))
    sold = {row["item"] for row in rows}
    return Shelves(
        words,
        categories,
        families,
        np.array([ids[item] for item in words.items], dtype=np.int64),
        np.array([item in sold for item in words.items], dtype=bool),
    )


async def read(
    connection: Connection,
    parts: Sequence[Range],
    words: Vocabulary,
    kinds: Mapping[str, AttributeKind],
    at: datetime,
    since: date,
) -> Panel:
    """Customers of some ranges of ids, as known at `at`; use from `since` (the first of a month) on."""
    people: list[Record] = []
    known: list[Record] = []
    rows, months = [np.empty(0, dtype=_PRODUCT)], [np.empty(0, dtype=_USAGE)]
    for low, high in parts:
        people += await connection.fetch(QUERIES.customers, low, high, timeout=PATIENCE)
        rows.append(await _copy(connection, _PRODUCT, QUERIES.products, low, high, at))
        months.append(await _copy(connection, _USAGE, QUERIES.usage, low, high, since))
        if kinds:
            known += await connection.fetch(models.QUERIES.profiles, low, high, at, timeout=PATIENCE)
    ids = np.array([row["id"] for row in people], dtype=np.int64)
    return Panel(
        ids,
        np.array([row["kind"] == "ENTERPRISE" for row in people], dtype=np.int64),
        np.array([row["closed"] for row in people], dtype=bool),
        np.array([row["managed"] for row in people], dtype=bool),
        tuple(row["size_class"] or "" for row in people),
        np.array([row["joined"] for row in people], dtype=np.float64),
        _products(ids, np.concatenate(rows), words),
        _usage(ids, np.concatenate(months), words),
        _profiles(ids, known, kinds),
        len(words.items),
    )


async def _copy(
    connection: Connection, layout: np.dtype[np.void], query: str, low: int, high: int, moment: object
) -> npt.NDArray[np.void]:
    buffer = bytearray()

    async def take(data: bytes) -> None:
        buffer.extend(data)

    await connection.copy_from_query(query, low, high, moment, output=take, format="binary", timeout=PATIENCE)
    return np.frombuffer(bytes(buffer[_HEADER : len(buffer) - _TRAILER]), dtype=layout)


def _products(ids: IntArray, rows: npt.NDArray[np.void], words: Vocabulary) -> Products:
    offering = rows["offering"].astype(np.int64)
    return Products(
        np.searchsorted(ids, rows["owner"]).astype(np.int64),
        offering,
        words.place[offering],
        rows["start"].astype(np.int64),
        rows["end"].astype(np.int64),
        rows["forced"] > 0,
        rows["price"].astype(np.int64),
    )


def _usage(ids: IntArray, rows: npt.NDArray[np.void], words: Vocabulary) -> Usage:
    return Usage(
        np.searchsorted(ids, rows["owner"]).astype(np.int64),
        words.place[rows["offering"].astype(np.int64)],
        rows["whole"].astype(np.int64),
        rows["days"].astype(np.int64),
        rows["volume"].astype(np.float64),
    )


def _profiles(ids: IntArray, rows: Sequence[Record], kinds: Mapping[str, AttributeKind]) -> Profiles:
    if not rows:
        return Profiles.none(len(ids))
    owner = np.searchsorted(ids, np.array([row["customer_id"] for row in rows], dtype=np.int64))
    since = [UNKNOWN_START if row["known_from"] is None else row["known_from"] for row in rows]
    attributes = [row["attributes"] for row in rows]
    return Profiles.of(len(ids), owner.astype(np.int64), np.array(since, dtype=np.int64), attributes, kinds)


def money(ten_thousandths: int) -> Decimal:
    """An exact amount from ten-thousandths."""
    return Decimal(int(ten_thousandths)).scaleb(-4)


@dataclass(frozen=True, slots=True)
class CustomerRows:
    """One entry a customer; a score or risk of NaN and a word of None are not known. Revenue in ten-thousandths."""

    ids: IntArray
    score: Float64Array
    level: Sequence[str | None]
    revenue: IntArray
    risk: Float64Array
    quadrant: Sequence[str | None]
    stage: Sequence[str]
    segment: Sequence[str | None]
    data_use: Sequence[str | None]
    calling: Sequence[str | None]

    def records(self, slot: int) -> Iterable[tuple[Any, ...]]:
        score, risk = (
            [None if np.isnan(one) else one for one in column.tolist()] for column in (self.score, self.risk)
        )
        revenue = [money(one) for one in self.revenue.tolist()]
        return zip(
            *([slot] * len(self.ids), self.ids.tolist(), score, self.level, revenue, risk, self.quadrant),
            *(self.stage, self.segment, self.data_use, self.calling),
            strict=True,
        )


@dataclass(frozen=True, slots=True)
class MomentRows:
    """One entry an open moment: seconds from which and until which it is open."""

    ids: IntArray
    moment: Sequence[str]
    opened: IntArray
    until: IntArray

    def records(self, slot: int) -> Iterable[tuple[Any, ...]]:
        start, end = (
            [datetime.fromtimestamp(one, UTC) for one in column.tolist()] for column in (self.opened, self.until)
        )
        return zip([slot] * len(self.ids), self.ids.tolist(), self.moment, start, end, strict=True)


async def clear_spare(db: Database) -> int:
    """Empties the slot that nobody reads, whatever a broken refresh left there, and returns it."""
    async with db.transaction() as connection:
        slot = int(await connection.fetchval(QUERIES.empty_slot))
        # Names of tables are no parameters; the slot is 0 or 1.
        await connection.execute(f"truncate customer_insight_{slot}, customer_moment_{slot}")
    return slot


async def write_customers(db: Database, slot: int, customers: CustomerRows, moments: MomentRows) -> None:
    """Fills the slot that nobody reads."""
    async with db.transaction() as connection:
        for table, columns, records in (
            (f"customer_insight_{slot}", CUSTOMER_COLUMNS, customers.records(slot)),
            (f"customer_moment_{slot}", MOMENT_COLUMNS, moments.records(slot)),
        ):
            await connection.copy_records_to_table(table, records=records, columns=columns, timeout=PATIENCE)


@dataclass(frozen=True, slots=True)
class Small:
    """The rows of the small tables, in the order of their columns."""

    pyramid: Sequence[tuple[str, str, int, int, Decimal]]
    segments: Sequence[tuple[str, str, int, float, list[dict[str, Any]]]]
    reach: Sequence[tuple[str, int]]
    health: Sequence[ProductRow]


async def switch(
    db: Database,
    slot: int,
    small: Small,
    *,
    at: datetime,
    customers: int,
    definition: Mapping[str, Any],
    report: Mapping[str, Any],
) -> int:
    """In one transaction: the small tables anew, the run, and the slot that is read from now on; the run's version."""
    async with db.transaction() as connection:
        await connection.execute(QUERIES.clear_small)
        for table, records in (
            ("value_pyramid", small.pyramid),
            ("needs_segment", small.segments),
            ("play_reach", small.reach),
            ("product_health", [row.values() for row in small.health]),
        ):
            await connection.copy_records_to_table(table, records=records, timeout=PATIENCE)
        version = int(await connection.fetchval(QUERIES.save_run, at, customers, dict(definition), dict(report)))
        await connection.execute(QUERIES.serve_run, version, slot)
    return version


async def cancelled(db: Database, at: datetime, days: int) -> dict[int, tuple[int, int]]:
    """Offering id → (accepted, of them cancelled later) among recommendations of the last `days`."""
    async with db.connection() as connection:
        rows = await connection.fetch(QUERIES.cancelled, at - timedelta(days=days), at, timeout=PATIENCE)
    return {row["offering_id"]: (row["accepted"], row["cancelled"]) for row in rows}


async def definition(db: Database) -> dict[str, Any] | None:
    """What the operator put in the place of the built-in definition, None when nothing."""
    row = await db.fetchrow(QUERIES.definition)
    return row["content"] if row else None


async def put_definition(db: Database, content: Mapping[str, Any] | None, at: datetime) -> None:
    """Keeps a definition for the next refresh; None goes back to the built-in one."""
    async with db.transaction() as connection:
        if content is None:
            await connection.execute(QUERIES.drop_definition)
        else:
            await connection.execute(QUERIES.put_definition, dict(content), at)


@dataclass(frozen=True, slots=True)
class Run:
    """The refresh that is read now."""

    version: int
    at: datetime
    customers: int
    definition: dict[str, Any]
    report: dict[str, Any]


async def run(db: Database) -> Run | None:
    """None before the first refresh."""
    row = await db.fetchrow(QUERIES.report)
    return Run(*row.values()) if row else None


@dataclass(frozen=True, slots=True)
class OfCustomer:
    """One customer's insight; `moments` are (moment, from, until) that are open."""

    version: int
    at: datetime
    definition: dict[str, Any]
    kind: str
    score: float | None
    level: str | None
    revenue: Decimal | None
    risk: float | None
    quadrant: str | None
    stage: str
    segment: str | None
    traits: list[dict[str, Any]]
    data_use: str | None
    calling: str | None
    moments: tuple[tuple[str, datetime, datetime], ...]


async def of_customer(db: Database, customer_id: int, at: datetime) -> OfCustomer | None:
    """What the last refresh says of one customer, and the moments open at `at`; None when it knew no such customer."""
    row = await db.fetchrow(QUERIES.of_customer, customer_id, at)
    if row is None:
        return None
    opened = tuple(zip(row["moments"] or (), row["open_from"] or (), row["open_until"] or (), strict=True))
    return OfCustomer(
        version=row["version"],
        at=row["at"],
        definition=row["definition"],
        kind=row["kind"],
        score=row["value_score"],
        level=row["value_level"],
        revenue=row["monthly_revenue"],
        risk=row["churn_risk"],
        quadrant=row["quadrant"],
        stage=row["lifecycle_stage"],
        segment=row["segment"],
        traits=row["traits"] or [],
        data_use=row["data_use"],
        calling=row["calling"],
        moments=opened,
    )


async def levels(db: Database, customer_ids: Sequence[int]) -> dict[int, str]:
    """Customer id → value level, of those who have one."""
    return {row["customer_id"]: row["value_level"] for row in await db.fetch(QUERIES.levels, list(customer_ids))}


async def pyramid(db: Database) -> list[Record]:
    return await db.fetch(QUERIES.pyramid)


async def segments(db: Database) -> list[Record]:
    return await db.fetch(QUERIES.segments)


async def reach(db: Database) -> list[Record]:
    return await db.fetch(QUERIES.reach)


async def health(db: Database) -> list[ProductRow]:
    return [ProductRow(**dict(row)) for row in await db.fetch(QUERIES.health)]
