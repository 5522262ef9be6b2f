"""The demo operator measured: start, import, training, one recommendation, and quality against the known truth.

    python benchmarks/bench_demo.py [start] [import] [train] [serve] [truth] [--customers 50000]

Meets Jishi by its command line and HTTP; only the known truth comes from api.demo. It works in data directories of its
own and removes them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq

from api.demo import truth

JISHI = str(Path(sys.executable).with_name("jishi"))
UNTIL = (datetime.now(UTC) - timedelta(days=1)).date()
KINDS = ("catalog", "market", "customer", "member", "product", "usage")
FILES = {"catalog": "catalog.json", **{kind: f"{kind}s.parquet" for kind in KINDS[1:5]}, "usage": "usage.parquet"}
QUESTION = """query($id: ID) { recommendation(customerId: $id, first: 5, context: {channel: "ONLINE"}) {
  recommendationItem {
    id priority score probability talkingPoint productOffering { code name } reasons { text weight } }
  withheld { rule count } } }"""


def jishi(home: Path, *words: str) -> str:
    done = subprocess.run(
        [JISHI, *words], env={**os.environ, "JISHI_HOME": str(home)}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"jishi {' '.join(words)} failed:\n{done.stderr}")
    return done.stdout


@contextmanager
def held(home: Path) -> Iterator[None]:
    """Keeps the embedded server running, so that commands measured inside do not start and stop it."""
    with running(home, "serve"):
        yield


@contextmanager
def running(home: Path, *words: str) -> Iterator[tuple[str, float, subprocess.Popen[str]]]:
    """`jishi` until its ready line: the address, the seconds it took, the process."""
    begin = time.perf_counter()
    process = subprocess.Popen(
        [JISHI, *words, "--port", "0"],
        env={**os.environ, "JISHI_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    seconds = time.perf_counter() - begin
    try:
        yield line.split()[1], seconds, process
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def start(home: Path, customers: int) -> None:
    print("### Start\n\n| | s |\n|---|---|")
    with running(home, "up", "--customers", str(customers)) as (_, first, _):
        print(f"| `jishi up`, first run, {customers:,} customers: ready | {first:.1f} |")
    for _ in range(2):
        with running(home, "up") as (_, later, _):
            print(f"| `jishi up`, later start: ready | {later:.1f} |")
    print()


def imports(home: Path, folder: Path, customers: int) -> None:
    jishi(home, "demo", "--customers", str(customers), "--files", str(folder), "--until", UNTIL.isoformat())
    more = folder / "more"
    jishi(
        home, "demo", "--customers", str(customers), "--files", str(more), "--until", UNTIL.isoformat(), "--seed", "2"
    )
    print("### Import\n\n| kind | rows | into empty, rows/s | changed file into filled, rows/s |\n|---|---|---|---|")
    with held(home):
        reports = {}
        for name, where in (("empty", folder), ("filled", more)):
            for kind in KINDS:
                begin = time.perf_counter()
                report = json.loads(jishi(home, "import", kind, str(where / FILES[kind]), "--json"))
                reports[kind, name] = report | {"seconds": report.get("seconds", time.perf_counter() - begin)}
    for kind in KINDS[1:]:
        empty, filled = reports[kind, "empty"], reports[kind, "filled"]
        rates = [f"{one['rows_read'] / one['seconds']:,.0f}" for one in (empty, filled)]
        print(f"| {kind} | {empty['rows_read']:,} | {rates[0]} | {rates[1]} |")
    print()


def training(home: Path) -> None:
    """Needs an imported operator in `home`."""
    with held(home):
        begin = time.perf_counter()
        report = json.loads(jishi(home, "train", "--json"))
        seconds = time.perf_counter() - begin
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    facts = report["report"]
    print(
        f"### Training\n\n{facts['customers']:,} customers, {facts['items']} items, grid {facts['grid']}: "
        f"{report['seconds']:.1f} s ({seconds:.1f} s with the start of the command), "
        f"peak of the largest process so far {peak:,.0f} MiB.\n"
    )
    for group in facts["groups"]:
        print(f"{group['group']}: {group['choice']['name']} ({group['choice']['why']['en']}).\n")


def _cpu(processes: list[psutil.Process]) -> float:
    total = 0.0
    for process in processes:
        try:
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
        except psutil.NoSuchProcess:
            continue
    return total


def _postgres(home: Path) -> list[psutil.Process]:
    """The postmaster of this data directory and its children."""
    found = []
    for process in psutil.process_iter(["name", "cmdline"]):
        words = process.info["cmdline"] or []
        if process.info["name"] == "postgres" and any(str(home) in word for word in words):
            found += [process, *process.children(recursive=True)]
    return found


async def _load(address: str, tokens: list[str], ids: list[str], clients: int, seconds: float) -> list[float]:
    """Each client asks one customer after the other; the milliseconds of each answer."""
    taken: list[float] = []
    end = time.perf_counter() + seconds

    async def client(number: int) -> None:
        async with httpx.AsyncClient(timeout=30) as http:
            position = number
            while time.perf_counter() < end:
                begin = time.perf_counter()
                variables = {"id": ids[position % len(ids)]}
                bearer = {"Authorization": f"Bearer {tokens[position % len(tokens)]}"}
                answer = await http.post(address, json={"query": QUESTION, "variables": variables}, headers=bearer)
                body = answer.json()
                if "errors" in body:
                    sys.exit(f"an answer failed: {body['errors'][0]}")
                taken.append((time.perf_counter() - begin) * 1000)
                position += clients

    await asyncio.gather(*(client(number) for number in range(clients)))
    return taken


def serving(home: Path, customers: int) -> None:
    """Needs a trained operator in `home`. Several admins ask, since each is held to 100 requests a second."""
    ids = [f"C{number:07d}" for number in range(1, min(customers, 5000))]
    tokens = [jishi(home, "token", "--role", "admin", "--sub", f"load-{number}").strip() for number in range(12)]
    print("### One recommendation\n\n| clients | requests/s | p50 ms | p99 ms | server CPU ms | PostgreSQL CPU ms |")
    print("|---|---|---|---|---|---|")
    with running(home, "serve") as (address, _, process):
        server = [psutil.Process(process.pid)]
        for clients in (1, 8):
            asyncio.run(_load(address, tokens, ids, clients, 2))
            database = _postgres(home)
            before, store = _cpu(server), _cpu(database)
            taken = asyncio.run(_load(address, tokens, ids, clients, 8))
            cpu, postgres = (_cpu(server) - before) / len(taken) * 1000, (_cpu(database) - store) / len(taken) * 1000
            cuts = statistics.quantiles(taken, n=100)
            print(
                f"| {clients} | {len(taken) / 8:,.0f} | {cuts[49]:.1f} | {cuts[98]:.1f} | {cpu:.2f} | {postgres:.2f} |"
            )
    print()


def _variant(source: Path, target: Path, how: str) -> None:
    """The same files, with forced rows as they are, as taste, or dropped."""
    shutil.copytree(source, target)
    table = pq.read_table(target / FILES["product"])
    origin = table.column("origin").to_numpy(zero_copy_only=False).astype(object)
    if how == "dropped":
        table = table.filter(pa.array(origin == "VOLUNTARY"))
    if how == "as taste":
        table = table.set_column(
            table.schema.get_field_index("origin"), "origin", pa.array(["VOLUNTARY"] * len(origin), pa.string())
        )
        table = table.set_column(table.schema.get_field_index("bundle"), "bundle", pa.nulls(len(origin), pa.string()))
    pq.write_table(table, target / FILES["product"])


def known_truth(work: Path, customers: int, sample: int = 3000) -> None:
    """What the first five recommendations are truly worth, against the best five that could have been chosen."""
    source = work / "truth-files"
    jishi(work / "unused", "demo", "--customers", str(customers), "--files", str(source), "--until", UNTIL.isoformat())
    known = next(iter(truth(customers=customers, seed=1, until=UNTIL, at=UNTIL)))
    chance = np.nan_to_num(np.asarray(known.probability))
    place = {code: position for position, code in enumerate(known.items)}
    rows = [row for row in range(1, min(sample + 1, len(known.customers))) if known.segments[row]]
    best = {row: float(np.sort(chance[row])[-5:].sum()) for row in rows}
    print("### Quality against the known truth\n")
    print(
        f"{len(rows):,} people, five recommendations each without a channel; the true chance that each is taken within"
    )
    print("the next 90 days, summed, as a share of the best five.\n")
    print("| forced rows | served by | share of the best | share that is possible at all |\n|---|---|---|---|")
    for how in ("separate columns", "as taste", "dropped"):
        home, files = work / f"home-{how.split()[0]}", work / f"files-{how.split()[0]}"
        _variant(source, files, how)
        with held(home):
            for kind in KINDS:
                jishi(home, "import", kind, str(files / FILES[kind]), "--json")
            jishi(home, "train", "--json")
        token = jishi(home, "token", "--role", "admin").strip()
        with running(home, "serve") as (address, _, _):
            served, reached, possible, given = asyncio.run(_judge(address, token, known.customers, rows, chance, place))
        share = reached / sum(best.values())
        print(f"| {how} | {served} | {share:.3f} | {possible / given:.3f} |")
        shutil.rmtree(files)
    print()


async def _judge(
    address: str, token: str, customers: Any, rows: list[int], chance: Any, place: dict[str, int]
) -> tuple[str, float, int, int]:
    document = """query($id: ID) { recommendation(customerId: $id, first: 5) {
        source recommendationItem { productOffering { code } } } }"""
    source, reached, possible, given = "", 0.0, 0, 0
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=30) as http:
        for row in rows:
            body: dict[str, Any] = {}
            while "data" not in body:
                answer = await http.post(address, json={"query": document, "variables": {"id": str(customers[row])}})
                body = answer.json()
                if answer.status_code == 429:
                    await asyncio.sleep(0.05)
            found = body["data"]["recommendation"]
            source = found["source"] or source
            for item in found["recommendationItem"]:
                worth = float(chance[row, place[item["productOffering"]["code"]]])
                reached, possible, given = reached + worth, possible + (worth > 0), given + 1
    return source, reached, possible, given


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parts = ("start", "import", "train", "serve", "truth")
    options.add_argument("parts", nargs="*", choices=[*parts, []], default=list(parts))
    options.add_argument("--customers", type=int, default=50_000)
    chosen = options.parse_args()
    work = Path(tempfile.mkdtemp(prefix="jishi-bench-"))
    # PostgreSQL runs as another user when this is root, and must reach its files.
    work.chmod(0o755)
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {date.today()}\n")
    try:
        demo, plain = work / "demo", work / "plain"
        if "start" in chosen.parts:
            start(demo, chosen.customers)
        if "import" in chosen.parts:
            imports(plain, work / "files", chosen.customers)
        if {"train", "serve"} & set(chosen.parts) and "start" not in chosen.parts:
            jishi(demo, "demo", "--customers", str(chosen.customers))
        if "train" in chosen.parts:
            training(demo)
        if "serve" in chosen.parts:
            serving(demo, chosen.customers)
        if "truth" in chosen.parts:
            known_truth(work, chosen.customers)
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
