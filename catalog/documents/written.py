"""How single values are written in a catalog document: decimals and instants as strings, what is empty left out.

Knows JSON; must not know what the values belong to.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from catalog.period import ALWAYS, Period
from catalog.price import Quantity

Json = dict[str, Any]


def known(**fields: Any) -> Json:
    """The fields that say something: not None, no empty list, no empty object."""
    return {key: value for key, value in fields.items() if value is not None and value not in ({}, [])}


def decimal(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"


def instant(value: datetime | None) -> str | None:
    return value.isoformat() if value else None


def period(value: Period) -> Mapping[str, str] | None:
    if value == ALWAYS:
        return None
    return known(startDateTime=instant(value.start), endDateTime=instant(value.end))


def quantity(value: Quantity | None) -> Mapping[str, str | None] | None:
    return {"amount": decimal(value.amount), "units": value.units} if value else None
