"""The laws of chance by which customers take things: when first, which step, whether a trial is kept.

Knows rates and probabilities, of which generator and truth both make use; must not know customers or offerings.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from api.demo.lines import STORY

Array = npt.NDArray[Any]

PUSH = 0.08
"""Of a line's neutral rate, the part that is talked into customers whatever their needs."""
MOMENTS = {"device": (0.0, 90.0, 5.0), "contract": (-30.0, 60.0, 3.0)}
"""From and to (days around the moment), and how many times the usual rate is added."""
TRIAL_DAYS = np.float32(30)
_CLIMB = 0.25 / 365
_CLIMB_AT_CONTRACT = 0.003


def logistic(values: Array) -> Array:
    return 1 / (1 + np.exp(-values))


def passed(day: Array, trend: float) -> Array:
    """Time on the clock of a trend, which shows 0 at the end of the story and runs at the pace of the day there."""
    left = day - np.float32(STORY)
    if not trend:
        return left
    slope = np.float32(trend / 365)
    return np.asarray(np.expm1(slope * left) / slope)


def first(rng: np.random.Generator, rate: Array, gate: Array, trend: float) -> Array:
    """The day of the first arrival after `gate` at a daily `rate` (its value at the end of the story), else +inf."""
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        target = passed(gate, trend) + rng.standard_exponential(len(rate), dtype=np.float32) / rate
    day = np.full(len(rate), np.inf, dtype=np.float32)
    before = np.flatnonzero(target < 0)
    slope = np.float32(trend / 365)
    day[before] = STORY + (np.log1p(slope * target[before]) / slope if trend else target[before])
    return day


def step_chances(depth: Array, steps: int, base: bool) -> Array:
    """P(a newcomer enters at step k or above), shape (steps - 1, n) for k = 1 … steps - 1."""
    return logistic(1.3 * (depth[None, :] - _centres(steps, base)[:, None]))


def climb_rate(depth: Array, step: Array, steps: int, base: bool) -> Array:
    """Daily rate of going on from `step` to the next; 0 on the last."""
    centres = np.append(_centres(steps, base), np.inf)[step]
    return np.where(step < steps - 1, 2 * _CLIMB * logistic(1.3 * (depth - centres)), 0)


def climb_rate_at_contract(depth: Array, step: Array, steps: int) -> Array:
    """What the sixty days after the end of a contract add to a plan's `climb_rate`."""
    return np.where(step < steps - 1, _CLIMB_AT_CONTRACT * logistic(depth), 0)


def keeps_trial(affinity: Array) -> Array:
    """P(a trial is converted)."""
    return logistic(0.2 + 0.8 * affinity)


def _centres(steps: int, base: bool) -> Array:
    return ((-0.9 if base else 0.4) + 0.8 * np.arange(steps - 1)).astype(np.float32)
