"""Panels out of PostgreSQL: ranges of customers as arrays, by binary COPY.

It knows statements and the layout of their rows; it must not know what is reckoned from them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import numpy as np
import numpy.typing as npt
from asyncpg import Record

import sql
from recommender import store as models
from recommender.inputs import AttributeKind
from recommender.insight.panel import Panel, Products, Usage
from recommender.insight.shelves import Shelves
from recommender.interactions import UNKNOWN_START, IntArray
from recommender.profiles import Profiles
from recommender.store import PATIENCE, Range, Vocabulary
from sql.pool import Connection, Database

QUERIES = sql.queries("insight")
_HEADER, _TRAILER = 19, 2


def _layout(*fields: tuple[str, str]) -> np.dtype[np.void]:
    """Binary COPY: a field count, then each field behind its length."""
    parts = [part for name, kind in fields for part in ((f"{name}_length", ">i4"), (name, kind))]
    return np.dtype([("fields", ">i2"), *parts])


_PRODUCT = _layout(
    ("owner", ">i8"), ("offering", ">i4"), ("start", ">i8"), ("end", ">i8"), ("forced", ">i4"), ("price", ">i8")
)
_USAGE = _layout(("owner", ">i8"), ("offering", ">i4"), ("whole", ">i8"), ("days", ">i4"), ("volume", ">f8"))


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
