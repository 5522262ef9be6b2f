"""The catalog answers while PostgreSQL is down or hangs; what needs it says so in time, and comes back with it."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import trial_files
import trial_tables
from trial_home import Home, Server
from trial_http import Client, Lost

from sql import embedded
from sql.migrate import migrate

CATALOG = "{ productOfferings(first: 5) { nodes { code name productOfferingPrice { price { value } } } } }"
BUNDLE = '{ productOffering(code: "STUDENT") { code bundledProductOffering { code } } }'
RECOMMEND = '{ recommendation(customerId: "C1", first: 3) { recommendationItem { productOffering { code } } } }'

# A server that hangs is given up by the pool or by the request's own deadline, whichever is first.
TOLD = {"UNAVAILABLE", "DEADLINE_EXCEEDED"}
IN_TIME, HEALTHY, RECOVERED = 2.5, 0.1, 5.0


@dataclass(slots=True)
class Seen:
    """What callers saw while something was wrong; times are seconds."""

    catalog: int = 0
    catalog_failed: list[str] = field(default_factory=list)
    catalog_slowest: float = 0.0
    unavailable: int = 0
    slowest: float = 0.0
    other: list[str] = field(default_factory=list)
    health: list[float] = field(default_factory=list)

    def health_within(self, share: float) -> float:
        """Seconds within which this share of the health checks was answered."""
        return sorted(self.health)[min(len(self.health) - 1, int(share * len(self.health)))]


async def shop(server: Server, seen: Seen, subject: str) -> None:
    client = Client(server.home.port, server.home.token("storefront", subject=subject))
    turn = 0
    while True:
        turn += 1
        began = time.perf_counter()
        try:
            answer = await client.ask(CATALOG if turn % 2 else BUNDLE)
            seen.catalog += 1
            if answer.get("errors") or not answer["data"]:
                seen.catalog_failed.append(str(answer))
        except Lost:
            seen.catalog_failed.append("no answer")
        seen.catalog_slowest = max(seen.catalog_slowest, time.perf_counter() - began)
        await asyncio.sleep(0.02)


async def recommend(server: Server, seen: Seen, subject: str) -> None:
    client = Client(server.home.port, server.home.token("agent", subject=subject))
    while True:
        began = time.perf_counter()
        try:
            answer = await client.ask(RECOMMEND)
        except Lost:
            seen.other.append("no answer")
            continue
        finally:
            seen.slowest = max(seen.slowest, time.perf_counter() - began)
        codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
        if codes <= TOLD:
            seen.unavailable += bool(codes)
        else:
            seen.other.append(str(codes))
        await asyncio.sleep(0.1)


async def look(server: Server, seen: Seen) -> None:
    while True:
        for path in ("/livez", "/readyz"):
            status, body, seconds = await asyncio.to_thread(server.health, path)
            seen.health.append(seconds)
            if status != 200:
                seen.other.append(f"{path} {status} {body}")
        await asyncio.sleep(0.05)


@asynccontextmanager
async def under_load(server: Server) -> AsyncIterator[Seen]:
    seen = Seen()
    work = [
        asyncio.create_task(look(server, seen)),
        *(asyncio.create_task(shop(server, seen, f"shop {number}")) for number in range(3)),
        *(asyncio.create_task(recommend(server, seen, f"agent {number}")) for number in range(3)),
    ]
    try:
        yield seen
    finally:
        for task in work:
            task.cancel()
        for result in await asyncio.gather(*work, return_exceptions=True):
            if isinstance(result, Exception):
                raise result


async def recovery(server: Server) -> float:
    """Seconds until a recommendation is answered again."""
    client = Client(server.home.port, server.home.token("agent", subject="recovery"))
    began = time.perf_counter()
    while time.perf_counter() - began < 30:
        with suppress(Lost):
            if not (await client.ask(RECOMMEND)).get("errors"):
                return time.perf_counter() - began
        await asyncio.sleep(0.02)
    raise AssertionError("no recommendation within 30 s")


async def served(home: Home, folder: Path) -> Server:
    with await asyncio.to_thread(embedded.start, home.path):
        await migrate(home.dsn_of_database())
        await trial_files.bring(home.dsn_of_database(), folder, 60, model=True)
        server = await asyncio.to_thread(home.serve().wait_until_ready)
    await recovery(server)
    return server


def send(how: signal.Signals, *processes: int | None) -> None:
    for pid in processes:
        assert pid
        with suppress(ProcessLookupError):
            os.kill(pid, how)


async def stopped(home: Home, server: Server, seconds: float) -> tuple[Seen, float]:
    """PostgreSQL is killed and its supervisor cannot start it again for a while."""
    supervisor, processes = home.supervisor(), home.database()
    async with under_load(server) as seen:
        send(signal.SIGSTOP, supervisor)
        try:
            send(signal.SIGKILL, *processes)
            await asyncio.sleep(seconds)
        finally:
            send(signal.SIGCONT, supervisor)
        # Its own recovery takes as long as the disk takes to sync its files.
        await trial_tables.fetch(home.dsn_of_database(), "select 1")
        back = await recovery(server)
    return seen, back


async def hung(home: Home, server: Server, seconds: float) -> tuple[Seen, float]:
    """Every process of PostgreSQL stands still for a while."""
    processes = home.database()
    async with under_load(server) as seen:
        send(signal.SIGSTOP, *processes)
        try:
            await asyncio.sleep(seconds)
        finally:
            send(signal.SIGCONT, *processes)
        back = await recovery(server)
    return seen, back


def judge(seen: Seen, back: float) -> str:
    assert seen.catalog > 50
    assert seen.catalog_failed == []
    assert seen.unavailable > 0
    assert seen.other == []
    assert seen.slowest <= IN_TIME
    # The very slowest is the test machine's: the callers run on it too.
    assert seen.health_within(0.98) <= HEALTHY
    assert back <= RECOVERED
    return (
        f"{seen.catalog:,} catalog reads, 0 failed, slowest {seen.catalog_slowest * 1000:.0f} ms; "
        f"{seen.unavailable} recommendations refused, slowest {seen.slowest:.2f} s; "
        f"health 99 % within {seen.health_within(0.99) * 1000:.0f} ms, slowest {max(seen.health) * 1000:.0f} ms; "
        f"back {back:.1f} s after PostgreSQL"
    )


async def test_the_catalog_answers_while_postgresql_is_down(own_home: Home, tmp_path: Path) -> None:
    server = await served(own_home, tmp_path)
    judge(*await stopped(own_home, server, 1.2))


@pytest.mark.slow
async def test_outages_and_hangs_are_lived_through(
    own_home: Home, tmp_path: Path, figure: Callable[[str, str, str], None]
) -> None:
    server = await served(own_home, tmp_path)
    for seconds in (3.0, 12.0):
        told = judge(*await stopped(own_home, server, seconds))
        figure(
            "The catalog answers while PostgreSQL is down", f"PostgreSQL killed for {seconds:.0f} s under load", told
        )
    for seconds in (4.0, 12.0):
        told = judge(*await hung(own_home, server, seconds))
        figure("A hung database gives an error in time", f"SIGSTOP of PostgreSQL for {seconds:.0f} s under load", told)
