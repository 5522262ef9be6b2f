"""Tables and plots from the last results, put between the markers of the pages that show them.

Knows Markdown and the pages; must not know how anything was measured.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import bench_customer, plots, results, verdicts
from benchmarks.peers.queries import HOWS, QUERIES
from benchmarks.peers.servers import SERVERS
from benchmarks.say import say
from benchmarks.verdicts import Cells, Verdict

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "benchmarks" / "README.md"
COSTS = ROOT / "docs" / "cost-model.md"
# Rows of the table of targets that take hours of their own; written by hand, each with its command.
LARGE = results.FOLDER / "large.json"
Run = dict[str, Any]


def render() -> None:
    """Fills every marker whose results are there, and draws the plots."""
    graphql, recommendation, costs = (results.load(part) for part in ("graphql", "recommendation", "costs"))
    fill(PAGE, "targets", targets(graphql, recommendation, costs))
    if graphql:
        fill(PAGE, "graphql", of_graphql(graphql))
        plots.graphql(graphql["figures"])
    if recommendation:
        fill(PAGE, "recommendation", of_recommendation(recommendation))
    if costs:
        plots.costs(costs["figures"])
        for name, block in COST_TABLES.items():
            if costs["figures"][name]:
                shown = " ".join(f"![{title}](../benchmarks/results/{plot}.svg)" for plot, title in PLOTS[name].items())
                fill(COSTS, name, f"{taken(costs)}\n\n{shown}\n\n{block(costs['figures'][name])}")


def fill(page: Path, name: str, text: str) -> None:
    """Puts `text` between <!-- name --> and <!-- /name --> of the page. ValueError when it has no such markers."""
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    whole = page.read_text()
    if begin not in whole or end not in whole:
        raise ValueError(f"{page} has no markers {begin} … {end}")
    replaced = re.sub(f"{begin}.*?{end}", lambda _: f"{begin}\n{text}\n{end}", whole, flags=re.DOTALL)
    page.write_text(replaced)
    say(f"{page.relative_to(ROOT)}: {name}")


def taken(run: Run) -> str:
    """When and where, and whether the figures deserve trust."""
    machine = run["machine"]
    words = [f"{run['at'][:10]}, {machine['cores']} cores of {machine['processor']}, Python {machine['python']}"]
    if run["short"]:
        words.append("the short version")
    if machine["busy"]:
        words.append(f"**on a busy machine** (load {machine['load']} before the start): compare within the run only")
    return "; ".join(words) + "."


def targets(graphql: Run | None, recommendation: Run | None, costs: Run | None) -> str:
    found: list[Verdict] = []
    if graphql:
        found += verdicts.of_graphql(graphql["figures"])
    if costs:
        found += verdicts.of_costs(costs["figures"])
    if recommendation:
        found += verdicts.of_recommendation(recommendation["figures"])
    if LARGE.exists():
        found += [Verdict(**one) for one in json.loads(LARGE.read_text())]
    said = {True: "met", False: "**missed**", None: "–"}
    return table(
        ["work", "target", "measured", ""], [[one.work, one.target, one.figure, said[one.met]] for one in found]
    )


def of_graphql(run: Run) -> str:
    figures = run["figures"]
    cells = Cells(figures)
    about = (
        f"{figures['offerings']:,} offerings in force, {figures['bundles']} bundles; "
        f"{figures['connections']} connections, medians of {figures['rounds']} interleaved rounds; "
        f"Node {figures['node'] or 'absent'}. Bytes of an answer: "
        + ", ".join(f"{query.title[:2]} {figures['bytes'][query.name]:,}" for query in QUERIES)
    )
    blocks = [f"{taken(run)} {about}.", "![CPU of a request](results/graphql.svg)"]
    for how, title in HOWS.items():
        blocks.append(f"**{title.capitalize()}**: server CPU µs a request (requests/s)")
        blocks.append(_servers(cells, how, _cpu_and_rate))
    blocks.append("**Variables never seen**: p50 / p99 in ms, with every connection busy; CPU µs of PostgreSQL behind")
    blocks.append(_servers(cells, "variables", _latency))
    blocks += [f"{name} was left out: {why}." for name, why in figures["absent"].items()]
    weights = ", ".join(f"{name} {size / 2**20:.0f}" for name, size in figures["memory"].items())
    return "\n\n".join([*blocks, f"Memory of each server afterwards, MiB: {weights}."])


def _servers(cells: Cells, how: str, show: Callable[[Cells, str, str, str], str]) -> str:
    rows = []
    for server in SERVERS:
        shown = [show(cells, server.name, query.name, how) for query in QUERIES]
        if any(one != "–" for one in shown):
            rows.append([f"{server.title}, {server.what}", *shown])
    return table(["server", *(query.title[:2] for query in QUERIES)], rows)


def _cpu_and_rate(cells: Cells, server: str, query: str, how: str) -> str:
    cpu, rate = (cells.median(server, query, how, figure) for figure in ("cpu_us", "rate"))
    return "–" if cpu is None or rate is None else f"{cpu:,.0f} ({rate:,.0f})"


def _latency(cells: Cells, server: str, query: str, how: str) -> str:
    p50, p99, store = (cells.median(server, query, how, figure) for figure in ("p50_ms", "p99_ms", "postgres_us"))
    if p50 is None or p99 is None or store is None:
        return "–"
    return f"{p50:.1f} / {p99:.1f}" + (f"; {store:,.0f}" if store >= 1 else "")


def of_recommendation(run: Run) -> str:
    figures = run["figures"]
    rows = [
        ["**Jishi**, `jishi train`: PostgreSQL → judged, calibrated, promoted", *_took(figures["train"])],
        ["**Jishi**, `jishi score`: ten for everybody, eligibility mask on, Parquet", *_took(figures["score"])],
    ]
    told = figures["spark"].get("told", {}).get("seconds", {})
    rows += [
        [f"Spark MLlib ALS, {name}", f"{told[name]:.1f}", "", ""] for name in ("start", "read", "fit", "score") if told
    ]
    if told:
        rows.append(["Spark MLlib ALS, in all", *_took(figures["spark"])])
    told = figures["rectools"].get("told", {}).get("seconds", {})
    rows += [[f"RecTools, {name.replace('_', ' ')}", f"{seconds:.1f}", "", ""] for name, seconds in told.items()]
    if told:
        rows.append(["RecTools, in all", *_took(figures["rectools"])])
    about = (
        f"{figures['customer_rows']:,} customers, {figures['product_rows']:,} products held; ALS with rank "
        f"{figures['rank']} and {figures['iterations']} iterations. Spark and RecTools read pairs of numbers from a "
        "Parquet file; fitting one model, they judge and choose nothing."
    )
    absent = [f"{name}: {figures[name]['absent']}." for name in ("spark", "rectools") if "absent" in figures[name]]
    blocks = [f"{taken(run)} {about}", table(["work", "s", "CPU s", "peak MiB of a process"], rows), *absent]
    if "ways" in figures["one"]:
        blocks.append("**One recommendation**, audit row included; p50 and p99 at half of the most that was answered")
        blocks.append(bench_customer.table(figures["one"]["ways"]))
    return "\n\n".join(blocks)


def _took(one: dict[str, Any]) -> list[str]:
    store = f" + {one['postgres']:.1f} in PostgreSQL" if one["postgres"] else ""
    return [f"{one['seconds']:.1f}", f"{one['cpu']:.1f}{store}", f"{one['peak_mib']:,.0f}"]


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _plain(columns: dict[str, tuple[str, str]]) -> Callable[[list[dict[str, Any]]], str]:
    """A table of points: key → (title, format)."""

    def shown(points: list[dict[str, Any]]) -> str:
        rows = [[format(point[key], how) for key, (_, how) in columns.items()] for point in points]
        return table([title for title, _ in columns.values()], rows)

    return shown


def _answers(points: list[dict[str, Any]]) -> str:
    """A row for each catalog and query, a column for each way to be asked."""
    cpu = {(one["offerings"], one["query"], one["server"], one["how"]): one["cpu_us"] for one in points}
    asked = {(one["offerings"], one["query"]): one["bytes"] for one in points}
    ways = (("jishi", "variables"), ("jishi", "repeated"), ("constant-asgi", "repeated"))
    rows = []
    for (offerings, query), size in asked.items():
        found = [cpu.get((offerings, query, *way)) for way in ways]
        rows.append([f"{offerings:,}", query, f"{size:,}", *("–" if one is None else f"{one:,.0f}" for one in found)])
    head = ["offerings", "query", "bytes", "never seen, CPU µs", "repeated, CPU µs", "constant answer, CPU µs"]
    return table(head, rows)


PLOTS = {
    "answers": {"costs-answers": "CPU of an answer by the objects on its page"},
    "snapshot": {"costs-snapshot": "Loading by offerings"},
    "eligibility": {"costs-eligibility": "Eligibility by offerings"},
    "customers": {"costs-customers": "Training and scoring by customers"},
    "products": {"costs-products": "X'X by customers", "costs-holdings": "X'X by products held"},
    "solving": {"costs-solving": "Solving by items"},
}
COST_TABLES: dict[str, Callable[[list[dict[str, Any]]], str]] = {
    "snapshot": _plain(
        {
            "offerings": ("offerings", ","), "load_s": ("load, s", ".2f"), "copy_s": ("COPY of its rows, s", ".2f"),
            "memory_mb": ("memory, MB", ","), "refresh_ms": ("refresh after one edit, ms", ".0f"),
        }
    ),
    "answers": _answers,
    "customers": _plain(
        {
            "customers": ("customers", ","), "products": ("products held", ","), "train_cpu": ("train, CPU s", ".1f"),
            "train_postgres": ("of PostgreSQL, s", ".1f"), "train_peak_mib": ("peak MiB", ",.0f"),
            "score_cpu": ("score, CPU s", ".1f"), "score_postgres": ("of PostgreSQL, s ", ".1f"),
            "copy_rows_per_s": ("COPY out, rows/s", ","),
            "product_bytes": ("bytes of a product held", ","),
        }
    ),
    "products": _plain(
        {
            "customers": ("customers", ","), "holdings": ("held by each", ","), "cpu_s": ("X'X, s", ".3f"),
            "pass_s": ("one pass over X in memory, s", ".4f"), "dense_s": ("dense product, s", ".3f"),
        }
    ),
    "solving": _plain(
        {"items": ("items", ","), "cpu_s": ("solve, s", ".4f"), "limit_s": ("as many dense multiplications, s", ".4f")}
    ),
    "eligibility": _plain(
        {
            "offerings": ("offerings", ","), "one_us": ("one customer, µs", ".0f"),
            "many_us": ("of 20,000 at once, µs each", ".2f"), "compile_ms": ("compiling the rules, ms", ".1f"),
        }
    ),
}  # fmt: skip
