"""`jishi demo`: the demo operator, into the database or as files to look at and to import elsewhere.

Knows options; must not know what the demo operator is made of.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from api import demo as operator
from api.clock import utc_now
from api.commands.common import json_option, mendable, report, run, say, settings, stop
from api.commands.data import Bar
from api.commands.demo_setup import import_files, is_empty
from api.commands.first_start import CUSTOMERS, SEED
from api.database import connected
from catalog.importing import Progress


@click.command()
@click.option("--customers", type=click.IntRange(100, 20_000_000), default=CUSTOMERS, show_default=True)
@click.option("--seed", type=int, default=SEED, show_default=True, help="The same seed makes the same operator. 种子。")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The last day told; by default yesterday. 截止日期。")
@click.option(
    "--files",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write import files to this folder and touch no database. 仅生成文件。",
)
@json_option
@mendable
def demo(customers: int, seed: int, until: datetime | None, files: Path | None, as_json: bool) -> None:
    """Make the demo operator: files with --files, else into an empty database. 生成演示运营商。"""
    chosen, at = settings(), utc_now()
    last = until.date() if until else (at - timedelta(days=1)).astimezone(chosen.timezone).date()
    if files:
        report(_write(files, customers, seed, last), as_json, "")
        return

    async def work() -> list[dict[str, Any]]:
        async with connected(chosen, command_timeout=None) as db:
            if not await is_empty(db):
                stop("the database holds a catalog already; take another JISHI_HOME, or --files 数据库不为空")
            return await import_files(db, chosen, customers=customers, seed=seed, until=last, at=at)

    report(run(work()), as_json, "")


def _write(folder: Path, customers: int, seed: int, until: date) -> dict[str, Any]:
    folder.mkdir(parents=True, exist_ok=True)
    bar = Bar("demo")
    try:
        written = operator.write_files(
            folder,
            customers=customers,
            seed=seed,
            until=until,
            progress=lambda done, total: bar(Progress(done, total, "customers")),
        )
    finally:
        bar.close()
    for kind, path in written.in_order():
        say(f"jishi import {kind} {path}")
    return {"folder": str(folder), "until": until.isoformat(), "rows": written.rows}
