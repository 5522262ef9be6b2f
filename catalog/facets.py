"""How a set of offerings divides by what they are: the counts beside a list that a front-end filters by.

Knows offerings and the tree of categories; must not know how a set was found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from catalog.offering import Offering
from catalog.price import PriceType


class FacetField(StrEnum):
    CATEGORY = "CATEGORY"
    FAMILY = "FAMILY"
    CHANNEL = "CHANNEL"
    COMPLEXITY = "COMPLEXITY"
    KIND = "KIND"
    MONTHLY_FEE = "MONTHLY_FEE"


# Upper ends of the bands of monthly fees, in yuan, each outside of its band.
BANDS = tuple(Decimal(end) for end in (1, 10, 30, 60, 100, 200))
Path = Callable[[str], Iterable[str]]
Counts = Mapping[FacetField, Mapping[str, int]]


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


def counted(offerings: Iterable[Offering], fields: Iterable[FacetField], path: Path, at: datetime) -> Counts:
    """field → value → how many of the offerings have it. One in a category counts for those above it too."""
    asked = tuple(fields)
    found: dict[FacetField, Counter[str]] = {field: Counter() for field in asked}
    paths: dict[str, tuple[str, ...]] = {}
    everywhere = 0
    for one in offerings:
        for field in asked:
            if field is FacetField.CATEGORY:
                found[field].update(_above(one, path, paths))
            elif field is FacetField.CHANNEL:
                everywhere += not one.channel
                found[field].update(use.channel for use in one.channel if use.valid.contains(at))
            else:
                value = _value(one, field, at)
                if value is not None:
                    found[field][value] += 1
    if everywhere:
        # Without a list of channels it is sold in each of them.
        found[FacetField.CHANNEL].update(dict.fromkeys(found[FacetField.CHANNEL], everywhere))
    return found


def _above(one: Offering, path: Path, paths: dict[str, tuple[str, ...]]) -> set[str]:
    for code in one.category:
        if code not in paths:
            paths[code] = tuple(path(code))
    return {above for code in one.category for above in paths[code]}


def _value(one: Offering, field: FacetField, at: datetime) -> str | None:
    if field is FacetField.FAMILY:
        return one.family
    if field is FacetField.COMPLEXITY:
        return one.complexity.value
    if field is FacetField.KIND:
        return "BUNDLE" if one.is_bundle else "OFFERING"
    fee = monthly_fee(one, at)
    return None if fee is None else band(fee)


def band(fee: Decimal) -> str:
    """10 → "10-30", 250 → "200-"; the lower end is inside."""
    lower = Decimal(0)
    for end in BANDS:
        if fee < end:
            return f"{lower}-{end}"
        lower = end
    return f"{lower}-"
