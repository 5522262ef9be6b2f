"""Hours of the day and days of the week in which a price holds: a night tariff, a weekend.

Knows local wall time; must not know which zone it is, except the one it is handed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, tzinfo

MONDAY_TO_SUNDAY = (1, 2, 3, 4, 5, 6, 7)


@dataclass(frozen=True, slots=True)
class TimeWindow:
    """From `start` up to, not including, `end`; past midnight when `end` is not later. `days` are ISO: 1 is Monday.

    The hours after midnight belong to the day on which the window began. `start` equal to `end` is the whole day.
    """

    start: time = time()
    end: time = time()
    days: tuple[int, ...] = MONDAY_TO_SUNDAY

    def __post_init__(self) -> None:
        if not self.days or not set(self.days) <= set(MONDAY_TO_SUNDAY) or len(set(self.days)) < len(self.days):
            raise ValueError("the days of a time window are some of 1 (Monday) to 7 (Sunday), each once")

    def contains(self, at: datetime, zone: tzinfo) -> bool:
        local = at.astimezone(zone)
        day, hour = local.isoweekday(), local.time()
        if self.start < self.end:
            return day in self.days and self.start <= hour < self.end
        if hour >= self.start:
            return day in self.days
        return hour < self.end and (day - 2) % 7 + 1 in self.days
