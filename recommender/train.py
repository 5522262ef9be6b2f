"""The nightly story: read, compare, choose, fit on everybody, calibrate, keep, promote.

It knows the order of the steps, and alone in this room the process it runs in (its clock); it must not
know a formula.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from threadpoolctl import threadpool_limits

from recommender import copying, drift_windows, fitting, machine, model_store, service
from recommender.artifact import Contents, pack
from recommender.choice import FEWEST
from recommender.drift import FIRST, Drift, Window, compare
from recommender.errors import BadModel
from recommender.evaluation import EFFORTS, Effort
from recommender.everybody import Crew, Question, ask, learned
from recommender.inputs import InputSpace
from recommender.judging import Judgement, Protocol, judge
from recommender.models.recipe import Chunk, Grid
from recommender.prior import Kinship
from recommender.protocols import takers
from recommender.serve import Recommender
from recommender.source import Progress, Rules, Source, read, under_rules
from recommender.splits import chunk_at
from recommender.upsell import Upsell
from sql.pool import Database

# Fewer takers than this in either of the last two windows, and dates say too little.
DATED = 2 * FEWEST


@dataclass(frozen=True, slots=True)
class TrainReport:
    """What came of a training: the model's version, whether it serves now, and the comparison behind it.

    `refused` says why it does not serve though it was meant to: it is kept, and the one before serves on.
    """

    version: int
    promoted: bool
    seconds: float
    report: dict[str, Any]
    refused: tuple[str, ...] = ()


async def train(
    db: Database,
    *,
    at: datetime,
    grid: Grid = "quick",
    seed: int = 1,
    progress: Progress = lambda message: None,
    window_days: int = 90,
    promote: bool = True,
    rules: Rules | None = None,
    crew: Crew | None = None,
) -> TrainReport:
    """By date when the last two windows saw enough acquisitions, else by hiding one product.

    By date only what `rules` let customers have is ranked, and its chances are what probabilities say. `crew` reads
    everybody where they are more than were compared; without it this process does. Raises NothingToLearn on a database
    without offerings, customers or products. With few customers popularity serves.
    """
    stages = Stages(time.perf_counter)
    source = await read(db, at, grid, window_days, progress)
    stages.end("read")
    dated = takers(source.data, source.at, source.window) >= DATED
    protocol: Protocol = "temporal" if dated else "hide-one"
    if dated:
        source = await under_rules(db, source, grid, rules)
        stages.end("rules")
    progress(f"comparing candidates: {protocol} 比较候选模型")
    judged = await asyncio.to_thread(judge, source, protocol, seed, None, (), EFFORTS[grid])
    chosen = fitting.picks(judged.results)
    stages.end("compare")
    progress(f"{chosen['warm'].recipe.name} is chosen; learning from {source.size.customers} customers 用全部客户训练")
    space = InputSpace.fit(source.words.items, source.data.known(source.at))
    window = source.window if protocol == "temporal" else None
    own = chunk_at(source.data, space, source.at, window)
    others = None if source.is_whole else await _everybody(db, source, space, chosen, window, crew, progress)
    stages.end("everybody")
    upsell, climbs = await asyncio.to_thread(fitting.upsell, source.data, space, source.kin, source.at, window)
    contents, calibrated = await asyncio.to_thread(
        _fit, judged, chosen, space, own, others, EFFORTS[grid], seed, source.kin, upsell
    )
    stages.end("fit")
    report = {
        **source.about(protocol, grid, at),
        "seeds": [seed],
        "groups": [result.to_dict() for result in judged.results],
        "newItems": judged.novelty.to_dict() if judged.novelty else None,
        "markets": judged.markets,
        "segments": list(judged.segments),
        "upsell": climbs,
        "reliability": {role: [decile.to_dict() for decile in one.reliability] for role, one in calibrated.items()},
    }
    seen = drift_windows.window(
        space, own, own.inputs, judged.results[0], source.size.customers, drift_windows.task(report)
    )
    drift = await _drift(db, source, contents, seen, seed)
    stages.end("drift")
    report["stages"] = stages.seconds
    about = {
        "createdAt": at.isoformat(),
        "codeVersion": machine.code_version(),
        "parameters": fitting.parameters(chosen),
        "report": report,
        "window": seen.to_dict(),
        "drift": drift.to_dict(),
    }
    artifact, manifest = pack(contents, about)
    version = await model_store.save(db, artifact, manifest, at=at)
    good = promote and not drift.refused
    if good:
        await service.promote(db, version, at=at)
    await service.prune(db)
    refused = tuple(drift.refused) if promote else ()
    return TrainReport(version, good, round(stages.total, 3), manifest["report"], refused)


class Stages:
    """How many seconds each stage took, by the clock that is given."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._begin = self._last = clock()
        self.seconds: dict[str, float] = {}

    def end(self, name: str) -> None:
        now = self._clock()
        self.seconds[name], self._last = round(now - self._last, 3), now

    @property
    def total(self) -> float:
        return self._clock() - self._begin


async def _drift(db: Database, source: Source, contents: Contents, seen: Window, seed: int) -> Drift:
    """The newest data against those of the model that serves; nothing to compare with the first time."""
    try:
        old = await service.load_serving(db)
    except BadModel:
        return FIRST
    if old is None or "window" not in old.manifest:
        return FIRST
    return await asyncio.to_thread(_compared, old, source, contents, seen, seed)


def _compared(old: Recommender, source: Source, contents: Contents, seen: Window, seed: int) -> Drift:
    then, items = Window.from_dict(old.manifest["window"]), source.words.items
    now = replace(seen, attributes=drift_windows.through(old.space, source.data, source.at))
    return compare(
        then,
        now,
        old.version,
        calibration=drift_windows.calibration(
            old.contents,
            items,
            source.data,
            source.at,
            source.window,
            seed,
            source.barred.get(source.at - source.window),
        ),
        same_lists=drift_windows.same_lists(old.contents, contents, source.data, source.at, seed),
    )


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
        known = fitting.evidence([own], fitting.learns(chosen)) if others is None else others
        calibrated = fitting.calibrations(judged.bout, judged.score, chosen, seed)
        support = known[chosen["popularity"].recipe.learn].count
        fitted = {role: fitting.fit(pick, known, own, effort, seed, support, kin) for role, pick in chosen.items()}
        contents = fitting.assemble(space, chosen, fitted, calibrated, known[fitting.count_holders], upsell)
        return contents, calibrated


async def _everybody(
    db: Database,
    source: Source,
    space: InputSpace,
    chosen: Mapping[str, fitting.Pick],
    window: int | None,
    crew: Crew | None,
    progress: Progress,
) -> dict[fitting.Learn, Any]:
    question = Question.of(source, space, window, fitting.learns(chosen))
    begin, size = time.perf_counter(), source.size

    def counted(done: int) -> None:
        left = (time.perf_counter() - begin) / max(done, 1) * max(size.customers - done, 0)
        progress(f"{done:,} of {size.customers:,} customers, {left:.0f} s left 训练中")

    if crew is not None:
        return await asyncio.to_thread(ask, question, size, crew, counted)
    async with db.connection() as connection:
        await copying.alone(connection)
        with threadpool_limits(1, "blas"):
            return (await learned(question, connection, (size.first, size.last + 1)))[1]
