"""What an offering costs: money and the prices of a version (TMF620 ProductOfferingPrice).

Knows amounts; must not know which offering they belong to, and never a float.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from catalog.period import ALWAYS, Period
from catalog.text import EMPTY, Text

FOUR_PLACES = Decimal("0.0001")
PERIODS = ("day", "week", "month", "quarter", "year")


class PriceType(StrEnum):
    ONE_TIME = "ONE_TIME"
    RECURRING = "RECURRING"
    USAGE = "USAGE"
    ALLOWANCE = "ALLOWANCE"
    DISCOUNT = "DISCOUNT"
    PENALTY = "PENALTY"
    MINIMUM_COMMITMENT = "MINIMUM_COMMITMENT"


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of a currency (ISO 4217), exact to four decimals so that tariffs below a fen fit."""

    unit: str
    value: Decimal

    def __post_init__(self) -> None:
        if not self.value.is_finite() or self.value != self.value.quantize(FOUR_PLACES):
            raise ValueError(f"money has at most four decimals, not {self.value}")

    def __str__(self) -> str:
        return f"{self.value:.4f}"


@dataclass(frozen=True, slots=True)
class Quantity:
    """An amount of something countable: 10 GB, 60 s, 1 SMS."""

    amount: Decimal
    units: str


@dataclass(frozen=True, slots=True)
class Price:
    """One price of an offering's version; `code` keeps its identity over versions."""

    code: str
    price_type: PriceType
    name: Text = EMPTY
    price: Money | None = None
    percentage: Decimal | None = None
    unit_of_measure: Quantity | None = None
    recurring_charge_period: str | None = None
    tax_included: bool = True
    tax_rate: Decimal | None = None
    valid: Period = ALWAYS

    def __post_init__(self) -> None:
        if self.price_type is PriceType.RECURRING and self.recurring_charge_period not in PERIODS:
            raise ValueError(f"a recurring price names its period, one of {', '.join(PERIODS)}")
        if self.price_type is PriceType.USAGE and not (self.price and self.unit_of_measure):
            raise ValueError("a usage price names its price and the unit it is for")
        if self.price_type is PriceType.ALLOWANCE and not self.unit_of_measure:
            raise ValueError("an allowance names how much of which unit is included")
        if self.price is None and self.percentage is None and self.price_type is not PriceType.ALLOWANCE:
            raise ValueError("a price has an amount or a percentage")
        if abs(self.percentage or 0) > 1000 or abs(self.tax_rate or 0) > 1:
            raise ValueError("a percentage is at most 1000 and a tax rate a share like 0.06")
