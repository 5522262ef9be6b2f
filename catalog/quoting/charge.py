"""One amount that a price makes of one holding, before discounts meet it and lines are rounded.

Knows what it is for; must not know how it was reckoned or where it will stand on the bill.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from catalog.price import Price, Scope
from catalog.quoting.bill_month import BillMonth, Days
from catalog.text import Text


class LineKind(StrEnum):
    """What a line of a bill is."""

    ONE_TIME = "ONE_TIME"
    RECURRING = "RECURRING"
    ALLOWANCE = "ALLOWANCE"
    USAGE = "USAGE"
    CONNECTION = "CONNECTION"
    DISCOUNT = "DISCOUNT"
    TRUE_UP = "TRUE_UP"
    EARLY_TERMINATION = "EARLY_TERMINATION"


SPEND = frozenset({LineKind.RECURRING, LineKind.USAGE, LineKind.CONNECTION})


@dataclass(frozen=True, slots=True)
class Tax:
    """Whether VAT is inside the amount, and its rate (None: not said)."""

    included: bool = True
    rate: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Charge:
    """`exact` is unrounded; `root` is the position of the quoted item that brought it; `rule` says how it was made.

    `unit_price` is for one of `units`, or for what the rule names.
    """

    root: int
    offering: str
    code: str
    kind: LineKind
    name: Text
    rule: Text
    exact: Decimal
    tax: Tax
    days: Days
    quantity: Decimal = Decimal(1)
    units: str | None = None
    unit_price: Decimal | None = None
    at: datetime | None = None

    def share_in(self, days: Days, month: BillMonth) -> Fraction:
        """How much of it falls on these days: use by its day, a fee or use of unknown time evenly."""
        if self.at:
            return Fraction(month.local(self.at) in days)
        return Fraction(len(self.days & days), len(self.days)) if len(self.days) else Fraction(0)


def counted(price: Price, root: int, charges: Sequence[Charge]) -> list[int]:
    """The positions of the charges that a discount or a minimum of the quoted item `root` looks at."""
    return [
        position
        for position, charge in enumerate(charges)
        if (charge.code in price.applies_to if price.applies_to else charge.kind in SPEND)
        and charge.kind in SPEND | {LineKind.ONE_TIME}
        and (price.scope is Scope.BILL or charge.root == root)
    ]


def times(amount: Decimal, share: Fraction) -> Decimal:
    """Money by a share, exact as long as 28 digits are: multiplied before it is divided."""
    return amount * share.numerator / share.denominator
