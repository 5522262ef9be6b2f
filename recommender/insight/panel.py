"""Some customers as arrays: what they hold and held, at what price, how they use it, what was known of them when.

It knows rows and instants in seconds; it must not know a row, a month or an attribute before its day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from recommender.inputs import Column
from recommender.interactions import (
    DAY,
    FORCED,
    INACTIVE,
    VOLUNTARY,
    BoolArray,
    Cells,
    Float64Array,
    IntArray,
    strongest,
)
from recommender.profiles import Profiles

PERSON, ENTERPRISE = 0, 1
KINDS = ("PERSON", "ENTERPRISE")
UNPRICED = -1
TEN_THOUSANDTHS = 10_000
MONTH = 30.4375 * DAY


@dataclass(frozen=True, slots=True)
class Products:
    """Rows of products, one entry each: `owner` (place of the customer), `offering` (its id), `item` (place), seconds
    of `start` (UNKNOWN_START) and `end` (UNKNOWN_END; UNKNOWN_START: ended, nobody knows when), `forced`, and the
    `price` agreed a month in ten-thousandths (UNPRICED)."""

    owner: IntArray
    offering: IntArray
    item: IntArray
    start: IntArray
    end: IntArray
    forced: BoolArray
    price: IntArray

    def held(self, at: int) -> BoolArray:
        """Which rows are held at an instant."""
        return (self.start <= at) & (self.end > at)


@dataclass(frozen=True, slots=True)
class Usage:
    """A customer's month of use of an item: known from `whole` (seconds) on; `days` active, `volume` (NaN unknown)."""

    owner: IntArray
    item: IntArray
    whole: IntArray
    days: IntArray
    volume: Float64Array


@dataclass(frozen=True, slots=True)
class Panel:
    """`size` customers: `ids`, `kind` (PERSON or ENTERPRISE), `closed`, `managed` (an enterprise with an account
    manager), `size_class` (a letter or ""), `joined` in seconds (NaN unknown), their products, use and profiles."""

    ids: IntArray
    kind: IntArray
    closed: BoolArray
    managed: BoolArray
    size_class: tuple[str, ...]
    joined: Float64Array
    products: Products
    usage: Usage
    profiles: Profiles
    items: int

    @property
    def size(self) -> int:
        return len(self.ids)

    def count(self, rows: BoolArray) -> Float64Array:
        """How many of these product rows each customer has."""
        return np.bincount(self.products.owner[rows], minlength=self.size).astype(np.float64)

    def holds(self, at: int) -> BoolArray:
        """Who holds anything at an instant."""
        return self.count(self.products.held(at)) > 0

    def months(self, at: int) -> tuple[IntArray, int]:
        """Rows of use that were known whole at an instant, and which month was the last (its `whole`; -1 none).

        The operator's last month, not the customer's: who has no row in it did not use what is held.
        """
        known = np.flatnonzero(self.usage.whole <= at)
        last = int(self.usage.whole[known].max()) if len(known) else -1
        return known, last

    def known(self, at: int) -> dict[str, Column]:
        """The declared attributes, as known at an instant."""
        return self.profiles.at(at)

    def cells(self, at: int) -> Cells:
        """Per customer and item how it is held at an instant; what has ended is left out. Unused is inactive."""
        held = np.flatnonzero(self.products.held(at))
        owner, item = self.products.owner[held], self.products.item[held]
        idle = self._idle(at)
        kind = np.where(self.products.forced[held], FORCED, VOLUNTARY)
        unused = np.isin(owner * self.items + item, idle)
        kind = np.where((kind == VOLUNTARY) & unused, INACTIVE, kind)
        return strongest(self.size, self.items, owner, item, kind)

    def _idle(self, at: int) -> IntArray:
        known, last = self.months(at)
        recent = known[self.usage.whole[known] == last]
        unused = recent[self.usage.days[recent] == 0]
        cells: IntArray = self.usage.owner[unused] * self.items + self.usage.item[unused]
        return cells


def numbers(column: Column | None, size: int) -> Float64Array:
    """A numeric or date attribute, NaN where it is missing or no number."""
    if column is None or column.kind == "categorical":
        return np.full(size, np.nan)
    return column.numbers


@dataclass(frozen=True, slots=True)
class Features:
    """What a panel tells of each customer at one instant; NaN is not known. Revenue is in ten-thousandths a month."""

    revenue: IntArray
    columns: Mapping[str, Float64Array]

    def __getitem__(self, name: str) -> Float64Array:
        return self.columns[name]


NAMES = ("tenure", "products", "voluntary", "started", "ended", "use", "before", "trend", "volume_trend", "activity")


@dataclass(frozen=True, slots=True)
class Offers:
    """What the catalog says, per offering id: the list price a month in ten-thousandths, the margin as a share (NaN
    unknown), what is allowed a month in GB."""

    list_price: IntArray
    margin: Float64Array
    data: Float64Array


def monthly(products: Products, offers: Offers) -> IntArray:
    """What each row costs a month in ten-thousandths: as agreed, else its list price; forced rows nothing else."""
    usual = np.where(products.forced, 0, offers.list_price[products.offering])
    return np.where(products.price == UNPRICED, usual, products.price).astype(np.int64)


def features(panel: Panel, at: int, window: int, offers: Offers, revenue_attribute: str | None = None) -> Features:
    """Features at `at`; `window` (seconds) is how far back beginnings and ends count.

    Revenue is what `revenue_attribute` says, where it is known, else what is held costs. `tenure` is in months, `use`
    the active days of the last whole month over everything, `before` the mean of the months known before it, `trend`
    the logarithm of their ratio, `volume_trend` the same for volumes of data, `activity` the share of what is held that
    is used.
    """
    products, held = panel.products, panel.products.held(at)
    cost = monthly(products, offers)[held]
    revenue = np.bincount(products.owner[held], weights=cost, minlength=panel.size).astype(np.int64)
    told = numbers(panel.known(at).get(revenue_attribute or ""), panel.size)
    revenue = np.where(np.isfinite(told) & (told >= 0), np.rint(np.nan_to_num(told) * TEN_THOUSANDTHS), revenue)
    joined = np.where(panel.joined <= at, panel.joined, np.nan)
    use, before, volume, volume_before = _use(panel, at, _metered(panel, offers))
    count = panel.count(held)
    return Features(
        revenue.astype(np.int64),
        {
            "tenure": (at - joined) / MONTH,
            "products": count,
            "voluntary": panel.count(held & ~products.forced),
            "started": panel.count(held & (products.start > at - window) & ~products.forced),
            "ended": panel.count(
                (products.end > at - window) & (products.end <= at) & (products.start <= at) & ~products.forced
            ),
            "use": use,
            "before": before,
            "trend": np.log((use + 1) / (before + 1)),
            "volume_trend": np.log((volume + 1) / (volume_before + 1)),
            "activity": _activity(panel, at, count),
        },
    )


def _metered(panel: Panel, offers: Offers) -> BoolArray:
    found = np.zeros(panel.items, dtype=bool)
    found[panel.products.item[offers.data[panel.products.offering] > 0]] = True
    return found


def _use(panel: Panel, at: int, metered: BoolArray) -> tuple[Float64Array, Float64Array, Float64Array, Float64Array]:
    """(active days of the last month, mean of the months before, the same for volumes); NaN where nobody knows."""
    known, last = panel.months(at)
    if last < 0:
        nothing = np.full(panel.size, np.nan)
        return nothing, nothing, nothing, nothing
    owner, whole = panel.usage.owner[known], panel.usage.whole[known]
    recent = whole == last
    months = max(len(np.unique(whole)) - 1, 0)

    def split(amount: Float64Array) -> tuple[Float64Array, Float64Array]:
        now = np.bincount(owner[recent], weights=amount[recent], minlength=panel.size)
        ago = np.bincount(owner[~recent], weights=amount[~recent], minlength=panel.size)
        # Somebody without a row then has no use to compare with, and without any row no use that is known.
        seen = np.bincount(owner[~recent], minlength=panel.size) > 0
        current = np.bincount(owner[recent], minlength=panel.size) > 0
        return np.where(seen | current, now, np.nan), np.where(seen, ago / max(months, 1), np.nan)

    days = split(panel.usage.days[known].astype(np.float64))
    volumes = split(np.where(metered[panel.usage.item[known]], np.nan_to_num(panel.usage.volume[known]), 0.0))
    return (*days, *volumes)


def _activity(panel: Panel, at: int, held: Float64Array) -> Float64Array:
    _, last = panel.months(at)
    if last < 0:
        return np.full(panel.size, np.nan)
    cells = panel.cells(at)
    used = np.bincount(cells.row[cells.kind != INACTIVE], minlength=panel.size)
    alike = np.bincount(cells.row, minlength=panel.size)
    return np.where(alike > 0, used / np.maximum(alike, 1), np.nan)
