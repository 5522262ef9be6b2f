"""Trying an offering before buying it (product.md P10): for how long, and what comes after.

Knows the terms of a trial; must not know who tries.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from catalog.documents.written import Json, known, quantity
from catalog.price import DURATIONS, Quantity


class Conversion(StrEnum):
    """What a trial becomes at its end: a subscription, or nothing."""

    CONVERT = "CONVERT"
    END = "END"


@dataclass(frozen=True, slots=True)
class Trial:
    """`to` is the offering that a trial converts to, None: the one that was tried."""

    duration: Quantity
    conversion: Conversion = Conversion.END
    to: str | None = None

    def __post_init__(self) -> None:
        if self.duration.units not in DURATIONS or self.duration.amount < 1:
            raise ValueError(f"a trial lasts at least one of {', '.join(DURATIONS)}")
        if self.to and self.conversion is Conversion.END:
            raise ValueError("a trial that ends converts to nothing")


# In any unit: its end is a date that calendars know.
LONGEST_TRIAL = 1200
TRIAL_FIELDS = frozenset({"duration", "conversion", "to"})


def write(one: Trial | None) -> Json | None:
    if one is None:
        return None
    return known(duration=quantity(one.duration), conversion=one.conversion.value, to=one.to)
