"""The process that trains: how much memory it takes, and which version of the code it runs.

It knows the operating system; it must not know what is being trained.
"""

from __future__ import annotations

import os
import resource
from importlib import metadata
from pathlib import Path

_CLEAR, _STATUS = Path("/proc/self/clear_refs"), Path("/proc/self/status")


def forget_peak() -> None:
    """Begin a new peak of memory. Linux can; elsewhere the peak is that of the whole run."""
    if _CLEAR.exists():
        _CLEAR.write_text("5")


def peak_mib() -> float:
    """The highest resident memory since `forget_peak`, in MiB."""
    if _STATUS.exists():
        line = next(line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def code_version() -> str:
    """The installed version, "unknown" when the code runs without being installed."""
    try:
        return metadata.version("jishi")
    except metadata.PackageNotFoundError:
        return "unknown"


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
