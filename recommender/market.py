"""What a whole cluster market is likely to take: expected adopters among its eligible non-holders.

It knows scores, masks and reference shares; it must not know who the members are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recommender.interactions import BoolArray, Float32Array, Float64Array

# A market's penetration is judged as if this many more members held like everybody else.
PRIOR_MEMBERS = 20.0


@dataclass(frozen=True, slots=True)
class MarketItem:
    """One item for one market. `expected_adopters` is None when scores have no probability (undated data).

    `eligible` counts members who may take it and do not hold it, `mean_score` is over those for whom the model has
    evidence, `penetration` is the share of members who hold it, `reference` the share of all customers, and `lift`
    their ratio with `penetration` shrunk towards `reference`; 1 means like everywhere.
    """

    item: str
    members: int
    eligible: int
    expected_adopters: float | None
    mean_score: float
    penetration: float
    reference: float
    lift: float


def shrunk_lift(holders: float, members: int, reference: float, strength: float = PRIOR_MEMBERS) -> float:
    """(holders + k·reference) / (members + k) / reference, k the strength; 1 where nobody anywhere holds the item."""
    if reference <= 0:
        return 1.0
    return (holders + strength * reference) / (members + strength) / reference


def rank_items(
    items: Sequence[str],
    scores: Float32Array,
    worth: Float32Array,
    chances: Float64Array | None,
    held: BoolArray,
    eligible: BoolArray,
    reference: Float64Array,
    strength: Float64Array,
    *,
    min_size: int,
) -> list[MarketItem]:
    """Items by expected adopters (or by the sum of `worth` when there are no probabilities), greatest first.

    `worth` is what of scores adds up over members. Arrays are members × items; an item with fewer than `min_size`
    eligible members of evidence is left out.
    """
    counted = eligible & np.isfinite(scores)
    count = counted.sum(axis=0)
    total = np.where(counted, scores, 0.0).sum(axis=0, dtype=np.float64)
    expected = np.where(counted, chances, 0.0).sum(axis=0) if chances is not None else None
    holders, members = held.sum(axis=0), len(scores)
    summed = np.where(counted, worth, 0.0).sum(axis=0, dtype=np.float64) if expected is None else expected
    order = np.argsort(-summed, kind="stable")
    return [
        MarketItem(
            items[j],
            members,
            int(eligible[:, j].sum()),
            None if expected is None else float(expected[j]),
            float(total[j] / count[j]),
            float(holders[j] / members),
            float(reference[j]),
            shrunk_lift(float(holders[j]), members, float(reference[j]), float(strength[j])),
        )
        for j in order.tolist()
        if count[j] >= max(min_size, 1)
    ]
