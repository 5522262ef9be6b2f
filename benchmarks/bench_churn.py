"""The churn model's regression on public data with a known answer: who left, in 7,043 customers of telco_ibm.

    python benchmarks/bench_churn.py --data ../shared/data

Learned on one random half, judged on the other, seeds 1 to 10. There are no dates in these data, so that windows take
no part: this judges regression, calibration and bins alone.
"""

from __future__ import annotations

import argparse
import csv
import time
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from recommender.inputs import InputSpace, columnar
from recommender.insight.churn import judge
from recommender.insight.logistic import learn
from recommender.interactions import Cells

SKIPPED = {"customerID", "Churn", "gender"}
NUMERIC = {"tenure", "MonthlyCharges", "TotalCharges"}
SHOWN = ("auc", "aucLow", "aucHigh", "brier", "brierOfBase", "topDecileLift")


def read(path: Path) -> tuple[list[dict[str, str]], np.ndarray]:
    """(what is known of each customer, who left)."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    left = np.array([row["Churn"] == "Yes" for row in rows])
    return [{name: value for name, value in row.items() if name not in SKIPPED} for row in rows], left


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--data", type=Path, required=True)
    rows, left = read(options.parse_args().data / "telco_ibm" / "Telco-Customer-Churn.csv")
    kinds = {name: "numeric" if name in NUMERIC else "categorical" for name in rows[0]}
    table = columnar(rows, kinds)
    nothing = np.empty(0, dtype=np.int64)
    found, gaps, begin = [], [], time.perf_counter()
    for seed in range(1, 11):
        order = np.random.default_rng(seed).permutation(len(rows))
        halves = np.sort(order[: len(order) // 2]), np.sort(order[len(order) // 2 :])
        parts = [{name: column.take(half) for name, column in table.items()} for half in halves]
        space = InputSpace.fit((), parts[0])
        inputs = [
            space.encode(Cells(len(half), nothing, nothing, nothing), part)
            for half, part in zip(halves, parts, strict=True)
        ]
        model = learn(inputs[0], left[halves[0]], seed)
        report = judge(model.probability(inputs[1]), left[halves[1]], float(left[halves[0]].mean()))
        found.append([report[name] for name in SHOWN])
        gaps += [abs(one["expected"] - one["left"]) / one["customers"] for one in report["reliability"]]
    for name, value, spread in zip(SHOWN, np.mean(found, axis=0), np.std(found, axis=0), strict=True):
        print(f"{name:<14} {value:8.4f} ± {spread:.4f}")
    print(f"mean gap of a decile, expected against left: {np.mean(gaps):.4f}; {time.perf_counter() - begin:.1f} s")


if __name__ == "__main__":
    with threadpool_limits(1, "blas"):
        main()
