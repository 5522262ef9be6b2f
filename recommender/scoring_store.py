"""Customers by the ten thousand as scoring reads them: what they hold now, what is known of them, what rests.

It knows statements and turns their rows into arrays; it must not know what may be offered, nor where scores go.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

import sql
from recommender.copying import PATIENCE
from recommender.facts import CITY, JOINED, KIND, MARKET, city
from recommender.inputs import AttributeKind, Column, InputSpace, columnar
from recommender.interactions import (
    ENDED,
    FORCED,
    INACTIVE,
    JUST,
    JUST_ENDED,
    LATELY,
    LATELY_ENDED,
    UNKNOWN_END,
    VOLUNTARY,
    BoolArray,
    Cells,
    IntArray,
    Matrix,
    strongest,
)
from recommender.store import Range
from sql.pool import Connection, Database

QUERIES = sql.queries("scoring")
_ROW = np.dtype(
    [("fields", ">i2")]
    + [
        part
        for name, kind in (("customer", ">i8"), ("offering", ">i4"), ("end", ">i8"), ("kind", ">i4"))
        for part in ((f"{name}_length", ">i4"), (name, kind))
    ]
)
_HEADER, _TRAILER = 19, 2
# What eligibility may ask of a customer's own row, beside what models read of it.
OWN = ("status", "brand", "enterprise", "industry", "size_class", "tags", "value_level")
_KINDS = np.array([VOLUNTARY, FORCED, INACTIVE, ENDED], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Resting:
    """From when on a refusal, and from when on `cap` showings (0: never), let an offering rest."""

    refused_since: datetime
    shown_since: datetime
    cap: int = 0


@dataclass(frozen=True, slots=True)
class Batch:
    """Customers in the order of their ids, one entry each unless said otherwise.

    `owner`, `offering` (row id) and `kind` are parallel, one entry a product row by customer, `kind` into KINDS;
    `rests` holds the offerings that rest, by row of the customer; `markets` the (id, code, kind) of each's markets.
    `row` has what else the customers' own rows tell (OWN).
    """

    ids: IntArray
    codes: tuple[str, ...]
    kinds: tuple[str, ...]
    places: tuple[str | None, ...]
    row: Mapping[str, tuple[Any, ...]]
    joined: npt.NDArray[np.float64]
    personalisation: BoolArray
    attributes: tuple[Mapping[str, Any], ...]
    markets: Mapping[int, tuple[tuple[int, str, str], ...]]
    owner: IntArray
    offering: IntArray
    kind: IntArray
    rests: Mapping[int, frozenset[int]]

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, rows: IntArray) -> Batch:
        """Only these customers (rising places), renumbered."""
        place = np.full(len(self), -1, dtype=np.int64)
        place[rows] = np.arange(len(rows))
        owner = place[self.owner]
        kept, chosen = owner >= 0, rows.tolist()
        return Batch(
            self.ids[rows],
            tuple(self.codes[row] for row in chosen),
            tuple(self.kinds[row] for row in chosen),
            tuple(self.places[row] for row in chosen),
            {name: tuple(values[row] for row in chosen) for name, values in self.row.items()},
            self.joined[rows],
            self.personalisation[rows],
            tuple(self.attributes[row] for row in chosen),
            {int(place[row]): found for row, found in self.markets.items() if place[row] >= 0},
            owner[kept],
            self.offering[kept],
            self.kind[kept],
            {int(place[row]): found for row, found in self.rests.items() if place[row] >= 0},
        )

    @property
    def held(self) -> BoolArray:
        """Which of the product rows are held now."""
        return self.kind < JUST_ENDED

    def inputs(self, space: InputSpace, place: IntArray, kinds: Mapping[str, AttributeKind], at: datetime) -> Matrix:
        """customers × inputs, as a look-up of one would give; `place` maps offering ids to items (-1: none)."""
        return space.encode(self.cells(len(space.items), place), self._table(kinds, at), at=at.timestamp())

    def cells(self, items: int, place: IntArray) -> Cells:
        """One way of holding per customer and item."""
        item = place[self.offering]
        known = item >= 0
        return strongest(len(self), items, self.owner[known], item[known], self.kind[known])

    def _table(self, kinds: Mapping[str, AttributeKind], at: datetime) -> dict[str, Column]:
        markets = [self._market(row) for row in range(len(self))]
        words = [
            {KIND: kind, CITY: city(place), MARKET: market}
            for kind, place, market in zip(self.kinds, self.places, markets, strict=True)
        ]
        facts = columnar(words, {KIND: "categorical", CITY: "categorical", MARKET: "categorical"})
        joined = np.where(self.joined <= at.timestamp(), self.joined, np.nan)
        dates = Column("date", joined, np.empty(0, dtype=np.int64), ())
        return {**columnar(self.attributes, kinds), **facts, JOINED: dates}

    def _market(self, row: int) -> str | None:
        found = self.markets.get(row)
        return found[0][2] if found else None


async def places(db: Database, space: InputSpace) -> IntArray:
    """Offering id → place of its item in the model, -1 for what the model has never seen."""
    rows = await db.fetch(sql.queries("recommender").items)
    found = np.full(max((row["offering_id"] for row in rows), default=0) + 1, -1, dtype=np.int64)
    for row in rows:
        found[row["offering_id"]] = space.index.get(row["item"], -1)
    return found


async def read(connection: Connection, part: Range, at: datetime, resting: Resting) -> Batch:
    """Customers of a half-open range of ids as known at `at`."""
    low, high = part
    found = await known(connection, part, at)
    rows = await _holdings(connection, low, high, at)
    since = (resting.refused_since, resting.shown_since, resting.cap)
    rests = await connection.fetch(QUERIES.resting, low, high, at, *since, timeout=PATIENCE)
    rows = rows[np.argsort(rows["customer"], kind="stable")]
    return replace(
        found,
        owner=np.searchsorted(found.ids, rows["customer"].astype(np.int64)).astype(np.int64),
        offering=rows["offering"].astype(np.int64),
        kind=_aged(rows, at),
        rests=_resting({customer: row for row, customer in enumerate(found.ids.tolist())}, rests),
    )


async def known(connection: Connection, part: Range, at: datetime) -> Batch:
    """The same customers without what they hold or what rests."""
    low, high = part
    people = await connection.fetch(QUERIES.people, low, high, at, timeout=PATIENCE)
    profiles = await connection.fetch(QUERIES.profiles, low, high, at, timeout=PATIENCE)
    joined = await connection.fetch(QUERIES.memberships, low, high, at, timeout=PATIENCE)
    ids = np.array([row["id"] for row in people], dtype=np.int64)
    place = {customer: row for row, customer in enumerate(ids.tolist())}
    attributes: list[Mapping[str, Any]] = [{}] * len(ids)
    for row in profiles:
        if row["customer_id"] in place:
            attributes[place[row["customer_id"]]] = row["attributes"]
    nothing = np.empty(0, dtype=np.int64)
    return Batch(
        ids=ids,
        codes=tuple(row["code"] for row in people),
        kinds=tuple(row["kind"] for row in people),
        places=tuple(row["place"] for row in people),
        row={name: tuple(row[name] for row in people) for name in OWN},
        joined=np.array([row["joined"] for row in people], dtype=np.float64),
        personalisation=np.array([row["personalisation"] for row in people], dtype=bool),
        attributes=tuple(attributes),
        markets=_grouped(place, joined, ("market_id", "code", "kind")),
        owner=nothing,
        offering=nothing,
        kind=nothing,
        rests={},
    )


async def _holdings(connection: Connection, low: int, high: int, at: datetime) -> npt.NDArray[np.void]:
    buffer = bytearray()

    async def take(data: bytes) -> None:
        buffer.extend(data)

    await connection.copy_from_query(QUERIES.holdings, low, high, at, output=take, format="binary", timeout=PATIENCE)
    return np.frombuffer(bytes(buffer[_HEADER : len(buffer) - _TRAILER]), dtype=_ROW)


def _aged(rows: npt.NDArray[np.void], at: datetime) -> IntArray:
    """How each row is held, what ended by how long ago."""
    kind, end = _KINDS[rows["kind"].astype(np.int64)], rows["end"].astype(np.int64)
    age = int(at.timestamp()) - end
    aged = np.select([end == UNKNOWN_END, age < JUST, age < LATELY], [ENDED, JUST_ENDED, LATELY_ENDED], ENDED)
    return np.where(kind == ENDED, aged, kind).astype(np.int64)


def _grouped(
    place: Mapping[int, int], rows: Sequence[Any], names: tuple[str, ...]
) -> dict[int, tuple[tuple[int, str, str], ...]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        if row["customer_id"] in place:
            found[place[row["customer_id"]]].append(tuple(row[name] for name in names))
    return {customer: tuple(markets) for customer, markets in found.items()}


def _resting(place: Mapping[int, int], rows: Sequence[Any]) -> dict[int, frozenset[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for row in rows:
        if row["customer_id"] in place:
            found[place[row["customer_id"]]].add(row["offering_id"])
    return {customer: frozenset(offerings) for customer, offerings in found.items()}
