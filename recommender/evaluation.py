"""The comparison of candidates: tuned on one part, judged on another, and a choice that can choose popularity.

It knows recipes, folds and figures; it must not know where data come from, nor look at a clock of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from recommender.choice import FEWEST, Choice, choose
from recommender.interactions import Float64Array, IntArray
from recommender.metrics import METRICS, NDCG, Interval, bootstrap, coverage, judge, popular_share
from recommender.models import ease, libimplicit, popularity, segment_popularity, softmax, walks
from recommender.models.contract import Model
from recommender.models.recipe import Chunk, Grid, Params, Recipe
from recommender.prior import NO_KIN, Kinship, borrow
from recommender.splits import Trial

BATCH = 4096


@dataclass(frozen=True, slots=True)
class Meter:
    """How cost is measured: `clock` in seconds, `reset` forgets the peak of memory, `peak` reads it in MiB."""

    clock: Callable[[], float] = lambda: 0.0
    reset: Callable[[], None] = lambda: None
    peak: Callable[[], float] = lambda: 0.0


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard to try: the grid, and how many customers answer when tuning and when judging.

    `tune_rows` and `rows` are how many customers those recipes learn from that need rows rather than sums.
    """

    grid: Grid
    tuned: int
    judged: int
    tune_rows: int
    rows: int


EFFORTS = {
    "quick": Effort("quick", tuned=2_000, judged=10_000, tune_rows=10_000, rows=10_000),
    "full": Effort("full", tuned=5_000, judged=100_000, tune_rows=10_000, rows=100_000),
}


@dataclass(frozen=True, slots=True)
class Contest:
    """One group of customers: what may serve it, what must be beaten, and its two trials."""

    group: str
    recipes: tuple[Recipe, ...]
    baseline: str
    tune: Trial
    score: Trial
    # From whom items borrow that hardly anybody has taken yet.
    kin: Kinship = NO_KIN


@dataclass(frozen=True, slots=True)
class Candidate:
    """One recipe, judged. `lead` is NDCG@10 minus the baseline's, paired by customer (None for the baseline).

    `gain` of an informed one is the same over the best of those that read nothing but holdings.
    """

    name: str
    params: Params
    coverage: float
    popular_share: float
    seconds: float
    peak_mib: float
    users: Float64Array = field(repr=False)
    metrics: dict[str, Interval] = field(default_factory=dict)
    lead: Interval | None = None
    gain: Interval | None = None

    def to_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "parameters": dict(self.params),
            "metrics": {name: interval_dict(one) for name, one in self.metrics.items()},
            "coverage": self.coverage,
            "popularShare": self.popular_share,
            "lead": interval_dict(self.lead) if self.lead else None,
            "gain": interval_dict(self.gain) if self.gain else None,
            "seconds": round(self.seconds, 3),
            "peakMiB": round(self.peak_mib, 1),
        }


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one contest."""

    group: str
    baseline: str
    users: int
    candidates: tuple[Candidate, ...]
    choice: Choice

    def candidate(self, name: str) -> Candidate:
        return next(one for one in self.candidates if one.name == name)

    def to_dict(self) -> dict[str, Any]:
        return {
            "group": self.group,
            "baseline": self.baseline,
            "users": self.users,
            "candidates": [one.to_dict() for one in self.candidates],
            "choice": {"name": self.choice.name, "why": self.choice.why},
        }


def interval_dict(one: Interval) -> dict[str, float]:
    return {"mean": one.mean, "low": one.low, "high": one.high}


def warm_recipes(*, dated: bool, attributes: bool) -> tuple[Recipe, ...]:
    """Everything that may serve customers with history."""
    found = [popularity.POPULARITY, libimplicit.BM25, walks.RP3BETA, ease.EASE, libimplicit.ALS]
    found += [ease.EASE_ATTRIBUTES, segment_popularity.SEGMENTS] if attributes else []
    found += [popularity.RECENT, ease.NEXT, softmax.SOFTMAX_NEXT] if dated else [softmax.SOFTMAX]
    found += [ease.NEXT_ATTRIBUTES, segment_popularity.RECENT_SEGMENTS] if dated and attributes else []
    return tuple(found)


def cold_recipes(*, dated: bool, attributes: bool) -> tuple[Recipe, ...]:
    """Everything that may serve customers of whom no holding is known."""
    found = [popularity.POPULARITY]
    found += [ease.ATTRIBUTES, segment_popularity.SEGMENTS] if attributes else []
    found += [popularity.RECENT] if dated else []
    found += [ease.ATTRIBUTES_NEXT, segment_popularity.RECENT_SEGMENTS] if dated and attributes else []
    return tuple(found)


def recipe_named(name: str) -> Recipe:
    known = [
        one
        for dated in (True, False)
        for which in (warm_recipes, cold_recipes)
        for one in which(dated=dated, attributes=True)
    ]
    return next(recipe for recipe in known if recipe.name == name)


class Learned:
    """The evidence of one chunk per way of learning, computed once; what it cost is charged to everyone who uses it.

    `limit` is how many customers those recipes see that need rows.
    """

    def __init__(self, chunk: Chunk, limit: int, meter: Meter, seed: int) -> None:
        self._chunk, self._meter, self._seed = chunk, meter, seed
        rows = sample(chunk.inputs.shape[0], limit, seed)
        self._small = chunk if len(rows) == chunk.inputs.shape[0] else chunk.take(rows)
        self._known: dict[Any, tuple[Any, float]] = {}
        self._models: dict[tuple[str, tuple[tuple[str, float], ...]], Model] = {}

    def of(self, recipe: Recipe) -> tuple[Any, float]:
        """The evidence, and the seconds it took."""
        if recipe.learn not in self._known:
            begin = self._meter.clock()
            evidence = recipe.learn(self._small if recipe.sampled else self._chunk)
            self._known[recipe.learn] = (evidence, self._meter.clock() - begin)
        return self._known[recipe.learn]

    def model(self, recipe: Recipe, params: Params, kin: Kinship) -> Model:
        """The model as it would serve, fitted once however often it is asked for."""
        key = (recipe.name, tuple(sorted(params.items())))
        if key not in self._models:
            model = recipe.fit(self.of(recipe)[0], params, self._seed)
            self._models[key] = model if recipe.impersonal else borrow(model, self.support, kin)
        return self._models[key]

    @property
    def support(self) -> Float64Array:
        """How many customers took each item of their own will, in the last window where data are dated."""
        recipe = popularity.POPULARITY if self._chunk.taken is None else popularity.RECENT
        count: Float64Array = self.of(recipe)[0].count
        return count

    @property
    def chunk(self) -> Chunk:
        return self._chunk


def sample(size: int, limit: int, seed: int) -> IntArray:
    """At most `limit` of `size` places, sorted, by seed."""
    if size <= limit:
        return np.arange(size, dtype=np.int64)
    return np.sort(np.random.default_rng(seed).choice(size, limit, replace=False)).astype(np.int64)


def judge_model(model: Model, trial: Trial) -> tuple[Float64Array, Float64Array]:
    """Per customer × METRICS, and how often each item was shown; in batches, so that scores never stand all at once."""
    users, shown = [np.zeros((0, len(METRICS)))], np.zeros(trial.targets.shape[1])
    for begin in range(0, trial.inputs.shape[0], BATCH):
        some = trial.take(np.arange(begin, min(begin + BATCH, trial.inputs.shape[0])))
        found = judge(model.score(some.inputs), some.closed(), some.targets)
        users.append(found.users)
        shown += found.shown
    return np.concatenate(users), shown


def best_params(recipe: Recipe, evidence: Any, trial: Trial, size: Grid, seed: int) -> Params:
    """The setting with the highest NDCG@10 on the trial; the first one when there is nothing to compare."""
    grid = recipe.grid(size)
    if len(grid) == 1 or not trial.inputs.shape[0]:
        return grid[0]
    return max(grid, key=lambda params: judge_model(recipe.fit(evidence, params, seed), trial)[0][:, NDCG].mean())


def compete(contest: Contest, tune: Learned, score: Learned, effort: Effort, seed: int, meter: Meter) -> Result:
    """Tune every recipe on the one trial, fit again on what the score trial may know, and judge it there."""
    tuning = contest.tune.take(_some(contest.tune.wanted(), effort.tuned, seed))
    judging = contest.score.take(_some(contest.score.wanted(), effort.judged, seed))
    few = min(tuning.inputs.shape[0], judging.inputs.shape[0]) < FEWEST
    tried = [recipe for recipe in contest.recipes if recipe.grid(effort.grid)]
    recipes = [recipe for recipe in tried if not few or recipe.name == contest.baseline]
    candidates = [
        _candidate(recipe, tuning, judging, tune, score, effort, seed, meter, contest.kin) for recipe in recipes
    ]
    users = judging.inputs.shape[0]
    sure = with_intervals(candidates, contest.baseline, seed)
    return Result(contest.group, contest.baseline, users, sure, _choice(sure, contest.baseline, users))


def with_intervals(candidates: Sequence[Candidate], baseline: str, seed: int) -> tuple[Candidate, ...]:
    """The candidates with the intervals of their figures, of their lead over the baseline, and of what they gain."""
    base = next(one.users[:, NDCG] for one in candidates if one.name == baseline)
    plain = max((one.users[:, NDCG] for one in candidates if not _informed(one)), key=lambda ndcg: float(ndcg.sum()))
    figures = [
        np.column_stack((one.users, one.users[:, NDCG] - base, one.users[:, NDCG] - plain)) for one in candidates
    ]
    found = bootstrap(np.concatenate(figures, axis=1), seed)
    width = len(METRICS) + 2
    return tuple(
        replace(
            one,
            metrics=dict(zip(METRICS, found[place * width :], strict=False)),
            lead=None if one.name == baseline else found[place * width + len(METRICS)],
            gain=found[place * width + len(METRICS) + 1] if _informed(one) else None,
        )
        for place, one in enumerate(candidates)
    )


def _informed(one: Candidate) -> bool:
    return recipe_named(one.name).informed


def _some(rows: IntArray, limit: int, seed: int) -> IntArray:
    return rows[sample(len(rows), limit, seed)]


def _candidate(
    recipe: Recipe,
    tuning: Trial,
    judging: Trial,
    tune: Learned,
    score: Learned,
    effort: Effort,
    seed: int,
    meter: Meter,
    kin: Kinship,
) -> Candidate:
    meter.reset()
    tune_evidence, tune_seconds = tune.of(recipe)
    begin = meter.clock()
    params = best_params(recipe, tune_evidence, tuning, effort.grid, seed)
    spent = meter.clock() - begin
    _, seconds = score.of(recipe)
    begin = meter.clock()
    users, shown = judge_model(score.model(recipe, params, kin), judging)
    spent += meter.clock() - begin + tune_seconds + seconds
    popular, _ = score.of(popularity.POPULARITY)
    share = popular_share(shown, popular.count)
    return Candidate(recipe.name, params, coverage(shown), share, spent, meter.peak(), users)


def _choice(candidates: Sequence[Candidate], baseline: str, users: int) -> Choice:
    means = {one.name: one.metrics["NDCG@10"].mean for one in candidates}
    return choose(means, {one.name: one.lead for one in candidates}, baseline, users)
