"""A server process that is ready at once, hangs when it is number 0 for the first time, and ends with its pipe."""

from __future__ import annotations

import os
import time
from multiprocessing.connection import Connection
from pathlib import Path


def work(pipe: Connection, number: int, folder: Path) -> None:
    mark = folder / f"{number}.{os.getpid()}"
    is_first = not list(folder.glob(f"{number}.*"))
    mark.touch()
    pipe.send_bytes(b"ready")
    while number or not is_first:
        pipe.send_bytes(b"alive")
        time.sleep(0.05)
    time.sleep(60.0)
