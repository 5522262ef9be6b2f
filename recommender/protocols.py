"""Which questions are asked of candidates: by date, one product hidden, a fifth of them; with history and without.

It knows data, cutoffs and seeds, and makes contests of them; it must not know how candidates are tuned or judged.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from recommender.barred import Bits
from recommender.evaluation import Contest, cold_recipes, warm_recipes
from recommender.inputs import InputSpace
from recommender.models.popularity import POPULARITY, RECENT
from recommender.models.recipe import Chunk
from recommender.prior import NO_KIN, Kinship
from recommender.splits import Data, Fold, Parts, Trial, held_out, hidden_folds, temporal, without_holdings

WARM, COLD = "history", "no-history"
NO_RULES: Mapping[int, Bits] = {}


@dataclass(frozen=True, slots=True)
class Bout:
    """What is learned for tuning and for judging, and one contest per group of customers."""

    space: InputSpace
    tune: Chunk
    score: Chunk
    contests: tuple[Contest, Contest]
    # Everybody at the judged cutoff, with or without a target, and the same asked only for what rules let them have:
    # what calibration needs. None when undated.
    everybody: Trial | None
    offered: Trial | None


def hide_one_bout(
    data: Data,
    items: tuple[str, ...],
    at: int,
    parts: Parts,
    seed: int,
    without: Collection[str] = (),
    kin: Kinship = NO_KIN,
) -> Bout:
    """One product hidden of each customer; those without history are the same customers with holdings blanked out."""
    space = InputSpace.fit(items, data.take(parts.train).known(at), without=without)
    return _undated(space, *hidden_folds(data, space, at, parts, seed), kin)


def _undated(space: InputSpace, tune: Fold, score: Fold, kin: Kinship) -> Bout:
    known = bool(space.attributes)
    width = space.item_columns
    warm = Contest(WARM, warm_recipes(dated=False, attributes=known), POPULARITY.name, tune.trial, score.trial, kin)
    cold = Contest(
        COLD,
        cold_recipes(dated=False, attributes=known),
        POPULARITY.name,
        without_holdings(tune.trial, width),
        without_holdings(score.trial, width),
        kin,
    )
    return Bout(space, tune.chunk, score.chunk, (warm, cold), None, None)


# The part of what a customer holds that is hidden in one piece.
HELD_OUT = 0.2


def hold_out_bout(
    data: Data, items: tuple[str, ...], at: int, seed: int, without: Collection[str] = (), kin: Kinship = NO_KIN
) -> Bout:
    """A fifth of what each customer holds is hidden, and of what is left another fifth for tuning; all are asked."""
    space = InputSpace.fit(items, data.known(at), without=without)
    score, left = held_out(data, space, at, seed, HELD_OUT)
    tune, _ = held_out(left, space, at, seed, HELD_OUT)
    return _undated(space, tune, score, kin)


def temporal_bout(
    data: Data,
    items: tuple[str, ...],
    at: int,
    window: int,
    without: Collection[str] = (),
    kin: Kinship = NO_KIN,
    barred: Mapping[int, Bits] = NO_RULES,
) -> Bout:
    """Tune on the window before the last, judge on the last; customers have history when any holding was known then.

    `barred` is what rules kept from them at the cutoffs, as far as anybody asked.
    """
    space = InputSpace.fit(items, data.known(at - window), without=without)
    tune = temporal(data, space, at - 2 * window, window)
    score = temporal(data, space, at - window, window)
    known = bool(space.attributes)
    tuned, offered = tune.trial.under(barred.get(at - 2 * window)), score.trial.under(barred.get(at - window))
    (tune_warm, tune_cold), (score_warm, score_cold) = (_groups(trial, space) for trial in (tuned, offered))
    warm = Contest(WARM, warm_recipes(dated=True, attributes=known), RECENT.name, tune_warm, score_warm, kin)
    cold = Contest(COLD, cold_recipes(dated=True, attributes=known), RECENT.name, tune_cold, score_cold, kin)
    return Bout(space, tune.chunk, score.chunk, (warm, cold), score.trial, offered)


def _groups(trial: Trial, space: InputSpace) -> tuple[Trial, Trial]:
    history = trial.history(space.item_columns)
    return trial.take(history.nonzero()[0]), trial.take((~history).nonzero()[0])


def takers(data: Data, at: int, window: int) -> int:
    """Customers who took something in the last window, or in the one before when those are fewer."""
    counts = [(data.history.acquired(end - window, end).sum(axis=1) > 0).sum() for end in (at, at - window)]
    return int(min(counts))
