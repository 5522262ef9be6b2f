"""The command line as a person runs it: processes of their own, on a real data directory."""

from __future__ import annotations

import atexit
import json
import os
import re
import secrets
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sql import embedded

ROOT = Path(__file__).parents[2]
PATIENCE = 90.0
CODES = '{ productOfferingSearch(query: "wlan", first: 3) { hits { productOffering { code } } } }'


def environment(home: Path, **more: str) -> dict[str, str]:
    """The surroundings of a command: nothing of ours but what is named."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("JISHI_")}
    return clean | {"JISHI_HOME": str(home), "PYTHONPATH": str(ROOT)} | more


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "api.cli", *map(str, arguments)]


class Forker:
    """A process that has imported the program; a command forked from it costs a tenth."""

    def __init__(self) -> None:
        self._busy = threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    def run(self, arguments: list[str], surroundings: dict[str, str]) -> subprocess.CompletedProcess[str] | None:
        """The command run to its end; None when another one is running."""
        if not self._busy.acquire(blocking=False):
            return None
        with tempfile.TemporaryDirectory(prefix="jishi-command-") as folder:
            try:
                out, err = (Path(folder) / name for name in ("out", "err"))
                asked = {"arguments": arguments, "environment": surroundings, "out": str(out), "err": str(err)}
                code = self._answer(json.dumps(asked))
                return subprocess.CompletedProcess(arguments, code, out.read_text(), err.read_text())
            finally:
                self._busy.release()

    def _answer(self, line: str) -> int:
        process = self._process = self._process or self._started()
        assert process.stdin
        assert process.stdout
        process.stdin.write(f"{line}\n")
        process.stdin.flush()
        if not select.select([process.stdout], [], [], PATIENCE)[0]:
            raise subprocess.TimeoutExpired(line, PATIENCE)
        return int(process.stdout.readline())

    @staticmethod
    def _started() -> subprocess.Popen[str]:
        # It ends with its standard input.
        process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("command_forker.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment(Path("/nowhere")),
        )
        atexit.register(process.kill)
        return process


FORKER = Forker()
# What computes with threads of compiled libraries, which are not made for a fork.
UNFORKED = {"train", "evaluate", "insight"}


def jishi(home: Path, *arguments: object, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    if arguments[0] not in UNFORKED:
        forked = FORKER.run([str(one) for one in arguments], environment(home, **more))
        if forked is not None:
            return forked
    return subprocess.run(
        command(*arguments),
        env=environment(home, **more),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
        cwd="/",
        stdin=subprocess.DEVNULL,
    )


class Running:
    """A command that goes on until it is stopped; what it says goes to files."""

    def __init__(self, folder: Path, home: Path, *arguments: object, **more: str) -> None:
        self._out, self._err = (folder / f"{secrets.token_hex(4)}.{name}" for name in ("out", "err"))
        self.began = time.monotonic()
        with self._out.open("w") as out, self._err.open("w") as err:
            self.process = subprocess.Popen(
                command(*arguments), env=environment(home, **more), stdout=out, stderr=err, cwd="/"
            )

    @property
    def out(self) -> str:
        return self._out.read_text()

    @property
    def err(self) -> str:
        return self._err.read_text()

    def until(self, is_so: Callable[[], Any], patience: float = PATIENCE) -> Any:
        """What `is_so` says once it is true; fails when the command ends before."""
        deadline = time.monotonic() + patience
        while not (found := is_so()):
            assert self.process.poll() is None, f"ended with {self.process.returncode}:\n{self.err}"
            assert time.monotonic() < deadline, self.err
            time.sleep(0.03)
        return found

    def ready(self) -> float:
        """Seconds from the start to the line that says so."""
        self.until(lambda: "ready " in self.out)
        return time.monotonic() - self.began

    @property
    def address(self) -> str:
        found = re.fullmatch(r"ready (http://\S+/graphql)\n", self.out)
        assert found, self.out
        return found[1]

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(PATIENCE)

    def end(self) -> None:
        self.process.kill()
        self.process.wait()


def ask(address: str, token: str, query: str, timeout: float = 30.0) -> dict[str, Any]:
    request = urllib.request.Request(
        address,
        json.dumps({"query": query}).encode(),
        {"Content-Type": "application/json", "Authorization": f"Bearer {token}"},
    )
    with urllib.request.urlopen(request, timeout=timeout) as answer:
        body: dict[str, Any] = json.load(answer)
    assert "errors" not in body, body
    data: dict[str, Any] = body["data"]
    return data


def children(pid: int) -> list[int]:
    """All processes below one."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, IndexError):
            continue
        if parent == pid:
            found += [int(entry.name), *children(int(entry.name))]
    return found


def new_home() -> Path:
    # Not below pytest's own folder, which is closed to the system user that runs PostgreSQL for root.
    return Path(tempfile.gettempdir()) / f"jishi-cli-{secrets.token_hex(6)}"


def remove(home: Path) -> None:
    if home.exists():
        embedded.remove(home)
        shutil.rmtree(home)


@dataclass(frozen=True)
class FirstStart:
    """A data directory with a small demo operator, stopped; what `jishi up` said, and what it answered."""

    home: Path
    out: str
    err: str
    pasted: str
    codes: dict[str, Any]
    exit_code: int

    @property
    def tokens(self) -> dict[str, str]:
        return dict(re.findall(r"^  (\w+) +(eyJ\S+)$", self.err, re.MULTILINE))
