"""Candidates compared on withheld data: by date or by hiding one product, over seeds, and nothing is changed.

It knows the order of the steps and, like training, the process it runs in (its clock); it must not know a formula.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from threadpoolctl import threadpool_limits

from recommender import fitting, machine
from recommender.choice import FEWEST
from recommender.errors import CannotJudge
from recommender.evaluation import EFFORTS, Effort, Learned, Meter, Result, compete
from recommender.facts import FACTS
from recommender.groups import by_group
from recommender.market_trial import market_trial
from recommender.models.recipe import Grid
from recommender.novelty import Novelty, as_if_new
from recommender.protocols import Bout, hide_one_bout, hold_out_bout, takers, temporal_bout
from recommender.report import over_seeds
from recommender.source import Progress, Rules, Source, read, under_rules
from recommender.splits import Parts, official_parts, random_parts
from sql.pool import Database

Protocol = Literal["temporal", "hide-one", "hold-out"]


async def evaluate(
    db: Database,
    *,
    at: datetime,
    protocol: Protocol,
    seeds: Sequence[int] = (1,),
    split: str | None = None,
    grid: Grid = "full",
    progress: Progress = lambda message: None,
    window_days: int = 90,
    attributes: bool = True,
    rules: Rules | None = None,
) -> dict[str, Any]:
    """Compare all candidates and change nothing. `split` names an attribute with the values train, test and tune.

    `attributes=False` leaves them out of the inputs; by date only what `rules` let customers have is ranked. Raises
    NothingToLearn, or CannotJudge when data and protocol do not fit.
    """
    source = await read(db, at, grid, window_days, progress, extra=(split,) if split else ())
    without = {*source.kinds, *FACTS} if not attributes else {split} if split else set()
    if protocol == "temporal" and takers(source.data, source.at, source.window) < FEWEST:
        raise CannotJudge(
            f"fewer than {FEWEST} customers took something in each of the last two windows of {window_days} days; "
            "use --protocol hide-one 有日期的订购太少，请改用 --protocol hide-one"
        )
    if protocol == "temporal":
        source = await under_rules(db, source, grid, rules)
    results, new, markets, segments = {}, {}, {}, {}
    for seed in seeds:
        progress(f"seed {seed}")
        judged = await asyncio.to_thread(judge, source, protocol, seed, split, without, EFFORTS[grid])
        results[seed] = judged.results
        new[str(seed)] = judged.novelty.to_dict() if judged.novelty else None
        markets[str(seed)] = judged.markets
        segments[str(seed)] = list(judged.segments)
    return {
        **source.about(protocol, grid, at),
        "split": split,
        "seeds": list(seeds),
        "groups": over_seeds(results),
        "newItems": new,
        "markets": markets,
        "segments": segments,
    }


@dataclass(frozen=True, slots=True)
class Judgement:
    """A bout, its results, what was learned for judging (calibration asks it again), and how new items would do."""

    bout: Bout
    results: list[Result]
    score: Learned
    novelty: Novelty | None
    markets: dict[str, Any] | None = None
    segments: tuple[dict[str, Any], ...] = ()


def judge(
    source: Source, protocol: Protocol, seed: int, split: str | None, without: Collection[str], effort: Effort
) -> Judgement:
    # One thread of BLAS: on shared machines more of them wait for one another, at several times the cost.
    with threadpool_limits(1, "blas"):
        bout = _bout(source, protocol, seed, split, without)
        meter = Meter(time.perf_counter, machine.forget_peak, machine.peak_mib)
        tune = Learned(bout.tune, effort.tune_rows, meter, seed)
        score = Learned(bout.score, effort.rows, meter, seed)
        results = [compete(contest, tune, score, effort, seed, meter) for contest in bout.contests]
        chosen = fitting.picks(results)
        pick = chosen["warm"]
        novelty = as_if_new(bout.contests[0], pick.recipe, pick.params, score, effort, seed)
        markets = market_trial(bout, score, chosen, source.data, source.at, source.window, seed)
        segments = by_group(bout.contests[0], results[0], bout.space, effort, seed)
        return Judgement(bout, results, score, novelty, markets, tuple(segments))


def _bout(source: Source, protocol: Protocol, seed: int, split: str | None, without: Collection[str] = ()) -> Bout:
    data, items = source.data, source.words.items
    if protocol == "temporal":
        return temporal_bout(data, items, source.at, source.window, without, source.kin, source.barred)
    if protocol == "hold-out":
        return hold_out_bout(data, items, source.at, seed, without, source.kin)
    return hide_one_bout(data, items, source.at, _parts(source, seed, split), seed, without, source.kin)


def _parts(source: Source, seed: int, split: str | None) -> Parts:
    if split is None:
        return random_parts(source.data.history.customers, seed)
    column = source.data.profiles.at(source.at).get(split)
    if column is None or column.kind != "categorical":
        raise CannotJudge(f"the split attribute {split} must be categorical 划分属性必须是分类型")
    words = (*column.labels, None)
    return official_parts([words[code] for code in column.codes.tolist()], seed)
