"""Which items, attributes and customers there are, and in which ranges of ids everybody is read.

It knows statements and turns their rows into arrays; it must not know what is read of a range.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

import sql
from recommender.copying import PATIENCE
from recommender.inputs import AttributeKind
from recommender.interactions import IntArray
from sql.pool import Database

QUERIES = sql.queries("recommender")
# A sample is read in blocks of this many ids, spread evenly: whole pages rather than scattered rows.
BLOCK = 1_000

_SHELF = ("family", "category", "step")
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
