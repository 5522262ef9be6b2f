"""The demo operator on the first `jishi up`: files written, imported in the ordinary way, a model trained.

Knows the order of the steps and how to go on after an interruption; must not know what is in the files.
"""

from __future__ import annotations

import asyncio
import tempfile
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from api import demo
from api.commands import demo_solutions
from api.commands.common import say
from api.commands.data import import_any, sentence
from api.commands.training import steps
from api.settings import Settings
from catalog import store as catalog_store
from recommender import model_store
from recommender.train import train
from sql.alone import alone
from sql.pool import Database

CUSTOMERS = 50_000
SEED = 1
FIRST_CUSTOMER = "C0000001"
# Stands in the data directory while the demo is being made: an interrupted one is made again, with the same files.
UNFINISHED = "demo.unfinished"
TOGETHER = frozenset({"member", "product", "usage"})


async def is_empty(db: Database) -> bool:
    return await catalog_store.revision(db) == 0


async def prepare(db: Database, chosen: Settings, *, customers: int, at: datetime) -> bool:
    """Makes the demo operator in an empty database, or finishes one that was interrupted; else does nothing.

    True when it was made. Importing the same files again changes nothing, so going on from the beginning is safe.
    """
    mark = chosen.home / UNFINISHED
    if not mark.exists():
        if not await is_empty(db):
            return False
        yesterday = (at - timedelta(days=1)).astimezone(chosen.timezone).date()
        mark.write_text(f"{customers} {SEED} {yesterday.isoformat()}")
    count, seed, until = mark.read_text().split()
    say(f"making a demo operator with {int(count):,} customers 正在生成演示运营商")
    await import_files(db, chosen, customers=int(count), seed=int(seed), until=date.fromisoformat(until), at=at)
    await demo_solutions.bring(db, at=at, zone=chosen.timezone)
    async with alone(db, "train") as is_free:
        if is_free and await model_store.serving_version(db) is None:
            with steps() as progress:
                await train(db, at=at, grid="quick", progress=progress)
    mark.unlink(missing_ok=True)
    return True


async def import_files(
    db: Database, chosen: Settings, *, customers: int, seed: int, until: date, at: datetime
) -> list[dict[str, Any]]:
    """Writes the operator's files to a temporary folder and imports them; the reports, in their order.

    What only refers to customers and offerings is imported at the same time: it keeps both cores busy.
    """

    async def land(kind: str, path: Path) -> dict[str, Any]:
        result = await import_any(db, chosen, kind, path, mode="delta", at=at, rejects=None)
        say(f"  {sentence(result)}")
        return result

    with tempfile.TemporaryDirectory(prefix="jishi-demo-") as folder:
        files = demo.write_files(Path(folder), customers=customers, seed=seed, until=until).in_order()
        done = [await land(kind, path) for kind, path in files if kind not in TOGETHER]
        return done + list(await asyncio.gather(*(land(kind, path) for kind, path in files if kind in TOGETHER)))
