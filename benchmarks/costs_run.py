"""How each cost grows: with offerings, with what is selected, with customers, with holdings; and the limit beside it.

Knows what is varied and what bounds it; must not know how the curves look.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import random
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from typing import Any

import asyncpg
import numpy as np
import scipy.linalg
import scipy.sparse

from benchmarks import bench_catalog_scale, bench_eligibility, processes
from benchmarks.graphql_run import Bench, Plan
from benchmarks.peers import home as homes
from benchmarks.peers import servers
from benchmarks.peers.queries import QUERIES, Known, Query, Variables
from benchmarks.recommendation_run import imported, scored, trained
from benchmarks.say import say
from catalog.eligibility import compile_rules
from recommender.gram import accumulate
from sql.migrate import migrate

Figures = list[dict[str, Any]]
OFFERINGS = 174
HOLDINGS = 7
REGULARISATION = 100.0


def run(is_short: bool) -> dict[str, Any]:
    """Every curve as a list of points; one that failed has none."""
    processes.pin(*processes.CORES)
    found: dict[str, Any] = {}
    for name, curve in CURVES.items():
        say(f"  {name}")
        try:
            found[name] = curve(is_short)
        except (homes.Failed, RuntimeError, OSError) as error:
            # The other curves stand without it.
            say(f"    failed: {error}")
            found[name] = []
        processes.pin(*processes.CORES)
    return found


def snapshot(is_short: bool) -> Figures:
    """The catalog in memory by offerings, three versions of each; the limit is the copying of its rows out."""
    return [asyncio.run(_snapshot(offerings)) for offerings in ((500, 2000) if is_short else (500, 2000, 8000, 20000))]


async def _snapshot(offerings: int) -> dict[str, Any]:
    with homes.empty() as home:
        await migrate(home.dsn)
        await bench_catalog_scale.fill(home.dsn, offerings)
        # Memory is what a process has more than before, so that each size has one of its own.
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as apart:
            found = apart.submit(_loaded, home.dsn, offerings).result()
        tables = ("offering_version", "offering_price", "offering_channel", "offering_category", "offering_part")
        copied = [await _copied(home.dsn, f"select * from {table}") for table in tables]
    return {
        "offerings": offerings,
        "load_s": found["load_s"],
        "refresh_ms": found["refresh_ms_median"],
        "memory_mb": found["memory_mb"],
        "copy_s": round(sum(seconds for _, seconds in copied), 3),
    }


def _loaded(dsn: str, offerings: int) -> dict[str, Any]:
    return asyncio.run(bench_catalog_scale.measure(dsn, offerings, 5))


async def _copied(dsn: str, query: str) -> tuple[int, float]:
    """(rows, seconds) of COPY out, in the binary format, thrown away."""

    async def nowhere(_: bytes) -> None:
        return None

    conn = await asyncpg.connect(dsn)
    try:
        begin = time.perf_counter()
        said = await conn.copy_from_query(query, output=nowhere, format="binary")
        return int(said.split()[1]), time.perf_counter() - begin
    finally:
        await conn.close()


async def _size(dsn: str, table: str) -> int:
    """Bytes of a partitioned table and its indexes."""
    conn = await asyncpg.connect(dsn)
    try:
        sizes = "select sum(pg_total_relation_size(relid)) from pg_partition_tree($1::text::regclass)"
        return int(await conn.fetchval(sizes, table))
    finally:
        await conn.close()


def answers(is_short: bool) -> Figures:
    """Server CPU of an answer by the objects on its page and by the offerings of the catalog."""
    processes.pin(processes.LOAD_CORE)
    found: Figures = []
    for offerings in (2000,) if is_short else (500, 2000, 8000):
        pages = tuple(map(_page, (1, 10, 25, 50, 100))) if offerings == 2000 else (_page(20),)
        queries = (*pages, QUERIES[0], QUERIES[3])
        with homes.empty() as home:
            known = homes.fill(home, offerings)
            with Bench(home, known, (servers.JISHI_SERVER, servers.CONSTANT_ASGI), queries) as bench:
                sizes = bench.checked(queries)
                plan = Plan(rounds=2 if is_short else 3, seconds=0.3, queries=queries, hows=("repeated", "variables"))
                for cell in bench.measured(plan):
                    rounds = [one["cpu_us"] for one in cell["rounds"] if one]
                    if rounds:
                        size = sizes[cell["query"]]
                        cpu = round(statistics.median(rounds), 1)
                        kept = {name: cell[name] for name in ("server", "query", "how")}
                        found.append({"offerings": offerings, **kept, "bytes": size, "cpu_us": cpu})
    return found


def _page(first: int) -> Query:
    page = QUERIES[1]

    def variables(known: Known, number: int, fresh: bool) -> Variables:
        return {**page.variables(known, number, fresh), "first": first}

    return replace(page, name=f"page-{first}", variables=variables)


def customers(is_short: bool) -> Figures:
    """Training and scoring by customers; the limit is the copying of their products out of PostgreSQL."""
    found: Figures = []
    for count in (1_000, 4_000) if is_short else (5_000, 20_000, 80_000):
        with homes.empty() as home:
            facts = imported(home, count)
            train, score = trained(home), scored(home, facts["customer_rows"])
            query = "select customer_id, offering_id, start_date, termination_date, origin from product"
            rows, seconds = asyncio.run(_copied(home.dsn, query))
            size = asyncio.run(_size(home.dsn, "product"))
        point = {"customers": facts["customer_rows"], "products": rows, "copy_rows_per_s": round(rows / seconds)}
        point["product_bytes"] = round(size / rows)
        point |= {f"train_{name}": train[name] for name in ("seconds", "cpu", "postgres", "peak_mib")}
        found.append(point | {f"score_{name}": score[name] for name in ("seconds", "cpu", "postgres", "peak_mib")})
    return found


def products(is_short: bool) -> Figures:
    """X'X by holdings and by customers; the limits are one pass over X in memory, and the same product made dense."""
    bandwidth, speed = _bandwidth(), _multiplications()
    points = [(HOLDINGS, count) for count in (50_000, 200_000, 800_000)[: 2 if is_short else 3]]
    points += [(holdings, 200_000) for holdings in (2, 4, 16, 32)]
    found: Figures = []
    for holdings, count in points:
        x = _held(count, holdings, OFFERINGS)
        bytes_ = x.data.nbytes + x.indices.nbytes + x.indptr.nbytes
        found.append(
            {
                "holdings": holdings,
                "customers": count,
                "cpu_s": _cpu(lambda x=x: accumulate(x, x[:, :1]), 3),
                "pass_s": bytes_ / bandwidth,
                "dense_s": count * OFFERINGS**2 / speed,
            }
        )
    return found


def solving(is_short: bool) -> Figures:
    """The inverse behind EASE by items; the limit is as many multiplications at the speed of a dense product."""
    speed = _multiplications()
    found: Figures = []
    for items in (100, 200, 400, 800)[: 3 if is_short else 4]:
        x = _held(20_000, HOLDINGS, items)
        system = np.asarray((x.T @ x).todense(), dtype=np.float64) + REGULARISATION * np.eye(items)

        def inverse(system: Any = system, items: int = items) -> object:
            return scipy.linalg.solve(system, np.eye(items), assume_a="pos")

        # A third of n³ to factorise, n³ each to solve both triangles; doubles, half as many at once as singles.
        found.append({"items": items, "cpu_s": _cpu(inverse, 5), "limit_s": 7 / 3 * items**3 / (speed / 2)})
    return found


def eligibility(is_short: bool) -> Figures:
    """One customer, many customers, and the compiling of rules, by offerings."""
    found: Figures = []
    for count in (500, 2000) if is_short else (250, 500, 1000, 2000, 4000):
        dice = random.Random(1)
        sold, base = bench_eligibility.offerings(count, dice), bench_eligibility.ground(dice)

        def compiled(sold: Any = sold, base: Any = base) -> object:
            return compile_rules(sold, (), bench_eligibility.AT, base)

        rules = compile_rules(sold, (), bench_eligibility.AT, base)
        found.append(
            {
                "offerings": count,
                "one_us": bench_eligibility.one_at_a_time(rules, dice) * 1e6,
                "many_us": bench_eligibility.many_at_once(rules, count, dice) * 1e6,
                "compile_ms": _cpu(compiled, 3) * 1e3,
            }
        )
    return found


def _held(customers: int, holdings: int, items: int) -> scipy.sparse.csr_array:
    """Customers × items of ones, `holdings` a row, the popular far more often; the same each time."""
    chance = np.random.default_rng(1)
    columns = (items * chance.random((customers, holdings)) ** 2).astype(np.int32)
    columns.sort(axis=1)
    data = np.ones(columns.size, dtype=np.float32)
    matrix = scipy.sparse.csr_array(
        (data, columns.ravel(), np.arange(0, columns.size + 1, holdings)), (customers, items)
    )
    matrix.sum_duplicates()
    matrix.data[:] = 1
    return matrix


def _cpu(work: Callable[[], object], rounds: int) -> float:
    return bench_eligibility.cpu(work, rounds)


def _bandwidth() -> float:
    """Bytes that one core reads of memory in a second."""
    block = np.ones(2**25, dtype=np.float64)
    return float(block.nbytes / _cpu(block.sum, 5))


def _multiplications() -> float:
    """Multiplications, each with its addition, of a dense product of singles in a second of CPU."""
    size = 1500
    block = np.ones((size, size), dtype=np.float32)
    return float(size**3 / _cpu(lambda: block @ block, 5))


CURVES: dict[str, Callable[[bool], Any]] = {
    "snapshot": snapshot,
    "answers": answers,
    "customers": customers,
    "products": products,
    "solving": solving,
    "eligibility": eligibility,
}
