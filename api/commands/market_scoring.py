"""`jishi score --markets`, and the same after every training: what is expected of each cluster market.

Knows processes and where figures go; must not know how they come about.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.clock import utc_now
from api.closed_loop import policy_of
from api.commands.common import say
from api.database import located, opened
from api.settings import Settings

if TYPE_CHECKING:
    from api.batch import Job, Scorer
    from recommender.market_outlook import Sums
    from recommender.store import Range
    from sql.pool import Connection, Database

FILE = "markets.parquet"


async def score_markets(chosen: Settings, job: Job, jobs: int, out: Path | None) -> dict[str, Any]:
    """Reckons every market in force, replaces the table, and writes it as Parquet where `out` is named."""
    async with located(chosen) as dsn, opened(dsn, command_timeout=None) as db:
        from api.commands.scoring import serving

        return await reckon(db, dsn, (await serving(db)).version, job, chosen, jobs, out)


async def reckon(
    db: Database, dsn: str, version: int, job: Job, chosen: Settings, jobs: int, out: Path | None = None
) -> dict[str, Any]:
    """The same with a database that is open already."""
    from api.batch_processes import Task, each, scorer
    from api.commands.scoring import PART, progress
    from api.market_figures import figures, in_force
    from api.worth import worth_of
    from recommender import market_store, model_store, store
    from recommender.market_outlook import nothing

    begin = time.perf_counter()
    own = await scorer(db, version, job)
    markets = in_force(own.moment, job.at)
    size = await store.extent(db)
    sums = nothing(len(markets), len(own.recommender.items))
    parts = list(enumerate(store.ranges(size, PART)))
    with progress(size.customers) as bar:
        for _, part in each(Task(dsn, version, job, _sums), parts, min(jobs, len(parts) or 1)):
            sums = sums + part
            bar.update(PART)
    worth = worth_of(own.moment, job.at, chosen.timezone, await model_store.health(db))
    outlooks, items = figures(sums, markets, own, worth)
    await market_store.replace_all(db, outlooks, items)
    if out is not None:
        _write(out, outlooks, items, own)
    return {
        "modelVersion": version,
        "markets": len(outlooks),
        "borrowing": sum(bool(one.borrowed_from) for one in outlooks),
        "items": len(items),
        "expectedAdopters": sum(one.expected_adopters or 0.0 for one in outlooks if not one.borrowed_from),
        "seconds": round(time.perf_counter() - begin, 3),
    }


async def markets_after_training(db: Database, dsn: str, chosen: Settings, progress: Callable[[str], None]) -> None:
    """Markets anew, by the model that serves; what goes wrong is told, and the model stays as it is."""
    from api.batch import Job
    from recommender import model_store

    version, at = await model_store.serving_version(db), utc_now()
    if version is None:
        return
    progress("reckoning cluster markets 测算聚类市场")
    try:
        await reckon(db, dsn, version, Job(at, policy=policy_of(chosen), zone=chosen.timezone), chosen, 1)
    except Exception as error:
        say(f"markets were not reckoned: {error}; try jishi score --markets 聚类市场未更新，模型不受影响")


def reckon_beside() -> subprocess.Popen[bytes]:
    """A process that reckons the markets while this one serves."""
    root = str(Path(__file__).parents[2])
    path = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
    command = [sys.executable, "-P", "-m", "api.cli", "score", "--markets", "--jobs", "1"]
    gently = partial(os.nice, 10) if hasattr(os, "nice") else None
    return subprocess.Popen(
        command, env=os.environ | {"PYTHONPATH": path}, stdout=subprocess.DEVNULL, preexec_fn=gently
    )


async def _sums(scorer: Scorer, connection: Connection, _: int, part: Range) -> Sums:
    from api.market_figures import in_force

    places = {one.id: place for place, one in enumerate(in_force(scorer.moment, scorer.job.at))}
    return await scorer.sums(connection, part, places)


def _write(out: Path, outlooks: list[Any], items: list[Any], scorer: Scorer) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = scorer.moment.snapshot.codes_by_id
    known = {one.market_id: one for one in outlooks}
    rows = [
        {
            "market": known[one.market_id].code,
            "offering": names.get(one.offering_id),
            "members": known[one.market_id].members,
            "borrowed_from": list(known[one.market_id].borrowed_from),
            **{name: value for name, value in asdict(one).items() if name not in ("market_id", "offering_id")},
        }
        for one in items
    ]
    out.mkdir(parents=True, exist_ok=True)
    unfinished = out / f"{FILE}.unfinished"
    pq.write_table(pa.Table.from_pylist(rows), unfinished, compression="zstd")
    unfinished.rename(out / FILE)
