from __future__ import annotations

import asyncio
import os
import re
import signal
from pathlib import Path

import pytest

from api import workers
from api.memory import memory
from api.shared_metrics import SharedMetrics
from api.workers import Crew


async def test_a_process_that_hangs_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "SILENCE_LIMIT", 1.0)
    ready = asyncio.Event()
    running = asyncio.create_task(Crew(2, "crew_ready", (tmp_path,)).run(ready.set))
    await asyncio.wait_for(ready.wait(), 20.0)
    async with asyncio.timeout(20.0):
        while len(list(tmp_path.glob("0.*"))) < 2:  # noqa: ASYNC110 -- another process makes the file
            await asyncio.sleep(0.05)
    assert len(list(tmp_path.glob("1.*"))) == 1
    os.kill(os.getpid(), signal.SIGTERM)
    assert await asyncio.wait_for(running, 20.0)
    for mark in tmp_path.iterdir():
        assert not Path(f"/proc/{mark.suffix[1:]}").exists()


async def test_processes_that_cannot_start_are_not_started_for_ever() -> None:
    assert not await asyncio.wait_for(Crew(2, "crew_dies", ()).run(lambda: pytest.fail("not ready")), 20.0)


def test_the_figures_of_all_processes_stand_on_every_page(tmp_path: Path) -> None:
    one, other = (SharedMetrics(tmp_path, number) for number in (0, 1))
    one.answered(operation="query", status=200, role="agent", seconds=0.002)
    one.publish()
    for _ in range(2):
        other.answered(operation="query", status=200, role="agent", seconds=0.002)
    page = other.exposition().decode()
    assert page.count("# TYPE jishi_requests_total counter") == 1
    assert 'jishi_requests_total{operation="query",role="agent",status="200",worker="0"} 1.0' in page
    assert 'jishi_requests_total{operation="query",role="agent",status="200",worker="1"} 2.0' in page
    assert 'jishi_request_seconds_bucket{le="0.0025",operation="query",worker="1"} 2.0' in page


def test_every_process_says_how_much_memory_it_holds(tmp_path: Path) -> None:
    page = SharedMetrics(tmp_path, 1).exposition().decode()
    found = {kind: float(size) for kind, size in re.findall(r'memory_bytes{kind="(\w+)",worker="1"} (\S+)', page)}
    assert 0 < found["private"] <= found["proportional"] <= found["private"] + found["shared"]


def test_the_memory_of_a_process_that_is_gone_is_not_known() -> None:
    assert memory(2**31 - 1) is None
