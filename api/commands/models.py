"""`jishi models`: which there are, what each is, which serves; promoted, taken back, judged from logs, forgotten.

Knows options and tables for the terminal; must not know how a model works.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import click

from api.clock import utc_now
from api.commands.common import command_line_caller, json_option, mendable, report, run, say, settings
from api.database import connected

if TYPE_CHECKING:
    from api.challenge import Challenge
    from sql.pool import Database

T = TypeVar("T")
FEW_ROWS = 200


@click.group()
def models() -> None:
    """Models that were trained: which there are, which serves. 模型管理。"""


@models.command("list")
@json_option
@mendable
def list_(as_json: bool) -> None:
    """All models, newest first; * serves. 列出模型。"""
    from recommender import service

    rows = [asdict(row) for row in run(_with_database(service.models))]
    lines = [
        f"{'*' if row['is_serving'] else ' '} {row['version']:>5}  {row['created_at']:%Y-%m-%d %H:%M}  "
        f"with history: {row['warm']}, without: {row['cold']}"
        for row in rows
    ]
    report(rows, as_json, "\n".join(lines) or "no model yet; run jishi train 尚无模型")


@models.command()
@click.argument("version", type=int)
@json_option
@mendable
def show(version: int, as_json: bool) -> None:
    """What model VERSION is, what chose it, and how its data differ from those before. 查看模型与数据漂移。"""
    from recommender import model_store

    found = run(_with_database(lambda db: model_store.load(db, version)))
    known = {name: one for name, one in found.manifest.items() if name not in ("space", "reference", "arrays")}
    report({"version": version, **known}, as_json, shown(version, known))


def shown(version: int, manifest: dict[str, Any]) -> str:
    """The choice of each group, and the figures of drift with those that a person should look at marked !."""
    lines = [f"model {version}, {manifest['createdAt']}, code {manifest['codeVersion']}"]
    for group in manifest["report"]["groups"]:
        choice = group["choice"]
        lines.append(f"{group['group']}: {choice['name']} — {choice['why']['en']} {choice['why']['zh']}")
    drift = manifest.get("drift") or {"since": None}
    if drift["since"] is None:
        return "\n".join((*lines, "no model before it to compare its data with 没有可比较的旧模型"))
    lines.append(f"data compared with those of model {drift['since']} 与旧模型的数据比较")
    for name, value in drift["figures"].items():
        lines.append(f"{'!' if name in drift['alarms'] else ' '} {name:<22} {value:>10.4f}")
    moved = sorted(drift["attributes"].items(), key=lambda one: -one[1])[:5]
    lines += [f"    {name:<20} {value:>10.4f}" for name, value in moved]
    return "\n".join((*lines, *(f"it was not promoted: {why}" for why in drift["refused"])))


@models.command()
@click.option("--keep", type=click.IntRange(1), default=10, show_default=True, help="The newest so many stay. 保留数。")
@json_option
@mendable
def prune(keep: int, as_json: bool) -> None:
    """Forget models that never served, but for the newest. 清理未曾上线的旧模型。"""
    from recommender import service

    gone = run(_with_database(lambda db: service.prune(db, keep=keep)))
    report({"forgotten": gone}, as_json, "")
    say(f"{len(gone)} models are forgotten 已清理")


@models.command()
@click.argument("version", type=int)
@json_option
@mendable
def promote(version: int, as_json: bool) -> None:
    """Let model VERSION serve, after every check. 上线指定版本。"""
    from recommender import service

    run(_with_database(lambda db: service.promote(db, version, at=utc_now())))
    report({"serving": version}, as_json, f"model {version} serves 已上线")


@models.command()
@json_option
@mendable
def rollback(as_json: bool) -> None:
    """Let the model that served before serve again. 回退到上一版本。"""
    from recommender import service

    version = run(_with_database(lambda db: service.rollback(db, at=utc_now())))
    report({"serving": version}, as_json, f"model {version} serves 已回退")


@models.command()
@click.argument("version", type=int)
@click.option("--days", type=click.IntRange(1, 366), default=90, show_default=True, help="How far back. 回看天数。")
@click.option("--most", type=click.IntRange(1), default=2000, show_default=True, help="Answers at most. 最多样本。")
@json_option
@mendable
def challenge(version: int, days: int, most: int, as_json: bool) -> None:
    """What model VERSION would have brought, from shuffled answers (JISHI_EXPLORE). 用探索日志评估指定版本。"""
    from api.challenge import challenge as judge

    chosen, now = settings(), utc_now()

    async def work() -> Challenge:
        async with connected(chosen, command_timeout=None) as db:
            window, quiet = timedelta(days=days), timedelta(days=chosen.quiet_days)
            caller = command_line_caller()
            return await judge(db, version, caller, start=now - window, end=now, most=most, quiet=quiet)

    done = run(work())
    report(asdict(done), as_json, challenged(done))


def challenged(done: Challenge) -> str:
    """The estimates as lines, with what limits them below."""
    named = (("IPS", done.ips), ("SNIPS", done.snips), ("doubly robust", done.doubly_robust))
    lines = [
        f"{done.answers:,} answers with logged chances brought {done.logged:.4f} accepted items each",
        f"model {done.version} would have brought    95 % interval   rows it is worth   mean weight",
    ]
    for name, one in named:
        if one is not None:
            interval = f"{one.reward.low:.4f}–{one.reward.high:.4f}"
            lines.append(
                f"  {name:<14} {one.reward.value:>8.4f} {interval:>17} {one.effective:>18,.0f} {one.weight:>13.2f}"
            )
    if done.snips.effective < FEW_ROWS:
        lines.append(f"too little to go by: fewer than {FEW_ROWS} rows; explore more or longer 样本不足，请延长探索")
    if done.trained_within:
        lines.append("this model has learned from these days, which flatters it 该模型的训练数据与评估期重叠")
    return "\n".join(lines)


async def _with_database(use: Callable[[Database], Coroutine[Any, Any, T]]) -> T:
    async with connected(settings()) as db:
        return await use(db)
