"""What training reads from PostgreSQL, and the models it keeps there.

It knows statements and turns their rows into arrays; it must not know what is learned from them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

import sql
from recommender.facts import Facts
from recommender.inputs import AttributeKind
from recommender.interactions import ENDED, FORCED, INACTIVE, UNKNOWN_END, UNKNOWN_START, VOLUNTARY, History, IntArray
from recommender.profiles import Profiles
from recommender.splits import Data
from sql.pool import Connection, Database

QUERIES = sql.queries("recommender")
CUTOFFS = 4
# Reading for training is bulk work; the pool's limit is for answers.
PATIENCE = 3600.0
# A sample is read in blocks of this many ids, spread evenly: whole pages rather than scattered rows.
BLOCK = 1_000

_FIELDS = (
    ("customer", ">i8"),
    ("offering", ">i4"),
    ("order", ">i4"),
    ("start", ">i8"),
    ("end", ">i8"),
    ("forced", ">i4"),
    *((f"kind_{place}", ">i4") for place in range(1, CUTOFFS + 1)),
)
# Binary COPY: a field count, then each field behind its length.
_ROW = np.dtype(
    [("fields", ">i2")] + [part for name, kind in _FIELDS for part in ((f"{name}_length", ">i4"), (name, kind))]
)
_HEADER, _TRAILER = 19, 2
_SHELF = ("family", "category", "step")
# What holding_kind says, numbered as the statement numbers it.
_KINDS = np.array([VOLUNTARY, FORCED, INACTIVE, ENDED], dtype=np.int64)

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The items by code, sorted; `place` maps an offering's id to its item's place (-1: no such offering).

    `family` and `category` number the groups of items, `step` is the place in the family's ladder; -1 is none.
    """

    items: tuple[str, ...]
    place: IntArray
    family: IntArray
    category: IntArray
    step: IntArray


@dataclass(frozen=True, slots=True)
class Extent:
    """How many customers there are; their ids lie in [first, last]."""

    customers: int
    first: int
    last: int


async def vocabulary(db: Database) -> Vocabulary:
    rows = await db.fetch(QUERIES.items)
    items = tuple(sorted({row["item"] for row in rows}))
    index = {code: place for place, code in enumerate(items)}
    places = np.full(max((row["offering_id"] for row in rows), default=0) + 1, -1, dtype=np.int64)
    for row in rows:
        places[row["offering_id"]] = index[row["item"]]
    shelves = {row["item"]: row for row in await db.fetch(QUERIES.shelves)}
    columns = {name: [shelves[item][name] if item in shelves else None for item in items] for name in _SHELF}
    step = [-1 if one is None else one for one in columns["step"]]
    family, category = _numbered(columns["family"]), _numbered(columns["category"])
    return Vocabulary(items, places, family, category, np.array(step, dtype=np.int64))


def _numbered(words: Sequence[str | None]) -> IntArray:
    index = {word: place for place, word in enumerate(sorted({word for word in words if word is not None}))}
    return np.array([-1 if word is None else index[word] for word in words], dtype=np.int64)


async def attributes(db: Database) -> dict[str, AttributeKind]:
    """The attributes a model may read, and their kinds."""
    return {row["code"]: row["kind"] for row in await db.fetch(QUERIES.attributes)}


async def extent(db: Database) -> Extent:
    async with db.connection() as connection:
        row = await connection.fetchrow(QUERIES.extent, timeout=PATIENCE)
    assert row is not None
    return Extent(row["customers"], row["first"] or 0, row["last"] or 0)


def ranges(size: Extent, step: int) -> list[Range]:
    """All customers in half-open ranges of `step` ids."""
    return [(low, min(low + step, size.last + 1)) for low in range(size.first, size.last + 1, step)]


def spaced(size: Extent, limit: int) -> list[Range]:
    """Evenly spaced blocks of ids that hold about `limit` customers; everybody when there are no more."""
    if size.customers <= limit:
        return ranges(size, 50_000)
    blocks = ranges(size, BLOCK)
    wanted = max(1, limit // BLOCK)
    return [blocks[place] for place in np.linspace(0, len(blocks) - 1, wanted).astype(int)]


async def read(
    connection: Connection,
    parts: Sequence[Range],
    words: Vocabulary,
    kinds: Mapping[str, AttributeKind],
    cutoffs: Sequence[int],
) -> Data:
    """Customers of some ranges of ids as arrays. `cutoffs` (seconds since 1970, rising) are at most four."""
    moments = [datetime.fromtimestamp(cutoff, UTC) for cutoff in cutoffs]
    padded = [moments[0]] * (CUTOFFS - len(moments)) + moments
    people, rows, known, joined = [], [np.empty(0, dtype=_ROW)], [], []
    for low, high in parts:
        people += await connection.fetch(QUERIES.customers, low, high, timeout=PATIENCE)
        joined += await connection.fetch(QUERIES.memberships, low, high, timeout=PATIENCE)
        rows.append(await _copy(connection, low, high, padded))
        if kinds:
            known += await connection.fetch(QUERIES.profiles, low, high, moments[-1], timeout=PATIENCE)
    customers = np.array([row["id"] for row in people], dtype=np.int64)
    history = _history(customers, np.concatenate(rows), words, tuple(cutoffs))
    return Data(history, _profiles(customers, known, kinds), _facts(customers, people, joined))


async def _copy(connection: Connection, low: int, high: int, moments: Sequence[datetime]) -> npt.NDArray[np.void]:
    buffer = bytearray()

    async def take(data: bytes) -> None:
        buffer.extend(data)

    await connection.copy_from_query(
        QUERIES.holdings, low, high, *moments, output=take, format="binary", timeout=PATIENCE
    )
    return np.frombuffer(bytes(buffer[_HEADER : len(buffer) - _TRAILER]), dtype=_ROW)


def _history(customers: IntArray, rows: npt.NDArray[np.void], words: Vocabulary, cutoffs: tuple[int, ...]) -> History:
    columns = {name: rows[name].astype(np.int64) for name, _ in _FIELDS}
    kinds = [_KINDS[columns[f"kind_{place}"]] for place in range(CUTOFFS - len(cutoffs) + 1, CUTOFFS + 1)]
    return History(
        len(customers),
        len(words.items),
        np.searchsorted(customers, columns["customer"]).astype(np.int64),
        words.place[columns["offering"]],
        columns["start"],
        columns["forced"] > 0,
        words.place[columns["order"]],
        np.stack(kinds, axis=1),
        cutoffs,
        columns["end"],
    )


def _profiles(customers: IntArray, rows: Sequence[Any], kinds: Mapping[str, AttributeKind]) -> Profiles:
    if not rows:
        return Profiles.none(len(customers))
    owner = np.searchsorted(customers, np.array([row["customer_id"] for row in rows], dtype=np.int64))
    since = np.array(
        [UNKNOWN_START if row["known_from"] is None else row["known_from"] for row in rows], dtype=np.int64
    )
    return Profiles.of(len(customers), owner.astype(np.int64), since, [row["attributes"] for row in rows], kinds)


def _facts(customers: IntArray, people: Sequence[Any], memberships: Sequence[Any]) -> Facts:
    kinds = {row["code"]: row["kind"] for row in memberships}
    order = sorted(kinds)
    index = {code: place for place, code in enumerate(order)}
    owner, market, since, until = (
        np.array(column, dtype=np.int64)
        for column in (
            [row["customer_id"] for row in memberships],
            [index[row["code"]] for row in memberships],
            [UNKNOWN_START if row["since"] is None else row["since"] for row in memberships],
            [UNKNOWN_END if row["until"] is None else row["until"] for row in memberships],
        )
    )
    return Facts.of(
        [row["kind"] for row in people],
        np.array([row["joined"] for row in people], dtype=np.float64),
        [row["place"] for row in people],
        np.searchsorted(customers, owner).astype(np.int64),
        market,
        since,
        until,
        tuple(kinds[code] for code in order),
    )
