"""Small tariffs for tests of quotes, and a bill of March 2026 in Shanghai."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from catalogs import ZONE

from catalog.offering import Offering
from catalog.price import Money, Price, PriceType, Quantity, Tier
from catalog.quoting.bill import Bill, BillLine
from catalog.quoting.charge import LineKind
from catalog.quoting.holding import QuoteItem
from catalog.quoting.quote import Plan, quote
from catalog.quoting.usage import Usage
from catalog.text import Text

MARCH = datetime(2026, 3, 10, tzinfo=ZONE)


def day(number: int, hour: int = 0, month: int = 3, year: int = 2026) -> datetime:
    return datetime(year, month, number, hour, tzinfo=ZONE)


def money(value: str | Decimal) -> Money:
    return Money("CNY", Decimal(value))


def quantity(text: str) -> Quantity:
    amount, units = text.split(" ")
    return Quantity(Decimal(amount), units)


def fee(value: str, code: str = "monthly", per: str = "month", **fields: Any) -> Price:
    return Price(code, PriceType.RECURRING, price=money(value), recurring_charge_period=per, **fields)


def use(value: str, unit: str, code: str = "usage", step: str | None = None, **fields: Any) -> Price:
    increment = quantity(step) if step else None
    found = {"price": money(value), "unit_of_measure": quantity(unit), "rating_increment": increment, **fields}
    return Price(code, PriceType.USAGE, **found)


def allowance(amount: str, code: str = "allowance", **fields: Any) -> Price:
    return Price(code, PriceType.ALLOWANCE, unit_of_measure=quantity(amount), **fields)


def off(percentage: str | None = None, code: str = "discount", **fields: Any) -> Price:
    return Price(code, PriceType.DISCOUNT, percentage=Decimal(percentage) if percentage else None, **fields)


def credit(value: str, code: str = "credit", **fields: Any) -> Price:
    return Price(code, PriceType.DISCOUNT, price=money(value), recurring_charge_period="month", **fields)


def tiers(**steps: str) -> tuple[Tier, ...]:
    """tiers(_0="0.10", _100="0.08"): prices by where each begins."""
    return tuple(Tier(Decimal(low[1:]), price=money(price)) for low, price in steps.items())


def plan(*prices: Price, code: str = "PLAN", **fields: Any) -> Offering:
    return Offering(code=code, name=Text(en=code.title()), prices=prices, **fields)


def used(amount: str, count: int = 1, at: datetime | None = None, offering: str | None = None) -> Usage:
    return Usage(quantity(amount), count, at, offering)


def bill(
    *items: Offering | QuoteItem, usage: Iterable[Usage] = (), at: datetime = MARCH, parts: Iterable[Offering] = ()
) -> Bill:
    asked = tuple(QuoteItem(one) if isinstance(one, Offering) else one for one in items)
    known = {one.code: one for one in parts}
    return quote([Plan("plan", asked)], usage, at=at, zone=ZONE, offerings=known)[0]


def lines(found: Bill, kind: str) -> list[BillLine]:
    return [line for line in found.lines if line.kind is LineKind(kind)]


def total(*items: Offering | QuoteItem, **asked: Any) -> Decimal:
    return bill(*items, **asked).gross
