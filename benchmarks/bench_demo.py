"""The demo operator measured: start, import, training, one recommendation, and quality against the known truth.

    python benchmarks/bench_demo.py [start] [import] [train] [serve] [truth] [--customers N] [--seeds 1-3] [--ways 1]

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
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import bench_truth
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


def jishi(home: Path, *words: str, **environment: str) -> str:
    known = {**os.environ, "JISHI_HOME": str(home), **environment}
    done = subprocess.run([JISHI, *words], env=known, capture_output=True, text=True, check=False)
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


WAYS = ("separate columns", "as taste", "dropped")


def known_truth(work: Path, customers: int, seeds: list[int], ways: tuple[str, ...] = WAYS) -> None:
    """What everybody is served, against the true chances of the 90 days that follow, over demo operators by seed."""
    orders: dict[str, list[bench_truth.Order]] = {}
    models: dict[str, set[str]] = {}
    tenths: dict[str, list[list[bench_truth.Tenth]]] = {"truth": [], "warm": [], "cold": []}
    people = 0
    for seed in seeds:
        source = work / f"truth-{seed}"
        jishi(work / "unused", "demo", "--customers", str(customers), "--seed", str(seed),
              "--files", str(source), "--until", UNTIL.isoformat())  # fmt: skip
        codes, items, chance = _truth(customers, seed)
        for how in ways:
            table, shown, report = _served(work / f"operator-{seed}-{how.split()[0]}", source, how)
            if how == WAYS[0]:
                own = _personal(table, codes)
                true, names = chance[own], [codes[place] for place in own]
                found = bench_truth.lists(table, names, items)
                open_ = found.listed
                people += len(own)
                diverse = bench_truth.lists(shown, names, items).score
                orders.setdefault("(separate columns, as shown)", []).append(bench_truth.order(diverse, true, open_))
                popular = np.where(open_, _popular(source, items), -np.inf)
                oracle = np.where(open_, true, -np.inf)
                orders.setdefault("(by what is popular)", []).append(bench_truth.order(popular, true, open_))
                orders.setdefault("(the truth itself)", []).append(bench_truth.order(oracle, true, open_))
                tenths["truth"].append(bench_truth.tenths(found.chance, true))
                for role in ("warm", "cold"):
                    tenths[role].append(bench_truth.told(report["reliability"][role]))
            served = bench_truth.lists(table, names, items).score
            orders.setdefault(how, []).append(bench_truth.order(served, true, open_))
            models.setdefault(how, set()).add(report["groups"][0]["choice"]["name"])
        shutil.rmtree(source)
    print("### Quality against the known truth\n")
    print(
        f"{customers:,} customers, demo seeds {', '.join(map(str, seeds))}; {people:,} lists of people, without a"
        " channel,\nagainst the true chance that each item is taken within the next 90 days. What may be offered is\n"
        "what stands in somebody's list while forced rows are told apart; steps up are another list. As shown, a list\n"
        "holds three of a category at most. Mean ± deviation over seeds.\n"
    )
    bench_truth.show_orders(orders, models)
    bench_truth.show_tenths("Probabilities as served, against the true chances:", tenths["truth"], "true")
    for role, who in (("warm", "with history"), ("cold", "without history")):
        bench_truth.show_tenths(f"As the report of training tells, customers {who}:", tenths[role], "taken")


def _truth(customers: int, seed: int) -> tuple[list[str], tuple[str, ...], Any]:
    """Codes of people, items, and people × items of true chances; stories written by hand are left out."""
    codes: list[str] = []
    chances = []
    for block in truth(customers=customers, seed=seed, until=UNTIL, at=UNTIL):
        kept = np.array([bool(one) for one in block.segments]) & ~np.isnan(block.probability).any(axis=1)
        codes += [block.customers[place] for place in np.flatnonzero(kept).tolist()]
        chances.append(block.probability[kept])
        items = block.items
    return codes, items, np.concatenate(chances)


def _served(home: Path, source: Path, how: str) -> tuple[pa.Table, pa.Table, dict[str, Any]]:
    """Imported in one of the WAYS, trained, and everybody scored: all that may be offered, the lists as they are shown
    (few of a category), and what the training reports.
    """
    files = home.with_name(f"{home.name}-files")
    _variant(source, files, how)
    try:
        with held(home):
            for kind in KINDS:
                jishi(home, "import", kind, str(files / FILES[kind]), "--json")
            report = json.loads(jishi(home, "train", "--json"))["report"]
            for name, limit in (("all", {"JISHI_PER_CATEGORY": "0"}), ("shown", {})):
                jishi(home, "score", "--out", str(files / name), "--top", "100", "--jobs", "1", "--json", **limit)
        return pq.read_table(files / "all"), pq.read_table(files / "shown"), report
    finally:
        shutil.rmtree(files)
        # The embedded server may still be on its way out; what it leaves goes with everything else.
        shutil.rmtree(home, ignore_errors=True)


def _personal(table: pa.Table, codes: list[str]) -> list[int]:
    """The places of those who have a list of their own: a general one is no estimate of taste."""
    there = set(table.filter(table["personalised"])["customer"].unique().to_pylist())
    return [place for place, code in enumerate(codes) if code in there]


def _popular(source: Path, items: tuple[str, ...]) -> Any:
    """How often each item was taken freely in the last 90 days."""
    table = pq.read_table(source / FILES["product"])
    start, since = table["start_date"], UNTIL - timedelta(days=90)
    recent = [
        code
        for code, origin, day in zip(
            table["offering"].to_pylist(), table["origin"].to_pylist(), start.to_pylist(), strict=True
        )
        if origin == "VOLUNTARY" and day and day >= since
    ]
    counted = Counter(recent)
    return np.array([float(counted[item]) for item in items])


def _seeds(text: str) -> list[int]:
    """`1-3` or `1,4,9`."""
    first, _, last = text.partition("-")
    return list(range(int(first), int(last) + 1)) if last else [int(one) for one in text.split(",")]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parts = ("start", "import", "train", "serve", "truth")
    options.add_argument("parts", nargs="*", choices=[*parts, []], default=list(parts))
    options.add_argument("--customers", type=int, default=50_000)
    options.add_argument("--seeds", type=_seeds, default=[1], help="demo operators of `truth`, like 1-3")
    options.add_argument("--ways", type=int, default=len(WAYS), help="of telling forced rows; 1: as is")
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
            known_truth(work, chosen.customers, chosen.seeds, WAYS[: chosen.ways])
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
