"""What another ranking would have brought, judged from the logs of the one that served.

It knows rewards and propensities; it must not know models or customers. Horvitz and Thompson 1952; Swaminathan and
Joachims 2015 (self-normalised); Dudík et al. 2011 (doubly robust); Li et al. 2018 (slots one by one).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt

import numpy as np

from recommender.interactions import Float64Array, IntArray
from recommender.uplift import Interval, normal_quantile


@dataclass(frozen=True, slots=True)
class Logs:
    """Aligned arrays, one row a slot that was shown.

    `unit` is the answer (or the customer) to which the row belongs: rows of one unit are not independent, and intervals
    count units. `reward` is what came of it, like 1 for accepted; `propensity` the chance with which the serving policy
    put this item there, `target` the chance with which the other policy would have (0 or 1 for a fixed list).
    """

    unit: IntArray
    reward: Float64Array
    propensity: Float64Array
    target: Float64Array

    def __post_init__(self) -> None:
        if len({len(self.unit), len(self.reward), len(self.propensity), len(self.target)}) != 1:
            raise ValueError("logs need one unit, reward, propensity and target a row")
        if len(self.unit) == 0:
            raise ValueError("no logs: serve with JISHI_EXPLORE above 0 for a while, and report what is shown")
        if not ((self.propensity > 0) & (self.propensity <= 1)).all():
            raise ValueError("a propensity lies above 0 and not above 1; leave rows without one out")
        if not ((self.target >= 0) & (self.target <= 1)).all():
            raise ValueError("the chance of the other policy lies between 0 and 1")


@dataclass(frozen=True, slots=True)
class Estimate:
    """Reward a unit under the other policy.

    `effective` is how many rows the weighted ones are worth (Kish); below a few hundred the interval says little.
    `weight` is the mean weight a row: 1 within its chance, or the logs do not cover what the other policy shows.
    """

    reward: Interval
    effective: float
    weight: float


def ips(logs: Logs) -> Estimate:
    """Weighted by how much likelier the other policy is to show what was shown: unbiased, and noisy."""
    weight = logs.target / logs.propensity
    return _estimate(_by_unit(logs.unit, weight * logs.reward), weight)


def snips(logs: Logs) -> Estimate:
    """As `ips`, divided by the weights that came out instead of those expected: a little bias for much less noise."""
    weight = logs.target / logs.propensity
    rows_a_unit = len(logs.unit) / len(np.unique(logs.unit))
    if not weight.any():
        return Estimate(Interval(0.0, 0.0, 0.0), 0.0, 0.0)
    value = float((weight * logs.reward).sum() / weight.sum())
    spread = _by_unit(logs.unit, weight * (logs.reward - value)) / weight.mean()
    # The residuals sum to nothing: the centre is the ratio itself, the delta method gives the width.
    return _estimate(spread + value * rows_a_unit, weight)


def doubly_robust(logs: Logs, expected_shown: Float64Array, expected_target: Float64Array) -> Estimate:
    """A model's guess, corrected by the weighted errors of that guess: right when either guess or propensity is.

    `expected_shown` is the guessed reward of what was shown; `expected_target` the guess for what the other policy
    would show in that slot (its mean over the policy's choices). The guess is made from other rows than these.
    """
    weight = logs.target / logs.propensity
    return _estimate(_by_unit(logs.unit, expected_target + weight * (logs.reward - expected_shown)), weight)


ESTIMATORS: dict[str, Callable[[Logs], Estimate]] = {"IPS": ips, "SNIPS": snips}


def _by_unit(unit: IntArray, value: Float64Array) -> Float64Array:
    """The sum of each unit's rows."""
    place = np.unique(unit, return_inverse=True)[1]
    return np.bincount(place, weights=value).astype(np.float64)


def _estimate(by_unit: Float64Array, weight: Float64Array) -> Estimate:
    value = float(by_unit.mean())
    error = float(by_unit.std(ddof=1)) / sqrt(len(by_unit)) if len(by_unit) > 1 else float("inf")
    half = normal_quantile() * error
    squares = float((weight**2).sum())
    effective = float(weight.sum()) ** 2 / squares if squares else 0.0
    return Estimate(Interval(value, value - half, value + half), effective, float(weight.mean()))
