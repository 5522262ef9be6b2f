"""The nightly story: read, compare, choose, fit on everybody, calibrate, keep, promote.

It knows the order of the steps, and alone in this room the process it runs in (its clock); it must not
know a formula.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from threadpoolctl import threadpool_limits

from recommender import fitting, machine, service, store
from recommender.artifact import Contents, pack
from recommender.choice import FEWEST
from recommender.errors import CannotJudge, NothingToLearn
from recommender.evaluation import EFFORTS, Effort, Learned, Meter, Result, compete
from recommender.facts import FACTS
from recommender.inputs import AttributeKind, InputSpace
from recommender.models.recipe import Chunk, Grid
from recommender.novelty import Novelty, as_if_new
from recommender.prior import Kinship
from recommender.protocols import Bout, hide_one_bout, takers, temporal_bout
from recommender.report import over_seeds
from recommender.splits import Data, Parts, chunk_at, official_parts, random_parts
from recommender.upsell import Upsell
from sql.pool import Database

Protocol = Literal["temporal", "hide-one"]
Progress = Callable[[str], None]
DAY = 86_400
# Customers read to compare candidates; the final fit sees everyone, this many ids at a time.
COMPARED: dict[Grid, int] = {"quick": 100_000, "full": 300_000}
STEP = 100_000
# Fewer takers than this in either of the last two windows, and dates say too little.
DATED = 2 * FEWEST


@dataclass(frozen=True, slots=True)
class TrainReport:
    """What came of a training: the model's version, whether it serves now, and the comparison behind it."""

    version: int
    promoted: bool
    seconds: float
    report: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Source:
    """What was found in the database, and the customers that were read to compare candidates."""

    words: store.Vocabulary
    kinds: Mapping[str, AttributeKind]
    size: store.Extent
    data: Data
    at: int
    window: int

    @property
    def cutoffs(self) -> tuple[int, ...]:
        return self.data.history.cutoffs

    @property
    def kin(self) -> Kinship:
        """Items of a family are siblings, else those of a category."""
        return Kinship((self.words.family, self.words.category), self.words.step)

    @property
    def is_whole(self) -> bool:
        return self.data.history.customers == self.size.customers


async def train(
    db: Database,
    *,
    at: datetime,
    grid: Grid = "quick",
    seed: int = 1,
    progress: Progress = lambda message: None,
    window_days: int = 90,
    promote: bool = True,
) -> TrainReport:
    """By date when the last two windows saw enough acquisitions, else by hiding one product.

    Raises NothingToLearn on a database without offerings, customers or products. With few customers popularity serves.
    """
    begin = time.perf_counter()
    source = await _read(db, at, grid, window_days, progress)
    dated = takers(source.data, source.at, source.window) >= DATED
    protocol: Protocol = "temporal" if dated else "hide-one"
    progress(f"comparing candidates: {protocol} 比较候选模型")
    judged = await asyncio.to_thread(_judge, source, protocol, seed, None, (), EFFORTS[grid])
    chosen = fitting.picks(judged.results)
    progress(f"{chosen['warm'].recipe.name} is chosen; learning from {source.size.customers} customers 用全部客户训练")
    space = InputSpace.fit(source.words.items, source.data.known(source.at))
    window = source.window if protocol == "temporal" else None
    own = chunk_at(source.data, space, source.at, window)
    others = None if source.is_whole else await _everybody(db, source, space, chosen, window)
    upsell, climbs = await asyncio.to_thread(fitting.upsell, source.data, space, source.kin, source.at, window)
    contents, calibrated = await asyncio.to_thread(
        _fit, judged, chosen, space, own, others, EFFORTS[grid], seed, source.kin, upsell
    )
    report = {
        **_about(source, protocol, grid, at),
        "seeds": [seed],
        "groups": [result.to_dict() for result in judged.results],
        "newItems": judged.novelty.to_dict() if judged.novelty else None,
        "upsell": climbs,
        "reliability": {role: [decile.to_dict() for decile in one.reliability] for role, one in calibrated.items()},
    }
    about = {
        "createdAt": at.isoformat(),
        "codeVersion": machine.code_version(),
        "parameters": fitting.parameters(chosen),
        "report": report,
    }
    artifact, manifest = pack(contents, about)
    version = await store.save(db, artifact, manifest, at=at)
    if promote:
        await service.promote(db, version, at=at)
    return TrainReport(version, promote, round(time.perf_counter() - begin, 3), manifest["report"])


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
) -> dict[str, Any]:
    """Compare all candidates and change nothing. `split` names an attribute with the values train, test and tune.

    `attributes=False` leaves them out of the inputs. Raises NothingToLearn, or CannotJudge when data and protocol do
    not fit.
    """
    source = await _read(db, at, grid, window_days, progress, extra=(split,) if split else ())
    without = {*source.kinds, *FACTS} if not attributes else {split} if split else set()
    if protocol == "temporal" and takers(source.data, source.at, source.window) < FEWEST:
        raise CannotJudge(
            f"fewer than {FEWEST} customers took something in each of the last two windows of {window_days} days; "
            "use --protocol hide-one 有日期的订购太少，请改用 --protocol hide-one"
        )
    results, new = {}, {}
    for seed in seeds:
        progress(f"seed {seed}")
        judged = await asyncio.to_thread(_judge, source, protocol, seed, split, without, EFFORTS[grid])
        results[seed] = judged.results
        new[str(seed)] = judged.novelty.to_dict() if judged.novelty else None
    return {
        **_about(source, protocol, grid, at),
        "split": split,
        "seeds": list(seeds),
        "groups": over_seeds(results),
        "newItems": new,
    }


async def _read(
    db: Database, at: datetime, grid: Grid, window_days: int, progress: Progress, extra: Collection[str] = ()
) -> Source:
    words, kinds, size = await store.vocabulary(db), await store.attributes(db), await store.extent(db)
    if not words.items:
        raise NothingToLearn("there are no offerings; run jishi import catalog FILE first 还没有商品，请先导入目录")
    if not size.customers:
        raise NothingToLearn("there are no customers; run jishi import customer FILE first 还没有客户，请先导入客户")
    unknown = sorted(set(extra) - set(kinds))
    if unknown:
        raise CannotJudge(
            f"there is no attribute {unknown[0]}; the declared ones are: {', '.join(kinds) or 'none'} 没有这个属性"
        )
    moment, window = int(at.timestamp()), window_days * DAY
    cutoffs = tuple(moment - back * window for back in (3, 2, 1, 0))
    limit = COMPARED[grid]
    progress(f"reading {min(size.customers, limit)} of {size.customers} customers 读取客户")
    async with db.connection() as connection:
        data = await store.read(connection, store.spaced(size, limit), words, kinds, cutoffs)
    if not len(data.history.item):
        raise NothingToLearn("nobody holds a product; run jishi import product FILE first 还没有订购，请先导入")
    return Source(words, kinds, size, data, moment, window)


def _bout(source: Source, protocol: Protocol, seed: int, split: str | None, without: Collection[str] = ()) -> Bout:
    data, items = source.data, source.words.items
    if protocol == "temporal":
        return temporal_bout(data, items, source.at, source.window, without, source.kin)
    return hide_one_bout(data, items, source.at, _parts(source, seed, split), seed, without, source.kin)


def _parts(source: Source, seed: int, split: str | None) -> Parts:
    if split is None:
        return random_parts(source.data.history.customers, seed)
    column = source.data.profiles.at(source.at).get(split)
    if column is None or column.kind != "categorical":
        raise CannotJudge(f"the split attribute {split} must be categorical 划分属性必须是分类型")
    words = (*column.labels, None)
    return official_parts([words[code] for code in column.codes.tolist()], seed)


@dataclass(frozen=True, slots=True)
class Judgement:
    """A bout, its results, what was learned for judging (calibration asks it again), and how new items would do."""

    bout: Bout
    results: list[Result]
    score: Learned
    novelty: Novelty | None


def _judge(
    source: Source, protocol: Protocol, seed: int, split: str | None, without: Collection[str], effort: Effort
) -> Judgement:
    # One thread of BLAS: on shared machines more of them wait for one another, at several times the cost.
    with threadpool_limits(1, "blas"):
        bout = _bout(source, protocol, seed, split, without)
        meter = Meter(time.perf_counter, machine.forget_peak, machine.peak_mib)
        tune = Learned(bout.tune, effort.tune_rows, meter, seed)
        score = Learned(bout.score, effort.rows, meter, seed)
        results = [compete(contest, tune, score, effort, seed, meter) for contest in bout.contests]
        pick = fitting.picks(results)["warm"]
        novelty = as_if_new(bout.contests[0], pick.recipe, pick.params, score, effort, seed)
        return Judgement(bout, results, score, novelty)


def _fit(
    judged: Judgement,
    chosen: Mapping[str, fitting.Pick],
    space: InputSpace,
    own: Chunk,
    others: dict[fitting.Learn, Any] | None,
    effort: Effort,
    seed: int,
    kin: Kinship,
    upsell: Upsell | None,
) -> tuple[Contents, dict[str, fitting.Calibrated]]:
    with threadpool_limits(1, "blas"):
        known = fitting.evidence([own], chosen) if others is None else others
        calibrated = fitting.calibrations(judged.bout, judged.score, chosen, seed)
        support = known[chosen["popularity"].recipe.learn].count
        fitted = {role: fitting.fit(pick, known, own, effort, seed, support, kin) for role, pick in chosen.items()}
        contents = fitting.assemble(space, chosen, fitted, calibrated, known[fitting.count_holders], upsell)
        return contents, calibrated


async def _everybody(
    db: Database, source: Source, space: InputSpace, chosen: Mapping[str, fitting.Pick], window: int | None
) -> dict[fitting.Learn, Any]:
    known: dict[fitting.Learn, Any] = {}
    async with db.connection() as connection:
        for part in store.ranges(source.size, STEP):
            data = await store.read(connection, [part], source.words, source.kinds, source.cutoffs)
            chunk = chunk_at(data, space, source.at, window)
            known = fitting.combine(known, await asyncio.to_thread(fitting.evidence, [chunk], chosen))
    return known


def _about(source: Source, protocol: Protocol, grid: Grid, at: datetime) -> dict[str, Any]:
    return {
        "protocol": protocol,
        "at": at.isoformat(),
        "windowDays": source.window // DAY,
        "grid": grid,
        "customers": source.size.customers,
        "compared": source.data.history.customers,
        "items": len(source.words.items),
    }
