from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest
from server_support import run

from sql import embedded
from sql.embedded_cluster import load
from sql.embedded_supervisor import _running_on
from sql.pool import Database, DatabaseUnavailable

ROOM = Path(__file__).parents[2]
HOLD = """
import sys, time
from pathlib import Path
from sql import embedded
server = embedded.start(Path(sys.argv[1]), durable=False)
print(server.dsn, flush=True)
time.sleep(600)
"""


@pytest.fixture
def home() -> Iterator[Path]:
    """A data directory that does not exist yet, in a folder that everybody may enter."""
    path = Path(tempfile.gettempdir()) / f"jishi-tests-{secrets.token_hex(6)}"
    yield path
    if path.is_dir():
        embedded.remove(path)
        shutil.rmtree(path)


@pytest.fixture(scope="module")
def server() -> Iterator[embedded.EmbeddedPostgres]:
    """A server that may be killed and has to come back."""
    path = Path(tempfile.gettempdir()) / f"jishi-tests-{secrets.token_hex(6)}"
    with embedded.start(path, durable=False) as server:
        yield server
    embedded.remove(path)
    shutil.rmtree(path)


@pytest.fixture(scope="module")
def stopped() -> Iterator[Path]:
    """A data directory that has been used before."""
    path = Path(tempfile.gettempdir()) / f"jishi-tests-{secrets.token_hex(6)}"
    embedded.start(path, durable=False).close()
    yield path
    embedded.remove(path)
    shutil.rmtree(path)


class Holder:
    """Another process that uses the server."""

    def __init__(self, home: Path) -> None:
        command = [sys.executable, "-c", HOLD, str(home)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOM)

    def dsn(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


def eventually(true: Callable[[], bool], within: float) -> None:
    deadline = time.monotonic() + within
    while not true():
        assert time.monotonic() < deadline, f"not within {within} s"
        time.sleep(0.05)


def ask(dsn: str, question: str) -> object:
    async def answer() -> object:
        connection = await asyncpg.connect(dsn, timeout=2)
        try:
            return await connection.fetchval(question)
        finally:
            await connection.close()

    return run(answer())


def answers(dsn: str) -> bool:
    with contextlib.suppress(OSError, asyncpg.PostgresError):
        return ask(dsn, "select 1") == 1
    return False


def supervisor_of(server: embedded.EmbeddedPostgres) -> int:
    postmaster = (server.data / "postmaster.pid").read_text().split()[0]
    return int(Path(f"/proc/{postmaster}/stat").read_text().rpartition(")")[2].split()[1])


def postmaster_of(server: embedded.EmbeddedPostgres) -> int:
    return int((server.data / "postmaster.pid").read_text().split()[0])


def test_two_starters_share_one_server_and_it_stops_after_the_last(stopped: Path) -> None:
    holder = Holder(stopped)
    with embedded.start(stopped, durable=False) as server:
        assert holder.dsn() == server.dsn
        assert ask(server.dsn, "select current_user || ' ' || current_database()") == "jishi jishi"
        holder.kill()
        time.sleep(1.2)
        assert answers(server.dsn)
        data = server.data
        assert _running_on(data)
    eventually(lambda: not _running_on(data), 10)


def test_a_killed_holder_leaves_no_server_behind_and_no_data_is_lost(stopped: Path) -> None:
    holder = Holder(stopped)
    dsn = holder.dsn()
    ask(dsn, "create table kept as select 42 as value")
    cluster = load(stopped)
    assert cluster is not None
    assert _running_on(cluster.data)
    holder.kill()
    eventually(lambda: not _running_on(cluster.data), 10)
    with embedded.start(stopped, durable=False) as server:
        assert server.dsn == dsn
        assert ask(server.dsn, "select value from kept") == 42


def test_nobody_else_gets_in(server: embedded.EmbeddedPostgres) -> None:
    home = server.log.parent
    cluster = load(home)
    assert cluster is not None
    for closed in (server.data.parent, server.data, Path(cluster.socket)):
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    assert stat.S_IMODE(home.stat().st_mode) & 0o007 == 0
    assert {stat.S_IMODE(path.stat().st_mode) for path in home.glob("postgres.*")} == {0o600}
    assert ask(server.admin_dsn, "show listen_addresses") == ""
    assert not ask(server.dsn, "select rolsuper or rolcreatedb or rolcreaterole from pg_roles where rolname = user")
    assert ask(server.admin_dsn, "select bool_and(auth_method = 'scram-sha-256') from pg_hba_file_rules")
    for right in (server.dsn, server.admin_dsn):
        wrong = right.replace(cluster.password, "guess").replace(cluster.admin_password, "guess")
        with pytest.raises(DatabaseUnavailable, match="password"):
            run(Database.open(wrong))


def test_a_killed_postgres_comes_back_by_itself(server: embedded.EmbeddedPostgres) -> None:
    ask(server.dsn, "create table kept as select 42 as value")
    ask(server.admin_dsn, "checkpoint")
    os.kill(postmaster_of(server), signal.SIGKILL)
    eventually(lambda: answers(server.dsn), 5)
    assert ask(server.dsn, "select value from kept") == 42


def test_a_killed_supervisor_takes_postgres_along_and_the_holder_starts_it_anew(
    server: embedded.EmbeddedPostgres,
) -> None:
    before, supervisor = postmaster_of(server), supervisor_of(server)
    os.kill(supervisor, signal.SIGKILL)
    eventually(lambda: not Path(f"/proc/{before}").exists(), 10)
    eventually(lambda: answers(server.dsn), 5)
    assert supervisor_of(server) != supervisor


def test_an_interrupt_from_the_terminal_does_not_reach_the_server(server: embedded.EmbeddedPostgres) -> None:
    ours = os.getpgrp()
    for pid in (supervisor_of(server), postmaster_of(server)):
        assert os.getpgid(pid) != ours
        assert os.getsid(pid) != os.getsid(0)
    os.kill(supervisor_of(server), signal.SIGINT)
    os.kill(supervisor_of(server), signal.SIGTERM)
    time.sleep(0.7)
    assert answers(server.dsn)


def test_an_interrupted_first_start_is_begun_again(home: Path) -> None:
    holder = Holder(home)
    eventually(lambda: any(home.glob(".new-*")), 10)
    holder.kill()
    for process in _supervisors(home):
        os.kill(process, signal.SIGKILL)
    with embedded.start(home, durable=False) as server:
        assert answers(server.dsn)
    assert not list(home.glob(".new-*"))
    assert len(list(home.glob("postgres-*"))) == 1


def _supervisors(home: Path) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            command = (entry / "cmdline").read_bytes()
            if b"embedded_supervisor" in command and os.fsencode(home) in command:
                found.append(int(entry.name))
    return found


def test_a_long_path_gets_a_short_socket(home: Path) -> None:
    long = home / ("deep" * 30)
    try:
        with embedded.start(long, durable=False) as server:
            assert answers(server.dsn)
            cluster = load(long)
            assert cluster is not None
            assert not cluster.socket.startswith(str(long))
            assert stat.S_IMODE(Path(cluster.socket).stat().st_mode) == 0o700
    finally:
        embedded.remove(long)
        shutil.rmtree(home)


def test_a_home_closed_to_the_system_user_keeps_its_mode_and_still_works(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    parents = [stat.S_IMODE(path.stat().st_mode) for path in (closed, *closed.parents)]
    with embedded.start(closed, durable=False) as server:
        assert answers(server.dsn)
        assert server.data.is_relative_to(closed) == (os.geteuid() != 0)
    assert [stat.S_IMODE(path.stat().st_mode) for path in (closed, *closed.parents)] == parents
    embedded.remove(closed)


def test_a_start_that_fails_shows_the_end_of_the_log(stopped: Path) -> None:
    cluster = load(stopped)
    assert cluster is not None
    data = cluster.data
    eventually(lambda: not _running_on(data), 10)
    control = data / "global" / "pg_control"
    whole = control.read_bytes()
    control.write_bytes(b"\0" * len(whole))
    try:
        with pytest.raises(embedded.EmbeddedError) as caught:
            embedded.start(stopped, durable=False)
    finally:
        control.write_bytes(whole)
    assert str(stopped / "postgres.log") in str(caught.value)
    assert "database files are incompatible with server" in str(caught.value)
    with embedded.start(stopped, durable=False) as again:
        assert answers(again.dsn)


def test_a_cluster_that_is_gone_is_not_replaced_by_an_empty_one(stopped: Path) -> None:
    cluster = load(stopped)
    assert cluster is not None
    data = cluster.data
    eventually(lambda: not _running_on(data), 10)
    data.rename(data.with_name("elsewhere"))
    with pytest.raises(embedded.EmbeddedError, match="is gone; bring it back"):
        embedded.start(stopped, durable=False)
    data.with_name("elsewhere").rename(data)


def test_a_server_in_use_is_not_removed(server: embedded.EmbeddedPostgres) -> None:
    with pytest.raises(embedded.EmbeddedError, match="still in use"):
        embedded.remove(server.log.parent, wait=0.2)
    assert answers(server.dsn)


def test_a_data_directory_that_cannot_be_made_says_what_to_do() -> None:
    with pytest.raises(embedded.EmbeddedError, match="JISHI_HOME"):
        embedded.start(Path("/proc/jishi-home"))
