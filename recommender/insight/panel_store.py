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
from recommender import profile_store
from recommender import store as models
from recommender.copying import PATIENCE, fixed, layout
from recommender.inputs import AttributeKind
from recommender.insight.panel import Panel, Products, Usage
from recommender.insight.shelves import Shelves
from recommender.interactions import IntArray
from recommender.places import Places
from recommender.store import Range, Vocabulary
from sql.pool import Connection, Database

QUERIES = sql.queries("insight")
_PRODUCT = layout(
    ("owner", ">i8"), ("offering", ">i4"), ("start", ">i8"), ("end", ">i8"), ("forced", ">i4"), ("price", ">i8")
)
_USAGE = layout(("owner", ">i8"), ("offering", ">i4"), ("whole", ">i8"), ("days", ">i4"), ("volume", ">f8"))


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
    known: list[profile_store.Known] = []
    rows, months = [np.empty(0, dtype=_PRODUCT)], [np.empty(0, dtype=_USAGE)]
    for low, high in parts:
        people += await connection.fetch(QUERIES.customers, low, high, timeout=PATIENCE)
        rows.append(await fixed(connection, _PRODUCT, QUERIES.products, low, high, at))
        months.append(await fixed(connection, _USAGE, QUERIES.usage, low, high, since))
        if kinds:
            known.append(await profile_store.read(connection, low, high, at, kinds))
    ids = np.array([row["id"] for row in people], dtype=np.int64)
    profiles = profile_store.joined(known, kinds if known else {})
    return Panel(
        ids,
        np.array([row["kind"] == "ENTERPRISE" for row in people], dtype=np.int64),
        np.array([row["closed"] for row in people], dtype=bool),
        np.array([row["managed"] for row in people], dtype=bool),
        tuple(row["size_class"] or "" for row in people),
        np.array([row["joined"] for row in people], dtype=np.float64),
        _products(ids, np.concatenate(rows), words),
        _usage(ids, np.concatenate(months), words),
        profiles.of(len(ids), Places.of(ids).rows(profiles.customer)),
        len(words.items),
    )


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
