"""What was acknowledged is there, once and whole, whoever was killed in the meantime."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
import trial_files
import trial_tables
from trial_home import Home, Server
from trial_ledger import Ledger
from trial_writers import Writers

from sql import embedded
from sql.embedded_account import account
from sql.embedded_cluster import load
from sql.migrate import migrate

CUSTOMERS = 60


class Rounds:
    """One server under writers, killed again and again."""

    def __init__(self, home: Home, server: Server, writers: Writers, chance: random.Random) -> None:
        self.home, self.server, self.writers, self.chance = home, server, writers, chance
        self.kills: dict[str, int] = {}
        self.slowest = 0.0

    @property
    def dsn(self) -> str:
        return self.home.dsn_of_database()

    async def play(self, victim: str, writes: int) -> None:
        """Some writes, a kill somewhere among them, the rest of the writes, and a comparison."""
        ledger = self.writers.ledger
        goal = ledger.acknowledged + writes
        await self._reach(ledger.acknowledged + self.chance.randrange(writes // 8, writes // 2))
        await asyncio.sleep(self.chance.random() * 0.2)
        began = time.perf_counter()
        self._kill(victim)
        if self.server.process.poll() is not None or victim in ("server", "everything"):
            await asyncio.to_thread(self.server.process.wait)
            self.server.kill()
            self.server = await asyncio.to_thread(self.home.serve().wait_until_ready)
        await trial_tables.fetch(self.dsn, "select 1")
        await self._reach(ledger.acknowledged + 1)
        self.slowest = max(self.slowest, time.perf_counter() - began)
        running = await ledger.compare(self.dsn, settled=False)
        assert running.clean, running
        await self._reach(goal)
        await self.writers.settle()
        verdict = await ledger.compare(self.dsn, settled=True)
        assert verdict.clean, verdict
        assert not ledger.surprises, ledger.surprises[:5]
        self.kills[victim] = self.kills.get(victim, 0) + 1
        self.writers.go_on()

    def _kill(self, victim: str) -> None:
        processes = self.home.database()
        supervisor = self.home.supervisor()
        assert processes
        assert supervisor
        doomed = {
            "server": [self.server.process.pid],
            "postmaster": processes[:1],
            "backend": [self.chance.choice(processes[1:])],
            "everything": [self.server.process.pid, supervisor, *processes],
        }[victim]
        for pid in doomed:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    async def _reach(self, goal: int) -> None:
        async with asyncio.timeout(90):
            while self.writers.ledger.acknowledged < goal:  # noqa: ASYNC110 - it happens in other processes
                await asyncio.sleep(0.005)


async def ids(dsn: str, table: str) -> dict[str, int]:
    return {str(code): int(str(id_)) for code, id_ in await trial_tables.fetch(dsn, f"select code, id from {table}")}


async def rounds(
    home: Home, folder: Path, victims: list[str], *, writes: int, seed: int, imports: bool
) -> tuple[Ledger, Rounds]:
    """Plays one round per victim and returns the ledger, and what was done."""
    with await asyncio.to_thread(embedded.start, home.path):
        await migrate(home.dsn_of_database())
        await trial_files.bring(home.dsn_of_database(), folder, CUSTOMERS)
        server = await asyncio.to_thread(home.serve().wait_until_ready)
    dsn = home.dsn_of_database()
    ledger = Ledger(file_rows=200)
    writers = Writers(home, ledger, await ids(dsn, "customer"), await ids(dsn, "offering"), seed)
    played = Rounds(home, server, writers, random.Random(seed))
    writers.start(12, folder if imports else None)
    try:
        for victim in victims:
            await played.play(victim, writes)
    finally:
        await writers.stop()
    return ledger, played


async def test_what_was_acknowledged_survives_a_kill_of_server_and_database(own_home: Home, tmp_path: Path) -> None:
    ledger, _ = await rounds(own_home, tmp_path, ["server", "postmaster"], writes=120, seed=1, imports=False)
    assert ledger.acknowledged >= 240


def test_a_killed_database_whose_number_was_given_to_another_process_starts_again(own_home: Home) -> None:
    embedded.start(own_home.path, durable=False).close()
    embedded_stopped(own_home)
    cluster = load(own_home.path)
    assert cluster
    with subprocess.Popen(["sleep", "60"], **account().as_child) as stranger:
        for lock in (cluster.data / "postmaster.pid", Path(cluster.socket) / ".s.PGSQL.5432.lock"):
            lock.write_text(f"{stranger.pid}\n{cluster.data}\n")
        with embedded.start(own_home.path, durable=False):
            assert own_home.postmaster() not in (None, stranger.pid)
        stranger.kill()


def embedded_stopped(home: Home) -> None:
    deadline = time.monotonic() + 20
    while home.postmaster() is not None and time.monotonic() < deadline:
        time.sleep(0.05)


@pytest.mark.slow
async def test_twenty_kills_and_ten_thousand_writes_lose_tear_and_double_nothing(
    own_home: Home, tmp_path: Path, figure: Callable[[str, str, str], None]
) -> None:
    victims = ["server", "postmaster", "backend", "everything"] * 5
    ledger, played = await rounds(own_home, tmp_path, victims, writes=520, seed=random.randrange(10**6), imports=True)
    assert ledger.acknowledged >= 10_000
    figure(
        "An acknowledged edit, import batch or outcome is never lost, torn or doubled",
        f"kill -9 in mid-write, {sum(played.kills.values())} rounds: {played.kills}",
        f"{ledger.acknowledged:,} acknowledged writes ({len(ledger.outcomes):,} outcomes, {len(ledger.files)} imports, "
        f"{ledger.answers_lost:,} answers lost and repeated, {ledger.repeated} sent twice): 0 lost, 0 torn, 0 doubled; "
        f"first acknowledgement after a kill within {played.slowest:.1f} s",
    )
