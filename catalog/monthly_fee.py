"""What an offering itself costs a month, and the bands that such fees are counted in.

Knows prices; must not know bundles, customers or discounts.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from catalog.offering import Offering
from catalog.price import PriceType

# Upper ends of the bands of monthly fees, in yuan, each outside of its band.
BANDS = tuple(Decimal(end) for end in (1, 10, 30, 60, 100, 200))


def monthly_fee(one: Offering, at: datetime) -> Decimal | None:
    """What the offering itself costs a month at `at`, None when it has no monthly fee."""
    fees = [
        price.price.value
        for price in one.prices
        if price.price_type is PriceType.RECURRING
        and price.recurring_charge_period == "month"
        and price.price
        and price.term is None
        and price.valid.contains(at)
    ]
    return sum(fees, Decimal(0)) if fees else None


def band(fee: Decimal) -> str:
    """10 → "10-30", 250 → "200-"; the lower end is inside."""
    lower = Decimal(0)
    for end in BANDS:
        if fee < end:
            return f"{lower}-{end}"
        lower = end
    return f"{lower}-"
