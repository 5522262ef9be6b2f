"""How far a market's penetration is its own, and how far that of markets like it: empirical Bayes.

It knows counts of members and holders by market and item; it must not know markets by name. Holders are taken for
binomial, the true rates of a group for a Beta distribution whose mean and spread come from the group itself by the
method of moments. Source: Kleinman 1973, "Proportions with extraneous variance", JASA 68; Efron and Morris 1975.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recommender.interactions import BoolArray, Float64Array, IntArray

# A group of fewer markets says too little about how markets differ.
LEAST_MARKETS = 10
# What is assumed where the data do not tell: as if so many more members held like the others.
USUAL_STRENGTH = 20.0
# Markets that hardly differ are drawn together, but never so that no own member counts.
MOST_STRENGTH = 1e4


@dataclass(frozen=True, slots=True)
class Rates:
    """Markets × items: `own` is drawn from the raw share towards `reference` as if by `strength` members."""

    own: Float64Array
    reference: Float64Array
    strength: Float64Array

    @property
    def lift(self) -> Float64Array:
        """`own` over `reference`; 1 where nobody anywhere holds the item."""
        return np.divide(self.own, self.reference, out=np.ones_like(self.own), where=self.reference > 0)


def groups_of(kinds: Sequence[str], places: Sequence[str | None], counted: BoolArray) -> IntArray:
    """The number of each market's group: those of its kind in its province, else of its kind, else all.

    A group has at least LEAST_MARKETS markets that are `counted`.
    """
    narrow = [(kind, (place or "").partition("/")[0]) for kind, place in zip(kinds, places, strict=True)]
    found = np.zeros(len(kinds), dtype=np.int64)
    for keys in ([(kind, None) for kind in kinds], narrow):
        order = {key: number for number, key in enumerate(sorted(set(keys), key=str), start=int(found.max()) + 1)}
        numbers = np.array([order[key] for key in keys], dtype=np.int64)
        size = np.bincount(numbers[counted], minlength=int(numbers.max(initial=0)) + 1)
        found = np.where(size[numbers] >= LEAST_MARKETS, numbers, found)
    return found


def shrunk(holders: Float64Array, members: Float64Array, groups: IntArray, counted: BoolArray) -> Rates:
    """Markets × items; `members` and `groups` one entry a market. Only `counted` markets shape their group."""
    reference, strength = np.zeros_like(holders), np.full_like(holders, USUAL_STRENGTH)
    for group in np.unique(groups).tolist():
        inside = groups == group
        shaping = inside & counted
        mean, k = _fitted(holders[shaping], members[shaping]) if shaping.any() else _fitted(holders, members)
        reference[inside], strength[inside] = mean, k
    own = (holders + strength * reference) / (members[:, None] + strength)
    return Rates(own, reference, strength)


def _fitted(holders: Float64Array, members: Float64Array) -> tuple[Float64Array, Float64Array]:
    """Per item the mean rate of a group, and its prior's strength by the method of moments."""
    total, several = float(members.sum()), len(members)
    if total <= 0:
        width = holders.shape[1]
        return np.zeros(width), np.full(width, USUAL_STRENGTH)
    mean = holders.sum(axis=0) / total
    if several < LEAST_MARKETS:
        return mean, np.full(len(mean), USUAL_STRENGTH)
    weight = members[:, None]
    rate = np.divide(holders, weight, out=np.zeros_like(holders), where=weight > 0)
    within = mean * (1 - mean)
    spread = (weight * (rate - mean) ** 2).sum(axis=0)
    between = (spread - (several - 1) * within) / (total - float((members**2).sum()) / total)
    # Beta: the variance between true rates is mean (1 - mean) / (strength + 1).
    strength = np.divide(within, between, out=np.full_like(mean, MOST_STRENGTH), where=between > 0) - 1
    return mean, np.clip(strength, 1.0, MOST_STRENGTH)
