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


FactValue = bool | int | float | str


@dataclass(frozen=True, slots=True)
class MarketSegment:
    """`place` is a path of codes, province/city/district; `facts` is what delivery depends on, like WLAN coverage.

    A market that was imported without a name is called by its code.
    """

    id: int
    code: str
    kind: MarketKind
    name: Text
    place: str | None = None
    size: int | None = None
    potential: Decimal | None = None
    facts: Mapping[str, FactValue] = field(default_factory=dict)
    valid: Period = ALWAYS
    etag: int = field(default=1, compare=False)

    def has(self, fact: str) -> bool:
        """Whether the market is covered by what `fact` names: it is true, or a number above 0. Unknown is not."""
        value = self.facts.get(fact)
        return value is True or (isinstance(value, int | float) and value > 0)


def within(place: str | None, region: str | None) -> bool:
    """Whether `place` lies in `region`; no region is everywhere, an unknown place is in none."""
    if region is None:
        return True
    return place is not None and (place == region or place.startswith(region + "/"))
