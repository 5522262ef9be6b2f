"""The exact bill of a month under one plan or several side by side, for the same use.

Knows the order of the steps: fees, use, minimums, leaving early, discounts, lines. It must not know a clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import localcontext

from catalog.offering import Offering
from catalog.price import Money
from catalog.quoting.bill import Bill, lines
from catalog.quoting.bill_month import BillMonth
from catalog.quoting.charge import LineKind
from catalog.quoting.commitment import early_terminations, true_ups
from catalog.quoting.discount import discounts
from catalog.quoting.fees import fees
from catalog.quoting.holding import Holding, Offerings, QuoteItem, QuoteRefused, expand
from catalog.quoting.rating import rate
from catalog.quoting.usage import Usage
from catalog.text import Text

MAX_WORK = 25_000
"""So many pairs of a holding and an event of use are rated for one answer, in about 50 ms."""
LARGEST = 10**15
"""A bill beyond this is a slip of the one who asks."""
DIGITS = 80
"""So many significant digits are kept inside; sums and products of money stay exact far below the fen."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What somebody holds or might hold; `name` tells it apart from the others."""

    name: str
    items: tuple[QuoteItem, ...]


def quote(
    plans: Sequence[Plan], usage: Iterable[Usage], *, at: datetime, zone: tzinfo, offerings: Offerings
) -> tuple[Bill, ...]:
    """One bill for each plan, of the month in which `at` lies in `zone`. Parts of bundles are looked up in `offerings`.

    Raises QuoteRefused.
    """
    month = BillMonth.of(at, zone)
    events = tuple(usage)
    for position, event in enumerate(events):
        if event.at and not month.period.contains(event.at):
            message = Text("使用时间不在账单月内", "this use lies outside the month of the bill")
            raise QuoteRefused(("usage", position, "at"), "OUTSIDE_MONTH", message)
    holdings = [expand(plan.items, offerings, month, ("plans", number)) for number, plan in enumerate(plans)]
    if sum(map(len, holdings)) * max(1, len(events)) > MAX_WORK:
        zh, en = "产品与使用记录过多，请分次报价", "too many offerings with too much use at once; ask for fewer plans"
        raise QuoteRefused(("plans",), "TOO_MANY", Text(zh, en))
    return tuple(bill(found, events, month, ("plans", number)) for number, found in enumerate(holdings))


def bill(
    holdings: Sequence[Holding], usage: Sequence[Usage], month: BillMonth, path: tuple[str | int, ...] = ()
) -> Bill:
    with localcontext() as context:
        context.prec = DIGITS
        rated = rate(holdings, usage, month)
        charges = [charge for holding in holdings for charge in fees(holding, month)] + list(rated.charges)
        owed = [*true_ups(holdings, charges, month), *early_terminations(holdings, month)]
        reductions, credit = discounts(holdings, charges, month)
        if sum(abs(charge.exact) for charge in (*charges, *owed)) >= LARGEST:
            raise QuoteRefused(
                path, "TOO_LARGE", Text("金额过大，请检查数量", "comes to too much money; check the amounts")
            )
        found = lines([*charges, *owed, *reductions])
        return Bill(_currency(holdings, path), month, found, (*rated.carried, *credit), rated.unrated)


def _currency(holdings: Sequence[Holding], path: tuple[str | int, ...]) -> str:
    units = {price.unit for holding in holdings for price in holding.offering.prices}
    if len(units) > 1:
        zh, en = "一份账单只能用一种币种", f"a bill is in one currency, not in {', '.join(sorted(units))}"
        raise QuoteRefused((*path, "items"), "CURRENCIES", Text(zh, en))
    return next(iter(units), "CNY")


def monthly_effect(offering: Offering, *, at: datetime, zone: tzinfo, offerings: Offerings) -> Money | None:
    """What an offering by itself adds to a whole month's bill without use: fees less discounts, with VAT.

    None when it cannot be priced, as a part of it is not in force.
    """
    try:
        found = quote([Plan(offering.code, (QuoteItem(offering),))], (), at=at, zone=zone, offerings=offerings)[0]
    except QuoteRefused:
        return None
    # A minimum is met by use, so that what falls short of it without any says nothing.
    return Money(found.currency, found.gross - sum(one.gross for one in found.lines if one.kind is LineKind.TRUE_UP))


def cheapest(bills: Sequence[Bill]) -> int:
    """The position of the bill with the lowest total, the first of them; use without a price counts against a plan."""
    return min(range(len(bills)), key=lambda at: (bool(bills[at].unrated), bills[at].gross, at))
