"""In which order candidates are offered: by chance or by what they are worth, and not all of one kind.

It knows scores, worths and groups as plain values; it must not know what an item is, or why it scores as it does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from recommender.interactions import Float64Array, IntArray

# What is ten times less likely than the likeliest is no offer, however dear: that far down a probability is that of
# many items together, and a high price would bring up what nobody like this takes.
LIKELY_ENOUGH = 0.1


@dataclass(frozen=True, slots=True)
class Ranking:
    """`value`: what taking an item is worth (None: order by chance alone; an item that is not in it is worth nothing).

    At most `most` items of each of an item's `groups` are offered; 0 is as many as there are.
    """

    value: Mapping[str, float] | None = None
    groups: Mapping[str, Collection[str]] = field(default_factory=dict)
    most: int = 0

    def __post_init__(self) -> None:
        if self.most < 0:
            raise ValueError("at most so many of a group: 0 for any number, else 1 or more")


LIKELIEST = Ranking()


def order(scores: Float64Array, chances: Float64Array | None, worth: Float64Array | None) -> IntArray:
    """Places, best first: by chance × worth where both are known, else by score. Equals stay in their order."""
    if chances is None or worth is None:
        return np.argsort(-scores, kind="stable").astype(np.int64)
    # What is worth nothing, or equally much, stands in the order of its score.
    return np.lexsort((-scores, -(likely_enough(chances) * worth))).astype(np.int64)


def likely_enough(chances: Float64Array) -> Float64Array:
    """The chances (… × items) that may be multiplied with a worth: 0 for those far below the best of their row."""
    best = chances.max(axis=-1, keepdims=True, initial=0.0)
    return np.where(chances >= LIKELY_ENOUGH * best, chances, 0.0)


def diverse(ranked: Iterable[str], ranking: Ranking, n: int) -> tuple[list[str], list[str]]:
    """The first `n` that fit, and those passed over before the last of them since their group was full.

    Greedy, so the best item of all always stands first, and every item stands in its own order.
    """
    if not ranking.most:
        return list(islice(ranked, n)), []
    kept: list[str] = []
    passed: list[str] = []
    taken: Counter[str] = Counter()
    for item in ranked:
        if len(kept) >= n:
            break
        groups = ranking.groups.get(item, ())
        if any(taken[group] >= ranking.most for group in groups):
            passed.append(item)
            continue
        taken.update(groups)
        kept.append(item)
    return kept, passed
