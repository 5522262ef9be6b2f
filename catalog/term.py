"""What a customer binds himself to with an offering: for how long, to how much, and what leaving early costs.

Knows durations and shares; must not know a bill. Source: TMF620 ProductOfferingTerm with our kinds.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from catalog.period import ALWAYS, Period
from catalog.price import DURATIONS, Money, Quantity, Scope
from catalog.text import EMPTY, Text

MINIMUM_PERIODS = {"month": 1, "quarter": 3, "year": 12}


class TermKind(StrEnum):
    """BINDING: leaving early costs. PRICE_GUARANTEE: the prices of the start hold. COMMITMENT: a minimum spend."""

    BINDING = "BINDING"
    PRICE_GUARANTEE = "PRICE_GUARANTEE"
    COMMITMENT = "COMMITMENT"


@dataclass(frozen=True, slots=True)
class ShortfallPolicy:
    """The per cent of a shortfall that is charged; `prorated`: a part of a period owes that part of the minimum."""

    percentage: Decimal = Decimal(100)
    prorated: bool = True

    def __post_init__(self) -> None:
        if not 0 <= self.percentage <= 100:
            raise ValueError("the share of a shortfall lies between 0 and 100 per cent")


@dataclass(frozen=True, slots=True)
class EarlyTermination:
    """What ending before the term costs: an amount, or a per cent of the recurring fees of the rest of the term."""

    price: Money | None = None
    percentage: Decimal | None = None

    def __post_init__(self) -> None:
        if (self.price is None) == (self.percentage is None):
            raise ValueError("early termination costs either an amount or a percentage")
        if (self.price and self.price.value < 0) or not 0 <= (self.percentage or 0) <= 1000:
            raise ValueError("early termination costs no less than nothing")


@dataclass(frozen=True, slots=True)
class Term:
    """`minimum` is the spend owed per `minimum_period`; `tier_lift` by how many tiers a discount counts
    higher. `scope` says whether the spend of the offering counts or of everything on its bill.
    """

    code: str
    kind: TermKind
    duration: Quantity
    name: Text = EMPTY
    minimum: Money | None = None
    minimum_period: str = "year"
    shortfall_policy: ShortfallPolicy = ShortfallPolicy()
    early_termination: EarlyTermination | None = None
    tier_lift: int = 0
    scope: Scope = Scope.ITEM
    valid: Period = ALWAYS

    def __post_init__(self) -> None:
        if self.duration.units not in DURATIONS or self.duration.amount < 1 or self.duration.amount % 1:
            raise ValueError(f"a term lasts a whole number of {', '.join(DURATIONS)}")
        if self.duration.amount > 1200:
            raise ValueError(f"a term lasts at most 1200 {self.duration.units}s")
        if self.minimum_period not in MINIMUM_PERIODS:
            raise ValueError(f"a minimum is owed per {', '.join(MINIMUM_PERIODS)}")
        if self.minimum and (self.minimum.value < 0 or self.kind is not TermKind.COMMITMENT):
            raise ValueError("only a COMMITMENT has a minimum, and it is not negative")
        early = self.early_termination.price if self.early_termination else None
        if early and self.minimum and early.unit != self.minimum.unit:
            raise ValueError("a term is in one currency")
        if not 0 <= self.tier_lift <= 100:
            raise ValueError("a term lifts by 0 to 100 tiers")

    @property
    def unit(self) -> str:
        """The currency."""
        price = self.minimum or (self.early_termination.price if self.early_termination else None)
        return price.unit if price else "CNY"

    def end(self, start: date) -> date:
        """The first day on which the customer is free again."""
        return later(start, self.duration)


def later(start: date, duration: Quantity) -> date:
    """The day that lies `duration` after `start`; the last of a month stands for a day that the month lacks."""
    count = int(duration.amount)
    if duration.units == "day":
        return start + timedelta(days=count)
    return months_later(start, count * (12 if duration.units == "year" else 1))


def months_later(start: date, months: int) -> date:
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))
