"""What an offering costs: money and the prices of a version (TMF620 ProductOfferingPrice).

Knows amounts; must not know which offering they belong to, and never a float.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

from catalog.period import ALWAYS, Period
from catalog.text import EMPTY, Text
from catalog.time_window import TimeWindow

FOUR_PLACES = Decimal("0.0001")
ZERO = Decimal(0)
PERIODS = ("day", "week", "month", "quarter", "year")
DURATIONS = ("day", "month", "year")


class PriceType(StrEnum):
    ONE_TIME = "ONE_TIME"
    RECURRING = "RECURRING"
    USAGE = "USAGE"
    ALLOWANCE = "ALLOWANCE"
    DISCOUNT = "DISCOUNT"
    PENALTY = "PENALTY"
    MINIMUM_COMMITMENT = "MINIMUM_COMMITMENT"


class TierMode(StrEnum):
    """GRADUATED: each slice costs what its own tier says. VOLUME: everything costs what the tier reached says."""

    GRADUATED = "GRADUATED"
    VOLUME = "VOLUME"


class Stacking(StrEnum):
    """Whether a discount may stand beside others on the same charge."""

    COMBINABLE = "COMBINABLE"
    EXCLUSIVE = "EXCLUSIVE"


class Scope(StrEnum):
    """What a discount or a minimum counts: its own offering with what is inside it, or everything on the bill."""

    ITEM = "ITEM"
    BILL = "BILL"


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
class Tier:
    """From `lower` up to the next tier: the price of a unit, or for discounts the per cent.

    `lower` counts units of use, pieces, or money of a discount's base or commitment.
    """

    lower: Decimal
    price: Money | None = None
    percentage: Decimal | None = None

    def __post_init__(self) -> None:
        if self.lower < 0 or (self.price is None) == (self.percentage is None) or (self.percentage or ZERO) < 0:
            raise ValueError("a tier begins at 0 or more and has a price or a percentage")


@dataclass(frozen=True, slots=True)
class Price:
    """One price of an offering's version; `code` keeps its identity over versions.

    `rating_increment` is what use is rounded up to, event by event; absent, use is rated exactly. `applies_to` names
    the prices that a discount or a minimum counts; empty means all recurring ones and those by use. The lower
    `priority` comes first. A price with a `term` is for those who chose it.
    """

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
    rating_increment: Quantity | None = None
    connect_fee: Money | None = None
    tier_mode: TierMode = TierMode.GRADUATED
    tiers: tuple[Tier, ...] = ()
    carry_over: bool = False
    time_window: TimeWindow | None = None
    stacking: Stacking = Stacking.COMBINABLE
    exclusive_group: str | None = None
    application_duration: Quantity | None = None
    priority: int = 0
    scope: Scope = Scope.ITEM
    applies_to: tuple[str, ...] = ()
    term: str | None = None

    def __post_init__(self) -> None:
        self._check_kind()
        self._check_amounts()
        # A catalog has many prices, and few of them have any of these.
        if self.rating_increment or self.connect_fee or self.unit_of_measure:
            self._check_use()
        if self.tiers:
            self._check_tiers()

    def _check_kind(self) -> None:
        if self.price_type is PriceType.RECURRING and self.recurring_charge_period not in PERIODS:
            raise ValueError(f"a recurring price names its period, one of {', '.join(PERIODS)}")
        if self.recurring_charge_period not in (None, *PERIODS):
            raise ValueError(f"a period is one of {', '.join(PERIODS)}")
        if self.price_type is PriceType.USAGE and not (self.has_amount and self.unit_of_measure):
            raise ValueError("a usage price names its price and the unit it is for")
        if self.price_type in (PriceType.ONE_TIME, PriceType.RECURRING) and not self.has_amount:
            raise ValueError("a fee names its amount")
        if self.price_type is PriceType.ALLOWANCE and not self.unit_of_measure:
            raise ValueError("an allowance names how much of which unit is included")
        if self.price_type is not PriceType.ALLOWANCE and not self.has_amount and self.percentage is None:
            raise ValueError("a price has an amount, a percentage or tiers")
        if self.price_type is PriceType.MINIMUM_COMMITMENT and not self.price:
            raise ValueError("a minimum commitment names its amount; the percentage is the share of a shortfall")
        if self.price_type is PriceType.MINIMUM_COMMITMENT and self.recurring_charge_period in ("day", "week"):
            raise ValueError("a minimum is owed per month, quarter or year")

    def _check_amounts(self) -> None:
        if self.price_type is PriceType.DISCOUNT and not 0 <= (self.percentage or ZERO) <= 100:
            raise ValueError("a discount takes off between 0 and 100 per cent")
        if not 0 <= (self.percentage or ZERO) <= 1000 or not 0 <= (self.tax_rate or ZERO) <= 1:
            raise ValueError("a percentage is at most 1000 and a tax rate a share like 0.06, none of them negative")
        if self.price and self.price.value < 0:
            raise ValueError("an amount is not negative; what is taken off is a discount")
        duration = self.application_duration
        if duration and (duration.units not in DURATIONS or not 1 <= duration.amount <= 1200 or duration.amount % 1):
            raise ValueError(f"a duration is 1 to 1200 whole {', '.join(DURATIONS)}")
        if self.exclusive_group and self.stacking is not Stacking.EXCLUSIVE:
            raise ValueError("only an EXCLUSIVE discount stands in an exclusive group")

    def _check_use(self) -> None:
        if (self.rating_increment or self.connect_fee) and self.price_type is not PriceType.USAGE:
            raise ValueError("only a usage price has a rating increment or a connection fee")
        if self.rating_increment and self.rating_increment.amount <= 0:
            raise ValueError("a rating increment is more than nothing")
        if self.connect_fee and (self.connect_fee.value < 0 or self.connect_fee.unit != self.unit):
            raise ValueError("a connection fee is not negative, and in the currency of the price")
        if self.unit_of_measure and self.unit_of_measure.amount <= 0:
            raise ValueError("a unit of measure is more than nothing")

    def _check_tiers(self) -> None:
        if any(after.lower <= before.lower for before, after in pairwise(self.tiers)):
            raise ValueError("tiers stand in rising order of where they begin")
        if self.price_type in (PriceType.ALLOWANCE, PriceType.PENALTY, PriceType.MINIMUM_COMMITMENT):
            raise ValueError("tiers are for charges and discounts")
        by_share = self.price_type is PriceType.DISCOUNT
        if any((tier.price is None) != by_share for tier in self.tiers):
            raise ValueError("the tiers of a discount are percentages, those of a charge are prices")
        if by_share and any((tier.percentage or ZERO) > 100 for tier in self.tiers):
            raise ValueError("a discount takes off between 0 and 100 per cent")
        if not by_share and not self.price and self.tiers[0].lower > 0:
            raise ValueError("what lies below the first tier has no price")
        if any(tier.price and (tier.price.value < 0 or tier.price.unit != self.unit) for tier in self.tiers):
            raise ValueError("the prices of tiers are not negative, in one currency")

    @property
    def has_amount(self) -> bool:
        return bool(self.price or self.tiers)

    @property
    def unit(self) -> str:
        """The currency."""
        if self.price:
            return self.price.unit
        return next((tier.price.unit for tier in self.tiers if tier.price), "CNY")
