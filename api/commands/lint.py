"""`jishi lint`: what is wrong with the catalog, what will be, and what could be better.

Knows options; must not know a rule.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from api.clock import utc_now
from api.commands import findings
from api.commands.common import command_line_caller, json_option, mendable, report, run, settings, stop
from api.database import connected
from api.settings import Settings
from catalog import store
from catalog.desk.editing_desk import Editor
from catalog.documents import catalog_file
from catalog.documents.catalog_file import LandAs
from catalog.linting import Finding, Severity
from catalog.linting.engine import lint as lint_world
from catalog.linting.world import World
from catalog.period import instant


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--at", "at_text", help="As of this time; by default now. 检查时间。")
@json_option
@mendable
def lint(file: Path | None, at_text: str | None, as_json: bool) -> None:
    """Look for what is wrong with the catalog, or with FILE before it lands. 检查目录。

    Nothing is written. Exits with 1 when something that is sold or scheduled has an error, or FILE would bring one.
    """
    chosen = settings()
    try:
        at = instant(at_text, chosen.timezone) if at_text else utc_now()
    except ValueError:
        stop(f"--at {at_text} is no time; write 2026-03-01 or 2026-03-01T02:00:00+08:00 时间格式不对")
    found = run(_of_file(chosen, file, at) if file else _of_catalog(chosen, at))
    report(findings.as_values(found), as_json, "\n".join(findings.lines(found)))
    if any(one.severity is Severity.ERROR and one.is_of_launched for one in found):
        raise SystemExit(1)


async def _of_catalog(chosen: Settings, at: datetime) -> tuple[Finding, ...]:
    async with connected(chosen, command_timeout=None) as db:
        known = await store.load(db, at)
    return lint_world(World.of(known, chosen.timezone), at)


async def _of_file(chosen: Settings, file: Path, at: datetime) -> tuple[Finding, ...]:
    """What the file's offerings would have; raises InvalidCatalog as an import of it would."""
    async with connected(chosen, command_timeout=None) as db:
        editor = Editor(command_line_caller(), None, at)
        raw = file.read_bytes()
        landed = await catalog_file.land(db, raw, file.name, editor, chosen.timezone, LandAs.LAUNCHED, dry_run=True)
    return landed.findings
