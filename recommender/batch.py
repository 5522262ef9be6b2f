"""Very many customers as arrays, as scoring and the rules of eligibility read them.

It knows columns; it must not know where they are read, nor what may be offered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from recommender.facts import CITY, JOINED, KIND, MARKET, city
from recommender.inputs import AttributeKind, Column, InputSpace
from recommender.interactions import JUST_ENDED, BoolArray, Cells, IntArray, Matrix, SmallArray, strongest

# What eligibility may ask of a customer's own row, beside what models read of it.
OWN = ("status", "brand", "enterprise", "industry", "size_class", "tags", "value_level")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is read of customers beside what all models read: fields of OWN, and attributes by name and kind."""

    own: frozenset[str] = frozenset()
    attributes: frozenset[tuple[str, AttributeKind]] = frozenset()


@dataclass(frozen=True, slots=True)
class Several:
    """Any number of words a customer: row i has `places[starts[i]:starts[i + 1]]`, which point into `words`."""

    words: tuple[str, ...]
    starts: IntArray
    places: IntArray

    @property
    def owners(self) -> IntArray:
        """The row of each of the places."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))

    def take(self, rows: IntArray) -> Several:
        lengths = np.diff(self.starts)[rows]
        starts = np.concatenate(([0], np.cumsum(lengths)))
        within = np.arange(starts[-1]) - np.repeat(starts[:-1], lengths)
        return Several(self.words, starts, self.places[np.repeat(self.starts[:-1][rows], lengths) + within])


def several(words: tuple[str, ...], size: int, rows: IntArray, places: IntArray) -> Several:
    """From pairs of a row, which rise, and a place."""
    starts = np.zeros(size + 1, dtype=np.int64)
    np.cumsum(np.bincount(rows, minlength=size), out=starts[1:])
    return Several(words, starts, places)


@dataclass(frozen=True, slots=True)
class Batch:
    """Customers in the order of their ids, one entry each unless said otherwise.

    `codes` is an Arrow array of text. `words` has what was wanted of their own rows by name, "kind" and "place" always;
    `attributes` what is known of them by name and kind. `belonging` points into `markets` (id, code, kind), which are
    in the order of their codes. `owner`, `offering` (row id) and `kind` (into KINDS) are parallel, one entry a product
    row by customer; `rest_owner` and `rest_offering` say which offerings rest, by customer.
    """

    ids: IntArray
    codes: Any
    words: Mapping[str, Column]
    tags: Several | None
    joined: npt.NDArray[np.float64]
    personalisation: BoolArray
    attributes: Mapping[tuple[str, AttributeKind], Column]
    belonging: Several
    markets: tuple[tuple[int, str, str], ...]
    owner: IntArray
    offering: IntArray
    kind: SmallArray
    rest_owner: IntArray
    rest_offering: IntArray

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, rows: IntArray) -> Batch:
        """Only these customers (rising places), renumbered."""
        place = np.full(len(self), -1, dtype=np.int64)
        place[rows] = np.arange(len(rows))
        owner, rest_owner = place[self.owner], place[self.rest_owner]
        kept, rests = owner >= 0, rest_owner >= 0
        return replace(
            self,
            ids=self.ids[rows],
            codes=self.codes.take(rows),
            words={name: column.take(rows) for name, column in self.words.items()},
            tags=self.tags.take(rows) if self.tags else None,
            joined=self.joined[rows],
            personalisation=self.personalisation[rows],
            attributes={name: column.take(rows) for name, column in self.attributes.items()},
            belonging=self.belonging.take(rows),
            owner=owner[kept],
            offering=self.offering[kept],
            kind=self.kind[kept],
            rest_owner=rest_owner[rests],
            rest_offering=self.rest_offering[rests],
        )

    def without_rests(self) -> Batch:
        """The same as if nothing rested."""
        nothing = np.empty(0, dtype=np.int64)
        return replace(self, rest_owner=nothing, rest_offering=nothing)

    @property
    def held(self) -> BoolArray:
        """Which of the product rows are held now."""
        return self.kind < JUST_ENDED

    @property
    def members(self) -> IntArray:
        """Who belongs to a market."""
        return np.flatnonzero(np.diff(self.belonging.starts) > 0).astype(np.int64)

    def inputs(self, space: InputSpace, place: IntArray, at: datetime) -> Matrix:
        """customers × inputs, as a look-up of one would give; `place` maps offering ids to items (-1: none)."""
        return space.encode(self.cells(len(space.items), place), self._table(space, at), at=at.timestamp())

    def cells(self, items: int, place: IntArray) -> Cells:
        """One way of holding per customer and item."""
        item = place[self.offering]
        known = item >= 0
        return strongest(len(self), items, self.owner[known], item[known], self.kind[known])

    def _table(self, space: InputSpace, at: datetime) -> dict[str, Column]:
        joined = np.where(self.joined <= at.timestamp(), self.joined, np.nan)
        own = {one.name: self.attributes.get((one.name, one.kind)) for one in space.attributes}
        return {
            **{name: column for name, column in own.items() if column is not None},
            KIND: self.words["kind"],
            CITY: self.words["place"].renamed(city),
            MARKET: self._first_market(),
            JOINED: Column("date", joined, np.empty(0, dtype=np.int64), ()),
        }

    def _first_market(self) -> Column:
        """The kind of each one's first market by code."""
        labels = tuple(sorted({kind for _, _, kind in self.markets}))
        kinds = np.array([*(labels.index(kind) for _, _, kind in self.markets), -1], dtype=np.int64)
        first = np.full(len(self), -1, dtype=np.int64)
        first[self.members] = self.belonging.places[self.belonging.starts[:-1][self.members]]
        return Column("categorical", np.empty(0), kinds[first], labels)
