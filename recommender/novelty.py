"""How new offerings would do: some items are made new by forgetting who took them, and are then looked for.

It knows chunks, trials and recipes; it must not know where they come from or which recipe is chosen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from recommender.choice import FEWEST
from recommender.evaluation import Contest, Effort, Learned, Meter, interval_dict, judge_model, sample
from recommender.interactions import KINDS, IntArray, Matrix
from recommender.metrics import METRICS, Interval, bootstrap
from recommender.models.contract import Model
from recommender.models.recipe import Chunk, Params, Recipe
from recommender.prior import ENOUGH, Kinship
from recommender.splits import Trial

# One in this many of the items is made new.
ONE_IN = 8


@dataclass(frozen=True, slots=True)
class Novelty:
    """Found among all items, per metric: `new` as borrowed from siblings, `known` as if they were not new."""

    items: int
    users: int
    new: dict[str, Interval]
    known: dict[str, Interval]

    def to_dict(self) -> dict[str, Any]:
        return {
            "items": self.items,
            "users": self.users,
            "new": {name: interval_dict(one) for name, one in self.new.items()},
            "known": {name: interval_dict(one) for name, one in self.known.items()},
        }


def as_if_new(
    contest: Contest, recipe: Recipe, params: Params, score: Learned, effort: Effort, seed: int
) -> Novelty | None:
    """None when there are no siblings to borrow from, or too few customers to judge by."""
    chosen = _chosen(score, contest.kin, seed)
    asked = _asking(contest.score, chosen)
    if not len(chosen) or asked.inputs.shape[0] < FEWEST:
        return None
    asked = asked.take(sample(asked.inputs.shape[0], effort.judged, seed))
    forgetful = Learned(forget(score.chunk, chosen), effort.rows, Meter(), seed)
    blank = replace(asked, inputs=without_items(asked.inputs, contest.score.held.shape[1], chosen))
    new = _judged(forgetful.model(recipe, params, contest.kin), blank, seed)
    known = _judged(score.model(recipe, params, contest.kin), asked, seed)
    return Novelty(len(chosen), asked.inputs.shape[0], new, known)


def _judged(model: Model, trial: Trial, seed: int) -> dict[str, Interval]:
    return dict(zip(METRICS, bootstrap(judge_model(model, trial)[0], seed), strict=True))


def _chosen(score: Learned, kin: Kinship, seed: int) -> IntArray:
    """By seed, one in ONE_IN of the items that would have siblings of enough support if they were new."""
    enough = score.support >= ENOUGH
    related = np.zeros(len(enough), dtype=bool)
    for group in kin.groups:
        size = np.bincount(group[enough & (group >= 0)], minlength=int(group.max(initial=0)) + 1)
        related |= enough & (group >= 0) & (size[group] > 1)
    found = np.flatnonzero(related).astype(np.int64)
    return found[sample(len(found), len(found) // ONE_IN, seed)]


def _asking(trial: Trial, items: IntArray) -> Trial:
    """Who took one of the items, and nothing else as a target."""
    keep = np.zeros(trial.targets.shape[1], dtype=np.float32)
    keep[items] = 1.0
    targets = csr_array(trial.targets.multiply(keep[None, :]))
    targets.eliminate_zeros()
    found = replace(trial, targets=targets)
    return found.take(found.wanted())


def without_items(inputs: Matrix, items: int, gone: IntArray) -> Matrix:
    """The same inputs, silent about the items that are gone."""
    keep = np.ones(inputs.shape[1], dtype=np.float32)
    for kind in range(len(KINDS)):
        keep[kind * items + gone] = 0.0
    found = csr_array(inputs.multiply(keep[None, :]))
    found.eliminate_zeros()
    return found


def forget(chunk: Chunk, gone: IntArray) -> Chunk:
    """What would have been known if nobody had ever had the items."""
    keep = np.ones(chunk.items, dtype=np.float32)
    keep[gone] = 0.0

    def taken(found: Matrix) -> Matrix:
        left = csr_array(found.multiply(keep[None, :]))
        left.eliminate_zeros()
        return left

    inputs = without_items(chunk.inputs, chunk.items, gone)
    if chunk.earlier is None:
        return Chunk(inputs, chunk.items, edges=chunk.edges)
    (earlier, then), *older = ((without_items(known, chunk.items, gone), taken(what)) for known, what in chunk.windows)
    return Chunk(inputs, chunk.items, earlier, then, tuple(older), chunk.edges)
