"""Who is about to leave: a probability from what was known at a cutoff, judged on the window after it.

It knows panels and windows; it must not see anything of a later day than the cutoff, nor where the result is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from recommender.inputs import Column, InputSpace
from recommender.insight.definition import KINDS, Churn
from recommender.insight.logistic import Logistic, learn
from recommender.insight.panel import NAMES, TEN_THOUSANDTHS, Features, Offers, Panel, features
from recommender.interactions import DAY, BoolArray, Float64Array, IntArray, Matrix

# Names of features stand beside attributes, and none of an operator's begins like this.
OWN = "insight."
DECILES = 10
CERTAIN = 1.96


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a panel: a window's length (seconds), what offers cost, which items (places) are main ones."""

    window: int
    offers: Offers
    revenue_attribute: str | None
    main: BoolArray

    def rows(self, panel: Panel, at: int) -> BoolArray:
        """Rows of products that are held and count, at an instant."""
        return panel.products.held(at) & self.main[panel.products.item]


def left(panel: Panel, question: Question, at: int) -> tuple[BoolArray, BoolArray]:
    """(who could leave at `at`, who of them had left a window later). A closed customer whose products never ended
    says nothing of when, and is not asked."""
    until = at + question.window
    before = panel.count(question.rows(panel, at)) > 0
    after = panel.count(question.rows(panel, until)) > 0
    return before & ~(panel.closed & after), before & ~after


def table(panel: Panel, found: Features, at: int) -> dict[str, Column]:
    """Attributes and features as columns that models read."""
    none = np.empty(0, dtype=np.int64)
    own = {OWN + name: Column("numeric", found[name], none, ()) for name in NAMES}
    own[OWN + "revenue"] = Column("numeric", found.revenue / TEN_THOUSANDTHS, none, ())
    own[OWN + "kind"] = Column("categorical", np.empty(0), panel.kind, KINDS)
    return {**panel.known(at), **own}


@dataclass(frozen=True, slots=True)
class Risk:
    """Probability of leaving for any panel: a model, or the usual rate where no model does better (None)."""

    question: Question
    space: InputSpace
    model: Logistic | None
    base: float

    def __call__(self, panel: Panel, found: Features, at: int) -> Float64Array:
        """NaN for who holds nothing that could end, or is closed."""
        open_ = (panel.count(self.question.rows(panel, at)) > 0) & ~panel.closed
        risk = np.full(panel.size, self.base)
        if self.model is not None:
            risk = self.model.probability(self.inputs(panel, found, at))
        risk[~open_] = np.nan
        return risk

    def inputs(self, panel: Panel, found: Features, at: int) -> Matrix:
        return self.space.encode(panel.cells(at), table(panel, found, at), at=float(at))


def _asked(panel: Panel, question: Question, at: int) -> tuple[Panel, Features, IntArray, BoolArray]:
    found = features(panel, at, question.window, question.offers, question.revenue_attribute)
    able, gone = left(panel, question, at)
    rows = np.flatnonzero(able).astype(np.int64)
    return panel, found, rows, gone[rows]


def estimate(
    panel: Panel, items: tuple[str, ...], definition: Churn, question: Question, at: int, seed: int = 1
) -> tuple[Risk | None, dict[str, Any]]:
    """(the risk, None where too few left to know any; the report).

    A model is learned on the window before the last and judged on the last; if it does better than the usual rate, one
    learned in the same way on the last window serves.
    """
    last, before = at - question.window, at - 2 * question.window
    _, earlier, rows, gone = _asked(panel, question, before)
    space = InputSpace.fit(items, table(panel, earlier, before))
    _, later, judged, went = _asked(panel, question, last)
    counts = {"asked": [len(rows), len(judged)], "left": [int(gone.sum()), int(went.sum())]}
    if not len(judged) or min(counts["left"]) < definition.least_leavers:
        base = float(went.mean()) if len(judged) and went.sum() >= definition.least_leavers else None
        told: dict[str, Any] = {"model": None, "why": "TOO_FEW", "base": base, **counts}
        return (Risk(question, space, None, base) if base is not None else None), told
    first = Risk(question, space, learn(_inputs(space, panel, earlier, before)[rows], gone, seed), float(gone.mean()))
    assert first.model is not None
    chance = first.model.probability(_inputs(space, panel, later, last)[judged])
    report = judge(chance, went, first.base) | counts
    base = float(went.mean())
    if not report["better"]:
        return Risk(question, space, None, base), {**report, "model": None, "why": "NO_BETTER", "base": base}
    fresh = InputSpace.fit(items, table(panel, later, last))
    model = learn(_inputs(fresh, panel, later, last)[judged], went, seed)
    told = {**report, "model": "logistic", "why": None, "base": base, "drivers": drivers(fresh, model)}
    return Risk(question, fresh, model, base), told


def _inputs(space: InputSpace, panel: Panel, found: Features, at: int) -> Matrix:
    return space.encode(panel.cells(at), table(panel, found, at), at=float(at))


def area(chance: Float64Array, happened: BoolArray) -> tuple[float, float]:
    """(AUC, its standard error). Hanley and McNeil 1982; ties count half."""
    yes, no = int(happened.sum()), int((~happened).sum())
    if not yes or not no:
        return 0.5, 0.5
    _, place, count = np.unique(chance, return_inverse=True, return_counts=True)
    # Equal chances share the mean of their ranks.
    rank = (np.cumsum(count) - (count - 1) / 2)[place]
    found = (float(rank[happened].sum()) - yes * (yes + 1) / 2) / (yes * no)
    q1, q2 = found / (2 - found), 2 * found * found / (1 + found)
    spread = found * (1 - found) + (yes - 1) * (q1 - found**2) + (no - 1) * (q2 - found**2)
    return found, float(np.sqrt(max(spread, 0.0) / (yes * no)))


def judge(chance: Float64Array, happened: BoolArray, base: float) -> dict[str, Any]:
    """AUC with its 95 % interval, Brier score against that of the usual rate, lift of the top tenth, reliability.

    `better` is what it takes to serve: an AUC surely above a half, and a Brier score below that of `base`.
    """
    auc, error = area(chance, happened)
    brier, usual = (float(np.mean((told - happened) ** 2)) for told in (chance, np.full(len(chance), base)))
    order = np.argsort(-chance, kind="stable")
    top = order[: max(1, len(order) // DECILES)]
    rate = float(happened.mean())
    return {
        "auc": auc,
        "aucLow": max(auc - CERTAIN * error, 0.0),
        "aucHigh": min(auc + CERTAIN * error, 1.0),
        "brier": brier,
        "brierOfBase": usual,
        "topDecileLift": float(happened[top].mean()) / rate if rate else None,
        "reliability": [
            {
                "customers": len(part),
                "expected": float(chance[part].sum()),
                "left": int(happened[part].sum()),
                "highest": float(chance[part].max()),
            }
            for part in np.array_split(order[::-1], DECILES)
            if len(part)
        ],
        "better": bool(auc - CERTAIN * error > 0.5 and brier < usual),
    }


def drivers(space: InputSpace, model: Logistic, most: int = 10) -> list[dict[str, Any]]:
    """The columns that move the odds most, with what they multiply them by."""
    strongest = np.argsort(-np.abs(model.weights))[:most]
    found = []
    for column in strongest.tolist():
        kind, key, label = space.describe(column)
        factor = float(np.exp(model.slope * model.weights[column]))
        found.append({"kind": kind, "key": key, "label": label, "odds": factor})
    return found


def main_items(families: Mapping[str, int], family: IntArray, named: tuple[str, ...]) -> BoolArray:
    """Which items (by place) are main ones: of the named families, or all when none is named or known."""
    chosen = [families[name] for name in named if name in families]
    if not chosen:
        return np.ones(len(family), dtype=bool)
    return np.isin(family, chosen)


def window_of(definition: Churn) -> int:
    """Seconds."""
    return definition.days * DAY
