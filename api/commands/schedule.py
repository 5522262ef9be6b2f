"""A command run again and again: at once and every so often, or each day at an hour, until stopped.

Knows clocks and child processes; must not know what the command does.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from datetime import time as hour
from pathlib import Path
from zoneinfo import ZoneInfo

from api.clock import utc_now
from api.commands.common import say

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_DURATION = re.compile(r"(?:\d+[smhd])+")
# A machine that slept or whose clock was set wakes up to the right hour within so many seconds.
_LOOK_EVERY = 20.0
_STOP_LIMIT = 10.0

# The next time after the one that was due, for the time that it is now.
Next = Callable[[datetime, datetime], datetime]


def duration(text: str) -> timedelta:
    """24h, 90m, 1d12h. Raises ValueError for anything else, and for nothing."""
    if not _DURATION.fullmatch(text):
        raise ValueError(text)
    seconds = sum(int(number) * _UNITS[unit] for number, unit in re.findall(r"(\d+)([smhd])", text))
    if not seconds:
        raise ValueError(text)
    return timedelta(seconds=seconds)


def time_of_day(text: str) -> hour:
    """02:00. Raises ValueError."""
    if not re.fullmatch(r"\d{1,2}:\d{2}", text):
        raise ValueError(text)
    hours, minutes = text.split(":")
    return hour(int(hours), int(minutes))


def every(step: timedelta) -> Next:
    """In steps from the first time; those that went by while it ran are left out."""
    return lambda due, now: due + max(1, -((due - now) // step)) * step


def daily(at: hour, zone: ZoneInfo) -> Next:
    """The next time that clocks in `zone` show `at`."""

    def following(_: datetime, now: datetime) -> datetime:
        today = now.astimezone(zone).replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
        # Wall-clock arithmetic: a day may have 23 hours.
        return today if today > now else today + timedelta(days=1)

    return following


def repeat(arguments: Sequence[str], due: datetime, following: Next, zone: ZoneInfo) -> None:
    """Run `jishi ARGUMENTS` when it is due and again; a run that fails is told and tried again the next time.

    Each run is a process of its own: its memory is given back, and one that the system kills ends nothing else.
    """
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            _wait_until(due)
            code = _run(arguments)
            due = following(due, utc_now())
            when = f"{due.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}"
            if code:
                say(f"jishi {arguments[0]} failed (exit code {code}); see above, next at {when} 失败，将于下次重试")
            else:
                say(f"next at {when} 下次运行")


def stop_on_sigterm() -> None:
    """SIGTERM is to this process as Ctrl-C."""

    def terminated(*_: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, terminated)


def _wait_until(due: datetime) -> None:
    while (left := (due - utc_now()).total_seconds()) > 0:
        time.sleep(min(left, _LOOK_EVERY))


def _run(arguments: Sequence[str]) -> int:
    root = str(Path(__file__).parents[2])
    path = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
    command = [sys.executable, "-P", "-m", "api.cli", *arguments]
    with subprocess.Popen(command, env=os.environ | {"PYTHONPATH": path}) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:
            _end(process)
            raise


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_LIMIT)
    except subprocess.TimeoutExpired:
        process.kill()
