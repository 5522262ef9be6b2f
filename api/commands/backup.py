"""`jishi backup` and `jishi restore`: the whole database in one file, and back, compared table by table.

Knows progress and words for the terminal; must not know how a dump is made.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from importlib import metadata
from pathlib import Path

import click
from tqdm import tqdm

from api.clock import utc_now
from api.commands.common import json_option, mendable, report, run_stoppable, say, settings, stop
from api.settings import Settings
from sql import backup as backups
from sql import embedded
from sql.backup_file import Manifest, Print, check, reading
from sql.migrate import migrate


class Bar:
    """Bytes on their way, on stderr; silent when stderr is no terminal."""

    def __init__(self, title: str) -> None:
        quiet = not sys.stderr.isatty()
        self._bar = tqdm(desc=title, unit="B", unit_scale=True, file=sys.stderr, disable=quiet)

    def total(self, size: int) -> None:
        self._bar.total = size
        self._bar.refresh()

    def add(self, size: int) -> None:
        self._bar.update(size)

    def close(self) -> None:
        self._bar.close()


@asynccontextmanager
async def _server(chosen: Settings) -> AsyncIterator[str]:
    """The DSN of the database as it is: unlike `located`, nothing is migrated."""
    if chosen.database_url:
        yield chosen.database_url
        return
    server = await asyncio.to_thread(embedded.start, chosen.home)
    try:
        yield server.dsn
    finally:
        await asyncio.to_thread(server.close)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--overwrite", is_flag=True, help="Replace FILE if it exists. 覆盖已有文件。")
@json_option
@mendable
def backup(file: Path, overwrite: bool, as_json: bool) -> None:
    """Write the whole database to FILE, at one moment. 备份数据库。

    Everything goes on meanwhile. The file holds personal data and is readable by its owner alone; the keys in
    JISHI_HOME are not in it.
    """
    if file.exists() and not overwrite:
        stop(f"{file} exists; choose another name, or pass --overwrite 文件已存在")
    chosen, begin = settings(), utc_now()

    async def work() -> Manifest:
        bar = Bar("backup")
        try:
            async with _server(chosen) as dsn:
                code = metadata.version("jishi")
                at = begin.isoformat(timespec="seconds")
                return await backups.backup(dsn, file, at=at, code=code, dumped=bar.add)
        finally:
            bar.close()

    done = run_stoppable(work)
    seconds = (utc_now() - begin).total_seconds()
    report({"file": str(file), "seconds": seconds, **asdict(done)}, as_json, "")
    say(f"{file}: {_summary(done)}; {seconds:.1f} s 备份完成")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--replace", is_flag=True, help="Give up what the database holds. 覆盖现有数据。")
@click.option("--check", "only_check", is_flag=True, help="Read FILE, say what is in it, change nothing. 仅检查文件。")
@json_option
@mendable
def restore(file: Path, replace: bool, only_check: bool, as_json: bool) -> None:
    """Bring a backup back and compare every table with it. 恢复备份并逐表核对。

    All or nothing, into a database that holds no data and that nobody else uses. Exit code 1 when a table differs.
    """
    if only_check:
        with reading(file) as (manifest, dump):
            check(manifest, dump, lambda _: None)
        report({"file": str(file), **asdict(manifest)}, as_json, "")
        say(f"{file}: {_summary(manifest)}; made {manifest.created_at} by {manifest.code}; whole 文件完好")
        return
    chosen, begin = settings(), utc_now()

    async def work() -> tuple[Manifest, list[backups.Difference]]:
        bar = Bar("restore")
        try:
            async with _server(chosen) as dsn:
                found = await backups.restore(
                    dsn, file, replace=replace, size=lambda size: bar.total(2 * size), read=bar.add, restored=bar.add
                )
                await migrate(dsn)
                return found
        finally:
            bar.close()

    manifest, found = run_stoppable(work)
    seconds = (utc_now() - begin).total_seconds()
    report({"equal": not found, "seconds": seconds, "differences": [asdict(one) for one in found]}, as_json, "")
    for one in found:
        say(f"{one.table}: {_rows(one.expected)} in the backup, {_rows(one.found)} here 与备份不一致")
    if found:
        stop("the database is not what the backup says; keep the file, and do not use this database 数据与备份不一致")
    say(f"{_summary(manifest)} restored and equal, row for row; {seconds:.1f} s 恢复完成，逐表核对一致")


def _rows(found: Print | None) -> str:
    return "no such table" if found is None else f"{found.rows:,} rows ({found.hash})"


def _summary(manifest: Manifest) -> str:
    rows = sum(table.rows for table in manifest.tables.values())
    return f"{len(manifest.tables)} tables, {rows:,} rows, {manifest.size / 1e6:,.1f} MB"
