"""What it brings to sell an offering once: its monthly fee, the part of it that is margin, and the product's health.

Knows prices and margins of the catalog, and health as numbers by offering; must not know how likely anybody takes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo
from functools import lru_cache
from statistics import median

from catalog.moment import Moment
from catalog.offering import Offering
from catalog.price import Money
from catalog.quoting.bill_month import BillMonth
from catalog.quoting.quote import monthly_effect

# A product of which nothing is known is not called unhealthy.
HEALTHY = 1.0
KEPT = 4


def worth_of(moment: Moment, at: datetime, zone: tzinfo, health: Mapping[int, float] | None = None) -> dict[str, float]:
    """Code → monthly fee × margin × health, in the operator's currency; 0 where no fee is known.

    An offering without a margin counts with the median of those that have one, so that it is neither lost nor favoured.
    """
    known, fallback = _margins(moment), _usual_margin(moment)
    fees = monthly_fees(moment, at, zone)
    return {
        code: fees[code] * known.get(code, fallback) * (health or {}).get(one.id, HEALTHY)
        for code, one in moment.offerings.items()
    }


def monthly_fees(moment: Moment, at: datetime, zone: tzinfo) -> Mapping[str, float]:
    """Code → what it alone adds to a month's bill without use; prices change on dates, so days are told apart."""
    day = at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    # A day on which something begins has a part before it: the moment's own beginning is never left.
    return _fees(moment, max(day, moment.at), zone)


@lru_cache(maxsize=KEPT)
def _fees(moment: Moment, at: datetime, zone: tzinfo) -> Mapping[str, float]:
    return {code: _fee(one, at, zone, moment) for code, one in moment.offerings.items()}


# Effects on the bill that are remembered of one moment: offerings × the months that were asked about.
MOST_EFFECTS = 50_000
Effects = dict[tuple[str, int, BillMonth], Money | None]


def effect(one: Offering, at: datetime, zone: tzinfo, moment: Moment) -> Money | None:
    """What an offering of the moment alone adds to the bill of the month of `at`; None: it cannot be priced."""
    known, key = _effects(moment), (one.code, one.version, BillMonth.of(at, zone))
    if key not in known:
        if len(known) >= MOST_EFFECTS:
            known.clear()
        known[key] = monthly_effect(one, at=at, zone=zone, offerings=moment.offerings)
    return known[key]


@lru_cache(maxsize=KEPT)
def _effects(moment: Moment) -> Effects:
    return {}


def _fee(one: Offering, at: datetime, zone: tzinfo, moment: Moment) -> float:
    found = monthly_effect(one, at=at, zone=zone, offerings=moment.offerings)
    return max(float(found.value), 0.0) if found else 0.0


def _margins(moment: Moment) -> dict[str, float]:
    return {code: max(float(one.margin), 0.0) for code, one in moment.offerings.items() if one.margin is not None}


def _usual_margin(moment: Moment) -> float:
    return median(_margins(moment).values()) if _margins(moment) else 1.0
