"""How an amount falls into tiers: slice by slice when they are graduated, whole when they go by volume.

Knows bounds; must not know what they count. What lies below the first tier is in none.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

from catalog.price import Tier, TierMode

Slice = tuple[Tier | None, Decimal]


def reached(tiers: Sequence[Tier], amount: Decimal, lift: int = 0) -> Tier | None:
    """The tier that `amount` stands in (a bound begins the upper one), or one `lift` higher, at most the last."""
    position = bisect_right(tiers, amount, key=lambda tier: tier.lower) - 1
    return None if position < 0 else tiers[min(position + lift, len(tiers) - 1)]


def slices(tiers: Sequence[Tier], mode: TierMode, before: Decimal, amount: Decimal, total: Decimal) -> list[Slice]:
    """How `amount`, which comes on top of `before`, falls into the tiers; `total` is what volume tiers go by."""
    if mode is TierMode.VOLUME or not tiers:
        return [(reached(tiers, total), amount)]
    bounds = [Decimal(0), *(tier.lower for tier in tiers), before + amount]
    found: list[Slice] = []
    for tier, (low, high) in zip((None, *tiers), pairwise(bounds), strict=True):
        part = min(high, before + amount) - max(low, before)
        if part > 0:
            found.append((tier, part))
    return found or [(reached(tiers, before), amount)]
