"""The PostgreSQL of a test session: where it lies, and databases copied from a template or used again when unchanged.

It knows PostgreSQL's administrator, and must not know what any test keeps there.
"""

from __future__ import annotations

import asyncio
import secrets
import shutil
import tempfile
import time
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
from server_support import on_database

from sql.embedded import EmbeddedPostgres
from sql.embedded_locks import Locks

_MEMORY = Path("/dev/shm")
_ROOM = 4 << 30
_LEFT = 3600.0
# Whatever writes takes a transaction's number: two readings that agree say that nobody wrote between them.
_NEXT_TRANSACTION = "select pg_snapshot_xmax(pg_current_snapshot())::text"
_USERS = "select count(*) from pg_stat_activity where datname = $1"
_LEAVING = 0.5


def place() -> Path:
    """A folder for a cluster that need not outlive the machine: in memory where that has room, for its many files."""
    # Never below pytest's own folder, which is closed to the system user that runs PostgreSQL for root.
    roomy = _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM
    return (_MEMORY if roomy else Path(tempfile.gettempdir())) / f"jishi-tests-{secrets.token_hex(6)}"


def sweep() -> None:
    """Remove what sessions left in memory that were killed more than an hour ago."""
    for left in _MEMORY.glob("jishi-tests-*"):
        if time.time() - left.stat().st_mtime > _LEFT and not Locks(left).supervised():
            shutil.rmtree(left, ignore_errors=True)


class Administrator:
    """The superuser of a session's server, who makes and drops databases; one connection, beside any test's loop."""

    def __init__(self, server: EmbeddedPostgres) -> None:
        self._dsn = server.dsn
        self._runner, self._thread = asyncio.Runner(), ThreadPoolExecutor(1)
        # Template → a copy of it that nobody has changed.
        self._unchanged: dict[str, str] = {}
        self._connection = self._run(asyncpg.connect(server.admin_dsn))
        self._hasten_passwords()

    def close(self) -> None:
        self._run(self._connection.close())
        self._thread.submit(self._runner.close).result()
        self._thread.shutdown()

    def execute(self, statement: str) -> None:
        """Run one statement as the superuser."""
        self._run(self._connection.execute(statement))

    @contextmanager
    def copy(self, template: str) -> Iterator[str]:
        """The DSN of a database like `template`, to which nobody is connected and which nobody changes any more.

        It is a fresh copy, or one that an earlier user left exactly as it was.
        """
        name = self._unchanged.pop(template, None) or self._copied(template)
        before = self._value(_NEXT_TRANSACTION)
        try:
            yield on_database(self._dsn, name)
        finally:
            if template not in self._unchanged and self._value(_NEXT_TRANSACTION) == before and self._is_left(name):
                self._unchanged[template] = name
            else:
                self.execute(f"drop database if exists {name} with (force)")

    def _copied(self, template: str) -> str:
        name = f"test_{secrets.token_hex(8)}"
        self.execute(f"create database {name} template {template} strategy file_copy owner jishi")
        return name

    def _is_left(self, name: str) -> bool:
        """Whether all who were connected are gone; they may take a moment."""
        deadline = time.monotonic() + _LEAVING
        while self._value(_USERS, name):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.003)
        return True

    def _hasten_passwords(self) -> None:
        """Passwords are checked with thousands of rounds, at every connection of every test; these are no secrets."""
        self.execute("set scram_iterations = 1")
        self.execute(f"alter role jishi password '{urlsplit(self._dsn).password}'")

    def _value(self, query: str, *args: object) -> Any:
        return self._run(self._connection.fetchval(query, *args))

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self._thread.submit(self._runner.run, work).result()
