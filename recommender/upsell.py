"""Who goes up a step of a ladder: holders of a step, and whether they took the next one within the window.

It knows ladders as arrays and holders as rows; it must not know what a step is. Logistic regression over all ladders
together, so that a short ladder learns from the long ones, with weights of its own where its holders differ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, cast

import numpy as np
from scipy.sparse import csr_array, hstack

from recommender.interactions import (
    HELD,
    UNKNOWN_START,
    BoolArray,
    Float32Array,
    Float64Array,
    History,
    IntArray,
    Matrix,
)
from recommender.models.softmax import Choices
from recommender.models.softmax import fit as fit_choices

DAY = 86_400
# How long the step has been held, in days; the last band is for an unknown start.
BANDS = (30.0, 90.0, 180.0, 365.0, 730.0)
UNKNOWN_BAND = len(BANDS) + 1
# Most holders stay where they are, and each of them says little: so many for each that moved are enough.
STAYED_PER_MOVED = 4
PENALTY = {"l2": 10.0, "l2_attributes": 30.0, "steps": 40.0}


def next_steps(family: IntArray, step: IntArray) -> IntArray:
    """Per item the next item of its ladder, -1 at the top and outside ladders; of two on one step the first counts."""
    found = np.full(len(family), -1, dtype=np.int64)
    for group in np.unique(family[(family >= 0) & (step >= 0)]).tolist():
        ladder = np.flatnonzero((family == group) & (step >= 0))
        for item in ladder.tolist():
            above = ladder[step[ladder] > step[item]]
            if len(above):
                found[item] = above[np.argmin(step[above])]
    return found


@dataclass(frozen=True, slots=True)
class Holders:
    """Parallel arrays, one entry per customer and step held: `item`, `how` (a kind below HELD), `band`, `moved`."""

    customer: IntArray
    item: IntArray
    how: IntArray
    band: IntArray
    moved: BoolArray


def holders(history: History, above: IntArray, after: int, until: int) -> Holders:
    """Who held a step at `after` without the next, and whether they took that one by `until` of their own will."""
    cells = history.cells(after)
    held = cells.held(history.items)
    on = (cells.kind < HELD) & (above[cells.item] >= 0)
    customer, item, how = cells.row[on], cells.item[on], cells.kind[on]
    free = ~_among(held, customer, above[item])
    customer, item, how = customer[free], item[free], how[free]
    taken = history.acquired(after, until)
    moved = _among(taken, customer, above[item])
    return Holders(customer, item, how, _bands(history, customer, item, after), moved)


def _among(matrix: Matrix, row: IntArray, column: IntArray) -> BoolArray:
    """Whether each (row, column) is one of the entries of the matrix."""
    rows, columns = matrix.nonzero()
    return np.isin(row * matrix.shape[1] + column, rows.astype(np.int64) * matrix.shape[1] + columns)


def _bands(history: History, customer: IntArray, item: IntArray, at: int) -> IntArray:
    latest = np.full(history.customers * history.items, UNKNOWN_START)
    known = history.start <= at
    np.maximum.at(latest, (history.customer * history.items + history.item)[known], history.start[known])
    start = latest[customer * history.items + item]
    return np.where(start == UNKNOWN_START, UNKNOWN_BAND, np.searchsorted(BANDS, (at - start) / DAY, side="right"))


def band(days: float | None) -> int:
    """The band of one holding, held for so many days (None: unknown)."""
    return UNKNOWN_BAND if days is None else int(np.searchsorted(BANDS, days, side="right"))


@dataclass(frozen=True, slots=True)
class Upsell:
    """Log odds of going up: bias + step[item] + how + band + attributes, each attribute also per family.

    `above` and `family` per item; `step` (items,), `how` (HELD,), `band` (bands,), `shared` (attribute columns,),
    `own` (families × attribute columns).
    """

    above: IntArray
    family: IntArray
    bias: float
    step: Float32Array
    how: Float32Array
    band: Float32Array
    shared: Float32Array
    own: Float32Array

    def parts(self, item: int, how: int, band: int, columns: IntArray) -> tuple[float, Float64Array]:
        """What holding the step adds, and what each attribute column adds; with `bias` they sum to the score."""
        holding = float(self.step[item]) + float(self.how[how]) + float(self.band[band])
        return holding, (self.shared[columns] + self.own[self.family[item], columns]).astype(np.float64)

    def score(self, found: Holders, attributes: Matrix) -> Float64Array:
        """Log odds of each holder; `attributes` customers × attribute columns."""
        rows = attributes[found.customer]
        own = np.asarray(attributes @ self.own.T)[found.customer, self.family[found.item]]
        fixed = self.bias + self.step[found.item] + self.how[found.how] + self.band[found.band]
        return np.asarray(fixed + rows @ self.shared + own, dtype=np.float64)

    def to_arrays(self) -> dict[str, Float32Array]:
        scalar = np.array([self.bias], dtype=np.float32)
        return {
            "bias": scalar,
            "step": self.step,
            "how": self.how,
            "band": self.band,
            "shared": self.shared,
            "own": self.own,
        }

    def ladders(self) -> dict[str, list[int]]:
        """What `from_arrays` needs beside the arrays."""
        return {"above": self.above.tolist(), "family": self.family.tolist()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Float32Array], above: Sequence[int], family: Sequence[int]) -> Upsell:
        """Raises ValueError when shapes do not fit one another."""
        upsell = cls(
            np.array(above, dtype=np.int64),
            np.array(family, dtype=np.int64),
            float(arrays["bias"][0]),
            *(arrays[name] for name in ("step", "how", "band", "shared", "own")),
        )
        items, families = len(upsell.above), int(upsell.family.max(initial=-1)) + 1
        shapes = {"step": (items,), "how": (HELD,), "band": (UNKNOWN_BAND + 1,), "own": (families, len(upsell.shared))}
        if len(upsell.family) != items or any(getattr(upsell, name).shape != one for name, one in shapes.items()):
            raise ValueError("the arrays of up-sell do not fit its ladders")
        return upsell


def fit(found: Holders, attributes: Matrix, above: IntArray, family: IntArray) -> Upsell:
    """The likeliest penalised model; weights of a family are penalised three times as much as shared ones."""
    found, one = _thinned(found)
    rows, items, families = len(found.item), len(above), int(family.max(initial=-1)) + 1
    width = attributes.shape[1]
    known = csr_array(attributes[found.customer])
    blocks = [
        _one_hot(found.item, items),
        _one_hot(found.how, HELD),
        _one_hot(found.band, UNKNOWN_BAND + 1),
        known,
        _crossed(known, family[found.item], families),
    ]
    inputs = cast(Matrix, hstack(blocks, format="csr", dtype=np.float32))
    chosen = cast(Matrix, csr_array(found.moved.astype(np.float32)[:, None]))
    closed = cast(Matrix, csr_array((rows, 1), dtype=np.float32))
    # The columns before the families' own are penalised as items' are, the others more strongly.
    edges = np.cumsum([0, items, HELD, UNKNOWN_BAND + 1, width, families * width]).tolist()
    choices = Choices.each(inputs, closed, chosen, one, optional=True, columns=edges[4])
    model = fit_choices(choices, PENALTY, 1)
    step, how, since, shared, own = (model.weights[low:high, 0] for low, high in pairwise(edges))
    return Upsell(above, family, float(model.bias[0]), step, how, since, shared, own.reshape(families, width))


def _thinned(found: Holders) -> tuple[Holders, Float32Array]:
    """Everybody who moved, evenly spaced ones of the others, and how many holders each stands for."""
    moved, stayed = np.flatnonzero(found.moved), np.flatnonzero(~found.moved)
    read = min(len(stayed), STAYED_PER_MOVED * len(moved))
    kept = stayed[np.linspace(0, len(stayed) - 1, read).astype(np.int64)] if read else stayed[:0]
    rows = np.concatenate((moved, kept))
    weight = np.ones(len(rows), dtype=np.float32)
    weight[len(moved) :] = len(stayed) / max(len(kept), 1)
    thin = Holders(found.customer[rows], found.item[rows], found.how[rows], found.band[rows], found.moved[rows])
    return thin, weight


def _one_hot(place: IntArray, width: int) -> Matrix:
    one = np.ones(len(place), dtype=np.float32)
    return csr_array((one, (np.arange(len(place)), place)), shape=(len(place), width))


def _crossed(known: Matrix, family: IntArray, families: int) -> Matrix:
    """Each row's attributes in the block of its family."""
    width = known.shape[1]
    owner = np.repeat(family, np.diff(known.indptr))
    columns = owner * width + known.indices
    return csr_array((known.data, columns, known.indptr), shape=(known.shape[0], families * width))


def chance(score: Float64Array | float) -> Float64Array:
    """The probability that the log odds stand for."""
    return np.asarray(1 / (1 + np.exp(-np.asarray(score, dtype=np.float64))))


def area(score: Float64Array, moved: BoolArray) -> float:
    """Area under the ROC curve: how often somebody who moved scored above somebody who did not; .5 is chance."""
    ups = int(moved.sum())
    if not 0 < ups < len(moved):
        return 0.5
    _, place, count = np.unique(score, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[place]
    return float((rank[moved].sum() - ups * (ups + 1) / 2) / (ups * (len(moved) - ups)))


def judge(model: Upsell, found: Holders, attributes: Matrix) -> dict[str, Any]:
    """How well holders are ranked, against knowing no more than the step they hold, and whether chances add up."""
    score = model.score(found, attributes)
    return {
        "holders": len(found.item),
        "moved": int(found.moved.sum()),
        "expected": float(chance(score).sum()),
        "area": area(score, found.moved),
        "areaOfStepAlone": area(model.step[found.item].astype(np.float64), found.moved),
    }
