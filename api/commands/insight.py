"""`jishi insight`: what is known of customers and products, anew; and the definition by which it is reckoned.

Knows options and a process of its own for the first refresh; must not know how a figure is reckoned.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import orjson

from api.clock import utc_now
from api.commands.common import json_option, mendable, report, run, say, settings, stop
from api.commands.training import steps
from api.database import connected

if TYPE_CHECKING:
    from recommender.insight.refresh import Progress, Refreshed
    from sql.pool import Database

_STOP_LIMIT = 5.0


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
@mendable
def insight(context: click.Context, as_json: bool) -> None:
    """Reckon value, risk, stages, needs, moments, plays and health anew. 更新客户与产品洞察。

    `jishi train` does so as well; alone it takes a minute or so for a million customers.
    """
    if context.invoked_subcommand:
        return
    from api import insight as refreshing

    chosen = settings()

    async def work() -> Refreshed:
        async with connected(chosen, command_timeout=None) as db:
            with steps() as progress:
                return await refreshing.refresh(db, at=utc_now(), progress=progress)

    done = run(work())
    report({"version": done.version, "customers": done.customers, "report": done.report}, as_json, "")
    say(f"insight {done.version}: {done.customers:,} customers 洞察已更新")


@insight.command("definition")
@click.option("--built-in", is_flag=True, help="The one that comes with Jishi. 内置定义。")
@mendable
def definition_(built_in: bool) -> None:
    """Print the definition in force, to change it and give it to `define`. 输出当前定义。"""
    from recommender.insight import store
    from recommender.insight.definition import built_in as own

    async def work() -> dict[str, Any] | None:
        async with connected(settings()) as db:
            return await store.definition(db)

    content = None if built_in else run(work())
    report(content or own(), True, "")


@insight.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), required=False)
@click.option("--built-in", is_flag=True, help="Back to the one that comes with Jishi. 恢复内置定义。")
@mendable
def define(file: Path | None, built_in: bool) -> None:
    """Let the definition in FILE (JSON) hold from the next refresh on. 设定洞察定义。"""
    from recommender.insight import store
    from recommender.insight.definition import parse

    if (file is None) != built_in:
        stop("name a FILE, or give --built-in 请指定文件或 --built-in")
    content: dict[str, Any] | None = None
    if file is not None:
        try:
            content = orjson.loads(file.read_bytes())
        except orjson.JSONDecodeError as error:
            stop(f"{file} is no JSON: {error}; begin with `jishi insight definition > {file}` 不是有效的 JSON")
        parse(content if isinstance(content, dict) else {})

    async def work() -> None:
        async with connected(settings()) as db:
            await store.put_definition(db, content, utc_now())

    run(work())
    say("it holds from the next refresh on: jishi insight 下次更新时生效")


async def after_training(db: Database, progress: Progress) -> int | None:
    """Insight anew after a training; what goes wrong is told, and the model stays as it is."""
    from api import insight as refreshing

    try:
        return (await refreshing.refresh(db, at=utc_now(), progress=progress)).version
    except Exception as error:
        say(f"insight was not refreshed: {error}; the model is as it is, try `jishi insight` 洞察未更新，模型不受影响")
        return None


def refresh_beside() -> subprocess.Popen[bytes]:
    """A process that refreshes insight while this one serves."""
    root = str(Path(__file__).parents[2])
    path = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
    command = [sys.executable, "-P", "-m", "api.cli", "insight"]
    environment = os.environ | {"PYTHONPATH": path}
    # In a session of its own: Ctrl-C is for the server, which then ends it.
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, start_new_session=True)


def end(process: subprocess.Popen[bytes]) -> None:
    """Ends it if it still runs; a broken refresh leaves the former run to its readers."""
    process.terminate()
    try:
        process.wait(_STOP_LIMIT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
