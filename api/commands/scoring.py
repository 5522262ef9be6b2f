"""`jishi score`: recommendations for everybody as Parquet, and what is expected of every cluster market.

Knows options, progress and how to go on after an interruption; must not know a rule or a formula.
"""

from __future__ import annotations

import sys
import time
from dataclasses import asdict, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from api.clock import utc_now
from api.commands.common import json_option, mendable, report, run_stoppable, say, settings, stop
from api.database import located, opened
from api.settings import Settings

if TYPE_CHECKING:
    from api.batch import Job, Scorer, Seconds
    from api.batch_folder import Folder, Part
    from recommender.store import Range
    from sql.pool import Connection, Database

# Customers of one file: they are read, scored and written together, so this bounds the memory.
PART = 50_000


@click.command()
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="The folder of Parquet files. 输出目录。")
@click.option(
    "--top", type=click.IntRange(1, 100), default=10, show_default=True, help="Length of each list. 每人条数。"
)
@click.option("--channel", help="Only what this channel sells; by default any. 渠道。")
@click.option("--at", "at_text", help="The time for which is scored; by default now. 评分时点。")
@click.option("--reasons", is_flag=True, help="Write the strongest reasons too. 附推荐理由。")
@click.option("--markets", is_flag=True, help="Reckon cluster markets instead of customers. 改为测算聚类市场。")
@click.option("--jobs", type=click.IntRange(1, 64), help="Processes; by default one a core. 进程数。")
@click.option(
    "--part", type=click.IntRange(1), default=PART, show_default=True, help="Customers a file. 每个文件的客户数。"
)
@json_option
@mendable
def score(
    out: Path | None,
    top: int,
    channel: str | None,
    at_text: str | None,
    reasons: bool,
    markets: bool,
    jobs: int | None,
    part: int,
    as_json: bool,
) -> None:
    """Score everybody with the model that serves, as Parquet. 为全部客户评分。

    What was interrupted goes on with the same command; another model, catalog or option begins anew.
    """
    if out is None and not markets:
        stop("name the folder with --out 请用 --out 指定输出目录")
    from api.batch import Job
    from api.closed_loop import policy_of
    from recommender.machine import cores

    chosen, crew = settings(), jobs or cores()
    job = Job(_moment(at_text, chosen), top, channel, reasons, policy_of(chosen), chosen.timezone)
    if markets:
        from api.commands.market_scoring import score_markets

        done = run_stoppable(lambda: score_markets(chosen, job, crew, out))
        report(done, as_json, "")
        say(f"{done['markets']:,} markets reckoned, {done['borrowing']:,} of them from similar ones 市场测算完成")
        return
    assert out is not None
    try:
        done = run_stoppable(lambda: _score(chosen, job, crew, out, part, fixed=at_text is not None))
    except SystemExit:
        say("finished parts are kept; the same command goes on 已完成的部分已保留，再次运行同一命令即可继续")
        raise
    report(done, as_json, "")
    say(
        f"{done['customers']:,} customers, {done['rows']:,} rows in {done['seconds']:.1f} s "
        f"({done['customersPerSecond']:,.0f} a second) 评分完成"
    )


def _moment(text: str | None, chosen: Settings) -> datetime:
    from catalog.period import instant

    if text is None:
        return utc_now()
    try:
        return instant(text, chosen.timezone)
    except ValueError:
        stop(f"--at {text} is no time; write 2026-03-01 or 2026-03-01T02:00:00+08:00 时间格式不对")


async def serving(db: Database) -> Any:
    """The model that serves, as it is stored; stops with what to do where there is none."""
    from recommender import model_store

    found = await model_store.load_serving(db)
    if found is None:
        stop("no model serves yet; run jishi train 尚无可用模型，请先训练")
    return found


async def _score(chosen: Settings, job: Job, jobs: int, out: Path, size: int, *, fixed: bool) -> dict[str, Any]:
    from api.batch_processes import Task, each
    from recommender.store import ranges

    async with located(chosen) as dsn, opened(dsn, command_timeout=None) as db:
        model = await serving(db)
        folder, everybody = await _folder(db, model, job, out, size, fixed=fixed)
        job = replace(job, at=datetime.fromisoformat(folder.about["at"]))
        parts = list(enumerate(ranges(everybody, size)))
        todo = [(number, part) for number, part in parts if number not in folder.parts]
        if len(todo) < len(parts):
            say(f"going on: {len(parts) - len(todo)} of {len(parts)} parts are there 继续上次未完成的评分")
        begin, spent = time.perf_counter(), {"read": 0.0, "mask": 0.0, "score": 0.0, "write": 0.0}
        customers = 0
        with progress(everybody.customers, sum(part.customers for part in folder.parts.values())) as bar:
            for number, (part, seconds) in each(Task(dsn, model.version, job, partial(written, out)), todo, jobs):
                folder.keep(number, part)
                bar.update(part.customers)
                customers += part.customers
                spent = {name: spent[name] + getattr(seconds, name) for name in spent}
        folder.complete()
    took = time.perf_counter() - begin
    return {
        "folder": str(out),
        "modelVersion": model.version,
        "customers": sum(part.customers for part in folder.parts.values()),
        "rows": sum(part.rows for part in folder.parts.values()),
        "parts": len(parts),
        "resumed": len(parts) - len(todo),
        "seconds": round(took, 3),
        "customersPerSecond": round(customers / took, 1) if customers else 0.0,
        "processSeconds": {name: round(value, 3) for name, value in spent.items()},
    }


def progress(total: int, done: int = 0) -> Any:
    """A bar with rate and remaining time on stderr; silent when stderr is no terminal."""
    from tqdm import tqdm

    silent = not sys.stderr.isatty()
    return tqdm(desc="score", total=total, initial=done, unit=" customers", unit_scale=True, disable=silent)


async def _folder(db: Database, model: Any, job: Job, out: Path, part: int, *, fixed: bool) -> tuple[Folder, Any]:
    """The folder to go on with, or an empty one; and which customers there were when it was begun."""
    from api import batch_folder
    from catalog import store as catalog_store
    from recommender import store

    size = await store.extent(db)
    about = {
        "model": {"version": model.version, "sha256": model.manifest["sha256"]},
        "catalogRevision": await catalog_store.revision(db),
        "at": job.at.isoformat(),
        "top": job.n,
        "channel": job.channel,
        "reasons": job.reasons,
        "policy": {name: str(value) for name, value in asdict(job.policy).items()},
        "part": part,
        "extent": asdict(size),
    }
    found = batch_folder.begun(out)
    same = about.keys() - {"extent"} - (set() if fixed else {"at"})
    if found and all(found.get(name) == about[name] for name in same):
        return batch_folder.going_on(out, found), store.Extent(**found["extent"])
    return batch_folder.anew(out, about), size


async def written(out: Path, scorer: Scorer, connection: Connection, number: int, part: Range) -> tuple[Part, Seconds]:
    """In a process of the pool: one part from the database to its file."""
    from api.batch import Seconds
    from api.batch_folder import write_part

    scorer.seconds = Seconds()
    table, customers = await scorer.table(connection, part)
    begin = time.perf_counter()
    done = write_part(out, number, table, *part, customers)
    scorer.seconds.write = time.perf_counter() - begin
    return done, scorer.seconds
