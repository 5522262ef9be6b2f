"""An operator for a measurement: a catalog imported through the product, and the same rows as plain tables.

Knows the command line of Jishi and its data directory; must not know what will be asked.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import asyncpg

from api import demo
from api.auth import Issuer
from api.commands import demo_solutions
from api.database import opened
from api.demo import data as demo_data
from benchmarks.peers.catalog import filled
from benchmarks.peers.queries import Known
from catalog import solution_register
from catalog.desk.editing_desk import Editor, at_desk
from catalog.desk.error_policy import ErrorPolicy
from catalog.solutions import service as solution_service
from catalog.solutions.service import Wanted
from sql import embedded
from sql.pool import Database

JISHI = str(Path(sys.executable).with_name("jishi"))
ZONE = ZoneInfo("Asia/Shanghai")
# Of each kind that a solution is made for.
MARKETS = 40
TABLES = Path(__file__).with_name("tables.sql")


class Failed(Exception):
    """A command of Jishi that ended with an error; the message is what it said."""


@dataclass(frozen=True, slots=True)
class Home:
    """A data directory whose database runs: `folder` is JISHI_HOME, `data` PostgreSQL's own, `dsn` its address."""

    folder: Path
    data: Path
    dsn: str

    def jishi(self, *words: str, **environment: str) -> str:
        """What the command says on stdout. Raises Failed."""
        known = {**os.environ, "JISHI_HOME": str(self.folder), **environment}
        done = subprocess.run([JISHI, *words], env=known, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Failed(f"jishi {' '.join(words)}: {done.stderr[-2000:]}")
        return done.stdout

    def tokens(self, role: str, count: int) -> list[str]:
        """Signed by this home's own key. Several callers ask, since each is held to a rate."""
        issuer, now = Issuer.at(self.folder), datetime.now(UTC)
        return [
            issuer.token(subject=f"load-{number}", role=role, lifetime=timedelta(days=1), at=now)
            for number in range(count)
        ]


@contextmanager
def empty() -> Iterator[Home]:
    """A data directory that is gone afterwards, its database running until then on this process's cores."""
    folder = Path(tempfile.mkdtemp(prefix="jishi-bench-"))
    # PostgreSQL runs as another user when this is root, and must reach its files.
    folder.chmod(0o755)
    try:
        with embedded.start(folder) as server:
            yield Home(folder, Path(server.data), server.dsn)
    finally:
        with contextlib.suppress(embedded.EmbeddedError):
            embedded.remove(folder)
        shutil.rmtree(folder, ignore_errors=True)


def fill(home: Home, offerings: int) -> Known:
    """Imports the measured catalog with the demo operator's markets and solutions; the codes to ask for."""
    yesterday = (datetime.now(UTC) - timedelta(days=1)).astimezone(ZONE).date()
    with tempfile.TemporaryDirectory(prefix="jishi-files-") as place:
        files = dict(demo.write_files(Path(place), customers=100, seed=1, until=yesterday).in_order())
        catalog = json.loads(files["catalog"].read_text())
        files["catalog"].write_text(json.dumps(filled(catalog, offerings), ensure_ascii=False))
        for kind in ("catalog", "market"):
            home.jishi("import", kind, str(files[kind]), "--json")
    return asyncio.run(_finish(home.dsn))


async def _finish(dsn: str) -> Known:
    async with opened(dsn, command_timeout=None) as db:
        await _bring_solutions(db, datetime.now(UTC))
    conn = await asyncpg.connect(dsn)
    try:
        await conn.execute(TABLES.read_text())
        # `collate "C"` is the order in which Jishi lists codes.
        return Known(
            await _codes(conn, 'select code from peers.offering order by code collate "C"'),
            await _codes(conn, "select distinct bundle from peers.part where bundle like 'GEN%' order by 1"),
            await _codes(conn, "select code from peers.category where parent is not null order by 1"),
            await _codes(conn, "select distinct market from peers.application order by 1"),
        )
    finally:
        await conn.close()


async def _bring_solutions(db: Database, at: datetime) -> None:
    """Brings every solution to the first markets of its kinds, without parameters, as a product manager would."""
    found = await db.fetch("select code, kind from market_segment order by code")
    for solution in demo_data.load("solutions")["solutions"]:
        codes = [row["code"] for row in found if row["kind"] in solution["kind"]][:MARKETS]
        async with db.transaction() as conn, at_desk(conn, Editor(demo_solutions.CALLER, None, at)) as desk:
            known = await solution_register.of_code(conn, solution["code"])
            assert known is not None
            wanted = Wanted(solution["code"], [(code, {}) for code in codes], ZONE)
            await solution_service.apply(desk, wanted, known.etag, ErrorPolicy.REJECT_FAILED_ROWS)


async def _codes(conn: asyncpg.Connection[asyncpg.Record], statement: str) -> tuple[str, ...]:
    return tuple(row[0] for row in await conn.fetch(statement))
