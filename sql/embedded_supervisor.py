"""The process that owns the embedded postgres: starts it, restarts it when it dies, stops it after its last user.

It knows processes, signals and locks, and must not know what the server is used for.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from sql.embedded_account import Account, account, binaries
from sql.embedded_cluster import Cluster, create, load, open_socket_directory
from sql.embedded_locks import Locks
from sql.errors import EmbeddedError

_LOOK_EVERY = 0.25
_START_LIMIT = 300.0
_STOP_LIMIT = 30.0
_SET_PARENT_DEATH_SIGNAL = 1


class Server:
    """The postgres of one cluster as a child of this process."""

    def __init__(self, cluster: Cluster, who: Account, folder: Path, *, durable: bool) -> None:
        self._cluster, self._who = cluster, who
        self._command = [str(folder / "postgres"), "-D", str(cluster.data), *cluster.settings(durable=durable)]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start postgres, after whatever an earlier one left running is gone."""
        _clear(self._cluster)
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=2,
            cwd="/",
            umask=0o077,
            start_new_session=True,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
            preexec_fn=_die_with_parent(),
            **self._who.as_child,
        )

    def wait_until_ready(self) -> None:
        """Return when it accepts connections; EmbeddedError when it ends or takes too long."""
        deadline = time.monotonic() + _START_LIMIT
        while self._process is None or self._cluster.serving() != self._process.pid:
            if not self.alive:
                raise EmbeddedError("PostgreSQL ended while it was starting 数据库启动失败")
            if time.monotonic() > deadline:
                raise EmbeddedError(f"PostgreSQL was not ready within {_START_LIMIT:.0f} s 数据库启动超时")
            time.sleep(0.02)

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def was_killed(self) -> bool:
        """Whether it ended while it served: one that was shut down or could not start leaves no such trace."""
        return self._process is not None and self._cluster.postmaster() == (self._process.pid, True)

    def stop(self) -> None:
        """Disconnect everybody, write everything, end; harder when that takes too long (the log of writes is safe)."""
        if self._process is None:
            return
        for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.send_signal(how)
                self._process.wait(_STOP_LIMIT)
                return


def supervise(home: Path, report: Callable[[str | None], None], *, durable: bool) -> None:
    """Run the server of `home` until nobody uses it; `report(None)` once it is ready, `report(why)` if it cannot be."""
    locks = Locks(home)
    if not locks.become_supervisor():
        report(None)
        return
    try:
        server = _first_start(home, durable=durable)
    except (EmbeddedError, OSError) as error:
        report(str(error))
        return
    report(None)
    while not locks.nobody_left():
        time.sleep(_LOOK_EVERY)
        if not server.alive:
            if not server.was_killed:
                # The next supervisor tells whoever starts it why postgres cannot start.
                return
            print("postgres was killed while it was in use; starting it again", file=sys.stderr, flush=True)
            server.start()
    # Starters wait at the lock that nobody_left took; it opens when this process ends.
    server.stop()


def _first_start(home: Path, *, durable: bool) -> Server:
    who = account()
    folder = binaries(who)
    cluster = load(home) or create(home, who, folder, durable=durable)
    server = Server(open_socket_directory(home, cluster, who), who, folder, durable=durable)
    server.start()
    try:
        server.wait_until_ready()
    except EmbeddedError:
        server.stop()
        raise
    return server


def _die_with_parent() -> Callable[[], None] | None:
    if sys.platform != "linux":
        return None
    prctl, parent = ctypes.CDLL(None).prctl, os.getpid()

    def arrange() -> None:
        # Runs after the change of user, which would clear the setting.
        prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGINT)
        if os.getppid() != parent:
            os._exit(1)

    return arrange


def _clear(cluster: Cluster) -> None:
    """End what still runs on the cluster: a server whose supervisor was killed, or backends whose server was."""
    for how, patience in ((None, 0.5), (signal.SIGQUIT, 1.0), (signal.SIGKILL, 5.0)):
        deadline = time.monotonic() + patience
        left = _running_on(cluster.data)
        for pid in left if how else []:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, how or 0)
        while left and time.monotonic() < deadline:
            time.sleep(0.05)
            left = _running_on(cluster.data)
        if not left:
            _forget(cluster)
            return


def _forget(cluster: Cluster) -> None:
    """Remove the lock files of a server that is gone. Its number may still be taken, by another process since or by
    the dead one until its parent looks at it, and postgres would refuse to start."""
    if Path("/proc/self").exists():
        for file in (cluster.data / "postmaster.pid", *Path(cluster.socket).glob(".s.PGSQL.*.lock")):
            file.unlink(missing_ok=True)


def _running_on(data: Path) -> list[int]:
    """Processes of postgres whose working directory is `data`; empty where there is no /proc."""
    found, folder = [], os.path.realpath(data)
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if os.readlink(entry / "cwd") == folder and Path(os.readlink(entry / "exe")).name.startswith("postgres"):
                found.append(int(entry.name))
    return found


def _reporter() -> Callable[[str | None], None]:
    """Tells the starter, who reads our standard output, once; then points it to the log like standard error."""

    def report(problem: str | None) -> None:
        with contextlib.suppress(OSError):
            os.write(1, json.dumps({"problem": problem}).encode())
        os.dup2(2, 1)

    return report


def main() -> None:
    """`python -m sql.embedded_supervisor HOME durable|hasty`, started by sql.embedded in a session of its own."""
    if os.fork():
        # The starter waits for this one only, so that nobody is left with a zombie.
        os._exit(0)
    for harmless in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # It ends with its last user. A handler, unlike SIG_IGN, is not inherited by postgres.
        signal.signal(harmless, lambda *_: None)
    supervise(Path(sys.argv[1]), _reporter(), durable=sys.argv[2] == "durable")


if __name__ == "__main__":
    main()
