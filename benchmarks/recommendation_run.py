"""Training and scoring beside Spark and RecTools over the same products on the same cores; and one recommendation.

Knows which figures belong together; must not know any model.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from api import demo
from benchmarks import bench_customer, processes
from benchmarks.load import BadAnswer
from benchmarks.peers import home as homes
from benchmarks.peers.home import JISHI, ZONE, Home
from benchmarks.processes import Command
from benchmarks.say import say

HERE = Path(__file__).parent
CUSTOMERS, FEW = 200_000, 10_000
# What the grid of Jishi's own training has at most, and implicit's default.
RANK, ITERATIONS = 64, 10
RECTOOLS = HERE / "peers" / "rectools" / "bin" / "python"
CLIENTS = 16


def run(is_short: bool) -> dict[str, Any]:
    """Figures of training, scoring and one recommendation; a peer that is not installed says so."""
    processes.pin(*processes.CORES)
    customers = FEW if is_short else CUSTOMERS
    with homes.empty() as home, tempfile.TemporaryDirectory(prefix="jishi-pairs-") as place:
        pairs = Path(place) / "pairs.parquet"
        facts = imported(home, customers, pairs)
        found: dict[str, Any] = {"customers": customers, "rank": RANK, "iterations": ITERATIONS, **facts}
        say("  jishi train")
        found["train"] = trained(home)
        say("  jishi score")
        found["score"] = scored(home, facts["customer_rows"])
        say("  one recommendation")
        found["one"] = one(home, is_short)
        for name, command in peers(pairs).items():
            say(f"  {name}")
            found[name] = _peer(command)
    return found


def imported(home: Home, customers: int, pairs: Path | None = None) -> dict[str, Any]:
    """Imports the demo operator but its usage; writes who has what as numbers to `pairs`. Rows by kind."""
    yesterday = (datetime.now(UTC) - timedelta(days=1)).astimezone(ZONE).date()
    with tempfile.TemporaryDirectory(prefix="jishi-files-") as place:
        say(f"  the demo operator with {customers:,} customers")
        files = demo.write_files(Path(place), customers=customers, seed=1, until=yesterday, usage_months=0)
        for kind, path in files.in_order():
            if kind != "usage":
                home.jishi("import", kind, str(path), "--json")
        if pairs:
            _write_pairs(files.product, pairs)
        return {"customer_rows": files.rows["customer"], "product_rows": files.rows["product"]}


def trained(home: Home) -> dict[str, Any]:
    """`jishi train`: out of PostgreSQL, judged, calibrated, promoted."""
    done = processes.measured([JISHI, "train", "--json"], data=home.data, JISHI_HOME=str(home.folder))
    report = json.loads(done.out)["report"]
    choices = {group["group"]: group["choice"]["name"] for group in report["groups"]}
    return {**_figures(done), "grid": report["grid"], "choices": choices}


def scored(home: Home, customers: int) -> dict[str, Any]:
    """`jishi score`: ten items for everybody, with what each may buy, as Parquet."""
    out = home.folder / "scores"
    words = [JISHI, "score", "--out", str(out), "--top", "10", "--jobs", str(len(processes.CORES)), "--json"]
    done = processes.measured(words, data=home.data, JISHI_HOME=str(home.folder))
    shutil.rmtree(out)
    return {**_figures(done), "customers_per_s": round(customers / done.seconds)}


def peers(pairs: Path) -> dict[str, list[str] | str]:
    """name → the command, or why there is none."""
    words = [str(pairs), str(RANK), str(ITERATIONS)]
    spark: list[str] | str = [sys.executable, str(HERE / "peers" / "spark_als.py"), *words]
    if importlib.util.find_spec("pyspark") is None or not shutil.which("java"):
        spark = "not installed: pip install pyspark, and Java 17"
    rectools: list[str] | str = [str(RECTOOLS), str(HERE / "peers" / "rectools_models.py"), *words]
    if not RECTOOLS.exists():
        rectools = "not installed: a virtual environment benchmarks/peers/rectools with rectools and pyarrow"
    return {"spark": spark, "rectools": rectools}


def one(home: Home, is_short: bool) -> dict[str, Any]:
    """One recommendation after the other, beside the same written plainly: figures by way of asking."""
    try:
        found = bench_customer.measured(home.folder, *((2, 2.5) if is_short else (5, 3.0)), CLIENTS)
    except (RuntimeError, OSError, BadAnswer) as error:
        say(f"    failed: {error}")
        return {"absent": f"failed: {str(error)[-300:]}"}
    finally:
        processes.pin(*processes.CORES)
    return {"ways": {name: {key: round(value, 3) for key, value in ways.items()} for name, ways in found.items()}}


def _peer(command: list[str] | str) -> dict[str, Any]:
    if isinstance(command, str):
        say(f"    left out: {command}")
        return {"absent": command}
    try:
        # implicit asks for one thread of BLAS, as it has threads of its own.
        done = processes.measured(command, PYTHONWARNINGS="ignore", OPENBLAS_NUM_THREADS="1")
    except (RuntimeError, OSError, subprocess.SubprocessError) as error:
        say(f"    failed: {error}")
        return {"absent": f"failed: {str(error)[-300:]}"}
    told = json.loads(done.out.strip().splitlines()[-1])
    # What runs in a process that its parent does not wait for tells of itself.
    return {
        **_figures(done),
        **{name: round(told[name], 2) for name in ("cpu", "peak_mib") if name in told},
        "told": told,
    }


def _figures(done: Command) -> dict[str, Any]:
    return {name: round(value, 2) for name, value in asdict(done).items() if name != "out"}


def _write_pairs(products: Path, pairs: Path) -> None:
    """(user, item) as numbers, each pair once, of what is held: how Spark wants them."""
    table = pq.read_table(products, columns=["customer_id", "offering"])
    numbers = {
        name: pc.dictionary_encode(table[column].combine_chunks()).indices
        for name, column in (("user", "customer_id"), ("item", "offering"))
    }
    unique = table.from_pydict(numbers).group_by(["user", "item"]).aggregate([])
    pq.write_table(unique, pairs)
