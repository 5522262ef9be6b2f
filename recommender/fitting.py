"""The chosen recipes fitted on everybody, with scores calibrated on the judged window.

It knows recipes, chunks and evidence that adds up; it must not know where chunks come from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from recommender.artifact import Contents, Served
from recommender.calibration import Calibration, Decile, calibrate, reliability
from recommender.choice import FEWEST
from recommender.evaluation import Effort, Learned, Result, recipe_named, sample
from recommender.inputs import InputSpace
from recommender.interactions import HELD, Float64Array, IntArray, Matrix
from recommender.models.contract import Model
from recommender.models.popularity import Counts
from recommender.models.recipe import Chunk, Params, Recipe
from recommender.prior import Kinship, borrow
from recommender.protocols import Bout
from recommender.splits import Data, Trial
from recommender.upsell import Holders, Upsell, holders, judge, next_steps
from recommender.upsell import fit as fit_upsell

CALIBRATED = 20_000


@dataclass(frozen=True, slots=True)
class Pick:
    """A recipe and the settings it won with."""

    recipe: Recipe
    params: Params


def picks(results: Sequence[Result]) -> dict[str, Pick]:
    """Who serves in which role, from the results for customers with history and without."""
    warm, cold = results
    found = {"warm": _pick(warm, warm.choice.name), "cold": _pick(cold, cold.choice.name)}
    return {**found, "popularity": _pick(warm, warm.baseline)}


def _pick(result: Result, name: str) -> Pick:
    return Pick(recipe_named(name), result.candidate(name).params)


def parameters(chosen: Mapping[str, Pick]) -> dict[str, dict[str, float]]:
    """The settings of each role, for the manifest."""
    return {role: dict(pick.params) for role, pick in chosen.items()}


def count_holders(chunk: Chunk) -> Counts:
    """Customers who hold each item in whatever way."""
    held = np.asarray(chunk.inputs[:, : HELD * chunk.items].sum(axis=0), dtype=np.float64)
    return Counts(held.reshape(HELD, chunk.items).sum(axis=0), chunk.inputs.shape[0])


Learn = Callable[[Chunk], Any]


def learns(chosen: Mapping[str, Pick]) -> tuple[Learn, ...]:
    """How every chosen recipe that learns from sums, and the reference of markets, learn of everybody."""
    own = dict.fromkeys(pick.recipe.learn for pick in chosen.values() if not pick.recipe.sampled)
    return (*own, count_holders)


def evidence(chunks: Iterable[Chunk], learns: Iterable[Learn]) -> dict[Learn, Any]:
    """What they learn from all chunks together."""
    found: dict[Learn, Any] = {}
    wanted = tuple(learns)
    for chunk in chunks:
        for learn in wanted:
            part = learn(chunk)
            found[learn] = found[learn] + part if learn in found else part
    return found


def combine(one: dict[Learn, Any], other: dict[Learn, Any]) -> dict[Learn, Any]:
    """The evidence of both."""
    return {learn: one[learn] + other[learn] if learn in one else other[learn] for learn in other}


def fit(
    pick: Pick,
    known: Mapping[Learn, Any],
    chunk: Chunk,
    effort: Effort,
    seed: int,
    support: Float64Array,
    kin: Kinship,
) -> Model:
    """From the summed evidence, or from a sample of the chunk for recipes that keep rows; new items borrow."""
    if pick.recipe.sampled:
        rows = sample(chunk.inputs.shape[0], effort.rows, seed)
        evidence = pick.recipe.learn(chunk.take(rows))
    else:
        evidence = known[pick.recipe.learn]
    model = pick.recipe.fit(evidence, pick.params, seed)
    return model if pick.recipe.impersonal else borrow(model, support, kin)


@dataclass(frozen=True, slots=True)
class Calibrated:
    """The calibration of one role, and how true it is; None and empty where data are undated."""

    calibration: Calibration | None = None
    reliability: tuple[Decile, ...] = ()


def calibrations(bout: Bout, score: Learned, chosen: Mapping[str, Pick], seed: int) -> dict[str, Calibrated]:
    """Per role, from its model as it stood before the judged window and what was then taken of what was on offer."""
    if bout.offered is None:
        return {role: Calibrated() for role in chosen}
    everybody = bout.offered.take(sample(bout.offered.inputs.shape[0], CALIBRATED, seed))
    history = everybody.history(bout.space.item_columns)
    groups = {"warm": history.nonzero()[0], "cold": (~history).nonzero()[0]}
    found: dict[str, Calibrated] = {}
    for role, pick in chosen.items():
        group = everybody.take(groups[role]) if role in groups else everybody
        # Too few takers of their own: how the same scores did for everybody is the better guess.
        trial = group if len(group.wanted()) >= FEWEST else everybody
        model = score.model(pick.recipe, pick.params, bout.contests[0].kin)
        found[role] = _calibrate(model, trial)
    return found


def _calibrate(model: Model, trial: Trial) -> Calibrated:
    scores: Float64Array = model.score(trial.inputs).astype(np.float64)
    scores[trial.closed()] = -np.inf
    taken = trial.targets.toarray() > 0
    return Calibrated(calibrate(scores.ravel(), taken.ravel()), tuple(reliability(scores, taken)))


def assemble(
    space: InputSpace,
    chosen: Mapping[str, Pick],
    fitted: Mapping[str, Model],
    calibrated: Mapping[str, Calibrated],
    holders: Counts,
    upsell: Upsell | None = None,
) -> Contents:
    """What the artifact holds."""
    roles = {
        role: Served(pick.recipe.name, fitted[role], calibrated[role].calibration) for role, pick in chosen.items()
    }
    return Contents(space, roles, dict(zip(space.items, holders.share.tolist(), strict=True)), upsell)


def upsell(
    data: Data, space: InputSpace, kin: Kinship, at: int, window: int | None
) -> tuple[Upsell | None, dict[str, Any] | None]:
    """The model of going up, from the last window, and how one from the window before did on it; None when too few."""
    if window is None or not kin.groups:
        return None, None
    family, above = kin.groups[0], next_steps(kin.groups[0], kin.step)
    last, before = (_movers(data, space, above, end - window, end) for end in (at, at - window))
    if last[0].moved.sum() < FEWEST:
        return None, None
    report = judge(fit_upsell(*before, above, family), *last) if before[0].moved.sum() >= FEWEST else None
    return fit_upsell(*last, above, family), report


def _movers(data: Data, space: InputSpace, above: IntArray, after: int, until: int) -> tuple[Holders, Matrix]:
    known = space.encode(data.history.cells(after), data.known(after), at=float(after))
    return holders(data.history, above, after, until), known[:, space.item_columns :]
