"""How healthy a product is: five marks against the average of all products, and the warnings that follow.

It knows counts and weights; it must not know which product it speaks of.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.insight.definition import Health
from recommender.insight.portfolio import Tally
from recommender.interactions import Float64Array, IntArray

# A product that nobody uses is not worth nothing for ever.
LEAST_MARK = 0.05
ACTIVITY, RETENTION, CHOICE, SATISFACTION, MARGIN = "activity", "retention", "choice", "satisfaction", "margin"
WARNINGS = {
    MARGIN: "HIGH_COST",
    RETENTION: "HIGH_CHURN",
    ACTIVITY: "LOW_ACTIVITY",
    CHOICE: "FORCED",
    SATISFACTION: "CANCELLED_LATER",
}
SIGN = (MARGIN, RETENTION, ACTIVITY)
UNHEALTHY = "UNHEALTHY"


@dataclass(frozen=True, slots=True)
class Shares:
    """Per item, as counted: NaN where nothing is known."""

    active: Float64Array
    churn: Float64Array
    forced: Float64Array
    cancelled: Float64Array


def _share(part: IntArray, whole: IntArray) -> Float64Array:
    found: Float64Array = np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
    return found


def shares(one: Tally, accepted: IntArray, cancelled: IntArray) -> Shares:
    return Shares(
        _share(one.used, one.known),
        _share(one.lost, one.before),
        _share(one.forced, one.current),
        _share(cancelled, accepted),
    )


def _shrunk(part: IntArray, whole: IntArray, prior: float) -> tuple[Float64Array, float]:
    """(shares with `prior` customers of the usual behaviour added, the usual share); NaN where nobody is counted."""
    usual = float(part.sum() / whole.sum()) if whole.sum() else np.nan
    told = np.where(whole > 0, (part + prior * usual) / np.maximum(whole + prior, 1e-9), np.nan)
    return told, usual


def marks(
    definition: Health, one: Tally, accepted: IntArray, cancelled: IntArray, margin: Float64Array
) -> dict[str, Float64Array]:
    """Each in [LEAST_MARK, 1]: 1 is as good as the average or better; NaN is not known."""
    active, usual_active = _shrunk(one.used, one.known, definition.prior)
    churn, usual_churn = _shrunk(one.lost, one.before, definition.prior)
    chosen, usual_chosen = _shrunk(one.current - one.forced, one.current, definition.prior)
    kept, usual_kept = _shrunk(accepted - cancelled, accepted, definition.prior)
    counted = np.isfinite(margin) & (one.current > 0)
    usual_margin = float(np.average(margin[counted], weights=one.current[counted])) if counted.any() else np.nan
    with np.errstate(invalid="ignore", divide="ignore"):
        found = {
            ACTIVITY: active / usual_active,
            RETENTION: np.where(churn > 0, usual_churn / churn, np.where(np.isnan(churn), np.nan, 1.0)),
            CHOICE: chosen / usual_chosen,
            SATISFACTION: kept / usual_kept,
            MARGIN: margin / usual_margin,
        }
    return {name: np.clip(mark, LEAST_MARK, 1.0) for name, mark in found.items()}


def health(definition: Health, found: dict[str, Float64Array]) -> Float64Array:
    """The weighted geometric mean of the marks that are known; 1 where none is: nothing speaks against it."""
    size = len(next(iter(found.values())))
    total, weight = np.zeros(size), np.zeros(size)
    for name, mark in found.items():
        known = np.isfinite(mark)
        total[known] += definition.weights[name] * np.log(mark[known])
        weight[known] += definition.weights[name]
    return np.exp(np.divide(total, weight, out=np.zeros(size), where=weight > 0))


def warnings(definition: Health, found: dict[str, Float64Array]) -> list[list[str]]:
    """Marks below `poor`; high cost, high churn and low activity together are UNHEALTHY, which stands first."""
    poor = {name: np.nan_to_num(mark, nan=1.0) < definition.poor for name, mark in found.items()}
    told = []
    for place in range(len(next(iter(found.values())))):
        own = [word for name, word in WARNINGS.items() if poor[name][place]]
        told.append([UNHEALTHY, *own] if all(poor[name][place] for name in SIGN) else own)
    return told
