"""`jishi train` and `jishi evaluate`: a model is made and judged, once or every night.

Knows options and tables for the terminal; must not know how a model works.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, cast

import click

from api.clock import utc_now
from api.commands.common import json_option, mendable, report, run, say, settings, stop
from api.database import connected, located, opened
from api.settings import Settings

if TYPE_CHECKING:
    from recommender.judging import Protocol
    from recommender.train import TrainReport

Grid = Literal["quick", "full"]


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
@click.option(
    "--jobs", type=click.IntRange(1, 64), help="Processes that read everybody; by default one a core. 进程数。"
)
@click.option("--every", help="Now, and again after so long, until stopped: 24h, 90m. 每隔一段时间训练一次。")
@click.option("--at", "hour", help="Each day at this hour of JISHI_TIMEZONE, until stopped: 02:00. 每天定时训练。")
@json_option
@mendable
def train(
    grid: str, seed: int, no_promote: bool, jobs: int | None, every: str | None, hour: str | None, as_json: bool
) -> None:
    """Learn from everybody's products, judge, promote the better. 训练并上线模型。

    One training at a time in one database. With --every or --at a training that fails is tried again the next time.
    """
    chosen = settings()
    if every or hour:
        options = ["--grid", grid, "--seed", str(seed), *(["--jobs", str(jobs)] if jobs else [])]
        options += [*(["--no-promote"] if no_promote else []), *(["--json"] if as_json else [])]
        _again_and_again(every, hour, options, chosen)
        return
    from api.commands.insight import after_training
    from api.commands.market_scoring import markets_after_training
    from api.eligible_then import RulesThen
    from recommender import train as nightly
    from recommender.everybody import Crew
    from recommender.machine import cores
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
                    crew=Crew(dsn, jobs or cores()),
                    rules=RulesThen(db, chosen.timezone),
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
@click.option("--markets", is_flag=True, help="Only how offers are ranked for cluster markets. 仅评估聚类市场。")
@json_option
@mendable
def evaluate(
    protocol: str,
    seeds_text: str,
    split: str | None,
    grid: str,
    no_attributes: bool,
    day: datetime | None,
    markets: bool,
    as_json: bool,
) -> None:
    """Judge every candidate on withheld data, and change nothing. 评估所有候选模型。"""
    from api.eligible_then import RulesThen
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
                    rules=RulesThen(db, chosen.timezone),
                )

    done = run(work())
    if markets:
        report(done["markets"], as_json, "\n\n".join(market_table(one) for one in done["markets"].values()))
        return
    report(done, as_json, "\n\n".join(table(group) for group in done["groups"]))


def market_table(found: dict[str, Any] | None) -> str:
    """How offers are ranked for whole markets, a line per way of ranking."""
    if found is None:
        return "too few markets with dated adoptions to judge by 可供评判的聚类市场太少"
    head = f"{found['markets']} markets, {found['members']:,} members, {found['adoptions']:,} adoptions withheld"
    lines = [head, f"{'ranked by':<26} {'NDCG@10':>8} {'95 % interval':>17} {'the model leads by':>24}"]
    for name, one in found["NDCG@10"].items():
        lead = found["lead"].get(name)
        led = f"{lead['mean']:+.4f} [{lead['low']:+.4f}, {lead['high']:+.4f}]" if lead else ""
        interval = f"{one['low']:.4f}–{one['high']:.4f}"
        lines.append(f"{name:<26} {one['mean']:>8.4f} {interval:>17} {led:>24}")
    return "\n".join(lines)


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
