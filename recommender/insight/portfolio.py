"""Products as a portfolio: who holds them, how that grows, what they bring, which class that makes.

It knows panels and counts that add up; it must not know customers by name, nor prices but as numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.insight.definition import Portfolio
from recommender.insight.panel import Offers, Panel, monthly
from recommender.interactions import Float64Array, IntArray

FEWEST = 5


@dataclass(frozen=True, slots=True)
class Tally:
    """Per item (place): who hold it (`current`), held it `before` a window, `lost` of those, hold it by force alone
    (`forced`), whose last month of use is `known`, who `used` it then; `revenue` a month in ten-thousandths. Adds up
    over chunks of customers."""

    current: IntArray
    before: IntArray
    lost: IntArray
    forced: IntArray
    known: IntArray
    used: IntArray
    revenue: IntArray

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.current + other.current,
            self.before + other.before,
            self.lost + other.lost,
            self.forced + other.forced,
            self.known + other.known,
            self.used + other.used,
            self.revenue + other.revenue,
        )


def tally(panel: Panel, offers: Offers, family: IntArray, at: int, window: int) -> Tally:
    """Who went on to another step of the same family (`family` of each item, -1 none) has not left it."""
    products, items = panel.products, panel.items
    held, earlier = products.held(at), products.held(at - window)
    cell = products.owner * items + products.item
    now, before = distinct(cell[held]), distinct(cell[earlier])
    voluntary = distinct(cell[held & ~products.forced])
    lost = np.setdiff1d(before, now, assume_unique=True)
    families = int(family.max(initial=-1)) + 1
    of_family = products.owner[held] * max(families, 1) + family[products.item[held]]
    stayed = distinct(of_family[family[products.item[held]] >= 0])
    moved = (family[lost % items] >= 0) & np.isin(lost // items * max(families, 1) + family[lost % items], stayed)
    months, last = panel.months(at)
    recent = months[panel.usage.whole[months] == last]
    month = panel.usage.owner[recent] * items + panel.usage.item[recent]
    known = np.intersect1d(distinct(month), now, assume_unique=True)
    used = np.intersect1d(distinct(month[panel.usage.days[recent] > 0]), now, assume_unique=True)
    cost = np.bincount(products.item[held], weights=monthly(products, offers)[held], minlength=items)

    def count(cells: IntArray) -> IntArray:
        return np.bincount(cells % items, minlength=items).astype(np.int64)

    return Tally(
        current=count(now),
        before=count(before),
        lost=count(lost[~moved]),
        forced=count(np.setdiff1d(now, voluntary, assume_unique=True)),
        known=count(known),
        used=count(used),
        revenue=np.rint(cost).astype(np.int64),
    )


def distinct(cells: IntArray) -> IntArray:
    """Each once, rising; sorting is several times faster than the table of hashes in numpy's own."""
    rising = np.sort(cells)
    return rising[np.concatenate(([True], rising[1:] != rising[:-1]))] if len(rising) else rising


def relative_share(revenue: IntArray, category: IntArray) -> Float64Array:
    """Revenue against that of the largest item of the category (items without one stand together); NaN without any."""
    groups = category + 1
    largest = np.zeros(int(groups.max(initial=0)) + 1)
    np.maximum.at(largest, groups, revenue)
    most = largest[groups]
    found: Float64Array = np.divide(revenue, most, out=np.full(len(revenue), np.nan), where=most > 0)
    return found


def growth(one: Tally) -> Float64Array:
    """Of subscribers over the window, like 0.1; NaN where fewer than FEWEST held it before."""
    ratio: Float64Array = np.divide(
        one.current, one.before, out=np.full(len(one.current), np.nan), where=one.before >= FEWEST
    )
    return ratio - 1


def classes(definition: Portfolio, share: Float64Array, grown: Float64Array, overall: float) -> list[str | None]:
    """STAR, CASH_COW, QUESTION_MARK or DOG, None where share or growth is not known.

    `overall` is the growth of all subscriptions, the border where the definition names none. Source: Henderson 1970.
    """
    border = overall if definition.high_growth is None else definition.high_growth
    found: list[str | None] = []
    for large, fast in zip(share.tolist(), grown.tolist(), strict=True):
        if np.isnan(large) or np.isnan(fast):
            found.append(None)
        elif large >= definition.high_share:
            found.append("STAR" if fast > border else "CASH_COW")
        else:
            found.append("QUESTION_MARK" if fast > border else "DOG")
    return found


def overall_growth(one: Tally) -> float:
    """Of all subscriptions together."""
    before = int(one.before.sum())
    return int(one.current.sum()) / before - 1 if before else 0.0
