from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import asyncpg
import pytest
from cli_support import CODES, FirstStart, Running, ask, children, jishi

from api.auth import ROLES
from api.listening import bound
from sql.embedded_cluster import load

CUSTOMER = '{ customer(id: "C0000001") { id } }'
Start = Callable[..., Running]


def test_the_first_start_says_on_stdout_that_it_is_ready_and_nothing_else(first: FirstStart) -> None:
    assert re.fullmatch(r"ready http://127\.0\.0\.1:\d+/graphql\n", first.out)


def test_the_first_start_prints_a_token_for_every_role(first: FirstStart) -> None:
    assert set(first.tokens) == set(ROLES)


def test_the_first_query_can_be_pasted(first: FirstStart) -> None:
    hits = json.loads(first.pasted)["data"]["productOfferingSearch"]["hits"]
    assert hits
    assert all(hit["productOffering"]["code"] for hit in hits)


def test_a_stop_is_a_success_and_leaves_no_database_running(first: FirstStart) -> None:
    assert first.exit_code == 0
    assert "Traceback" not in first.err
    cluster = load(first.home)
    assert cluster is not None
    deadline = time.monotonic() + 10.0
    while cluster.postmaster() is not None:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_second_start_keeps_the_data_and_takes_the_old_tokens(first: FirstStart, start: Start) -> None:
    running = start("up", "--port", 0)
    running.ready()
    assert "making a demo operator" not in running.err
    assert ask(running.address, first.tokens["storefront"], CODES) == first.codes
    assert running.stop(signal.SIGINT) == 0


def test_a_taken_port_is_told_at_once_and_nothing_is_begun(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = jishi(home, "up", "--port", taken.getsockname()[1])
    assert done.returncode == 1
    assert "--port" in done.stderr
    assert not home.exists()


@pytest.mark.parametrize("workers", [1, 2])
def test_a_request_on_its_way_is_answered_when_the_server_is_stopped(
    first: FirstStart, start: Start, workers: int
) -> None:
    running = start("serve", "--port", 0, "--workers", workers)
    running.ready()
    token = jishi(first.home, "token", "--role", "agent").stdout.strip()
    with ThreadPoolExecutor(1) as thread:
        answer = asyncio.run(_stop_while_the_database_is_busy(first.home, running, thread, token))
    assert answer == {"customer": {"id": "C0000001"}}
    assert running.process.wait(20.0) == 0


async def _stop_while_the_database_is_busy(
    home: Path, running: Running, thread: ThreadPoolExecutor, token: str
) -> dict[str, object]:
    """A look-up waits for its audit row; meanwhile the server is told to stop."""
    cluster = load(home)
    assert cluster is not None
    connection = await asyncpg.connect(cluster.dsn)
    try:
        async with connection.transaction():
            await connection.execute("lock table audit in access exclusive mode")
            answer = thread.submit(ask, running.address, token, CUSTOMER)
            waiting = "select count(*) from pg_locks where not granted"
            while not await connection.fetchval(waiting):
                assert not answer.done()
                await asyncio.sleep(0.02)
            running.process.send_signal(signal.SIGTERM)
            await asyncio.sleep(0.5)
            assert not answer.done()
    finally:
        await connection.close()
    return await asyncio.wrap_future(answer)


def test_a_server_process_that_dies_is_replaced_and_nobody_is_turned_away(first: FirstStart, start: Start) -> None:
    running = start("serve", "--port", 0, "--workers", 2)
    running.ready()
    token, before = first.tokens["storefront"], _servers(running)
    assert len(before) == 2
    os.kill(before[0], signal.SIGKILL)
    for _ in range(20):
        assert ask(running.address, token, CODES) == first.codes
    running.until(lambda: len(_servers(running)) == 2 and before[0] not in _servers(running))
    # On Ctrl-C a terminal tells all of them.
    assert running.stop(signal.SIGINT) == 0
    assert not any(Path(f"/proc/{pid}").exists() for pid in before)


def _servers(running: Running) -> list[int]:
    """The processes that listen: those below the one that forks."""
    forker = [pid for pid in children(running.process.pid) if "forkserver" in _command(pid)]
    return sorted(pid for pid in forker if any(pid in children(other) for other in forker))


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_a_killed_server_leaves_nothing_behind_and_the_next_one_starts(
    first: FirstStart, start: Start, workers: int
) -> None:
    running = start("serve", "--port", 0, "--workers", workers)
    running.ready()
    below = children(running.process.pid)
    cluster = load(first.home)
    assert cluster is not None
    figures = set(Path(tempfile.gettempdir()).glob("jishi-figures-*/1.prom"))
    running.process.kill()
    running.process.wait()
    deadline = time.monotonic() + 30.0
    while cluster.postmaster() is not None or any(Path(f"/proc/{pid}").exists() for pid in below):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert workers == 1 or not all(page.exists() for page in figures)
    again = start("serve", "--port", 0)
    again.ready()
    assert ask(again.address, first.tokens["storefront"], CODES) == first.codes
    assert again.stop() == 0


def test_a_server_that_cannot_reach_its_database_says_so_and_fails(home: Path) -> None:
    done = jishi(home, "serve", "--port", 0, JISHI_DATABASE_URL="postgresql://a:secret@127.0.0.1:1/b")
    assert done.returncode == 1
    assert "JISHI_DATABASE_URL" in done.stderr
    assert "secret" not in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_connections_of_a_process_that_hangs_are_taken_by_the_others(first: FirstStart, start: Start) -> None:
    running = start("serve", "--port", 0, "--workers", 2)
    running.ready()
    hung = _servers(running)[0]
    os.kill(hung, signal.SIGSTOP)
    try:
        # Half of them are given to the one that hangs.
        for _ in range(12):
            assert ask(running.address, first.tokens["storefront"], CODES) == first.codes
    finally:
        os.kill(hung, signal.SIGCONT)
    assert running.stop() == 0


def test_a_port_that_another_server_shares_among_its_processes_is_taken(home: Path) -> None:
    with closing(bound("127.0.0.1", 0, 2)[0]) as taken:
        done = jishi(home, "serve", "--workers", 2, "--port", taken.getsockname()[1])
    assert done.returncode == 1
    assert "--port" in done.stderr
