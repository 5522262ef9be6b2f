"""Which second stage: the softmax regression that serves, against boosted trees of a well-kept library.

    pip install scikit-learn
    python benchmarks/bench_second_stage.py [--data ../shared/data] [--seeds 1-10]

On telco_ibm, from holdings and attributes: one product is hidden of each customer who was not learned from. Both see
the same rows and the same inputs; the trees are tuned on the tuning part over leaves and learning rate, the regression
over its penalties. It works in a data directory of its own and removes it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from bench_public import load
from public_operators import telco_ibm
from sklearn.ensemble import HistGradientBoostingClassifier

from api.database import connected
from api.settings import read as settings
from recommender import metrics
from recommender.facts import FACTS
from recommender.models import ease, softmax
from recommender.models.recipe import Chunk, grid
from recommender.protocols import hide_one_bout
from recommender.source import read
from recommender.splits import Trial, random_parts

TREES = grid(learning_rate=(0.05, 0.1), max_leaf_nodes=(7.0, 15.0))


@dataclass(frozen=True)
class Trees:
    """Boosted trees as a model: the chance of each item as its score."""

    forest: HistGradientBoostingClassifier
    items: int

    def score(self, inputs: Any) -> Any:
        scores = np.full((inputs.shape[0], self.items), -np.inf, dtype=np.float32)
        scores[:, self.forest.classes_] = self.forest.predict_proba(inputs.toarray())
        return scores


def grown(choices: softmax.Choices, params: Any, seed: int) -> Trees:
    forest = HistGradientBoostingClassifier(
        max_iter=150,
        learning_rate=params["learning_rate"],
        max_leaf_nodes=int(params["max_leaf_nodes"]),
        early_stopping=False,
        random_state=seed,
    )
    row, item = choices.chosen.nonzero()
    return Trees(forest.fit(choices.known[row].toarray(), item), choices.chosen.shape[1])


def ndcg(model: Any, trial: Trial) -> float:
    rows = trial.wanted()
    asked = trial.take(rows)
    judged = metrics.judge(model.score(asked.inputs), asked.closed(), asked.targets)
    return float(judged.users[:, metrics.NDCG].mean())


def tuned(
    learn: Any, fit: Any, params: Iterable[Any], tune: tuple[Chunk, Trial], score: tuple[Chunk, Trial], seed: int
):
    """(NDCG@10, seconds of the last fit) of the setting that is best on the tuning part."""
    evidence = learn(tune[0])
    best = max(params, key=lambda one: ndcg(fit(evidence, one, seed), tune[1]))
    begin = time.perf_counter()
    model = fit(learn(score[0]), best, seed)
    seconds = time.perf_counter() - begin
    return ndcg(model, score[1]), seconds


async def compare(home: Path, seeds: range) -> None:
    os.environ["JISHI_HOME"] = str(home)
    async with connected(settings(), command_timeout=None) as db:
        source = await read(db, datetime.now(UTC), "full", 90, lambda message: None)
    rows: dict[str, list[tuple[float, float]]] = {"ease": [], "softmax": [], "boosted trees": []}
    for seed in seeds:
        parts = random_parts(source.data.history.customers, seed)
        bout = hide_one_bout(source.data, source.words.items, source.at, parts, seed, FACTS, source.kin)
        tune, score = (bout.tune, bout.contests[0].tune), (bout.score, bout.contests[0].score)
        rows["ease"].append(tuned(ease.EASE.learn, ease.EASE.fit, ease.EASE.full, tune, score, seed))
        second = softmax.SOFTMAX
        rows["softmax"].append(tuned(second.learn, second.fit, second.full, tune, score, seed))
        rows["boosted trees"].append(tuned(softmax.learn_hidden, grown, TREES, tune, score, seed))
        print(f"seed {seed}", {name: round(found[-1][0], 4) for name, found in rows.items()}, file=sys.stderr)
    print("| second stage | NDCG@10 | deviation | s a fit |\n|---|---|---|---|")
    for name, found in rows.items():
        figures, seconds = np.array(found).T
        print(f"| {name} | {figures.mean():.4f} | {figures.std(ddof=1):.4f} | {seconds.mean():.2f} |")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", type=Path, default=Path("../shared/data"))
    options.add_argument("--seeds", default="1-10")
    chosen = options.parse_args()
    low, _, high = chosen.seeds.partition("-")
    work = Path(tempfile.mkdtemp(prefix="jishi-bench-"))
    try:
        load(work / "home", telco_ibm(chosen.data, work / "files"))
        asyncio.run(compare(work / "home", range(int(low), int(high or low) + 1)))
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
