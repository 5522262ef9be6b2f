"""The first start makes its demo operator in a process of its own, which ends with it and is taken up again."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_support import PATIENCE, Running, children

from api.commands.first_start import UNFINISHED


@pytest.fixture
def begun(tmp_path: Path, home: Path) -> Iterator[Running]:
    """A first start in the middle of making its demo operator."""
    running = Running(tmp_path, home, "up", "--customers", 500, "--port", 0)
    running.until(lambda: (home / UNFINISHED).exists())
    yield running
    running.end()


def all_gone(processes: list[int]) -> None:
    deadline = time.monotonic() + PATIENCE
    while any(Path(f"/proc/{pid}").exists() for pid in processes):
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.slow
def test_a_first_start_that_is_stopped_leaves_no_process_behind(begun: Running, home: Path) -> None:
    below = children(begun.process.pid)
    assert below
    assert begun.stop(signal.SIGINT) == 0
    all_gone(below)
    assert "Traceback" not in begun.err
    assert (home / UNFINISHED).exists()


@pytest.mark.slow
def test_a_first_start_that_was_killed_is_finished_by_the_next_one(begun: Running, home: Path, tmp_path: Path) -> None:
    below = children(begun.process.pid)
    begun.end()
    all_gone(below)
    again = Running(tmp_path, home, "up", "--port", 0)
    try:
        again.ready()
        assert "making a demo operator with 500 customers" in again.err
        assert not (home / UNFINISHED).exists()
        assert again.stop() == 0
    finally:
        again.end()
