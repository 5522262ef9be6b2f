"""How the newest data differ from those behind the serving model, and whether a new model may take its place.

It knows distributions and figures; it must not know a database, nor what an item is. Sources: Siddiqi 2006, "Credit
Risk Scorecards" (stability index); Lin 1991, "Divergence measures based on the Shannon entropy".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from recommender.interactions import Float64Array

# Beyond these a person should look: what changed is the operator's customers, or its files.
LIMITS: Mapping[str, tuple[float, float]] = {
    # The usual reading of a stability index: below .1 the same, above .25 another population.
    "popularity": (0.0, 0.25),
    "attributes": (0.0, 0.25),
    # Acquisitions of items that the serving model has never seen.
    "unknownItems": (0.0, 0.1),
    # Taken over expected, by the serving model's probabilities: its "how sure" is no longer true.
    "calibration": (0.67, 1.5),
    # Customers now over customers then.
    "customers": (0.8, 10.0),
    # Items of the catalog that stand in at least one list, now over then.
    "coverage": (0.5, 2.0),
    # How much lists of the same customers have in common, old model and new (Jaccard of the best five).
    "sameLists": (0.2, 1.0),
}
# Beyond these the data are not to be believed, and the new model does not serve by itself.
FEWEST_CUSTOMERS = 0.5
WORST_NDCG = 0.8
# How the task of a run begins that was judged by date.
DATED = "temporal"
# Shares are never quite nothing, so that what is new does not count without end.
LEAST = 1e-3


@dataclass(frozen=True, slots=True)
class Window:
    """What a run saw: `customers`; `taken` (item → how often, or holdings where undated); per attribute the share of
    customers in each of its bins, and last of those who have none; `ndcg` and its interval, for customers with history;
    `coverage`; `task`, which must be the same for figures to be compared."""

    customers: int
    taken: Mapping[str, float]
    attributes: Mapping[str, Sequence[float]]
    ndcg: tuple[float, float, float]
    coverage: float
    task: str

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Window:
        return cls(**{**data, "ndcg": tuple(data["ndcg"])})


@dataclass(frozen=True, slots=True)
class Drift:
    """`figures` by the names of LIMITS, only those that could be told; `alarms` those beyond their limits.

    `refused` says in English and Chinese why the new model must not take the old one's place by itself.
    """

    since: int | None
    figures: Mapping[str, float]
    alarms: Sequence[str] = ()
    refused: Sequence[str] = ()
    attributes: Mapping[str, float] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        return {
            "since": self.since,
            "figures": dict(self.figures),
            "alarms": list(self.alarms),
            "refused": list(self.refused),
            "attributes": dict(self.attributes),
        }


FIRST = Drift(None, {})


def stability(then: npt.ArrayLike, now: npt.ArrayLike) -> float:
    """The population stability index of two distributions over the same bins: Σ (now - then) ln(now / then)."""
    p, q = _shares(then), _shares(now)
    return float(((q - p) * np.log(q / p)).sum())


def divergence(then: npt.ArrayLike, now: npt.ArrayLike) -> float:
    """Jensen and Shannon's, in bits: 0 for the same, 1 for distributions that have nothing in common."""
    p, q = (np.asarray(one, dtype=np.float64) / max(float(np.sum(one)), 1e-300) for one in (then, now))
    middle = (p + q) / 2
    return float(sum((x[x > 0] * np.log2(x[x > 0] / middle[x > 0])).sum() for x in (p, q)) / 2)


def _shares(counts: npt.ArrayLike) -> Float64Array:
    found = np.asarray(counts, dtype=np.float64)
    found = np.maximum(found / max(float(found.sum()), 1e-300), LEAST)
    return np.asarray(found / found.sum(), dtype=np.float64)


def compare(then: Window, now: Window, version: int, *, calibration: float | None, same_lists: float | None) -> Drift:
    """What changed since the window of model `version`.

    `calibration` is taken over expected by that model's probabilities in the newest window, `same_lists` how much of
    its lists the new model's share; None: not known.
    """
    attributes = {
        name: stability(then.attributes[name], shares)
        for name, shares in now.attributes.items()
        if name in then.attributes and len(shares) == len(then.attributes[name])
    }
    figures = {"customers": now.customers / max(then.customers, 1), **_items(then, now)}
    if attributes:
        figures["attributes"] = max(attributes.values())
    if calibration is not None:
        figures["calibration"] = calibration
    if same_lists is not None:
        figures["sameLists"] = same_lists
    if then.coverage > 0:
        figures["coverage"] = now.coverage / then.coverage
    alarms = [name for name, (low, high) in LIMITS.items() if name in figures and not low <= figures[name] <= high]
    return Drift(version, figures, alarms, _refused(then, now, version), attributes)


def _items(then: Window, now: Window) -> dict[str, float]:
    total = sum(now.taken.values())
    if not total or not sum(then.taken.values()):
        return {}
    known = sorted(then.taken)
    before, after = [then.taken[code] for code in known], [now.taken.get(code, 0.0) for code in known]
    return {
        "popularity": stability(before, after) if sum(after) else float(len(known)),
        "popularityDivergence": divergence(before, after),
        "unknownItems": 1 - sum(after) / total,
    }


def _refused(then: Window, now: Window, version: int) -> list[str]:
    found = []
    if now.customers < FEWEST_CUSTOMERS * then.customers:
        found.append(
            f"{now.customers:,} customers, model {version} learned from {then.customers:,}: is a file missing? "
            "客户数骤减，请检查导入的文件"
        )
    (mean, _, high), (before, low, _) = now.ndcg, then.ndcg
    if then.task.startswith(DATED) and not now.task.startswith(DATED):
        found.append(
            f"too few acquisitions with dates to judge by, model {version} had them: are start dates missing? "
            "近期订购过少，请检查订购文件的日期"
        )
    if now.task == then.task and high < low and mean < WORST_NDCG * before:
        found.append(
            f"NDCG@10 is {mean:.4f} where model {version} had {before:.4f}: what was imported since? "
            "排序质量明显下降，请检查近期导入的数据"
        )
    return found
