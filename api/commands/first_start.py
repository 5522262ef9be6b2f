"""The first `jishi up` makes its demo operator in a process of its own, while this one becomes a server.

Knows when that is needed, and how the process begins and ends; must not know the steps, nor import what they need.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

from api.settings import Settings
from sql.pool import Database

CUSTOMERS = 50_000
SEED = 1
FIRST_CUSTOMER = "C0000001"
# Stands in the data directory while the demo is being made: an interrupted one is made again, with the same files.
UNFINISHED = "demo.unfinished"


def is_fresh(chosen: Settings) -> bool:
    """Whether there is surely nothing yet: not even a database."""
    return chosen.database_url is None and not (chosen.home / "postgres.json").exists()


async def is_wanted(db: Database, home: Path) -> bool:
    """Whether the database is empty, or a demo operator in it was interrupted."""
    # Late: the server needs it as well, and imports it beside the start of the database.
    from catalog import store

    return (home / UNFINISHED).exists() or await store.revision(db) == 0


def making(customers: int) -> subprocess.Popen[bytes]:
    """A process that makes the demo operator, says on stderr how it goes, and ends with this one."""
    root = str(Path(__file__).parents[2])
    path = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
    command = [sys.executable, "-P", "-m", "api.commands.demo_process", str(customers)]
    environment = os.environ | {"PYTHONPATH": path}
    # In a session of its own: Ctrl-C is for this process, which then ends it. It sees the end of its standard input.
    return subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True
    )


async def made(process: subprocess.Popen[bytes]) -> None:
    """Until the demo operator is there; SystemExit when it cannot be, of which its process has told."""
    try:
        code = await asyncio.to_thread(process.wait)
    finally:
        # Otherwise a stop would wait for it.
        process.terminate()
    if code:
        raise SystemExit(1)
