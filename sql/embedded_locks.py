"""Three locks in the data directory that let starters share one server; the kernel drops a killed process's.

It knows flock, and must not know what is started or stopped under it.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sql.errors import EmbeddedError

_START_LIMIT = 330.0


class Busy(EmbeddedError):
    """Another process has been starting or stopping the server for too long."""


class Locks:
    """`start`: held while a server is started or stopped. `users`: shared by all who use it. `supervisor`: it lives."""

    def __init__(self, home: Path) -> None:
        self._home = home

    @contextmanager
    def starting(self, *, wait: float = _START_LIMIT) -> Iterator[None]:
        """Be the only one to start or stop the server; Busy after `wait` seconds."""
        descriptor = self._take("start", fcntl.LOCK_EX, wait=wait)
        if descriptor is None:
            raise Busy(
                f"another process has been starting or stopping the database in {self._home} for {wait:.0f} s; end it "
                "or try again 另一进程正在启动或停止数据库，请稍后重试"
            )
        try:
            yield
        finally:
            os.close(descriptor)

    def use(self) -> int:
        """Become a user, until the descriptor returned is closed; only while `starting`."""
        descriptor = self._take("users", fcntl.LOCK_SH, wait=5.0)
        if descriptor is None:
            raise EmbeddedError(f"{self._home / 'postgres.users.lock'} is locked by a stranger; end that process")
        return descriptor

    def supervised(self) -> bool:
        """Whether a supervisor lives."""
        descriptor = self._take("supervisor", fcntl.LOCK_EX, wait=0)
        if descriptor is not None:
            os.close(descriptor)
        return descriptor is None

    def become_supervisor(self) -> bool:
        """Be the supervisor for the rest of this process; False when there is one."""
        return self._take("supervisor", fcntl.LOCK_EX, wait=1.0) is not None

    def nobody_left(self) -> bool:
        """Whether there are no users; if so, starters are kept waiting for the rest of this process."""
        # A starter holds `start` before it becomes a user, so the order matters.
        start = self._take("start", fcntl.LOCK_EX, wait=0)
        if start is None:
            return False
        if self._take("users", fcntl.LOCK_EX, wait=0) is not None:
            return True
        os.close(start)
        return False

    def _take(self, name: str, how: int, *, wait: float) -> int | None:
        descriptor = os.open(self._home / f"postgres.{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        deadline = time.monotonic() + wait
        while True:
            try:
                fcntl.flock(descriptor, how | fcntl.LOCK_NB)
                return descriptor
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    os.close(descriptor)
                    return None
                time.sleep(0.02)
