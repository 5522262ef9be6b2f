"""Off-policy estimators against a known truth: the logged data of the Open Bandit Dataset (two policies, same shop).

Knows that data's columns; must not know how the estimators work. Usage: python benchmarks/bench_offpolicy.py OBD_DIR,
the directory `obp/dataset/obd` of the source distribution `obp` on the package index.
"""

from __future__ import annotations

import csv
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from recommender.interactions import Float64Array, IntArray
from recommender.offpolicy import Estimate, Logs, doubly_robust, ips, snips
from recommender.uplift import Counted, share

# A click rate of half a percent, seen a few times an item and slot: the guess leans on the mean as on so many rows.
PRIOR = 200.0


@dataclass(frozen=True, slots=True)
class Log:
    """One policy's log: item and slot shown, clicked or not, and with which chance it stood there."""

    item: IntArray
    slot: IntArray
    click: Float64Array
    propensity: Float64Array


def read(path: Path) -> Log:
    with path.open(encoding="utf-8", newline="") as file:
        rows = [
            (int(row["item_id"]), int(row["position"]), float(row["click"]), float(row["propensity_score"]))
            for row in csv.DictReader(file)
        ]
    item, slot, click, propensity = (np.array(column) for column in zip(*rows, strict=True))
    return Log(item.astype(np.int64), slot.astype(np.int64) - slot.astype(np.int64).min(), click, propensity)


def policy(log: Log, items: int) -> Float64Array:
    """items × slots: how often this policy showed what where. It looks at no context, so this is its distribution."""
    table = np.zeros((items, int(log.slot.max()) + 1))
    np.add.at(table, (log.item, log.slot), 1.0)
    shares: Float64Array = table / table.sum(axis=0)
    return shares


def guess(log: Log, rows: IntArray, items: int) -> Float64Array:
    """items × slots: click rate, shrunk to the mean."""
    clicks = np.zeros((items, int(log.slot.max()) + 1))
    shown = np.zeros_like(clicks)
    np.add.at(clicks, (log.item[rows], log.slot[rows]), log.click[rows])
    np.add.at(shown, (log.item[rows], log.slot[rows]), 1.0)
    rates: Float64Array = (clicks + PRIOR * log.click[rows].mean()) / (shown + PRIOR)
    return rates


def robust(log: Log, target: Float64Array) -> Estimate:
    """Doubly robust, with the guess for each half made on the other half."""
    half = np.arange(len(log.item)) % 2
    guesses = [guess(log, np.flatnonzero(half != side), len(target)) for side in (0, 1)]
    shown = np.where(half == 0, guesses[0][log.item, log.slot], guesses[1][log.item, log.slot])
    meant = [(one * target).sum(axis=0) for one in guesses]
    return doubly_robust(logs_of(log, target), shown, np.where(half == 0, meant[0][log.slot], meant[1][log.slot]))


def logs_of(log: Log, target: Float64Array) -> Logs:
    """Each row by itself: the log does not say which rows one visitor saw together."""
    return Logs(np.arange(len(log.item)), log.click, log.propensity, np.minimum(target[log.item, log.slot], 1.0))


def main(folder: Path) -> None:
    print(
        "campaign log→policy  rows  logged %  truth % [95 %]            estimator  estimate % [95 %]          effective"
    )
    for campaign in ("all", "men", "women"):
        found = {name: read(folder / name / campaign / f"{campaign}.csv") for name in ("random", "bts")}
        items = 1 + max(int(log.item.max()) for log in found.values())
        for logged, other in (("bts", "random"), ("random", "bts")):
            log, target = found[logged], policy(found[other], items)
            if other == "random":
                target = np.full_like(target, 1 / items)
            truth = share(Counted(len(found[other].click), int(found[other].click.sum())))
            assert truth
            logs = logs_of(log, target)
            for name, one in (("IPS", ips(logs)), ("SNIPS", snips(logs)), ("DR", robust(log, target))):
                print(
                    f"{campaign:8} {logged:>6}→{other:6} {len(log.item):6} {log.click.mean():8.2%}  "
                    f"{truth.value:6.2%} [{truth.low:6.2%}, {truth.high:6.2%}]  {name:9} "
                    f"{one.reward.value:6.2%} [{one.reward.low:6.2%}, {one.reward.high:6.2%}] {one.effective:10.0f}"
                )


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python benchmarks/bench_offpolicy.py OBD_DIR")
    main(Path(sys.argv[1]))
