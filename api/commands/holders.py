"""`jishi move-holders`: the moves of holders that are due, in pieces, with progress.

Knows options and how progress is shown; must not know who is moved.
"""

from __future__ import annotations

import sys
from typing import Any

import click
from tqdm import tqdm

from api.clock import utc_now
from api.commands.common import command_line_caller, json_option, mendable, report, run, say, settings
from api.database import connected
from catalog.desk import holder_move_service
from catalog.desk.holder_move import HolderMove


@click.command("move-holders")
@json_option
@mendable
def move_holders(as_json: bool) -> None:
    """Do the moves of holders to another version that are due. 执行到期的在用客户版本迁移。

    Plan them with the mutation moveProductOfferingHolders. Interrupted, it goes on where it was when it is run again.
    """
    chosen = settings()

    async def work() -> list[HolderMove]:
        with tqdm(desc="move-holders", unit=" customers", unit_scale=True, disable=not sys.stderr.isatty()) as bar:

            def progress(one: HolderMove, left: int) -> None:
                bar.set_postfix_str(f"{one.code} {one.from_version} → {one.to_version}", refresh=False)
                bar.total = one.next_customer + left
                bar.n = min(one.next_customer, bar.total)
                bar.refresh()

            async with connected(chosen, command_timeout=None) as db:
                return await holder_move_service.do_due(db, command_line_caller(), utc_now(), progress)

    ended = run(work())
    report([_told(one) for one in ended], as_json, "")
    for one in ended:
        say(f"{one.code}: {one.moved:,} from version {one.from_version} to {one.to_version} 已迁移")
    if not ended:
        say("no move of holders is due 没有到期的迁移")


def _told(one: HolderMove) -> dict[str, Any]:
    return {
        "code": one.code,
        "from_version": one.from_version,
        "to_version": one.to_version,
        "at": one.at,
        "moved": one.moved,
    }
