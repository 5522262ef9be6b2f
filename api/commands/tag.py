"""`jishi tag`: the rules of tags put to everybody.

Knows options and how progress is shown; must not know a rule.
"""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click
from tqdm import tqdm

from api.clock import utc_now
from api.commands.common import command_line_caller, json_option, mendable, report, run_stoppable, say, settings
from api.database import connected

if TYPE_CHECKING:
    from api.settings import Settings


@click.command()
@click.option("--dry-run", is_flag=True, help="Count what would change, and change nothing. 试运行。")
@json_option
@mendable
def tag(dry_run: bool, as_json: bool) -> None:
    """Set and take back tags by their rules, of everybody. 按规则为全部客户打标签。

    What a person said of a tag stands. Stopped at any moment, the same command goes on; a second run changes nothing.
    """
    done = run_stoppable(lambda: _tag(settings(), dry_run))
    report(done, as_json, "")
    say(f"{done['added']:,} tags set, {done['removed']:,} taken back {'(dry run) ' * dry_run}标签已更新")


async def _tag(chosen: Settings, dry_run: bool) -> dict[str, Any]:
    from api.tagging import Tagged, tag_everybody
    from catalog import store

    at, done = utc_now(), Tagged()
    async with connected(chosen, command_timeout=None) as db:
        snapshot = await store.load(db, at)
        with tqdm(
            desc="tags", unit=" customers", unit_scale=True, file=sys.stderr, disable=not sys.stderr.isatty()
        ) as bar:
            async for done in tag_everybody(db, snapshot, at, chosen.timezone, command_line_caller(), dry_run=dry_run):
                bar.total = done.customers
                bar.update(done.done - bar.n)
    return {**asdict(done), "dry_run": dry_run}
