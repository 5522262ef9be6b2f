"""What an item that hardly anybody has taken yet borrows from its siblings, so that a new offering can be recommended.

It knows linear models, support, groups and ladders as plain arrays; it must not know what makes items siblings.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from recommender.interactions import KINDS, Float32Array, Float64Array, IntArray
from recommender.models.contract import Model
from recommender.models.linear import Linear

# An item taken by fewer customers than this speaks for itself only in part.
ENOUGH = 5.0


@dataclass(frozen=True, slots=True)
class Kinship:
    """Which items are siblings: `groups` number the items' groups (-1: none), the narrowest grouping first.

    `step` is an item's place in the ladder of its first group, -1 where it has none.
    """

    groups: tuple[IntArray, ...]
    step: IntArray

    def siblings(self, support: Float64Array) -> Iterator[tuple[int, IntArray, IntArray | None]]:
        """Items of too little support, each with its siblings of enough, and their steps' distance where known."""
        enough = support >= ENOUGH
        for item in np.flatnonzero(~enough).tolist():
            for level, group in enumerate(self.groups):
                alike = np.flatnonzero((group == group[item]) & (group[item] >= 0) & enough).astype(np.int64)
                if len(alike):
                    laddered = level == 0 and self.step[item] >= 0 and bool((self.step[alike] >= 0).all())
                    yield item, alike, self.step[item] - self.step[alike] if laddered else None
                    break

    def lifted(self, item: int, distance: int) -> tuple[IntArray, IntArray]:
        """The items of the item's ladder, and those `distance` steps above each of them; only where both exist."""
        ladder = np.flatnonzero((self.groups[0] == self.groups[0][item]) & (self.step >= 0))
        place = {int(self.step[one]): int(one) for one in ladder}
        pairs = [(one, place[step + distance]) for step, one in place.items() if step + distance in place]
        return np.array([a for a, _ in pairs], dtype=np.int64), np.array([b for _, b in pairs], dtype=np.int64)


NO_KIN = Kinship((), np.empty(0, dtype=np.int64))


def borrow(model: Model, support: Float64Array, kin: Kinship) -> Model:
    """The model in which an item of support n < ENOUGH counts n / ENOUGH itself and its siblings the rest.

    `support`: how many customers took each item; siblings weigh as they were taken. What a holding does for a sibling,
    the same step of the ladder, moved as far as the items are apart, does for the item; outside a ladder its own column
    takes the place of the sibling's. Models that are not a matrix are returned as they are; scores stay sums.
    """
    if not isinstance(model, Linear):
        return model
    weights, bias = model.weights.copy(), model.bias.copy()
    for item, siblings, distance in kin.siblings(support):
        share = support[siblings] / support[siblings].sum()
        column = np.zeros(len(weights))
        for place, sibling in enumerate(siblings.tolist()):
            moved = _moved(model.weights[:, sibling], len(bias), kin, sibling, item, distance, place)
            column += share[place] * moved
        # What nobody ever took has no score of its own that could be mixed in.
        own = support[item] / ENOUGH if model.bias[item] or model.weights[:, item].any() else 0.0
        weights[:, item] = own * model.weights[:, item] + (1 - own) * column
        bias[item] = own * model.bias[item] + (1 - own) * float(share @ model.bias[siblings])
    return replace(model, weights=weights, bias=bias)


def _moved(
    column: Float32Array, items: int, kin: Kinship, sibling: int, item: int, distance: IntArray | None, place: int
) -> Float32Array:
    """A sibling's column as it would be if it were the item's."""
    found = column.copy()
    below, above = (
        kin.lifted(sibling, int(distance[place]))
        if distance is not None
        else (np.array([sibling], dtype=np.int64), np.array([item], dtype=np.int64))
    )
    for first in range(0, len(column) - items + 1, items):
        kind = slice(first, first + items)
        if first // items < len(KINDS):
            block = column[kind].copy()
            block[below] = 0.0
            block[above] = column[kind][below]
            found[kind] = block
    return found
