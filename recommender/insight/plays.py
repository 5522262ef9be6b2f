"""Plays: what to do with customers by value, risk, stage, use or moment, matched by data, and what it costs and brings.

It knows definitions and facets; it must not know which offerings there are.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recommender.insight.definition import KINDS, Churn, Cost, Definition, Play, Value
from recommender.interactions import BoolArray, Float64Array, IntArray


@dataclass(frozen=True, slots=True)
class Worth:
    """What a play costs and is expected to bring for one customer over the horizon; money a customer, as floats."""

    cost: float
    gain: float

    @property
    def is_worth_it(self) -> bool:
        return self.gain > self.cost


def worth(cost: Cost, revenue: float, risk: float, churn: Churn) -> Worth:
    """Revenue (a month) × margin × horizon × chance of leaving × share that the play keeps, against its cost."""
    paid = cost.fixed + cost.share * cost.months * revenue
    return Worth(paid, revenue * churn.margin * churn.horizon_months * risk * cost.saves)


def quadrant(value: Value, churn: Churn, level: str | None, risk: float | None, base: float | None) -> str | None:
    """Value × risk; None where either is not known."""
    if level is None or risk is None or base is None:
        return None
    high = "HIGH" if level in value.high else "LOW"
    return f"{high}_VALUE_{'HIGH' if risk >= churn.high_lift * base else 'LOW'}_RISK"


def plays_for(
    definition: Definition,
    kind: str,
    facets: Mapping[str, str | None],
    moments: Collection[str],
    revenue: float | None,
    risk: float | None,
) -> list[tuple[Play, Worth | None]]:
    """The plays meant for one customer whose cost pays, in the definition's order, with the cost check of those that
    have one. `facets` has level, quadrant, stage, calling and dataUse; the strength follows the risk."""
    told = {**facets, "strength": definition.churn.strength(risk)}
    found: list[tuple[Play, Worth | None]] = []
    for play in definition.plays:
        if kind not in play.kinds or not all(
            bool(set(moments) & set(wanted)) if facet == "moment" else told.get(facet) in wanted
            for facet, wanted in play.when.items()
        ):
            continue
        checked = None if play.cost is None else worth(play.cost, revenue or 0.0, risk or 0.0, definition.churn)
        if checked is None or checked.is_worth_it:
            found.append((play, checked))
    return found


@dataclass(frozen=True, slots=True)
class Many:
    """The same of many customers: parallel columns, and who has which moment open (`moment[code]`)."""

    kind: IntArray
    facets: Mapping[str, Sequence[str | None]]
    moment: Mapping[str, BoolArray]
    revenue: Float64Array
    risk: Float64Array


def reach(definition: Definition, many: Many) -> dict[str, int]:
    """How many customers each play is for, as `plays_for` would say of each."""
    risk = [None if np.isnan(one) else one for one in many.risk.tolist()]
    strength = [definition.churn.strength(one) for one in risk]
    words = {name: np.array([word or "" for word in column]) for name, column in many.facets.items()}
    words["strength"] = np.array([word or "" for word in strength])
    return {play.code: int(_meant(play, definition.churn, many, words).sum()) for play in definition.plays}


def _meant(play: Play, churn: Churn, many: Many, words: Mapping[str, npt.NDArray[np.str_]]) -> BoolArray:
    nobody = np.zeros(len(many.kind), dtype=bool)
    meant: BoolArray = np.isin(many.kind, [KINDS.index(kind) for kind in play.kinds])
    for facet, wanted in play.when.items():
        if facet == "moment":
            meant &= np.any([many.moment.get(code, nobody) for code in wanted], axis=0)
        else:
            meant &= np.isin(words[facet], list(wanted)) if facet in words else nobody
    if play.cost is not None:
        risk = np.nan_to_num(many.risk)
        paid = play.cost.fixed + play.cost.share * play.cost.months * many.revenue
        meant &= many.revenue * churn.margin * churn.horizon_months * risk * play.cost.saves > paid
    return meant
