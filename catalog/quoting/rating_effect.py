"""What a coarser rating unit does to the time that is billed, for a distribution of call lengths (product.md P15).

Knows durations and weights; must not know prices: revenue at a fixed price per second goes with the time billed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import ceil, exp, gamma, sqrt

LONGEST = 1800
MEANS = tuple(range(60, 131, 5))
SHAPES = tuple(shape / 10 for shape in range(6, 21, 2))
Lengths = Mapping[int, float]
"""Seconds that a call lasts → how many calls do, in any measure."""


@dataclass(frozen=True, slots=True)
class RatingEffect:
    """One rating unit: the mean seconds billed for a call, and revenue where rating by the second is 100."""

    increment: int
    billed_seconds: float
    revenue_index: float


def rating_effect(lengths: Lengths, increments: Iterable[int]) -> tuple[RatingEffect, ...]:
    """The effect of each rating unit, in seconds. Raises ValueError when nobody talks."""
    calls, talked = sum(lengths.values()), sum(seconds * weight for seconds, weight in lengths.items())
    if talked <= 0:
        raise ValueError("the effect of a rating unit needs calls that last")
    found = []
    for increment in increments:
        if increment < 1:
            raise ValueError("a rating unit is at least one second")
        billed = sum(ceil(seconds / increment) * increment * weight for seconds, weight in lengths.items())
        found.append(RatingEffect(increment, billed / calls, 100 * billed / talked))
    return tuple(found)


def weibull(mean: float, shape: float, longest: int = LONGEST) -> dict[int, float]:
    """Call lengths by the second; a shape of 1 is exponential, more is rounder, less has more short and long calls."""
    scale = mean / gamma(1 + 1 / shape)
    beyond = [exp(-((second / scale) ** shape)) for second in range(longest + 1)]
    return {second: beyond[second - 1] - beyond[second] for second in range(1, longest + 1)}


def share_below(lengths: Lengths, seconds: int) -> float:
    return sum(weight for length, weight in lengths.items() if length < seconds) / sum(lengths.values())


def closest(indices: Mapping[int, float], means: Sequence[float] = MEANS, shapes: Sequence[float] = SHAPES) -> Fit:
    """The Weibull distribution whose effects come nearest to `indices` (rating unit → revenue index)."""
    return min((_fit(indices, mean, shape) for mean, shape in product(means, shapes)), key=lambda fit: fit.deviation)


@dataclass(frozen=True, slots=True)
class Fit:
    """A distribution, and by how many index points it misses: root mean square, and at worst."""

    mean: float
    shape: float
    deviation: float
    worst: float


def _fit(indices: Mapping[int, float], mean: float, shape: float) -> Fit:
    effects = rating_effect(weibull(mean, shape), indices)
    missed = [abs(one.revenue_index - indices[one.increment]) for one in effects]
    return Fit(mean, shape, sqrt(sum(off * off for off in missed) / len(missed)), max(missed))
