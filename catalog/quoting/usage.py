"""What a customer used: events of the same size, and what each is rounded up to before it is rated.

Knows amounts and when; must not know prices beyond their rating increment.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, Decimal

from catalog.price import Quantity


@dataclass(frozen=True, slots=True)
class Usage:
    """`count` events of `quantity` each, begun at `at` (None: some time in the month, so outside every time window).

    `offering` says with which offering it was used; None: with whatever rates it.
    """

    quantity: Quantity
    count: int = 1
    at: datetime | None = None
    offering: str | None = None

    def __post_init__(self) -> None:
        if self.quantity.amount < 0 or self.count < 1:
            raise ValueError("use is at least one event of at least nothing")


def rounded_up(amount: Decimal, increment: Decimal | None) -> Decimal:
    """The amount in whole increments; as it is without one."""
    if not increment:
        return amount
    return (amount / increment).to_integral_value(ROUND_CEILING) * increment
