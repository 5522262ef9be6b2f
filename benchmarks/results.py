"""What was measured, kept as JSON beside the machine and the moment it was measured on.

Knows the folder and what a machine is; must not know what the figures mean.
"""

from __future__ import annotations

import json
import os
import platform
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

FOLDER = Path(__file__).with_name("results")
# More than this many processes that want to run, before anything is measured, and the figures say so.
BUSY = 1.0


def machine() -> dict[str, Any]:
    """What a reader needs to compare: cores, their kind, memory, system, Python, and how busy it is at the moment."""
    load, loop = os.getloadavg()[0], time.process_time()
    sum(number * number for number in range(2_000_000))
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30),
        "system": platform.system(),
        "python": platform.python_version(),
        "load": round(load, 1),
        "busy": load > BUSY,
        "loop_s": round(time.process_time() - loop, 3),
    }


def save(part: str, figures: dict[str, Any], *, before: dict[str, Any], is_short: bool, seconds: float) -> Path:
    """Writes the last run of a part; `before` is the machine as it was when the part began."""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    value = {
        "part": part,
        "at": at,
        "short": is_short,
        "seconds": round(seconds),
        "machine": before,
        "figures": figures,
    }
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{part}.json"
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n")
    return path


def load(part: str) -> dict[str, Any] | None:
    """The last run of a part, None when there is none."""
    path = FOLDER / f"{part}.json"
    found: dict[str, Any] | None = json.loads(path.read_text()) if path.exists() else None
    return found


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
