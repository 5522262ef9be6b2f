"""Processes under measurement: started on one core, and what CPU time they and their children took, to the nanosecond.

Knows /proc and cores; must not know what the processes do.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, LOAD_CORE = CORES[0], CORES[-1]


def pin(*cores: int) -> None:
    """Keeps this process, and those that it starts from now on, to these cores."""
    os.sched_setaffinity(0, cores)


def started(command: list[str], *, core: int, log: Path, **environment: str) -> subprocess.Popen[str]:
    """A process on `core` in a session of its own, its stdout to read, its stderr in `log`."""
    return subprocess.Popen(
        ["taskset", "-c", str(core), *command],
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=log.open("w"),
        text=True,
        start_new_session=True,
    )


def stopped(process: subprocess.Popen[str]) -> None:
    """Ends what `started` began, with all that it started itself."""
    for how in (signal.SIGINT, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(15)
            return


def tree(pid: int) -> list[int]:
    """A process and all below it."""
    with contextlib.suppress(psutil.NoSuchProcess):
        top = psutil.Process(pid)
        return [pid, *(child.pid for child in top.children(recursive=True))]
    return []


def postgres(data: Path) -> list[int]:
    """The processes of the PostgreSQL whose data directory this is."""
    try:
        return tree(int((data / "postmaster.pid").read_text().split()[0]))
    except (OSError, ValueError, IndexError):
        return []


def cpu(pids: Iterable[int]) -> dict[int, float]:
    """Seconds of CPU that each of these processes took so far, over all its threads that live."""
    return {pid: sum(map(_thread, _threads(pid))) / 1e9 for pid in pids}


def spent(before: Mapping[int, float], after: Mapping[int, float]) -> float:
    """Seconds between two looks; of a process that ended meanwhile nothing is known, and nothing counted."""
    return sum(seconds - before.get(pid, 0.0) for pid, seconds in after.items())


def memory(pids: Iterable[int]) -> int:
    """Bytes of memory that are these processes' own: what several share is counted once for each as a share (PSS)."""
    found = 0
    for pid in pids:
        with contextlib.suppress(psutil.Error):
            found += psutil.Process(pid).memory_full_info().pss
    return found


def _threads(pid: int) -> Iterator[Path]:
    with contextlib.suppress(OSError):
        yield from Path(f"/proc/{pid}/task").iterdir()


def _thread(path: Path) -> int:
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int((path / "schedstat").read_text().split()[0])
    return 0


@dataclass(frozen=True, slots=True)
class Command:
    """What a command took: seconds by the clock, CPU seconds of it and its children, and of PostgreSQL, peak memory."""

    out: str
    seconds: float
    cpu: float
    postgres: float
    peak_mib: float


def measured(command: list[str], *, data: Path | None = None, **environment: str) -> Command:
    """Runs a command to its end on every core; `data` is the database that it uses. RuntimeError when it fails."""
    before = database_seconds(data) if data else 0.0
    begin = time.perf_counter()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=out, stderr=said)
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        texts = []
        for file in (out, said):
            file.seek(0)
            texts.append(file.read().decode("utf-8", "replace"))
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)}: {texts[1][-2000:]}")
    postgres_cpu = database_seconds(data) - before if data else 0.0
    return Command(texts[0], seconds, used.ru_utime + used.ru_stime, postgres_cpu, used.ru_maxrss / 1024)


def database_seconds(data: Path) -> float:
    """CPU seconds of a PostgreSQL since it started, with every process that it had."""
    pids, total = postgres(data), 0.0
    for pid in pids:
        with contextlib.suppress(psutil.NoSuchProcess):
            times = psutil.Process(pid).cpu_times()
            ended = times.children_user + times.children_system if pid == pids[0] else 0.0
            total += times.user + times.system + ended
    return total
