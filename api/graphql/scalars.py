"""Scalars that are stricter here than the library leaves them.

Knows bounds of values; must not know which field they come in by.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from strawberry.schema.types.base_scalars import DateTimeDefinition, wrap_parser
from strawberry.types.scalar import ScalarDefinition, ScalarWrapper

# The calendar of files, too: beyond it a time zone or a window of days leaves what can be stored.
FIRST_YEAR, LAST_YEAR = 1900, 9998


def instant(text: str) -> datetime:
    """An ISO 8601 time of the calendar; ValueError says what is wanted."""
    found = datetime.fromisoformat(text)
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise ValueError(f"A time lies between the years {FIRST_YEAR} and {LAST_YEAR}.")
    return found


OVERRIDES: dict[object, type | ScalarWrapper | ScalarDefinition] = {
    datetime: replace(DateTimeDefinition, parse_value=wrap_parser(instant, "DateTime"))
}
