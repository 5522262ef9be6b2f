"""What a customer is worth: a score from ranks within the kind, a level, and the pyramid of levels.

It knows features and weights; it must not know a price list or where scores are kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from recommender.insight.definition import COMPONENTS, KINDS, Definition, Value
from recommender.insight.panel import TEN_THOUSANDTHS, Features, Panel
from recommender.interactions import BoolArray, Float64Array, IntArray

BEST = 100.0


def components(found: Features) -> dict[str, Float64Array]:
    """Each component of the score in its own unit; NaN is not known."""
    return {
        "revenue": found.revenue / TEN_THOUSANDTHS,
        "tenure": found["tenure"],
        "products": found["products"],
        "use": found["use"],
        "growth": found["started"] - found["ended"],
    }


@dataclass(frozen=True, slots=True)
class Scale:
    """What is usual in one kind of customer: sorted values of each component, and from which score each level begins.

    Of many customers these are a sample's, so that one pass over all of them suffices.
    """

    values: Mapping[str, Float64Array]
    weights: Mapping[str, float]
    begins: tuple[tuple[str, float], ...] = ()

    def score(self, parts: Mapping[str, Float64Array]) -> Float64Array:
        """0 to 100; NaN where nothing at all is known."""
        size = len(next(iter(parts.values())))
        total, weight = np.zeros(size), np.zeros(size)
        for name, share in self.weights.items():
            rank = _rank(self.values[name], parts[name])
            known = np.isfinite(rank)
            total[known] += share * rank[known]
            weight[known] += share
        found: Float64Array = np.divide(BEST * total, weight, out=np.full(size, np.nan), where=weight > 0)
        return found

    def levels(self, score: Float64Array) -> list[str | None]:
        """The level of each score, None without one."""
        codes = [code for code, _ in self.begins]
        edges = np.array([begin for _, begin in self.begins])
        # Levels run downwards: the first whose beginning is reached.
        place = (score[:, None] >= edges).argmax(axis=1)
        return [None if np.isnan(one) else codes[at] for one, at in zip(score.tolist(), place.tolist(), strict=True)]


def _rank(values: Float64Array, amounts: Float64Array) -> Float64Array:
    """The share of `values` (sorted) below each amount, ties counted half; NaN stays NaN."""
    if not len(values):
        return np.full(len(amounts), np.nan)
    below = np.searchsorted(values, amounts, side="left")
    upto = np.searchsorted(values, amounts, side="right")
    rank: Float64Array = (below + upto) / (2.0 * len(values))
    rank[~np.isfinite(amounts)] = np.nan
    return rank


def scale(model: Value, kind: str, parts: Mapping[str, Float64Array], ranked: BoolArray) -> Scale:
    """From customers of one kind; levels by their shares among `ranked` (enterprises with an account manager)."""
    values = {name: np.sort(parts[name][np.isfinite(parts[name])]) for name in COMPONENTS}
    found = Scale(values, model.weights[kind])
    score = found.score(parts)[ranked]
    score = score[np.isfinite(score)]
    reached = np.rint(np.cumsum([level.share for level in model.levels[kind]]) * len(score)).astype(np.int64)
    downwards = np.concatenate(([np.inf], np.sort(score)[::-1]))
    begins = downwards[reached].tolist()
    # The last level takes everybody who is left.
    begins[-1] = -np.inf
    return Scale(values, model.weights[kind], tuple(zip([one.code for one in model.levels[kind]], begins, strict=True)))


@dataclass(frozen=True, slots=True)
class Valued:
    """One entry a customer: score (NaN: closed), level."""

    score: Float64Array
    level: list[str | None]


def scales(definition: Definition, panel: Panel, found: Features) -> tuple[Scale, ...]:
    """One scale a kind, in the order of KINDS, from customers who are not closed."""
    parts = components(found)
    made = []
    for place, kind in enumerate(KINDS):
        own = (panel.kind == place) & ~panel.closed
        ranked = panel.managed[own] if kind == "ENTERPRISE" else np.ones(int(own.sum()), dtype=bool)
        made.append(scale(definition.value, kind, {name: column[own] for name, column in parts.items()}, ranked))
    return tuple(made)


def valued(definition: Definition, scaled: Sequence[Scale], panel: Panel, found: Features) -> Valued:
    """Scores and levels of a panel."""
    parts = components(found)
    score = np.full(panel.size, np.nan)
    level: list[str | None] = [None] * panel.size
    for place in range(len(KINDS)):
        own = np.flatnonzero((panel.kind == place) & ~panel.closed)
        score[own] = scaled[place].score({name: column[own] for name, column in parts.items()})
        for at, code in zip(own.tolist(), scaled[place].levels(score[own]), strict=True):
            level[at] = code
    below = [one.code for one in definition.value.unmanaged]
    for at in np.flatnonzero((panel.kind == 1) & ~panel.closed & ~panel.managed).tolist():
        level[at] = panel.size_class[at] if panel.size_class[at] in below else below[0]
    return Valued(score, level)


@dataclass(slots=True)
class Pyramid:
    """Customers and revenue (ten-thousandths a month, exact) by kind and level; added up chunk by chunk."""

    customers: Counter[tuple[str, str]] = field(default_factory=Counter)
    revenue: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, kind: IntArray, level: Sequence[str | None], revenue: IntArray) -> None:
        """Customers without a level (closed) count nowhere."""
        for one, code, amount in zip(kind.tolist(), level, revenue.tolist(), strict=True):
            if code is not None:
                self.customers[KINDS[one], code] += 1
                self.revenue[KINDS[one], code] += amount

    def rows(self, model: Value) -> list[tuple[str, str, int, int, int]]:
        """(kind, level, position, customers, revenue), the most valuable first; levels without customers too."""
        found = []
        for kind in KINDS:
            codes = [level.code for level in model.levels[kind]]
            codes += [level.code for level in model.unmanaged] if kind == "ENTERPRISE" else []
            found += [
                (kind, code, place, self.customers[kind, code], self.revenue[kind, code])
                for place, code in enumerate(codes)
            ]
        return found
