"""Quality on public data, by the ordinary commands: files → import → evaluate → train → serve → a query.

    python benchmarks/bench_public.py [telco] [msweb] [journey] [films] [--data DIR] [--seeds 1-10] [--grid full]

Knows the command line and HTTP; must not import Jishi. It works in a data directory of its own and removes it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from public_operators import COMPLETE_JOURNEY_ENDS, ImportFiles, complete_journey, ml_100k, msweb, telco_ibm

JISHI = [str(Path(sys.executable).with_name("jishi"))]
CUSTOMER = "0011-IGKFF"
QUESTION = """{
  recommendation(customerId: "%s", first: 3) {
    source
    customer { products(first: 20) { nodes { productOffering { code } } } }
    recommendationItem { priority score productOffering { code name } reasons { text weight } otherContributions }
    withheld { rule count message }
  }
}"""


def jishi(home: Path, *words: str) -> str:
    """Runs a command in a data directory; its stdout."""
    done = subprocess.run(
        [*JISHI, *words], env={**os.environ, "JISHI_HOME": str(home)}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"jishi {' '.join(words)} failed:\n{done.stderr}")
    return done.stdout


def load(home: Path, files: ImportFiles) -> None:
    for kind, path in files.files:
        begin = time.perf_counter()
        report = json.loads(jishi(home, "import", kind, str(path), "--json"))
        assert report["rows_rejected"] == 0, report
        print(f"  import {kind}: {time.perf_counter() - begin:.1f} s with the start of the database", file=sys.stderr)


def evaluate(home: Path, protocol: str, seeds: str, grid: str, *more: str) -> dict[str, Any]:
    begin = time.perf_counter()
    words = ("evaluate", "--protocol", protocol, "--seeds", seeds, "--grid", grid, "--json", *more)
    report = json.loads(jishi(home, *words))
    print(f"  evaluate {' '.join(more)}: {time.perf_counter() - begin:.1f} s", file=sys.stderr)
    return report


def table(title: str, report: dict[str, Any]) -> str:
    group = next(group for group in report["groups"] if group["group"] == "history")
    lines = [
        f"### {title}",
        "",
        f"{report['customers']:,} customers, {report['items']} items, {group['users']:,.0f} judged per seed, "
        f"seeds {report['seeds'][0]}–{report['seeds'][-1]}, grid {report['grid']}.",
        "",
        "| candidate | NDCG@10 | 95 % interval | deviation | R@5 | HR@1 | HR@3 | HR@5 | MRR@3 | cover | s | MiB |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for one in group["candidates"]:
        figures = one["metrics"]
        ndcg = figures["NDCG@10"]
        cells = [
            one["name"],
            f"{ndcg['mean']:.4f}",
            f"{ndcg['low']:.4f}–{ndcg['high']:.4f}",
            f"{one['deviation']:.4f}",
            *(f"{figures[name]['mean']:.4f}" for name in ("R@5", "HR@1", "HR@3", "HR@5", "MRR@3")),
            f"{one['coverage']:.2f}",
            f"{one['seconds']:.2f}",
            f"{one['peakMiB']:.0f}",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    choice = group["choice"]
    return "\n".join((*lines, "", f"Chosen: {choice['name']} ({choice['why']['en']}).", ""))


def mean(report: dict[str, Any], name: str) -> float:
    group = next(group for group in report["groups"] if group["group"] == "history")
    return next(one["metrics"]["NDCG@10"]["mean"] for one in group["candidates"] if one["name"] == name)


@contextmanager
def server(home: Path) -> Iterator[str]:
    """`jishi serve` on a free port, until the block ends; yields the address that its ready line names."""
    process = subprocess.Popen(
        [*JISHI, "serve", "--port", "0"],
        env={**os.environ, "JISHI_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().split()[1]
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def ask(address: str, token: str, document: str) -> Any:
    request = urllib.request.Request(
        address,
        json.dumps({"query": document}).encode(),
        {"Content-Type": "application/json", "Authorization": f"Bearer {token}", "Accept-Language": "en"},
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def question_and_answer(home: Path) -> str:
    """One telco_ibm customer's recommendations over GraphQL, checked against the prerequisites."""
    jishi(home, "train", "--json")
    token = jishi(home, "token", "--role", "agent").strip()
    document = QUESTION % CUSTOMER
    with server(home) as address:
        answer = ask(address, token, document)
    return f"```graphql\n{document}\n```\n\n```json\n{json.dumps(answer, ensure_ascii=False, indent=2)}\n```\n"


def telco(work: Path, data: Path, seeds: str, grid: str) -> dict[str, bool]:
    home = work / "telco"
    load(home, telco_ibm(data, work / "telco-files"))
    alone = evaluate(home, "hide-one", seeds, grid, "--no-attributes")
    known = evaluate(home, "hide-one", seeds, grid)
    print(table("telco_ibm, from holdings alone", alone))
    print(table("telco_ibm, with attributes", known))
    print("### One telco_ibm customer, asked over GraphQL\n")
    print(question_and_answer(home))
    return {
        "telco_ibm: popularity .687, RP3beta .756, EASE .786 in the mean of seeds, from holdings alone": (
            mean(alone, "ease") >= 0.786
        ),
        "telco_ibm: with attributes EASE gains .013 or more": (
            mean(known, "ease-attributes") >= mean(alone, "ease") + 0.013
        ),
        "telco_ibm: with attributes the second stage gains .025 or more over the best collaborative model": (
            mean(known, "softmax") >= mean(alone, "ease") + 0.025
        ),
    }


def web(work: Path, data: Path, seeds: str, grid: str) -> dict[str, bool]:
    home = work / "web"
    load(home, msweb(data, work / "web-files"))
    visits = evaluate(home, "hide-one", seeds, grid, "--split", "split")
    print(table("msweb, official split", visits))
    return {"msweb: EASE .570 or more": mean(visits, "ease") >= 0.570}


def journey(work: Path, data: Path, seeds: str, grid: str) -> dict[str, bool]:
    home = work / "journey"
    load(home, complete_journey(work / "journey-files"))
    day = ("--at", COMPLETE_JOURNEY_ENDS)
    alone = evaluate(home, "temporal", seeds, grid, *day, "--no-attributes")
    known = evaluate(home, "temporal", seeds, grid, *day)
    print(table("Complete Journey, categories new to a household in the last 90 days, from purchases alone", alone))
    print(table("Complete Journey, with attributes of 801 households", known))
    return {"Complete Journey: EASE .304 or more": mean(alone, "ease") >= 0.304}


def films(work: Path, data: Path, seeds: str, grid: str) -> dict[str, bool]:
    home = work / "films"
    load(home, ml_100k(work / "film-files"))
    alone = evaluate(home, "hold-out", seeds, grid, "--no-attributes")
    known = evaluate(home, "hold-out", seeds, grid)
    print(table("ML-100k, a fifth of each person's films hidden, from ratings alone", alone))
    print(table("ML-100k, with attributes", known))
    return {"ML-100k: EASE .442 or more": mean(alone, "ease") >= 0.442}


SETS = {"telco": telco, "msweb": web, "journey": journey, "films": films}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("sets", nargs="*", metavar="SET", help=f"{', '.join(SETS)}; all without any")
    options.add_argument("--data", type=Path, default=Path("../shared/data"), help="the folder with the data sets")
    options.add_argument("--seeds", default="1-10")
    options.add_argument("--grid", default="full", choices=("quick", "full"))
    chosen = options.parse_args()
    if unknown := set(chosen.sets) - SETS.keys():
        options.error(f"no data set is called {', '.join(sorted(unknown))}; known are {', '.join(SETS)}")
    work = Path(tempfile.mkdtemp(prefix="jishi-bench-"))
    try:
        print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
        targets: dict[str, bool] = {}
        for name in chosen.sets or SETS:
            targets |= SETS[name](work, chosen.data, chosen.seeds, chosen.grid)
        for sentence, holds in targets.items():
            print(f"{'holds' if holds else 'FAILS'}: {sentence}", file=sys.stderr)
        sys.exit(0 if all(targets.values()) else 1)
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
