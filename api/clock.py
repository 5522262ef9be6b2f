"""The one place that reads the clock; everything inside takes the time as an argument.

It must not know who asks.
"""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> datetime:
    return datetime.now(UTC)
