"""Shares and their differences with intervals: what a campaign or a recommendation added over its control group.

It knows counts and amounts; it must not know who was counted. Wilson 1927; Newcombe 1998, method 10; Welch 1947.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

from recommender.interactions import Float64Array

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure and the bounds that cover the truth in `LEVEL` of cases."""

    value: float
    low: float
    high: float

    @property
    def is_sure(self) -> bool:
        """Whether the bounds agree on the sign."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True)
class Counted:
    """How many of `n` did it."""

    n: int
    k: int

    def __post_init__(self) -> None:
        if not 0 <= self.k <= self.n:
            raise ValueError(f"{self.k} of {self.n}: count everybody once, and nobody who was not asked")


def normal_quantile(level: float = LEVEL) -> float:
    """1.96 for 0.95: half-widths are this many standard errors."""
    return NormalDist().inv_cdf((1 + level) / 2)


def share(counted: Counted, level: float = LEVEL) -> Interval | None:
    """k / n within Wilson's bounds, which hold for few and for rare; None when nobody was asked."""
    n, k = counted.n, counted.k
    if n == 0:
        return None
    z = normal_quantile(level)
    middle = (k + z * z / 2) / (n + z * z)
    half = z / (n + z * z) * sqrt(k * (n - k) / n + z * z / 4)
    return Interval(k / n, max(0.0, middle - half) if k else 0.0, min(1.0, middle + half) if k < n else 1.0)


def uplift(treated: Counted, control: Counted, level: float = LEVEL) -> Interval | None:
    """The share of the treated less the share of control, in points, within Newcombe's bounds; None without either."""
    ours, theirs = share(treated, level), share(control, level)
    if ours is None or theirs is None:
        return None
    value = ours.value - theirs.value
    down = sqrt((ours.value - ours.low) ** 2 + (theirs.high - theirs.value) ** 2)
    up = sqrt((ours.high - ours.value) ** 2 + (theirs.value - theirs.low) ** 2)
    return Interval(value, value - down, value + up)


def mean_uplift(treated: Float64Array, control: Float64Array, level: float = LEVEL) -> Interval | None:
    """The mean of the treated less that of control, like revenue a head, with unequal variances.

    One amount a customer, those who took nothing as 0. None when either group has fewer than two.
    """
    if len(treated) < 2 or len(control) < 2:
        return None
    value = float(treated.mean() - control.mean())
    error = sqrt(float(treated.var(ddof=1)) / len(treated) + float(control.var(ddof=1)) / len(control))
    half = normal_quantile(level) * error
    return Interval(value, value - half, value + half)
