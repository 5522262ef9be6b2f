"""When a trial ends, and the subscriptions that say so: dates alone, so that no job converts anything.

Knows how a trial becomes rows of what is held; must not know who tries or where rows are kept. A trial that converts is
two rows: the trial up to its last moment, and from that moment on an ordinary subscription, which lies in the future as
long as the trial runs. Whoever reads what is held at a time, in training or in serving, finds the right one.
"""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

from catalog.term import later
from catalog.trial import Conversion, Trial


def trial_end(trial: Trial, start: datetime, zone: tzinfo) -> datetime:
    """The moment at which a trial that began at `start` is over: the same time of day, in the operator's zone."""
    local = start.astimezone(zone)
    day = later(local.date(), trial.duration)
    return local.replace(year=day.year, month=day.month, day=day.day, fold=0).astimezone(UTC)


def becomes(trial: Trial, tried: str) -> str | None:
    """The offering that the trial of `tried` turns into, None: nothing."""
    return (trial.to or tried) if trial.conversion is Conversion.CONVERT else None
