"""A data directory of its own and the real `jishi` processes in it: commands, servers, and ways to kill them.

Knows processes, signals and addresses; must not know what is asked of a server.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from api.auth import EVERYWHERE, Issuer
from sql import embedded
from sql.embedded_cluster import load

ROOT = Path(__file__).resolve().parents[2]
JISHI = (sys.executable, "-m", "api.cli")


@dataclass(frozen=True, slots=True)
class Said:
    """What a command left: its exit code, and everything it wrote."""

    code: int
    out: str
    err: str


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


class Home:
    """One data directory under the system's temporary folder; `remove` ends what still runs in it and deletes it."""

    def __init__(self, dsn: str | None = None, *, path: Path | None = None) -> None:
        self.path = path or Path(tempfile.gettempdir()) / f"jishi-trial-{secrets.token_hex(6)}"
        self.port = free_port()
        self.dsn = dsn
        self.servers: list[Server] = []

    def environment(self, **more: str) -> dict[str, str]:
        plain = {name: value for name, value in os.environ.items() if not name.startswith("JISHI_")}
        own = {"JISHI_HOME": str(self.path), "JISHI_PORT": str(self.port), "PYTHONPATH": str(ROOT)}
        if self.dsn:
            own["JISHI_DATABASE_URL"] = self.dsn
        return plain | own | more

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """A command that is left running; whoever calls waits for it."""
        return subprocess.Popen(
            [*JISHI, *arguments],
            cwd="/",
            env=self.environment(**environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, timeout: float = 120.0, **environment: str) -> Said:
        with self.start(*arguments, **environment) as process:
            try:
                out, err = process.communicate(timeout=timeout)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        return Said(process.returncode, out, err)

    def serve(self, *arguments: str) -> Server:
        server = Server(self, *arguments)
        self.servers.append(server)
        return server

    def token(self, role: str, *, subject: str | None = None, **claims: Any) -> str:
        if role == "agent":
            claims.setdefault("region", EVERYWHERE)
        issuer, at = Issuer.at(self.path), datetime.now(UTC)
        return issuer.token(subject=subject or role, role=role, lifetime=timedelta(days=1), at=at, **claims)

    def postmaster(self) -> int | None:
        cluster = load(self.path)
        return cluster.serving() if cluster else None

    def database(self) -> list[int]:
        """Every process of postgres in this directory, the postmaster first."""
        cluster = load(self.path)
        first = self.postmaster()
        if cluster is None or first is None:
            return []
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if os.readlink(entry / "cwd") == str(cluster.data):
                    found.append(int(entry.name))
        return sorted(found, key=lambda pid: pid != first)

    def dsn_of_database(self) -> str:
        """The address of the embedded database."""
        cluster = load(self.path)
        assert cluster
        return cluster.dsn

    def supervisor(self) -> int | None:
        """The parent of the postmaster."""
        pid = self.postmaster()
        if pid is None:
            return None
        parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        return parent if parent > 1 else None

    def remove(self) -> None:
        for server in self.servers:
            server.kill()
        with suppress(embedded.EmbeddedError, FileNotFoundError):
            embedded.remove(self.path)
        shutil.rmtree(self.path, ignore_errors=True)


class Server:
    """One `jishi serve`; its log goes to a file in the data directory's place."""

    def __init__(self, home: Home, *arguments: str) -> None:
        self.home = home
        self.log = home.path.with_name(f"{home.path.name}-{secrets.token_hex(3)}.log")
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [*JISHI, "serve", *arguments],
                cwd="/",
                env=home.environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.home.port}"

    def wait_until_ready(self) -> Server:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith("ready "), self.log.read_text()[-3000:]
        return self

    def health(self, path: str, timeout: float = 2.0) -> tuple[int, dict[str, Any], float]:
        """(status, body, seconds)."""
        began = time.perf_counter()
        try:
            with urllib.request.urlopen(self.url + path, timeout=timeout) as answer:
                status, body = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            status, body = error.code, error.read()
        return status, json.loads(body), time.perf_counter() - began

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()
        self.log.unlink(missing_ok=True)

    def stop(self) -> str:
        """Ends it as an operator would, and returns its whole log."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)
        log = self.log.read_text()
        self.kill()
        return log
