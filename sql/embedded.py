"""An embedded PostgreSQL for whoever has none: one server for all starters of a data directory, gone after the last.

It knows how to become a user of it and to see that it lives, and must not know how postgres is run.
"""

from __future__ import annotations

import contextlib
import errno
import json
import logging
import os
import select
import subprocess
import sys
import threading
import time
from pathlib import Path

from sql.embedded_account import prepare_home
from sql.embedded_cluster import Cluster, load
from sql.embedded_cluster import remove as remove_cluster
from sql.embedded_locks import Busy, Locks
from sql.errors import EmbeddedError

__all__ = ["EmbeddedError", "EmbeddedPostgres", "remove", "start"]

_log = logging.getLogger(__name__)
_START_LIMIT = 320.0
_LOOK_EVERY = 0.5
_FAILED_START_PAUSE = 2.0
_LOG = "postgres.log"
_LOG_LIMIT = 10_000_000


class EmbeddedPostgres:
    """A share in the running server, until `close` or the end of this process, however it ends.

    `dsn` is the program's (owner of the database jishi), `admin_dsn` the superuser's for tests and backups.
    """

    def __init__(self, home: Path, cluster: Cluster, user: int, *, durable: bool) -> None:
        self.dsn, self.admin_dsn = cluster.dsn, cluster.admin_dsn
        self.data, self.log = cluster.data, home / _LOG
        self._home, self._user, self._durable = home, user, durable
        self._closed = threading.Event()
        self._watch = threading.Thread(target=self._keep_supervised, name="embedded postgres", daemon=True)
        self._watch.start()

    def close(self) -> None:
        """Give up the share; the server stops within a second or so unless others use it."""
        if self._closed.is_set():
            return
        self._closed.set()
        self._watch.join(timeout=5.0)
        os.close(self._user)

    def __enter__(self) -> EmbeddedPostgres:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _keep_supervised(self) -> None:
        locks, told = Locks(self._home), False
        while not self._closed.wait(_FAILED_START_PAUSE if told else _LOOK_EVERY):
            try:
                # Busy means that somebody else is at it.
                with contextlib.suppress(Busy), locks.starting(wait=0):
                    if not locks.supervised():
                        _spawn_supervisor(self._home, durable=self._durable)
                told = False
            except (EmbeddedError, OSError) as error:
                if not told:
                    _log.error("the embedded database has no supervisor: %s", error)
                told = True


def start(home: Path, *, durable: bool = True) -> EmbeddedPostgres:
    """Start the server of a data directory, or join it; returns when it accepts connections.

    The first start makes the data directory (mode 0700) and an empty database. `durable=False` is for tests: it is
    quicker, and a power cut may destroy the data. EmbeddedError says what went wrong and where the log is.
    """
    home = home.absolute()
    try:
        prepare_home(home)
        with Locks(home).starting():
            user = Locks(home).use()
            try:
                _ensure_supervisor(home, durable=durable)
                cluster = load(home)
            except BaseException:
                os.close(user)
                raise
    except OSError as error:
        raise EmbeddedError(_explain(error, home)) from error
    if cluster is None:
        os.close(user)
        raise EmbeddedError(_with_log(home, "the database was not made 数据库未能创建"))
    return EmbeddedPostgres(home, cluster, user, durable=durable)


def remove(home: Path, *, wait: float = 30.0) -> None:
    """Delete the cluster of a data directory once its server has stopped; EmbeddedError when it is in use."""
    locks = Locks(home.absolute())
    deadline = time.monotonic() + wait
    while locks.supervised():
        if time.monotonic() > deadline:
            raise EmbeddedError(
                f"the database in {home} is still in use; stop Jishi first 数据库仍在使用，请先停止服务"
            )
        time.sleep(0.05)
    with locks.starting():
        remove_cluster(home.absolute())


def _ensure_supervisor(home: Path, *, durable: bool) -> None:
    """Return when the server accepts connections, starting its supervisor unless it has one; only while starting."""
    locks = Locks(home)
    deadline = time.monotonic() + _START_LIMIT
    while time.monotonic() < deadline:
        if not locks.supervised():
            _spawn_supervisor(home, durable=durable)
        cluster = load(home)
        if cluster is not None and cluster.serving() is not None:
            return
        # Somebody started the supervisor and was killed before it was ready.
        time.sleep(0.05)
    raise EmbeddedError(_with_log(home, f"the database is not ready after {_START_LIMIT:.0f} s 数据库启动超时"))


def _spawn_supervisor(home: Path, *, durable: bool) -> None:
    command = [sys.executable, "-m", "sql.embedded_supervisor", str(home), "durable" if durable else "hasty"]
    # The program may run from a folder that is on our path and not on a new interpreter's.
    path = [str(Path(__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]
    log = _open_log(home)
    try:
        with subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            cwd="/",
            env=os.environ | {"PYTHONPATH": os.pathsep.join(path)},
            start_new_session=True,
        ) as process:
            assert process.stdout is not None
            answer = _read_all(process.stdout.fileno())
    finally:
        os.close(log)
    if not answer:
        raise EmbeddedError(_with_log(home, "the supervisor of the database ended before it was ready 数据库启动失败"))
    if problem := json.loads(answer)["problem"]:
        raise EmbeddedError(_with_log(home, problem))


def _read_all(descriptor: int) -> bytes:
    deadline = time.monotonic() + _START_LIMIT
    answer = b""
    while select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))[0]:
        piece = os.read(descriptor, 65536)
        if not piece:
            break
        answer += piece
    return answer


def _open_log(home: Path) -> int:
    log = home / _LOG
    if log.exists() and log.stat().st_size > _LOG_LIMIT:
        log.rename(log.with_suffix(".log.1"))
    return os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def _with_log(home: Path, problem: str) -> str:
    log = home / _LOG
    try:
        lines = log.read_text(errors="replace").splitlines()[-12:]
    except OSError:
        lines = []
    told = "".join([problem, *lines])
    full = "No space left" in told or "Check free disk space" in told
    remedy = "\nthe disk is full: make room, then start again 磁盘已满，请清理空间后重试" if full else ""
    return "\n  ".join([f"{problem}{remedy}\nlog 日志 {log}:", *lines])


def _explain(error: OSError, home: Path) -> str:
    if error.errno == errno.ENOSPC:
        return f"the disk of {home} is full: make room, or choose another data directory with JISHI_HOME 磁盘已满"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return (
            f"no permission to use {home} ({error.strerror}: {error.filename}); run as its owner, or choose another "
            "data directory with JISHI_HOME 没有权限使用数据目录，请用其所有者运行或另设 JISHI_HOME"
        )
    return f"the data directory {home} cannot be used ({error}); choose another with JISHI_HOME 无法使用数据目录"
