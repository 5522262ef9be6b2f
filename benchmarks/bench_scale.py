"""Training and scoring of everybody in an imported operator, by stage: seconds, CPU, memory, rows a second.

    JISHI_HOME=… python -m benchmarks.bench_scale [train] [score] [--jobs 2] [--customers 500000] [--json FILE]

Trains and promotes a model, and scores everybody, or so many customers evenly spread, into a folder that it removes.
Memory is that of all processes together, what they share counted once; CPU is that of Python and of PostgreSQL's
processes, the ones that ended among them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import psutil

from api.batch import Job
from api.batch_processes import Task, each
from api.clock import utc_now
from api.closed_loop import policy_of
from api.commands.scoring import PART, written
from api.database import located, opened
from api.eligible_then import RulesThen
from api.settings import Settings, read
from recommender import model_store, store
from recommender.everybody import Crew
from recommender.machine import cores
from recommender.train import train
from sql.pool import Database

WORK = ("train", "score")
MB = 1 << 20


def server() -> psutil.Process | None:
    """The embedded server's first process, which alone names the data directory; None: a real server is elsewhere."""
    for one in psutil.process_iter(["name", "cmdline"]):
        if one.info["name"] == "postgres" and str(read().home) in " ".join(one.info["cmdline"] or ()):
            return one
    return None


def cpu(postmaster: psutil.Process | None) -> tuple[float, float]:
    """CPU seconds of this process and of its children that ended, and those of PostgreSQL."""
    own = sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    if postmaster is None:
        return own, 0.0
    ended = postmaster.cpu_times()
    alive = [one.cpu_times() for one in postmaster.children()]
    return own, ended.children_user + ended.children_system + sum(one.user + one.system for one in alive)


class Peak(threading.Thread):
    """The highest memory of Python's and of PostgreSQL's processes, looked at twice a second."""

    def __init__(self, postmaster: psutil.Process | None) -> None:
        super().__init__(daemon=True)
        self.postmaster, self.python, self.postgres, self.over = postmaster, 0, 0, threading.Event()

    def run(self) -> None:
        while not self.over.wait(0.5):
            self.python = max(self.python, self._together(psutil.Process()))
            if self.postmaster is not None:
                self.postgres = max(self.postgres, self._together(self.postmaster))

    @staticmethod
    def _together(root: psutil.Process) -> int:
        found = 0
        for one in [root, *root.children(recursive=True)]:
            try:
                found += one.memory_full_info().pss
            except psutil.Error:
                continue
        return found


@contextmanager
def measured(found: dict[str, Any], name: str) -> Iterator[dict[str, Any]]:
    """Adds what the block took to `found[name]`."""
    postmaster = server()
    peak, begin, (own, theirs) = Peak(postmaster), time.perf_counter(), cpu(postmaster)
    peak.start()
    figures: dict[str, Any] = {}
    yield figures
    peak.over.set()
    own_after, theirs_after = cpu(postmaster)
    found[name] = figures | {
        "seconds": round(time.perf_counter() - begin, 1),
        "pythonCpuSeconds": round(own_after - own, 1),
        "postgresCpuSeconds": round(theirs_after - theirs, 1),
        "pythonPeakMB": peak.python // MB,
        "postgresPeakMB": peak.postgres // MB,
    }


async def training(db: Database, dsn: str, chosen: Settings, jobs: int, found: dict[str, Any]) -> None:
    with measured(found, "train") as figures:
        done = await train(
            db,
            at=utc_now(),
            progress=lambda message: print(f"  {message}", file=sys.stderr, flush=True),
            rules=RulesThen(db, chosen.timezone),
            crew=Crew(dsn, jobs),
        )
        figures |= {
            "version": done.version,
            "promoted": done.promoted,
            "grid": done.report["grid"],
            "compared": done.report["compared"],
            "chosen": {group["group"]: group["choice"]["name"] for group in done.report["groups"]},
            "stages": done.report["stages"],
        }


def scoring(dsn: str, version: int, chosen: Settings, jobs: int, parts: list[Any], found: dict[str, Any]) -> None:
    folder = Path(tempfile.mkdtemp(prefix="jishi-score-"))
    task = Task(dsn, version, Job(utc_now(), policy=policy_of(chosen), zone=chosen.timezone), partial(written, folder))
    try:
        with measured(found, "score") as figures:
            spent: dict[str, float] = {}
            customers = rows = size = 0
            for _, (part, seconds) in each(task, parts, min(jobs, len(parts))):
                customers, rows = customers + part.customers, rows + part.rows
                size += (folder / part.file).stat().st_size
                for name in ("read", "mask", "score", "write"):
                    spent[name] = round(spent.get(name, 0.0) + getattr(seconds, name), 2)
            figures |= {"customers": customers, "rows": rows, "bytes": size, "processSeconds": spent}
    finally:
        shutil.rmtree(folder)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", choices=[*WORK, []], default=list(WORK))
    parser.add_argument("--jobs", type=int, default=cores())
    parser.add_argument("--customers", type=int, default=0, help="score so many, evenly spread; 0: everybody")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    chosen, found = read(), dict[str, Any]()
    async with located(chosen) as dsn, opened(dsn, command_timeout=None) as db:
        size = await store.extent(db)
        subscriptions = await db.fetchval(
            "select sum(reltuples)::bigint from pg_class where relname ~ '^product_p[0-9]+$'"
        )
        found["operator"] = {"customers": size.customers, "subscriptions": subscriptions}
        if "train" in asked.what:
            await training(db, dsn, chosen, asked.jobs, found)
        version = await model_store.serving_version(db)
        if "score" in asked.what and version is not None:
            parts = list(enumerate(store.ranges(size, PART)))
            wanted = max(1, asked.customers // PART) if asked.customers else len(parts)
            some = [parts[place * len(parts) // wanted] for place in range(min(wanted, len(parts)))]
            await asyncio.to_thread(scoring, dsn, version, chosen, asked.jobs, some, found)
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1))
    show(found)


def show(found: dict[str, Any]) -> None:
    """A table of what was measured, and what it comes to for a million."""
    customers = found["operator"]["customers"]
    print(f"{customers:,} customers, {found['operator']['subscriptions']:,} subscriptions\n")
    print(
        "| | s | CPU s of Python | CPU s of PostgreSQL | MB of Python | MB of PostgreSQL | CPU s a million customers |"
    )
    print("|---|---|---|---|---|---|---|")
    for name in WORK:
        if one := found.get(name):
            each_million = (one["pythonCpuSeconds"] + one["postgresCpuSeconds"]) / one.get("customers", customers) * 1e6
            print(
                f"| {name} | {one['seconds']} | {one['pythonCpuSeconds']} | {one['postgresCpuSeconds']} "
                f"| {one['pythonPeakMB']} | {one['postgresPeakMB']} | {each_million:.1f} |"
            )
    if "train" in found:
        print("\nstages:", ", ".join(f"{name} {spent:.1f} s" for name, spent in found["train"]["stages"].items()))
        print("chosen:", found["train"]["chosen"], "grid:", found["train"]["grid"])
    if "score" in found:
        one = found["score"]
        print(
            f"\n{one['customers']:,} customers scored, {one['customers'] / one['seconds']:,.0f} a second; "
            f"{one['bytes'] / one['customers']:.0f} bytes each; seconds of processes: {one['processSeconds']}"
        )


if __name__ == "__main__":
    asyncio.run(main())
