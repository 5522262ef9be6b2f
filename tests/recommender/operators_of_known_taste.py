"""Small operators of known taste, as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from recommender.interactions import UNKNOWN_START, History
from recommender.profiles import Profiles
from recommender.splits import Data

GROUPS, EACH = 5, 4
Row = tuple[int, int]


def undated(rows: Sequence[Row], customers: int, items: int, profiles: Profiles | None = None) -> Data:
    """Voluntary holdings (customer, item) since nobody knows when; the only cutoff is 0."""
    pairs = np.array(rows, dtype=np.int64).reshape(-1, 2)
    count = len(pairs)
    history = History(
        customers,
        items,
        pairs[:, 0],
        pairs[:, 1],
        np.full(count, UNKNOWN_START),
        np.zeros(count, dtype=bool),
        pairs[:, 1],
        np.zeros((count, 1), dtype=np.int64),
        (0,),
    )
    return Data(history, profiles or Profiles.none(customers))


@cache
def planted() -> Data:
    """600 customers of five tastes, four items each: everyone holds their own four and one of anybody's."""
    rng = np.random.default_rng(7)
    rows: set[Row] = set()
    for customer in range(600):
        own = {(customer, item + customer % GROUPS * EACH) for item in range(EACH)}
        rows |= own | {(customer, int(rng.integers(GROUPS * EACH)))}
    return undated(sorted(rows), 600, GROUPS * EACH)


@cache
def tasteless() -> Data:
    """800 customers who take what is popular and nothing else: no holding says anything about another."""
    rng = np.random.default_rng(3)
    chance = np.linspace(0.6, 0.02, 20)
    rows = [(customer, item) for customer in range(800) for item in np.flatnonzero(rng.random(20) < chance).tolist()]
    return undated(rows, 800, 20)
