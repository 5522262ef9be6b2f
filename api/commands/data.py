"""`jishi import`: files into PostgreSQL, with progress and a report.

Knows options and how progress is shown; must not know columns or rules.
"""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from api.clock import utc_now
from api.commands import landed
from api.commands.common import command_line_caller, json_option, mendable, report, run, say, settings, stop
from api.database import connected
from api.settings import Settings
from catalog import importing
from catalog.desk.editing_desk import Editor
from catalog.documents.catalog_file import CATALOG_TEMPLATE, STEPS, LandAs, Landed, land
from catalog.period import instant
from sql.pool import Database

KINDS = ("catalog", *importing.KINDS)
# A catalog file of which it is said that it takes a while.
LARGE = 2_000_000


class Bar:
    """A progress bar with rate and remaining time on stderr; silent when stderr is no terminal."""

    def __init__(self, title: str) -> None:
        self._bar = tqdm(desc=title, unit=" rows", unit_scale=True, file=sys.stderr, disable=not sys.stderr.isatty())

    def __call__(self, progress: importing.Progress) -> None:
        if progress.rows_total is not None:
            self._bar.total = progress.rows_total
        self._bar.set_postfix_str(progress.stage, refresh=False)
        self._bar.update(progress.rows_done - self._bar.n)

    def close(self) -> None:
        self._bar.close()


class Steps:
    """A progress bar over the steps of a catalog file on stderr; silent when stderr is no terminal."""

    def __init__(self) -> None:
        self._bar = tqdm(
            desc="catalog", total=len(STEPS), unit=" steps", file=sys.stderr, disable=not sys.stderr.isatty()
        )

    def __call__(self, step: str) -> None:
        self._bar.set_postfix_str(step, refresh=False)
        self._bar.update(STEPS.index(step) + 1 - self._bar.n)
        self._bar.refresh()

    def close(self) -> None:
        self._bar.close()


async def import_any(
    db: Database,
    chosen: Settings,
    kind: str,
    path: Path,
    *,
    mode: str,
    at: datetime,
    rejects: Path | None,
    again: bool = False,
    encoding: str = "utf-8",
    allow_ending: float | None = None,
) -> dict[str, Any]:
    """Imports one file of any kind and returns the report as plain values; `allow_ending` in percent."""
    if kind == "catalog":
        return landed.as_values(await _land(db, chosen, path, at))
    bar = Bar(kind)
    try:
        done = await importing.import_file(
            db,
            kind,
            path,
            mode=mode,
            at=at,
            zone=chosen.timezone,
            rejects=rejects,
            progress=bar,
            again=again,
            encoding=encoding,
            most_ending=chosen.import_ending if allow_ending is None else allow_ending / 100,
        )
    finally:
        bar.close()
    return asdict(done)


async def _land(
    db: Database,
    chosen: Settings,
    path: Path,
    at: datetime,
    land_as: LandAs | None = None,
    dry_run: bool = False,
) -> Landed:
    editor, steps = Editor(command_line_caller(), None, at), Steps()
    try:
        return await land(
            db, path.read_bytes(), path.name, editor, chosen.timezone, land_as, dry_run=dry_run, tell=steps
        )
    finally:
        steps.close()


def _import_catalog(
    chosen: Settings, path: Path, at: datetime, land_as: LandAs | None, dry_run: bool, as_json: bool
) -> None:
    size = path.stat().st_size
    if size > LARGE:
        say(f"reading {path}, {size / 1e6:.0f} MB; a large workbook takes a minute 正在读取，请稍候")

    async def work() -> Landed:
        async with connected(chosen, command_timeout=None) as db:
            return await _land(db, chosen, path, at, land_as, dry_run)

    done = run(work())
    unplaced = path.with_name(path.name + ".unplaced.json")
    landed.keep_unplaced(done, unplaced)
    report(landed.as_values(done), as_json, "")
    for line in landed.lines(done, unplaced):
        say(line)


def sentence(result: dict[str, Any]) -> str:
    if result["unchanged"]:
        return f"{result['kind']}: nothing new in this file; nothing was changed 文件无新内容，未作更改"
    if result["kind"] == "catalog":
        return landed.counts(result)
    ended = f" ({result['rows_ended']:,} ended)" if result["rows_ended"] else ""
    return (
        f"{result['kind']}: {result['rows_read']:,} rows read, {result['rows_changed']:,} changed{ended}, "
        f"{result['rows_rejected']:,} rejected, {result['seconds']:.1f} s"
    )


@click.command("import")
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option(
    "--mode",
    type=click.Choice(["delta", "full"]),
    default="delta",
    show_default=True,
    help="full: what the file does not name has ended. 全量文件未列出的视为已终止。",
)
@click.option("--at", "at_text", help="The time for which the file holds; by default now. 文件生效时间。")
@click.option(
    "--rejects", type=click.Path(path_type=Path), help="Where rejected rows go; by default FILE.rejects.csv. 拒绝行。"
)
@click.option("--again", is_flag=True, help="Apply a file once more that was imported before. 再次应用。")
@click.option("--encoding", default="utf-8", show_default=True, help="Of a CSV file, like gb18030. 文件编码。")
@click.option(
    "--as",
    "as_text",
    type=click.Choice([one.value for one in LandAs]),
    help="Of a catalog: draft waits in design, launched is in force. By default launched for JSON, else draft. "
    "目录修改作为草稿或直接生效。",
)
@click.option("--dry-run", is_flag=True, help="Of a catalog: say what would happen, write nothing. 试运行。")
@click.option(
    "--allow-ending",
    type=click.FloatRange(0, 100),
    metavar="PERCENT",
    help="Of a full file: how much of what is there it may end; by default 10, or as JISHI_IMPORT_ENDING says. "
    "允许终止的比例。",
)
@click.option("--template", is_flag=True, help="Print a file to start from, and stop. 打印模板。")
@json_option
@mendable
def import_(
    kind: str,
    file: Path | None,
    mode: str,
    at_text: str | None,
    rejects: Path | None,
    again: bool,
    encoding: str,
    as_text: str | None,
    dry_run: bool,
    allow_ending: float | None,
    template: bool,
    as_json: bool,
) -> None:
    """Import FILE: a catalog (JSON, Excel), other kinds from CSV or Parquet. 导入文件。

    Rows that cannot be used are written to a CSV with line, column and reason; the others land. A second run of the
    same file changes nothing.
    """
    if template:
        click.echo(CATALOG_TEMPLATE if kind == "catalog" else importing.template(kind), nl=False)
        return
    if file is None:
        stop(f"name the file to import, or see its columns: jishi import {kind} --template 请指定文件")
    chosen = settings()
    try:
        at = instant(at_text, chosen.timezone) if at_text else utc_now()
    except ValueError:
        stop(f"--at {at_text} is no time; write 2026-03-01 or 2026-03-01T02:00:00+08:00 时间格式不对")
    if kind == "catalog" and mode == "full":
        stop("a catalog file is a delta: retire an offering by its lifecycleStatus 目录只能增量导入，请用状态下架")
    if kind == "catalog":
        _import_catalog(chosen, file, at, LandAs(as_text) if as_text else None, dry_run, as_json)
        return
    if as_text or dry_run:
        stop("--as and --dry-run are for catalogs 这两个选项仅用于目录")
    where = rejects or file.with_name(file.name + ".rejects.csv")

    async def work() -> dict[str, Any]:
        async with connected(chosen, command_timeout=None) as db:
            return await import_any(
                db,
                chosen,
                kind,
                file,
                mode=mode,
                at=at,
                rejects=where,
                again=again,
                encoding=encoding,
                allow_ending=allow_ending,
            )

    result = run(work())
    report(result, as_json, "")
    say(sentence(result))
    if result["rows_rejected"]:
        say(f"rejected rows are in {where} 被拒绝的行见该文件")
    if result["unknown_channels"]:
        named = ", ".join(result["unknown_channels"])
        say(f"channels that no register has, perhaps misspelt: {named} 未登记的渠道，请核对")
