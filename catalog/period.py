"""A stretch of valid time, closed at its start and open at its end.

Knows instants; must not know a clock or a time zone, except the one it is handed to read a bare date in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` (None: always) up to but not including `end` (None: for ever); both aware, in UTC."""

    start: datetime | None = None
    end: datetime | None = None

    def __post_init__(self) -> None:
        if self.start and self.end and self.start >= self.end:
            raise ValueError(f"the period ends at {self.end.isoformat()}, which is not after its start")

    def contains(self, at: datetime) -> bool:
        return (self.start is None or self.start <= at) and (self.end is None or at < self.end)

    def overlaps(self, other: Period) -> bool:
        return (self.end is None or other.start is None or other.start < self.end) and (
            other.end is None or self.start is None or self.start < other.end
        )

    def boundaries(self) -> tuple[datetime, ...]:
        """The instants at which membership changes."""
        return tuple(edge for edge in (self.start, self.end) if edge)


ALWAYS = Period()


def instant(text: str, zone: tzinfo) -> datetime:
    """An ISO 8601 date or datetime as aware UTC; a bare date is its midnight in `zone`, as is a time without an offset.

    Raises ValueError for anything else.
    """
    moment = datetime.combine(date.fromisoformat(text), time()) if len(text) == 10 else datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
