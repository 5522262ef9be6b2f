"""A moment of the catalog and a model side by side: which offering is shown for which item, by places in both.

Knows codes of the one and items of the other, found once for both; must not know a customer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from catalog.eligibility import Qualification
from catalog.moment import Moment
from catalog.offering import Offering
from recommender.interactions import IntArray
from recommender.serve import Recommender

# The moments that are asked of, and the model before while requests still end.
KEPT = 4
Categories = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Pairing:
    """`items` and `offerings` as the model and the moment have them; `index` has the place of each item.

    `item` is parallel to the codes of the moment's rules: the place of each code's item in `items`, -1 where the model
    has not learned it. `first` has for each item the place of its first code in force, -1: there is none.
    """

    items: tuple[str, ...]
    index: Mapping[str, int]
    offerings: Mapping[str, Offering]
    item: IntArray
    first: IntArray
    categories: Categories

    def shelf(self, found: Qualification) -> Shelf:
        """What may be bought, item by item: the copy of a market before the template, for copies stand behind it."""
        codes = np.flatnonzero(found.mask)
        item = self.item[codes]
        known = item >= 0
        shown = np.full(len(self.items), -1, dtype=np.int64)
        # Of several codes of one item the last one stays.
        shown[item[known]] = codes[known]
        return Shelf(self, found, shown, np.flatnonzero(shown >= 0).astype(np.int64))


@dataclass(frozen=True, slots=True)
class Shelf:
    """What one customer may buy: `places` of items, rising; `shown` has the place of each item's code, or -1."""

    pairing: Pairing
    found: Qualification
    shown: IntArray
    places: IntArray

    def __getitem__(self, item: str) -> Offering:
        """What is shown for an item of `places`."""
        return self._offering(self.pairing.index[item])

    def _offering(self, place: int) -> Offering:
        return self.pairing.offerings[self.found.codes[self.shown[place]]]

    @property
    def categories(self) -> Categories:
        """Item → the categories of what is shown for it."""
        paired = self.pairing
        copies = self.places[self.shown[self.places] != paired.first[self.places]].tolist()
        if not copies:
            return paired.categories
        return {**paired.categories, **{paired.items[place]: self._offering(place).category for place in copies}}

    def worth(self, by_code: Mapping[str, float]) -> dict[str, float]:
        """Item → the worth of what is shown for it, of a worth by code."""
        items = self.pairing.items
        return {items[place]: by_code.get(self._offering(place).code, 0.0) for place in self.places.tolist()}


@lru_cache(maxsize=KEPT)
def paired(moment: Moment, recommender: Recommender) -> Pairing:
    rules, index = moment.rules, recommender.space.index
    codes: list[str] = rules.codes.tolist()
    item = np.array([index.get(rules.items.get(code, code), -1) for code in codes], dtype=np.int64)
    first = np.full(len(recommender.items), -1, dtype=np.int64)
    in_force = [place for place, code in enumerate(codes) if item[place] >= 0 and code in moment.offerings]
    # Backwards, so that the first code of an item stays.
    first[item[in_force[::-1]]] = in_force[::-1]
    categories = {
        recommender.items[place]: moment.offerings[codes[code]].category
        for place, code in enumerate(first.tolist())
        if code >= 0
    }
    return Pairing(recommender.items, index, moment.offerings, item, first, categories)
