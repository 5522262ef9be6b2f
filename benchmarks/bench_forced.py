"""What bundles force is not taste: forced rows as columns of their own, as taste, or dropped, against a known truth.

    python benchmarks/bench_forced.py [--customers 6000] [--seeds 1-10]

The operators are made up here, by numpy alone: bundles lay products on people that hardly anybody takes freely, and
one that others like. Knows how they are made and how lists are judged; how anybody learns is the recommender's.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from recommender.evaluation import best_params
from recommender.inputs import InputSpace
from recommender.interactions import FORCED, UNKNOWN_START, VOLUNTARY, History
from recommender.models import ease, popularity, walks
from recommender.models.recipe import Recipe
from recommender.profiles import Profiles
from recommender.splits import Data, chunk_at, hidden_folds, random_parts

Array = np.ndarray[Any, np.dtype[Any]]
TASTES, LIKED, FILLERS = 8, 5, 16
ITEMS = TASTES * LIKED + FILLERS
WHO = {
    "whoever likes its core": "a bundle is bought for its core, of the buyer's own taste",
    "anybody": "which bundle somebody has is chance",
    "who likes it least": "bundles go to those whom their other parts suit least, as gifts to keep them",
}
WAYS = ("separate columns", "as taste", "dropped")


@dataclass(frozen=True)
class Operator:
    """customers × items: what is held freely, what a bundle laid on people, and how likely each takes each freely."""

    free: Array
    forced: Array
    truth: Array


def operator(seed: int, customers: int, who: str) -> Operator:
    """Everybody has a taste of eight; half have a bundle of two fillers and one product that other people like.

    Taste makes five products likely. Fillers are hardly ever taken freely.
    """
    rng = np.random.default_rng(seed)
    taste = rng.integers(0, TASTES, customers)
    appeal = np.concatenate([rng.normal(-2.2, 0.6, TASTES * LIKED), np.full(FILLERS, -5.0)])
    logit = np.tile(appeal, (customers, 1)) + rng.normal(0, 0.6, (customers, ITEMS))
    own = np.arange(TASTES * LIKED) // LIKED == taste[:, None]
    logit[:, : TASTES * LIKED] += np.where(own, 2.2, 0.0)
    truth = 1 / (1 + np.exp(-logit))
    free = rng.random(truth.shape) < truth
    parts = np.zeros((TASTES, ITEMS), dtype=bool)
    for bundle in range(TASTES):
        others = (bundle + 1 + rng.integers(0, TASTES - 1)) % TASTES
        parts[bundle, others * LIKED + rng.integers(LIKED)] = True
        parts[bundle, TASTES * LIKED + 2 * bundle : TASTES * LIKED + 2 * bundle + 2] = True
    if who == "whoever likes its core":
        bundle = taste
    elif who == "anybody":
        bundle = rng.integers(0, TASTES, customers)
    else:
        bundle = (truth @ parts.T).argmin(axis=1)
    forced = parts[bundle] & (rng.random(customers) < 0.5)[:, None] & ~free
    return Operator(free, forced, truth)


def data(made: Operator, how: str) -> Data:
    """As the recommender reads it, with what was forced told in one of the WAYS."""
    kinds = [(made.free, VOLUNTARY)]
    if how != "dropped":
        kinds.append((made.forced, VOLUNTARY if how == "as taste" else FORCED))
    places = [one.nonzero() for one, _ in kinds]
    customer, item = (np.concatenate(column).astype(np.int64) for column in zip(*places, strict=True))
    kind = np.concatenate([np.full(len(one[0]), kind) for one, (_, kind) in zip(places, kinds, strict=True)])
    start = np.full(len(item), UNKNOWN_START)
    history = History(len(made.free), ITEMS, customer, item, start, kind == FORCED, item, kind[:, None], (0,))
    return Data(history, Profiles.none(len(made.free)))


def scores(known: Data, recipe: Recipe, seed: int) -> Array:
    """Tuned by hiding products, as the recommender does it, and fitted on everybody."""
    space = InputSpace(tuple(f"I{item:02}" for item in range(ITEMS)))
    tune, _ = hidden_folds(known, space, 0, random_parts(known.history.customers, seed), seed)
    params = best_params(recipe, recipe.learn(tune.chunk), tune.trial, "quick", seed)
    chunk = chunk_at(known, space, 0, None)
    return recipe.fit(recipe.learn(chunk), params, seed).score(chunk.inputs)


def ndcg(score: Array, made: Operator) -> float:
    """Of ten places among what somebody does not have; the gain is the true chance that it is taken freely."""
    has = made.free | made.forced
    gain = np.where(has, 0.0, made.truth)
    first = np.argsort(-np.where(has, -np.inf, score), axis=1, kind="stable")[:, :10]
    discount = 1 / np.log2(np.arange(10) + 2.0)
    reached = np.take_along_axis(gain, first, axis=1) @ discount
    return float((reached / (-np.sort(-gain, axis=1)[:, :10] @ discount)).mean())


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--customers", type=int, default=6_000)
    options.add_argument("--seeds", default="1-10")
    chosen = options.parse_args()
    low, _, high = chosen.seeds.partition("-")
    seeds = range(int(low), int(high or low) + 1)
    print(f"{chosen.customers:,} customers, {ITEMS} items, seeds {chosen.seeds}, NDCG@10 against the true chances.\n")
    print(f"| bundles go to | model | {' | '.join(WAYS)} |\n|---|---|---|---|---|")
    for who in WHO:
        operators = [operator(seed, chosen.customers, who) for seed in seeds]
        for recipe in (popularity.POPULARITY, walks.RP3BETA, ease.EASE):
            cells = []
            for how in WAYS:
                pairs = zip(seeds, operators, strict=True)
                found = [ndcg(scores(data(made, how), recipe, seed), made) for seed, made in pairs]
                cells.append(f"{fmean(found):.3f}" + (f" ± {stdev(found):.3f}" if len(found) > 1 else ""))
            print(f"| {who} | {recipe.name} | {' | '.join(cells)} |", flush=True)
    print()
    for who, meaning in WHO.items():
        print(f"{who}: {meaning}.")


if __name__ == "__main__":
    with threadpool_limits(1, "blas"):
        main()
