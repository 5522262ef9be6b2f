"""The demo operator on the first `jishi up`: files written, imported in the ordinary way, a model trained.

Knows the order of the steps and how to go on after an interruption; must not know what is in the files.
"""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from api import demo
from api.commands import demo_solutions
from api.commands.common import say
from api.commands.data import import_any, sentence
from api.commands.first_start import CUSTOMERS, SEED, UNFINISHED, is_fresh, is_wanted
from api.commands.training import steps
from api.database import connected
from api.eligible_then import RulesThen
from api.settings import Settings
from catalog import store as catalog_store
from recommender import model_store
from recommender.train import train
from sql.alone import alone
from sql.pool import Database

TOGETHER = frozenset({"member", "product", "usage"})
__all__ = ["CUSTOMERS", "SEED", "import_files", "is_empty", "make"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What the operator is made of; the same one makes the same files."""

    customers: int
    seed: int
    until: date

    def __str__(self) -> str:
        return f"{self.customers} {self.seed} {self.until.isoformat()}"

    @classmethod
    def of(cls, text: str) -> Plan:
        customers, seed, until = text.split()
        return cls(int(customers), int(seed), date.fromisoformat(until))


async def is_empty(db: Database) -> bool:
    return await catalog_store.revision(db) == 0


async def make(chosen: Settings, *, customers: int, at: datetime) -> None:
    """Makes the demo operator in an empty database, or finishes one that was interrupted; else does nothing.

    Where there is no database yet, the files are written while it is made. Importing the same files again changes
    nothing, so going on from the beginning is safe.
    """
    plan = Plan(customers, SEED, (at - timedelta(days=1)).astimezone(chosen.timezone).date())
    with tempfile.TemporaryDirectory(prefix="jishi-demo-") as folder:
        early = is_fresh(chosen)
        writing = asyncio.create_task(asyncio.to_thread(_written, Path(folder), plan)) if early else None
        async with connected(chosen, command_timeout=None) as db:
            if not await is_wanted(db, chosen.home):
                return
            begun = _begun(chosen.home / UNFINISHED, plan)
            say(f"making a demo operator with {begun.customers:,} customers 正在生成演示运营商")
            files = await writing if writing and begun == plan else _written(Path(folder) / "again", begun)
            await _land(db, chosen, files, at)
            await _finish(db, chosen, at)
    (chosen.home / UNFINISHED).unlink(missing_ok=True)


def _begun(mark: Path, plan: Plan) -> Plan:
    """What is being made: what was begun before, or else `plan`."""
    if mark.exists():
        return Plan.of(mark.read_text())
    mark.write_text(str(plan))
    return plan


async def _finish(db: Database, chosen: Settings, at: datetime) -> None:
    await demo_solutions.bring(db, at=at, zone=chosen.timezone)
    async with alone(db, "train") as is_free:
        if is_free and await model_store.serving_version(db) is None:
            with steps() as progress:
                await train(db, at=at, grid="quick", progress=progress, rules=RulesThen(db, chosen.timezone))


def _written(folder: Path, plan: Plan) -> demo.DemoFiles:
    return demo.write_files(folder, customers=plan.customers, seed=plan.seed, until=plan.until)


async def import_files(
    db: Database, chosen: Settings, *, customers: int, seed: int, until: date, at: datetime
) -> list[dict[str, Any]]:
    """Writes the operator's files to a temporary folder and imports them; the reports, in their order."""
    with tempfile.TemporaryDirectory(prefix="jishi-demo-") as folder:
        return await _land(db, chosen, _written(Path(folder), Plan(customers, seed, until)), at)


async def _land(db: Database, chosen: Settings, files: demo.DemoFiles, at: datetime) -> list[dict[str, Any]]:
    """Imports the files; the reports, in their order.

    What only refers to customers and offerings is imported at the same time: it keeps both cores busy.
    """

    async def land(kind: str, path: Path) -> dict[str, Any]:
        result = await import_any(db, chosen, kind, path, mode="delta", at=at, rejects=None)
        say(f"  {sentence(result)}")
        return result

    ordered = files.in_order()
    done = [await land(kind, path) for kind, path in ordered if kind not in TOGETHER]
    return done + list(await asyncio.gather(*(land(kind, path) for kind, path in ordered if kind in TOGETHER)))
