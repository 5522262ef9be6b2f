"""The columns that models read: each item in six ways of being held or having been held, then attributes as one-hots.

It turns holdings and attributes into columns and back into words; it must not know what models make of them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from math import isfinite
from typing import Any, Literal

import numpy as np
from scipy.sparse import csr_array

from recommender.interactions import KINDS, Cells, Float64Array, IntArray, Matrix

AttributeKind = Literal["categorical", "numeric", "date"]
Value = str | float | None
DAY = 86_400
# Days from the cutoff to a date: the past is negative. Contract ends and birthdays matter near, tenure matters far.
DATE_EDGES = (-3650.0, -1825.0, -1095.0, -730.0, -365.0, -180.0, -90.0, -30.0, 0.0, 30.0, 90.0, 180.0, 365.0)
NUMERIC_BINS = 10
# A free text or a postcode declared as categorical must not fill the memory with columns.
MOST_LABELS = 50


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute as inputs: `labels[k]` names its column number k. Numeric and date bins lie between `edges`."""

    name: str
    kind: AttributeKind
    labels: tuple[str, ...]
    edges: tuple[float, ...] = ()

    def bin(self, amount: float) -> int:
        """The bin of one number, -1 where it is missing."""
        return bisect_right(self.edges, amount) if isfinite(amount) else -1

    def bins(self, numbers: Float64Array) -> IntArray:
        """The bin of each number (right-open), -1 where it is missing."""
        # Edges are few: to compare with each is a tenth of the time of a search.
        found = np.zeros(len(numbers), dtype=np.int64)
        for edge in self.edges:
            found += numbers >= edge
        found[~np.isfinite(numbers)] = -1
        return found


@dataclass(frozen=True, slots=True)
class Column:
    """Values of one attribute: `codes` into `labels` (categorical, -1 missing) or `numbers` (NaN missing).

    One entry a customer. Numbers of a date are seconds since 1970.
    """

    kind: AttributeKind
    numbers: Float64Array
    codes: IntArray
    labels: tuple[str, ...]

    def take(self, rows: IntArray) -> Column:
        """The values of other rows; a row of -1 is missing."""
        missing = rows < 0
        numbers, codes = self.numbers[rows] if len(self.numbers) else self.numbers, self.codes
        if len(codes):
            codes = np.where(missing, -1, codes[rows])
        else:
            numbers = np.where(missing, np.nan, numbers)
        return Column(self.kind, numbers, codes, self.labels)

    def renamed(self, name: Callable[[str], str | None]) -> Column:
        """The same with other labels, which several may share; None is missing."""
        named = [name(label) for label in self.labels]
        labels = tuple(sorted({label for label in named if label is not None}))
        index = {label: place for place, label in enumerate(labels)}
        codes = np.array([*(-1 if label is None else index[label] for label in named), -1], dtype=np.int64)
        return Column(self.kind, self.numbers, codes[self.codes], labels)

    @staticmethod
    def joined(several: Sequence[Column], kind: AttributeKind) -> Column:
        """The values of one column after the other."""
        numbers = np.concatenate([np.empty(0), *(one.numbers for one in several)])
        index: dict[str, int] = {}
        codes = [np.empty(0, dtype=np.int64)]
        for one in several:
            place = np.array([*(index.setdefault(label, len(index)) for label in one.labels), -1], dtype=np.int64)
            codes.append(place[one.codes])
        return Column(kind, numbers, np.concatenate(codes), tuple(index))


AttributeTable = Mapping[str, Column]


def seconds(text: str) -> float:
    """An ISO date or instant as seconds since 1970, NaN when it is not one; a bare date is midnight UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return float("nan")
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def number(value: Any, kind: AttributeKind) -> float:
    """A numeric or date value as a float, NaN when missing or unreadable."""
    if value is None or value == "":
        return float("nan")
    if kind == "date" and isinstance(value, str):
        return seconds(value)
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")


def columnar(profiles: Sequence[Mapping[str, Any]], kinds: Mapping[str, AttributeKind]) -> dict[str, Column]:
    """One Column per declared attribute from one mapping per customer; misfits are missing."""
    table: dict[str, Column] = {}
    for name, kind in kinds.items():
        values = [profile.get(name) for profile in profiles]
        if kind != "categorical":
            table[name] = Column(kind, _numbers(values, kind), np.empty(0, dtype=np.int64), ())
            continue
        index: dict[str, int] = {}
        codes = [-1 if value in (None, "") else index.setdefault(str(value), len(index)) for value in values]
        table[name] = Column(kind, np.empty(0), np.array(codes, dtype=np.int64), tuple(index))
    return table


def _numbers(values: Sequence[Any], kind: AttributeKind) -> Float64Array:
    """`number` of each; at once where all are numbers, or bare dates, or missing: a fifth of the time."""
    try:
        if kind == "numeric":
            return np.array(values, dtype=np.float64)
        if all(value is None or (isinstance(value, str) and len(value) == 10) for value in values):
            days = np.array(values, dtype="datetime64[D]")
            return np.where(np.isnat(days), np.nan, days.astype(np.int64) * float(DAY))
    except (TypeError, ValueError):
        pass
    return np.array([number(value, kind) for value in values], dtype=np.float64)


def _quantile_edges(numbers: Float64Array) -> tuple[float, ...]:
    found = np.unique(np.quantile(numbers, np.linspace(0, 1, NUMERIC_BINS + 1)[1:-1]))
    return tuple(float(edge) for edge in found[found > numbers.min()])


def _bin_labels(edges: Sequence[float]) -> tuple[str, ...]:
    words = [f"{edge:g}" for edge in edges]
    return (f"< {words[0]}", *(f"{a} – {b}" for a, b in pairwise(words)), f"≥ {words[-1]}")


def _fit_attribute(name: str, column: Column, min_support: int) -> Attribute | None:
    if column.kind == "categorical":
        known = column.codes[column.codes >= 0]
        if len(known) == len(column.codes) and len(np.unique(known)) == 1:
            # The same for everybody: it says nothing.
            return None
        counts = np.bincount(known, minlength=len(column.labels))
        common = sorted((-int(n), label) for label, n in zip(column.labels, counts, strict=True) if n >= min_support)
        labels = tuple(sorted(label for _, label in common[:MOST_LABELS]))
        return Attribute(name, "categorical", labels) if labels else None
    known_numbers = column.numbers[np.isfinite(column.numbers)]
    if len(known_numbers) < min_support:
        return None
    edges = DATE_EDGES if column.kind == "date" else _quantile_edges(known_numbers)
    return Attribute(name, column.kind, _bin_labels(edges), edges) if edges else None


@dataclass(frozen=True, slots=True)
class InputSpace:
    """Translates ids to columns: [voluntary | forced | inactive | three ages of ended] × items, then the attributes.

    Each attribute has one block of columns.
    """

    items: tuple[str, ...]
    attributes: tuple[Attribute, ...] = ()
    index: Mapping[str, int] = field(init=False, repr=False, compare=False)
    offsets: tuple[int, ...] = field(init=False, repr=False, compare=False)
    places: tuple[Mapping[str, int], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "index", {code: place for place, code in enumerate(self.items)})
        offsets = [len(KINDS) * len(self.items)]
        for attribute in self.attributes:
            offsets.append(offsets[-1] + len(attribute.labels))
        object.__setattr__(self, "offsets", tuple(offsets))
        places = ({label: place for place, label in enumerate(one.labels)} for one in self.attributes)
        object.__setattr__(self, "places", tuple(places))
        if len(self.index) != len(self.items):
            raise ValueError("item codes must differ from one another")

    @classmethod
    def fit(
        cls, items: Iterable[str], table: AttributeTable, *, min_support: int = 20, without: Collection[str] = ()
    ) -> InputSpace:
        """The 50 commonest values of a categorical attribute, of `min_support` customers each; numbers in ten bins."""
        found = (_fit_attribute(name, table[name], min_support) for name in sorted(table) if name not in without)
        return cls(tuple(items), tuple(attribute for attribute in found if attribute))

    @property
    def item_columns(self) -> int:
        return len(KINDS) * len(self.items)

    @property
    def edges(self) -> tuple[int, ...]:
        """The columns between which each attribute's labels lie; empty without attributes."""
        return self.offsets if self.attributes else ()

    @property
    def width(self) -> int:
        return self.offsets[-1]

    def encode(self, cells: Cells, table: AttributeTable | None = None, *, at: float = 0.0) -> Matrix:
        """cells.rows × width, 0/1. `at` (seconds since 1970) is what dates are counted from; missing = no column."""
        rows, columns = [cells.row], [cells.kind * len(self.items) + cells.item]
        for attribute, offset, index in zip(self.attributes, self.offsets, self.places, strict=False):
            column = (table or {}).get(attribute.name)
            if column is None:
                continue
            places = self._places(attribute, column, index, at)
            known = places >= 0
            rows.append(np.flatnonzero(known).astype(np.int64))
            columns.append(places[known] + offset)
        row, place = np.concatenate(rows), np.concatenate(columns)
        return csr_array((np.ones(len(row), dtype=np.float32), (row, place)), shape=(cells.rows, self.width))

    @staticmethod
    def _places(attribute: Attribute, column: Column, index: Mapping[str, int], at: float) -> IntArray:
        if attribute.kind == "categorical":
            mapping = np.array([index.get(label, -1) for label in column.labels] + [-1], dtype=np.int64)
            return mapping[column.codes]
        numbers = (column.numbers - at) / DAY if attribute.kind == "date" else column.numbers
        return attribute.bins(numbers)

    def attribute_columns(self, values: Mapping[str, Any], *, at: float) -> list[int]:
        """The columns of one customer's attributes; unknown attributes and values have none."""
        found = []
        for attribute, offset, places in zip(self.attributes, self.offsets, self.places, strict=False):
            value = values.get(attribute.name)
            if value is None:
                continue
            if attribute.kind == "categorical":
                place = places.get(str(value), -1)
            else:
                amount = number(value, attribute.kind)
                place = attribute.bin((amount - at) / DAY if attribute.kind == "date" else amount)
            if place >= 0:
                found.append(offset + place)
        return found

    def holding_columns(self, holdings: Iterable[tuple[str, str]]) -> list[int]:
        """The columns of one customer's (item, one of KINDS) pairs, the strongest per item; unknown items have none."""
        best: dict[int, int] = {}
        for code, kind in holdings:
            place = self.index.get(code)
            if place is not None:
                best[place] = min(best.get(place, len(KINDS)), KINDS.index(kind))
        return [kind * len(self.items) + place for place, kind in best.items()]

    def from_rows(self, rows: Sequence[Sequence[int]]) -> Matrix:
        """len(rows) × width from each customer's list of columns."""
        pointers = np.concatenate(([0], np.cumsum([len(row) for row in rows], dtype=np.int64)))
        columns = np.array([column for row in rows for column in row], dtype=np.int64)
        return csr_array((np.ones(len(columns), dtype=np.float32), columns, pointers), shape=(len(rows), self.width))

    def describe(self, column: int) -> tuple[str, str, str]:
        """What a column is: ("HOLDING", item, kind of holding) or ("ATTRIBUTE", name, label)."""
        if column < self.item_columns:
            kind, place = divmod(column, len(self.items))
            return "HOLDING", self.items[place], KINDS[kind]
        block = int(np.searchsorted(self.offsets, column, side="right")) - 1
        attribute = self.attributes[block]
        return "ATTRIBUTE", attribute.name, attribute.labels[column - self.offsets[block]]

    def to_dict(self) -> dict[str, Any]:
        return {
            "items": list(self.items),
            "attributes": [
                {"name": a.name, "kind": a.kind, "labels": list(a.labels), "edges": list(a.edges)}
                for a in self.attributes
            ],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> InputSpace:
        attributes = (
            Attribute(a["name"], a["kind"], tuple(a["labels"]), tuple(a["edges"])) for a in data["attributes"]
        )
        return cls(tuple(data["items"]), tuple(attributes))
