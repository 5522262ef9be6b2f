"""Served lists against the known truth: order, worth, and whether probabilities are what they say.

Knows arrays of customers × items and how figures are shown; must not know how anybody estimates, trains or serves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.stats import rankdata

Array = np.ndarray[Any, np.dtype[Any]]
TENTHS = 10
# A decile holds where it is this near, relatively or in standard errors of the count that is expected.
NEAR, ERRORS = 0.1, 2.0


@dataclass(frozen=True, slots=True)
class Lists:
    """Served to the same people, each customers × items: `score` (-inf: not in the list) and `chance` (NaN: none)."""

    score: Array
    chance: Array

    @property
    def listed(self) -> Array:
        return np.isfinite(self.score)


def lists(table: pa.Table, customers: Sequence[str], items: Sequence[str]) -> Lists:
    """What `jishi score` wrote, for these customers alone; priority decides the order."""
    row = pc.index_in(table["customer"], pa.array(customers)).fill_null(-1).to_numpy()
    item = pc.index_in(table["offering"], pa.array(items)).fill_null(-1).to_numpy()
    known = (row >= 0) & (item >= 0)
    place = (row[known], item[known])
    score, chance = np.full((len(customers), len(items)), -np.inf), np.full((len(customers), len(items)), np.nan)
    score[place] = -table["priority"].to_numpy()[known].astype(float)
    chance[place] = table["probability"].to_numpy()[known]
    return Lists(score, chance)


@dataclass(frozen=True, slots=True)
class Order:
    """How near an order comes to that of the truth, means over customers to whom anything is possible.

    `rank`: Spearman's correlation over what may be offered. `ndcg`: of ten places, the gain being the true chance.
    `best`: the true chances of the first five, summed over customers, as a share of the best five that may be offered.
    `everything`: the same of the best five at all, steps up among them, which are another list. `possible`: how many of
    the first five can be taken at all.
    """

    rank: float
    ndcg: float
    best: float
    everything: float
    possible: float


def order(score: Array, truth: Array, open_: Array) -> Order:
    """All are customers × items; `open_`: what may be offered."""
    offered = np.where(open_, truth, 0.0)
    asked = (offered > 0).sum(axis=1) > 1
    score, truth, offered = score[asked], truth[asked], offered[asked]
    first = np.argsort(-score, axis=1, kind="stable")[:, :10]
    shown = np.isfinite(np.take_along_axis(score, first, axis=1))
    gain = np.where(shown, np.take_along_axis(offered, first, axis=1), 0.0)
    ideal = -np.sort(-offered, axis=1)[:, :10]
    discount = 1 / np.log2(np.arange(10) + 2.0)
    reached = float(gain[:, :5].sum())
    return Order(
        fmean(_spearman(score, offered, open_[asked])),
        float(((gain @ discount) / (ideal @ discount)).mean()),
        reached / float(ideal[:, :5].sum()),
        reached / float(-np.sort(-truth, axis=1)[:, :5].sum()),
        float((gain[:, :5] > 0).sum() / max(shown[:, :5].sum(), 1)),
    )


def _spearman(score: Array, truth: Array, open_: Array) -> Iterator[float]:
    """Ranks of equals are shared; an order of equals alone is at 0."""
    for served, true, counted in zip(score, truth, open_, strict=True):
        one, other = (rankdata(values[counted]) - (counted.sum() + 1) / 2 for values in (served, true))
        spread = float(np.sqrt((one @ one) * (other @ other)))
        yield float(one @ other) / spread if spread else 0.0


@dataclass(frozen=True, slots=True)
class Tenth:
    """A tenth of the takers that are expected: so many pairs of customer and item, and how many take truly.

    `variance` is that of the difference.
    """

    pairs: int
    expected: float
    true: float
    variance: float

    def __add__(self, other: Tenth) -> Tenth:
        return Tenth(
            self.pairs + other.pairs,
            self.expected + other.expected,
            self.true + other.true,
            self.variance + other.variance,
        )

    @property
    def holds(self) -> bool:
        return bool(abs(self.true - self.expected) <= max(NEAR * self.expected, ERRORS * self.variance**0.5))


def tenths(chance: Array, truth: Array) -> list[Tenth]:
    """Pairs of a served probability in tenths of the takers that are expected, the least likely first.

    The probabilities were learned from about as many takers, whose number errs by its root; the truth does not err.
    """
    known = np.isfinite(chance)
    said, true = chance[known], truth[known]
    by = np.argsort(said, kind="stable")
    said, true = said[by], true[by]
    reached = np.cumsum(said)
    number = np.minimum((reached / reached[-1] * TENTHS).astype(int), TENTHS - 1)
    found = []
    for one in range(TENTHS):
        own = number == one
        expected = float(said[own].sum())
        found.append(Tenth(int(own.sum()), expected, float(true[own].sum()), expected))
    return found


def told(deciles: Sequence[dict[str, Any]]) -> list[Tenth]:
    """The same, as the report of a training tells it: what happened, in place of what is true.

    Learned from one half of the customers and counted on the other: both numbers err.
    """
    return [Tenth(one["pairs"], one["expected"], float(one["taken"]), 2 * one["expected"]) for one in deciles]


def spread(figures: Sequence[float]) -> str:
    """Mean, and deviation over the demo seeds."""
    return f"{fmean(figures):.3f}" + (f" ± {stdev(figures):.3f}" if len(figures) > 1 else "")


def show_orders(found: dict[str, list[Order]], models: dict[str, set[str]]) -> None:
    print("| forced rows | served by | rank correlation | NDCG@10 | of the best five on offer | of all | possible |")
    print("|---|---|---|---|---|---|---|")
    for how, one in found.items():
        columns = [spread([getattr(each, name) for each in one]) for name in Order.__slots__]
        print(f"| {how} | {', '.join(sorted(models.get(how, {'–'})))} | {' | '.join(columns)} |")
    print()


def show_tenths(title: str, seeds: Sequence[list[Tenth]], against: str) -> None:
    """One table for all seeds together, and in how many tenths of single seeds the promise held."""
    seeds = [one for one in seeds if one]
    if not seeds:
        print(f"{title}: nothing was taken, so no probability.\n")
        return
    print(f"{title}\n\n| tenth | pairs | expected | {against} | ratio | within 10 % or 2 errors |")
    print("|---|---|---|---|---|---|")
    for number in range(max(map(len, seeds))):
        one = sum((seed[number] for seed in seeds if number < len(seed)), Tenth(0, 0.0, 0.0, 0.0))
        ratio = f"{one.true / one.expected:.3f}" if one.expected else "–"
        holds = "yes" if one.holds else "no"
        print(f"| {number + 1} | {one.pairs:,} | {one.expected:.1f} | {one.true:.1f} | {ratio} | {holds} |")
    every = [one for seed in seeds for one in seed]
    expected, true = sum(one.expected for one in every), sum(one.true for one in every)
    print(f"\nAll: {true / expected:.3f} of what is expected; {sum(one.holds for one in every)} of {len(every)}")
    print("tenths of single seeds hold.\n")
