"""The offerings of a moment by column: which rows have a value, as the bits of one number, made when first asked for.

Knows offerings and the tree of categories; must not know how rows are chosen, or who counts them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import chain, compress
from typing import Any

from catalog.monthly_fee import band, monthly_fee
from catalog.offering import Offering

Path = Callable[[str], Iterable[str]]
Values = tuple[Hashable, ...]
# Digits "0" and "1" become the numbers that itertools.compress takes for no and yes.
FLAGS = bytes.maketrans(b"01", b"\0\1")


class Field(StrEnum):
    CATEGORY = "CATEGORY"
    FAMILY = "FAMILY"
    CHANNEL = "CHANNEL"
    OPEN_CHANNEL = "OPEN_CHANNEL"
    COMPLEXITY = "COMPLEXITY"
    STEP = "STEP"
    IS_BUNDLE = "IS_BUNDLE"
    IS_SELLABLE = "IS_SELLABLE"
    MONTHLY_FEE = "MONTHLY_FEE"
    BAND = "BAND"
    PLACE = "PLACE"
    MARKET = "MARKET"


# The single value of a field, None where it has none.
SINGLE: Mapping[Field, Callable[[Offering], Hashable]] = {
    Field.FAMILY: lambda one: one.family,
    Field.COMPLEXITY: lambda one: one.complexity.value,
    Field.STEP: lambda one: one.step,
    Field.IS_BUNDLE: lambda one: one.is_bundle,
    Field.IS_SELLABLE: lambda one: one.is_sellable,
}
# The lists of which none stands for everywhere; its value is None.
LISTED: Mapping[Field, Callable[[Offering], Values]] = {
    Field.CHANNEL: lambda one: tuple({use.channel for use in one.channel}),
    Field.PLACE: lambda one: tuple({*one.place}),
    Field.MARKET: lambda one: tuple({*one.market_segment}),
}


@dataclass(frozen=True, slots=True)
class Column:
    """`bits[value]` has bit r set when row r has the value; `values[r]` are those of row r, each once."""

    bits: dict[Hashable, int]
    values: list[Values]

    @classmethod
    def of(cls, values: list[Values]) -> Column:
        rows: dict[Hashable, list[int]] = defaultdict(list)
        for row, found in enumerate(values):
            for value in found:
                rows[value].append(row)
        return cls({value: bits_of(found) for value, found in rows.items()}, values)

    def changed(self, fresh: Mapping[int, Values]) -> Column:
        """The column with other values in some rows."""
        bits, values = dict(self.bits), list(self.values)
        for row, found in fresh.items():
            for value in values[row]:
                bits[value] ^= 1 << row
            for value in found:
                bits[value] = bits.get(value, 0) | 1 << row
            values[row] = found
        return Column({value: found for value, found in bits.items() if found}, values)

    def having(self, accepts: Callable[[Any], bool]) -> int:
        """The rows with a value that is accepted."""
        found = 0
        for value, rows in self.bits.items():
            if accepts(value):
                found |= rows
        return found

    def counted(self, rows: int) -> Mapping[Hashable, int]:
        """value → how many of `rows` have it, for those that some have."""
        # One by one is quicker as long as rows are few beside the values that any row has.
        if 4 * rows.bit_count() < len(self.bits):
            return Counter(chain.from_iterable(compress(self.values, flags(rows))))
        counts = ((value, (rows & found).bit_count()) for value, found in self.bits.items())
        return {value: count for value, count in counts if count}


@dataclass(frozen=True, slots=True)
class Columns:
    """Rows are the offerings in force at `at` by code; `row_of` finds one. A column is made when it is first asked."""

    ordered: Sequence[Offering]
    path: Path
    at: datetime
    row_of: Mapping[str, int]
    _columns: dict[Field, Column] = field(default_factory=dict)

    @classmethod
    def of(cls, ordered: Sequence[Offering], path: Path, at: datetime) -> Columns:
        return cls(ordered, path, at, {one.code: row for row, one in enumerate(ordered)})

    def changed(self, ordered: Sequence[Offering], fresh: Iterable[Offering], path: Path, at: datetime) -> Columns:
        """Those of the same codes in which only `fresh` differ, and categories, and what depends on time, do not."""
        made = Columns(ordered, path, at, self.row_of)
        rows = {self.row_of[one.code]: one for one in fresh}
        for name, column in list(self._columns.items()):
            made._columns[name] = column.changed(dict(zip(rows, made._values(name, rows.values()), strict=True)))
        return made

    @property
    def every(self) -> int:
        """All rows."""
        return (1 << len(self.ordered)) - 1

    def __getitem__(self, name: Field) -> Column:
        found = self._columns.get(name)
        if found is None:
            found = self._columns[name] = Column.of(list(self._values(name, self.ordered)))
        return found

    def rows(self, codes: Iterable[str]) -> int:
        return bits_of(map(self.row_of.__getitem__, codes))

    def offerings(self, rows: int) -> Iterator[Offering]:
        """Those of `rows`, by code."""
        return compress(self.ordered, flags(rows))

    def _values(self, name: Field, offerings: Iterable[Offering]) -> Iterator[Values]:
        if single := SINGLE.get(name):
            return ((single(one),) for one in offerings)
        if listed := LISTED.get(name):
            return (listed(one) or (None,) for one in offerings)
        if name is Field.OPEN_CHANNEL:
            return (self._open(one) for one in offerings)
        if name is Field.CATEGORY:
            return self._above(offerings)
        fees = (monthly_fee(one, self.at) for one in offerings)
        if name is Field.BAND:
            return (() if fee is None else (band(fee),) for fee in fees)
        return (() if fee is None else (fee,) for fee in fees)

    def _open(self, one: Offering) -> Values:
        return tuple({use.channel for use in one.channel if use.valid.contains(self.at)}) if one.channel else (None,)

    def _above(self, offerings: Iterable[Offering]) -> Iterator[Values]:
        paths: dict[str, tuple[str, ...]] = {}
        for one in offerings:
            for code in one.category:
                if code not in paths:
                    paths[code] = tuple(self.path(code))
            first = paths[one.category[0]] if one.category else ()
            yield first if len(one.category) < 2 else tuple({above for code in one.category for above in paths[code]})


def bits_of(rows: Iterable[int]) -> int:
    """The number in which the bits `rows` are set."""
    numbers = list(rows)
    found = bytearray(max(numbers, default=0) // 8 + 1)
    for row in numbers:
        found[row >> 3] |= 1 << (row & 7)
    return int.from_bytes(found, "little")


def flags(rows: int) -> bytes:
    """One byte for each row up to the last that is set: 1 when it is, 0 when it is not."""
    return format(rows, "b")[::-1].encode().translate(FLAGS)
