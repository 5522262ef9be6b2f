"""A bill month in the operator's zone, stretches of whole days in it, and what share of a fee they owe.

Knows the calendar; must not know prices. The day on which something begins counts, the day on which it ends does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from fractions import Fraction

from catalog.period import Period
from catalog.term import months_later

_MONTHS = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, slots=True)
class Days:
    """The days from `first` up to, not including, `end`; none when `end` is not later."""

    first: date
    end: date

    def __len__(self) -> int:
        return max(0, (self.end - self.first).days)

    def __and__(self, other: Days) -> Days:
        return Days(max(self.first, other.first), min(self.end, other.end))

    def __contains__(self, day: date) -> bool:
        return self.first <= day < self.end


@dataclass(frozen=True, slots=True)
class BillMonth:
    """One calendar month where the operator is."""

    first: date
    zone: tzinfo

    @classmethod
    def of(cls, at: datetime, zone: tzinfo) -> BillMonth:
        return cls(at.astimezone(zone).date().replace(day=1), zone)

    @property
    def days(self) -> Days:
        return Days(self.first, months_later(self.first, 1))

    @property
    def period(self) -> Period:
        return Period(self.midnight(self.days.first), self.midnight(self.days.end))

    def local(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def within(self, start: datetime | None, end: datetime | None) -> Days:
        """The days of the month that a stretch of time covers."""
        first = self.local(start) if start else date.min
        return self.days & Days(first, self.local(end) if end else date.max)

    def share(self, days: Days, charged_per: str) -> Fraction:
        """How much of a fee for `charged_per` these days owe: 1 for a whole month of a monthly fee."""
        if charged_per in ("day", "week"):
            return Fraction(len(days), 7 if charged_per == "week" else 1)
        return Fraction(len(days), len(self.days) * _MONTHS[charged_per])

    def midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.zone).astimezone(UTC)
