"""Customers in groups of like needs: k-means on what they hold, how they use it and what is known of them.

It knows arrays and seeds; it must not know sensitive attributes, nor any words for a group.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from recommender.inputs import Column
from recommender.insight.definition import Segments
from recommender.insight.kmeans import cluster, lloyd, nearest, stability
from recommender.insight.panel import TEN_THOUSANDTHS, Features, Panel
from recommender.interactions import FORCED, Float32Array, Float64Array, IntArray

FEWEST = 200
SAMPLE = 20_000
# Standard deviations from the mean beyond which a value counts as no farther.
FAR = 3.0
# Behaviour forms the groups. One rare product says less than a month of use; labels only describe, or groups of needs
# would be groups of age.
WEIGHTS = {"FEATURE": 1.0, "ATTRIBUTE": 1.0, "CATEGORY": 0.5}
MOST_LABELS = 8
MOST_TRAITS, LEAST_DISTANCE = 6, 0.25
# What fewer customers have is no axis.
RARE = 0.005

Key = tuple[str, str, str | None]
# The former number of groups stays unless another is stabler by this much; a group keeps its code while its centre is
# nearer to the former one than this share of the mean distance between centres.
STAY, NEAR = 0.03, 0.75


@dataclass(frozen=True, slots=True)
class Axis:
    """One dimension: what it speaks of, its mean and deviation (after `log1p`, where it is one), and its weight.

    `kind` is CATEGORY (products held of it), ATTRIBUTE or FEATURE.
    """

    kind: str
    key: str
    mean: float
    deviation: float
    logarithm: bool
    weight: float

    @property
    def name(self) -> Key:
        return self.kind, self.key, None

    def scaled(self, amounts: Float64Array) -> Float32Array:
        """Standardised; what is missing is average."""
        told = np.log1p(np.maximum(amounts, 0)) if self.logarithm else amounts
        far = np.clip((told - self.mean) / self.deviation, -FAR, FAR)
        return np.asarray(self.weight * np.nan_to_num(far, nan=0.0), dtype=np.float32)


def raw(
    panel: Panel, at: int, found: Features, category: IntArray, names: Sequence[str], without: Sequence[str]
) -> dict[Key, Float64Array]:
    """One number a customer for each possible axis, NaN missing. `category` maps items to `names` (-1 none).

    What was forced on a customer says nothing of needs.
    """
    told: dict[Key, Float64Array] = {
        ("FEATURE", "revenue", None): found.revenue / TEN_THOUSANDTHS,
        ("FEATURE", "use", None): found["use"],
        ("FEATURE", "products", None): found["voluntary"],
    }
    cells = panel.cells(at)
    place = category[cells.item]
    chosen = (place >= 0) & (cells.kind != FORCED)
    where = cells.row[chosen] * len(names) + place[chosen]
    counts = np.bincount(where, minlength=panel.size * len(names)).reshape(panel.size, len(names))
    told |= {("CATEGORY", name, None): counts[:, at].astype(np.float64) for at, name in enumerate(names)}
    for name, column in sorted(panel.known(at).items()):
        if name not in without and column.kind != "date":
            told |= _attribute(name, column)
    return told


def _attribute(name: str, column: Column) -> dict[Key, Float64Array]:
    if column.kind == "numeric":
        return {("ATTRIBUTE", name, None): column.numbers}
    common = np.argsort(-np.bincount(column.codes[column.codes >= 0], minlength=len(column.labels)), kind="stable")
    return {
        ("ATTRIBUTE", name, column.labels[code]): np.where(column.codes < 0, np.nan, column.codes == code)
        for code in common[:MOST_LABELS].tolist()
    }


def axes(told: Mapping[Key, Float64Array]) -> tuple[Axis, ...]:
    """What differs between customers, standardised; skewed numbers by their logarithm."""
    found = []
    for (kind, key, label), amounts in told.items():
        known = amounts[np.isfinite(amounts)]
        if label is not None or len(known) < FEWEST or np.count_nonzero(known) < RARE * len(known):
            continue
        skewed = bool(known.min() >= 0)
        shown = np.log1p(known) if skewed else known
        deviation = float(shown.std())
        if deviation > 1e-9:
            found.append(Axis(kind, key, float(shown.mean()), deviation, skewed, WEIGHTS[kind]))
    return tuple(found)


def points(found: Sequence[Axis], told: Mapping[Key, Float64Array], rows: IntArray) -> Float32Array:
    """len(rows) × axes; an axis that is no longer told is average."""
    where = np.zeros((len(rows), len(found)), dtype=np.float32)
    for place, one in enumerate(found):
        if one.name in told:
            where[:, place] = one.scaled(told[one.name][rows])
    return where


@dataclass(frozen=True, slots=True)
class Groups:
    """Groups of one kind of customer: `centres` k × axes, a code each; `tried` is the stability of every k."""

    axes: tuple[Axis, ...]
    centres: Float32Array
    codes: tuple[str, ...]
    tried: Mapping[int, float]

    def assign(self, told: Mapping[Key, Float64Array], rows: IntArray) -> IntArray:
        """The place of the group of each row."""
        return nearest(self.centres, points(self.axes, told, rows))[0]

    def to_dict(self) -> dict[str, Any]:
        return {
            "axes": [
                {"kind": one.kind, "key": one.key, "mean": one.mean, "deviation": one.deviation,
                 "logarithm": one.logarithm, "weight": one.weight}
                for one in self.axes
            ],
            "centres": self.centres.tolist(),
            "codes": list(self.codes),
            "stability": {str(k): value for k, value in self.tried.items()},
        }  # fmt: skip

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Groups:
        return cls(
            tuple(Axis(**one) for one in data["axes"]),
            np.array(data["centres"], dtype=np.float32),
            tuple(data["codes"]),
            {int(k): value for k, value in data["stability"].items()},
        )

    def seen_by(self, others: Sequence[Axis]) -> Float32Array:
        """The centres on other axes; an axis that was not known is average."""
        own = {one.name: place for place, one in enumerate(self.axes)}
        seen = np.zeros((len(self.centres), len(others)), dtype=np.float32)
        for column, one in enumerate(others):
            place = own.get(one.name)
            if place is not None and self.axes[place].logarithm == one.logarithm:
                axis = self.axes[place]
                amount = self.centres[:, place] / axis.weight * axis.deviation + axis.mean
                seen[:, column] = one.weight * (amount - one.mean) / one.deviation
        return seen


def group(
    definition: Segments, told: Mapping[Key, Float64Array], size: int, prefix: str, former: Groups | None
) -> Groups | None:
    """Groups of `size` customers; None for too few, or where nothing tells them apart.

    The same seed and data give the same groups. Those of the former run stay while they are about as stable as any.
    """
    dimensions = axes(told)
    if size < FEWEST or not dimensions:
        return None
    rng = np.random.default_rng(definition.seed)
    rows = rng.permutation(size)[:SAMPLE].astype(np.int64)
    where = points(dimensions, told, rows)
    tried = {k: stability(where, k, definition.seed) for k in definition.k}
    best = max(tried, key=lambda k: (round(tried[k], 2), k))
    known = former.seen_by(dimensions) if former else None
    if known is not None and tried.get(len(known), -1.0) >= tried[best] - STAY:
        best = len(known)
    starts = [cluster(where, best, rng)]
    if known is not None and len(known) == best:
        again, spread = lloyd(where, known)
        # From where the former groups were, unless another start is clearly better.
        starts = [(again, spread * (1 - STAY)), *starts]
    centres = min(starts, key=lambda one: one[1])[0]
    label = nearest(centres, where)[0]
    centres = centres[np.argsort(-np.bincount(label, minlength=best), kind="stable")]
    codes = match(centres, known, former.codes if former else (), prefix)
    return Groups(dimensions, centres, codes, tried)


def match(centres: Float32Array, known: Float32Array | None, codes: Sequence[str], prefix: str) -> tuple[str, ...]:
    """Each centre gets the code of the former one that is paired with it and near, else the next unused number."""
    found: dict[int, str] = {}
    if known is not None and len(known):
        distance = np.sqrt(((centres[:, None] - known[None]) ** 2).sum(axis=2))
        apart = np.sqrt(((centres[:, None] - centres[None]) ** 2).sum(axis=2))
        usual = float(apart.sum() / max(len(centres) * (len(centres) - 1), 1))
        for row, column in zip(*linear_sum_assignment(distance), strict=True):
            if distance[row, column] < NEAR * usual:
                found[int(row)] = codes[int(column)]
    number = max((int(code.removeprefix(prefix)) for code in codes), default=0)
    named = []
    for place in range(len(centres)):
        if place not in found:
            number += 1
            found[place] = f"{prefix}{number}"
        named.append(found[place])
    return tuple(named)


def traits(told: Mapping[Key, Float64Array], label: IntArray, k: int) -> list[list[dict[str, Any]]]:
    """What sets each group apart from all: means (shares of labels) against those of everybody, farthest first.

    `distance` is in standard deviations of everybody.
    """
    found: list[list[dict[str, Any]]] = [[] for _ in range(k)]
    for (kind, key, name), amounts in told.items():
        known = np.isfinite(amounts)
        if not known.any():
            continue
        reference, deviation = float(amounts[known].mean()), float(amounts[known].std())
        if deviation <= 1e-9:
            continue
        count = np.bincount(label[known], minlength=k)
        total = np.bincount(label[known], weights=amounts[known], minlength=k)
        for place in np.flatnonzero(count >= 5).tolist():
            mean = float(total[place] / count[place])
            distance = (mean - reference) / deviation
            if abs(distance) >= LEAST_DISTANCE:
                lift = mean / reference if reference > 0 else None
                found[place].append(
                    {"kind": kind, "key": key, "label": name, "mean": mean, "reference": reference, "lift": lift,
                     "distance": distance}
                )  # fmt: skip
    return [sorted(one, key=lambda trait: -abs(trait["distance"]))[:MOST_TRAITS] for one in found]
