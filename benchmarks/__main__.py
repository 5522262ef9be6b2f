"""`python -m benchmarks run|report|check`: Jishi beside its peers, measured and rendered.

Knows the parts and their order; must not know how any of them is measured.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

from benchmarks import check, costs_run, graphql_run, recommendation_run, report, results
from benchmarks.say import say

Part = Callable[[bool], dict[str, Any]]
PARTS: dict[str, Part] = {
    "graphql": lambda is_short: graphql_run.run(graphql_run.SHORT if is_short else graphql_run.Plan()),
    "recommendation": recommendation_run.run,
    "costs": costs_run.run,
}


def _run(names: list[str], *, is_short: bool, only_missing: bool) -> None:
    for name in names or PARTS:
        if only_missing and results.load(name) is not None:
            say(f"{name}: kept as it was measured")
            continue
        say(f"{name}: begins")
        before, begin = results.machine(), time.perf_counter()
        figures = PARTS[name](is_short)
        seconds = time.perf_counter() - begin
        path = results.save(name, figures, before=before, is_short=is_short, seconds=seconds)
        say(f"{name}: {seconds:.0f} s, written to {path}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="measure; each part is written as soon as it is done")
    run.add_argument("parts", nargs="*", choices=[*PARTS, []], help=f"by default all: {', '.join(PARTS)}")
    run.add_argument("--short", action="store_true", help="fewer rounds and smaller sizes, three minutes in all")
    run.add_argument("--missing", action="store_true", help="only parts that have no results yet")
    commands.add_parser("report", help="draw the plots, and fill the tables of the pages")
    commands.add_parser("check", help="seconds: fail when a ratio is far off")
    asked = parser.parse_args()
    if asked.command == "run":
        _run(asked.parts, is_short=asked.short, only_missing=asked.missing)
    elif asked.command == "report":
        report.render()
    else:
        raise SystemExit(check.check())


if __name__ == "__main__":
    main()
