"""The log: one JSON object a line, with the request's id and without personal data.

It must not know GraphQL or HTTP; whatever is logged, by us or by a library, passes the same scrubbing.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import re
import sys
import time
import traceback
from datetime import UTC, datetime
from typing import Any, TextIO

# A telephone number, with or without 86, and every longer run of digits: identity cards, accounts.
_DIGITS = re.compile(r"\d{7,}")
_QUOTED = re.compile(r"(?P<mark>[\"'])(?P<text>[^\"'\n]*)(?P=mark)")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,63}")
# What several processes write to one pipe stays whole up to so many bytes (POSIX, PIPE_BUF).
_TOGETHER = 4096
_LATEST_SECONDS = 0.1


def configure(stream: TextIO = sys.stderr, *, level: int = logging.INFO) -> None:
    """Send every logger of the process to this stream as JSON lines; uvicorn's access log, which shows URLs, is off."""
    handler = Lines(stream)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = name != "uvicorn.access"


def tell(logger: logging.Logger, event: str, members: str) -> None:
    """Log what happens thousands of times a second: `members` are JSON already, ASCII, and known to be harmless.

    The line is written with others, a tenth of a second later at most; at once outside of an event loop.
    """
    if not logger.isEnabledFor(logging.INFO):
        return
    for handler in logging.root.handlers:
        if type(handler) is Lines:
            handler.put(logger.name, event, members)
            return
    logger.info(event, extra={"fields": json.loads(f"{{{members}}}")})


def flush() -> None:
    """Write what waits to be written; for the end of a process that skips Python's own."""
    for handler in logging.root.handlers:
        handler.flush()


class Lines(logging.Handler):
    """Writes records at once, and what is `put` several lines at a time; their order stays."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream
        self._waiting: list[str] = []
        self._length = 0
        self._second, self._date = -1, ""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._waiting.append(self.format(record) + "\n")
            self.flush()
        except Exception:
            self.handleError(record)

    def put(self, logger: str, event: str, members: str) -> None:
        """One line at the level of information, from members of its object."""
        now = time.time()
        second = int(now)
        if second != self._second:
            self._second, self._date = second, datetime.fromtimestamp(second, UTC).isoformat()[:19]
        line = (
            f'{{"time": "{self._date}.{int((now - second) * 1000):03d}+00:00", "level": "info", '
            f'"logger": "{logger}", "event": "{event}", {members}}}\n'
        )
        self._length += len(line)
        if self._length > _TOGETHER:
            self.flush()
            self._length = len(line)
        # One step, so that another thread that writes meanwhile leaves it here or takes it along.
        self._waiting.append(line)
        if len(self._waiting) == 1:
            self._flush_soon()

    def _flush_soon(self) -> None:
        try:
            asyncio.get_running_loop().call_later(_LATEST_SECONDS, self.flush)
        except RuntimeError:
            self.flush()

    def flush(self) -> None:
        self.acquire()
        try:
            count, self._length = len(self._waiting), 0
            if count:
                text = "".join(self._waiting[:count])
                del self._waiting[:count]
                # Nobody can be told that the log cannot be written.
                with contextlib.suppress(OSError, ValueError):
                    self._stream.write(text)
                    self._stream.flush()
        finally:
            self.release()


def scrub(text: str) -> str:
    """The text without telephone numbers or other long runs of digits."""
    return _DIGITS.sub("#", text)


def scrub_quoted(text: str) -> str:
    """As `scrub`, and without quoted values, which errors of a database repeat; plain identifiers stay."""
    return scrub(_QUOTED.sub(_keep_identifier, text))


class JsonLines(logging.Formatter):
    """Formats a record as one JSON object; a dict given as `extra={"fields": {…}}` becomes its members."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": scrub(record.getMessage()),
        }
        line |= getattr(record, "fields", {})
        if record.exc_info and record.exc_info[1] is not None:
            line["exception"] = _exception(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False, default=lambda value: scrub(str(value)))


def _exception(error: BaseException) -> list[str]:
    """The chain of exceptions, each with its type, the first line of its message, and the places it passed."""
    lines: list[str] = []
    following: BaseException | None = error
    while following is not None and len(lines) < 100:
        message = str(following).partition("\n")[0]
        lines.append(f"{type(following).__qualname__}: {scrub_quoted(message)}")
        frames = traceback.extract_tb(following.__traceback__, limit=-12)
        lines.extend(f"  {frame.name} in {frame.filename}:{frame.lineno}" for frame in frames)
        following = following.__cause__ or (None if following.__suppress_context__ else following.__context__)
    return lines


def _keep_identifier(match: re.Match[str]) -> str:
    return match.group() if _IDENTIFIER.fullmatch(match["text"]) else f"{match['mark']}…{match['mark']}"
