"""`jishi train`, `jishi evaluate` and `jishi models`: a model is made, judged, promoted or taken back.

Knows options and tables for the terminal; must not know how a model works.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

import click

from api.clock import utc_now
from api.commands.common import command_line_caller, json_option, mendable, report, run, say, settings, stop
from api.database import connected, located, opened
from api.settings import Settings

if TYPE_CHECKING:
    from api.challenge import Challenge
    from recommender.judging import Protocol
    from recommender.train import TrainReport
    from sql.pool import Database

Grid = Literal["quick", "full"]
T = TypeVar("T")
FEW_ROWS = 200


def grid_option(default: Grid) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return click.option(
        "--grid",
        type=click.Choice(["quick", "full"]),
        default=default,
        show_default=True,
        help="How many settings of each candidate are tried. 调参范围。",
    )


@contextmanager
def steps() -> Iterator[Callable[[str], None]]:
    """Shows each step of a training on stderr, with the seconds since the start."""
    begin = time.perf_counter()
    yield lambda message: say(f"  {time.perf_counter() - begin:5.1f} s  {message}")


def _seeds(text: str) -> list[int]:
    """1,2,5-8 → [1, 2, 5, 6, 7, 8]."""
    found: list[int] = []
    for part in text.split(","):
        low, _, high = part.strip().partition("-")
        if not low.isdigit() or (high and not high.isdigit()):
            stop(f"--seeds {text}: write numbers like 1,2,3 or 1-10 种子应为数字")
        found += range(int(low), int(high or low) + 1)
    return sorted(set(found))


@click.command()
@grid_option("quick")
@click.option("--seed", type=int, default=1, show_default=True, help="Repeats a training exactly. 随机种子。")
@click.option("--no-promote", is_flag=True, help="Keep the model, but let the one before serve on. 只保存不上线。")
@click.option("--every", help="Now, and again after so long, until stopped: 24h, 90m. 每隔一段时间训练一次。")
@click.option("--at", "hour", help="Each day at this hour of JISHI_TIMEZONE, until stopped: 02:00. 每天定时训练。")
@json_option
@mendable
def train(grid: str, seed: int, no_promote: bool, every: str | None, hour: str | None, as_json: bool) -> None:
    """Learn from everybody's products, judge, promote the better. 训练并上线模型。

    One training at a time in one database. With --every or --at a training that fails is tried again the next time.
    """
    chosen = settings()
    if every or hour:
        options = ["--grid", grid, "--seed", str(seed)]
        options += [*(["--no-promote"] if no_promote else []), *(["--json"] if as_json else [])]
        _again_and_again(every, hour, options, chosen)
        return
    from api.commands.insight import after_training
    from api.commands.market_scoring import markets_after_training
    from recommender import train as nightly
    from sql.alone import alone

    async def work() -> TrainReport:
        async with (
            located(chosen) as dsn,
            opened(dsn, command_timeout=None) as db,
            alone(db, "train") as free,
        ):
            if not free:
                stop("another training runs in this database; wait for it to end 已有训练正在进行，请等待其结束")
            with steps() as progress:
                done = await nightly.train(
                    db,
                    at=utc_now(),
                    grid=cast(Grid, grid),
                    seed=seed,
                    progress=progress,
                    promote=not no_promote,
                )
                await after_training(db, progress)
                await markets_after_training(db, dsn, chosen, progress)
                return done

    done = run(work())
    report(asdict(done), as_json, "\n\n".join(table(group) for group in done.report["groups"]))
    say(f"model {done.version} {'serves' if done.promoted else 'is kept'}; {done.seconds:.1f} s 训练完成")
    if done.refused:
        say("\n".join(f"it does not serve: {why}" for why in done.refused))
        stop(
            f"the model before serves on; mend the data and train again, or jishi models promote {done.version} "
            "原模型继续服务；请排除数据问题后重新训练，或人工上线"
        )


def _again_and_again(every: str | None, hour: str | None, options: list[str], chosen: Settings) -> None:
    from api.commands import schedule

    if every and hour:
        stop("--every and --at exclude each other; give one 二者不可同时使用")
    try:
        following = (
            schedule.every(schedule.duration(every))
            if every
            else schedule.daily(schedule.time_of_day(hour or ""), chosen.timezone)
        )
    except ValueError:
        stop("--every takes a time like 24h or 90m, --at an hour like 02:00 时间格式不对，例如 24h、90m 或 02:00")
    now = utc_now()
    schedule.stop_on_sigterm()
    schedule.repeat(["train", *options], now if every else following(now, now), following, chosen.timezone)
    say("stopped 已停止")


@click.command()
@click.option(
    "--protocol",
    type=click.Choice(["temporal", "hide-one", "hold-out"]),
    default="temporal",
    show_default=True,
    help="temporal: what the last window saw; for data without dates hide-one: one product hidden of each customer who "
    "was not learned from, or hold-out: a fifth of what everybody holds. 评估方法。",
)
@click.option("--seeds", "seeds_text", default="1", show_default=True, help="One run each, like 1,2,3 or 1-10. 种子。")
@click.option("--split", help="A customer attribute with the values train, test and perhaps tune. 官方划分所在属性。")
@grid_option("full")
@click.option("--no-attributes", is_flag=True, help="Learn from holdings alone. 不使用客户属性。")
@click.option(
    "--at", "day", type=click.DateTime(["%Y-%m-%d"]), help="As if it were this day, like 2026-03-01. 以该日为准评估。"
)
@json_option
@mendable
def evaluate(
    protocol: str,
    seeds_text: str,
    split: str | None,
    grid: str,
    no_attributes: bool,
    day: datetime | None,
    as_json: bool,
) -> None:
    """Judge every candidate on withheld data, and change nothing. 评估所有候选模型。"""
    from recommender import judging

    chosen, seeds = settings(), _seeds(seeds_text)

    async def work() -> dict[str, Any]:
        async with connected(chosen, command_timeout=None) as db:
            with steps() as progress:
                return await judging.evaluate(
                    db,
                    at=day.replace(tzinfo=chosen.timezone).astimezone(UTC) if day else utc_now(),
                    protocol=cast("Protocol", protocol),
                    seeds=seeds,
                    split=split,
                    grid=cast(Grid, grid),
                    progress=progress,
                    attributes=not no_attributes,
                )

    done = run(work())
    report(done, as_json, "\n\n".join(table(group) for group in done["groups"]))


def table(group: dict[str, Any]) -> str:
    """One group of customers: a line per candidate, the choice below."""
    lines = [
        f"{group['group']}: {group['users']:,.0f} customers judged",
        f"{'candidate':<22} {'NDCG@10':>8} {'95 % interval':>17} {'HR@3':>7} {'MRR@3':>7} {'cover':>6}"
        f" {'s':>7} {'MiB':>6}",
    ]
    for one in group["candidates"]:
        ndcg, hit, rank = (one["metrics"][name] for name in ("NDCG@10", "HR@3", "MRR@3"))
        interval = f"{ndcg['low']:.4f}–{ndcg['high']:.4f}"
        lines.append(
            f"{one['name']:<22} {ndcg['mean']:>8.4f} {interval:>17} {hit['mean']:>7.4f} {rank['mean']:>7.4f} "
            f"{one['coverage']:>6.2f} {one['seconds']:>7.2f} {one['peakMiB']:>6.0f}"
        )
    choice = group["choice"]
    return "\n".join((*lines, f"chosen: {choice['name']} — {choice['why']['en']} {choice['why']['zh']}"))


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
