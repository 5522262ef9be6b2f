"""A cluster market (聚类市场): a MarketSegment with members, its kind, place and facts.

Knows the market itself; must not know who belongs to it, for members are many and live in PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from catalog.period import ALWAYS, Period
from catalog.text import Text


class MarketKind(StrEnum):
    CAMPUS = "CAMPUS"
    PARK = "PARK"
    MARKET = "MARKET"
    VILLAGE = "VILLAGE"
    BUILDING = "BUILDING"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class MarketSegment:
    """`place` is a path of codes, province/city/district; `facts` is what delivery depends on, like WLAN coverage."""

    id: int
    code: str
    kind: MarketKind
    name: Text
    place: str | None = None
    size: int | None = None
    potential: Decimal | None = None
    facts: Mapping[str, bool | int | float | str] = field(default_factory=dict)
    valid: Period = ALWAYS


def within(place: str | None, region: str | None) -> bool:
    """Whether `place` lies in `region`; no region is everywhere, an unknown place is in none."""
    if region is None:
        return True
    return place is not None and (place == region or place.startswith(region + "/"))
