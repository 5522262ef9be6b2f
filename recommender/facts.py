"""What the customer table and market membership tell of a customer, as attributes, the same in training and in serving.

It knows which facts are inputs and how they are named; it must not know a fact before its day, nor where it is stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from recommender.inputs import AttributeKind, Column, Value, columnar
from recommender.interactions import Float64Array, IntArray

KIND, JOINED, CITY, MARKET = "customer.kind", "customer.joined", "customer.city", "customer.market"
FACTS: Mapping[str, AttributeKind] = {
    KIND: "categorical",
    JOINED: "date",
    CITY: "categorical",
    MARKET: "categorical",
}
WORDS: Mapping[str, AttributeKind] = {KIND: "categorical", CITY: "categorical"}
# A place is a path of codes, province/city/district; a district has too few customers to speak for itself.
CITY_DEPTH = 2


def city(place: str | None) -> str | None:
    """province/city of a place, None when it is not known."""
    return "/".join(place.split("/")[:CITY_DEPTH]) if place else None


def facts_of(
    kind: str | None, joined: datetime | None, place: str | None, markets: Iterable[tuple[str, str]], at: datetime
) -> dict[str, Value]:
    """One customer's facts at `at`. `markets` are (code, kind) of those joined by then; the first by code speaks."""
    first = min(markets, default=None)
    return {
        KIND: kind,
        JOINED: joined.timestamp() if joined and joined <= at else None,
        CITY: city(place),
        MARKET: first[1] if first else None,
    }


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts of `customers`: `table` has one value each; memberships are parallel arrays, one entry a membership.

    `member` (row of the customer), `market` (place in `kinds`, which are in the order of the markets' codes), `since`
    and `until` in seconds since 1970; `until` is exclusive.
    """

    customers: int
    table: Mapping[str, Column]
    member: IntArray
    market: IntArray
    since: IntArray
    until: IntArray
    kinds: tuple[str, ...]

    @classmethod
    def none(cls, customers: int) -> Facts:
        empty = np.empty(0, dtype=np.int64)
        return cls(customers, {}, empty, empty, empty, empty, ())

    @classmethod
    def of(
        cls,
        kind: Sequence[str | None],
        joined: Float64Array,
        place: Sequence[str | None],
        member: IntArray,
        market: IntArray,
        since: IntArray,
        until: IntArray,
        kinds: tuple[str, ...],
    ) -> Facts:
        """From one entry a customer (`joined` in seconds, NaN unknown) and one a membership."""
        words = columnar([{KIND: one, CITY: where} for one, where in zip(kind, place, strict=True)], WORDS)
        return cls.of_columns(words[KIND], joined, words[CITY], member, market, since, until, kinds)

    @classmethod
    def of_columns(
        cls,
        kind: Column,
        joined: Float64Array,
        place: Column,
        member: IntArray,
        market: IntArray,
        since: IntArray,
        until: IntArray,
        kinds: tuple[str, ...],
    ) -> Facts:
        """The same where kinds and places are columns already."""
        dates = Column("date", joined, np.empty(0, dtype=np.int64), ())
        table = {KIND: kind, CITY: place.renamed(city), JOINED: dates}
        return cls(len(joined), table, member, market, since, until, kinds)

    def at(self, cutoff: int) -> dict[str, Column]:
        """One value per customer and fact, as known at the cutoff; empty when nothing is known of anybody."""
        if not self.table:
            return {}
        joined = self.table[JOINED]
        known = np.where(joined.numbers <= cutoff, joined.numbers, np.nan)
        dates = Column("date", known, joined.codes, ())
        return {**self.table, JOINED: dates, MARKET: self._markets(cutoff)}

    def _markets(self, cutoff: int) -> Column:
        inside = (self.since <= cutoff) & (self.until > cutoff)
        first = np.full(self.customers, len(self.kinds), dtype=np.int64)
        np.minimum.at(first, self.member[inside], self.market[inside])
        labels = tuple(sorted(set(self.kinds)))
        place = np.array([labels.index(kind) for kind in self.kinds] + [-1], dtype=np.int64)
        return Column("categorical", np.empty(0), place[first], labels)

    def take(self, customers: IntArray) -> Facts:
        """Only these customers, renumbered in this order."""
        place = np.full(self.customers, -1, dtype=np.int64)
        place[customers] = np.arange(len(customers))
        owner = place[self.member]
        kept = owner >= 0
        table = {name: column.take(customers) for name, column in self.table.items()}
        return Facts(
            len(customers), table, owner[kept], self.market[kept], self.since[kept], self.until[kept], self.kinds
        )
