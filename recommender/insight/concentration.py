"""How far a few products carry the volume, and which of the small ones might go.

It knows counts; it must not know names. Source: Lorenz 1905 and Gini 1912.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.insight.definition import Portfolio
from recommender.interactions import BoolArray, Float64Array, IntArray

POINTS = 20
MOST = 0.8
RETIRE, MERGE = "RETIRE", "MERGE"


@dataclass(frozen=True, slots=True)
class Concentration:
    """`curve`: (share of the products, the largest first; share of the subscriptions that they carry)."""

    products: int
    subscriptions: int
    gini: float
    top_tenth: float
    for_most: int
    curve: tuple[tuple[float, float], ...]


def concentration(subscribers: IntArray) -> Concentration:
    """Of products that somebody holds; `for_most` of them carry 80 % of the subscriptions."""
    held = np.sort(subscribers[subscribers > 0])[::-1]
    total, size = int(held.sum()), len(held)
    if not total:
        return Concentration(0, 0, 0.0, 0.0, 0, ())
    reached = np.cumsum(held) / total
    # The mean absolute difference over twice the mean, from the sorted counts.
    gini = float((size + 1 - 2 * (np.arange(1, size + 1) * held).sum() / total) / size)
    places = np.unique(np.ceil(np.linspace(0, 1, POINTS + 1)[1:] * size).astype(int))
    curve = tuple((place / size, float(reached[place - 1])) for place in places.tolist())
    tenth = max(1, size // 10)
    for_most = int(np.searchsorted(reached, MOST - 1e-12)) + 1
    return Concentration(size, total, gini, float(reached[tenth - 1]), for_most, curve)


def advice(
    definition: Portfolio,
    subscribers: IntArray,
    grown: Float64Array,
    category: IntArray,
    family: IntArray,
    launched: BoolArray,
) -> tuple[list[str | None], IntArray]:
    """(RETIRE, MERGE or None; the place of the item to merge into, -1 none) for each item.

    Spoken of are launched items that are no longer new, small in their category and not growing.
    """
    groups = category + 1
    volume = np.bincount(groups, weights=subscribers)[groups]
    with np.errstate(invalid="ignore"):
        small = (subscribers < definition.small_share * volume) & (grown <= 0) & launched & (category >= 0)
    told: list[str | None] = [None] * len(subscribers)
    into = np.full(len(subscribers), -1, dtype=np.int64)
    for place in np.flatnonzero(small).tolist():
        siblings = np.flatnonzero((family == family[place]) & launched & (family[place] >= 0))
        larger = siblings[subscribers[siblings] > subscribers[place]]
        told[place] = RETIRE
        if len(larger):
            told[place] = MERGE
            into[place] = larger[subscribers[larger].argmax()]
    return told, into
