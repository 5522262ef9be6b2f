"""The log: one JSON object a line, with the request's id and without personal data.

It must not know GraphQL or HTTP; whatever is logged, by us or by a library, passes the same scrubbing.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from datetime import UTC, datetime
from typing import Any, TextIO

# A telephone number, with or without 86, and every longer run of digits: identity cards, accounts.
_DIGITS = re.compile(r"\d{7,}")
_QUOTED = re.compile(r"(?P<mark>[\"'])(?P<text>[^\"'\n]*)(?P=mark)")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,63}")


def configure(stream: TextIO = sys.stderr, *, level: int = logging.INFO) -> None:
    """Send every logger of the process to this stream as JSON lines; uvicorn's access log, which shows URLs, is off."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = name != "uvicorn.access"


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
