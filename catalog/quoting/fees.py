"""One-time and recurring fees of a month, whole or for the days that they cover, singly or in tiers of pieces.

Knows fees; must not know use, discounts or minimums.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

from catalog.price import Price, PriceType
from catalog.quoting import quote_text
from catalog.quoting.bill_month import BillMonth, Days
from catalog.quoting.charge import Charge, LineKind, Tax, times
from catalog.quoting.holding import Holding
from catalog.quoting.tiers import slices


def fees(holding: Holding, month: BillMonth) -> Iterator[Charge]:
    """What the holding owes without any use; nothing when its bundle pays for it."""
    if holding.paid:
        return
    if holding.item.is_trial:
        yield from _free(holding, month)
        return
    for price, days in holding.prices(month):
        if price.price_type is PriceType.RECURRING:
            yield from _recurring(holding, price, days, month)
        elif price.price_type is PriceType.ONE_TIME and _begins(holding, price, month):
            yield from _charges(holding, price, days, Fraction(1), LineKind.ONE_TIME)


def _free(holding: Holding, month: BillMonth) -> Iterator[Charge]:
    """The fees that a trial does without, as lines of nothing."""
    for price, days in holding.prices(month):
        if price.price_type is PriceType.RECURRING:
            free = Decimal(0)
            rule, tax = quote_text.tried(len(days)), Tax(price.tax_included, price.tax_rate)
            count = Decimal(holding.quantity)
            who = (holding.root, holding.offering.code, price.code)
            yield Charge(*who, LineKind.RECURRING, price.name, rule, free, tax, days, count, None, free)


def _begins(holding: Holding, price: Price, month: BillMonth) -> bool:
    start = holding.item.start
    return start is not None and month.period.contains(start) and price.valid.contains(start)


def _recurring(holding: Holding, price: Price, days: Days, month: BillMonth) -> Iterator[Charge]:
    share = month.share(days, price.recurring_charge_period or "month")
    yield from _charges(holding, price, days, share, LineKind.RECURRING, len(month.days))


def _charges(
    holding: Holding, price: Price, days: Days, share: Fraction, kind: LineKind, month_days: int = 0
) -> Iterator[Charge]:
    pieces = Decimal(holding.quantity)
    for tier, count in slices(price.tiers, price.tier_mode, Decimal(0), pieces, pieces):
        money = tier.price if tier and tier.price else price.price
        assert money
        rule = quote_text.fee(price, money, len(days), month_days, tier)
        yield Charge(
            holding.root,
            holding.offering.code,
            price.code,
            kind,
            price.name,
            rule,
            times(money.value * count, share),
            Tax(price.tax_included, price.tax_rate),
            days,
            count,
            None,
            money.value,
        )


def monthly_fees(holding: Holding, month: BillMonth) -> Decimal:
    """What its recurring fees come to in a whole month, for what leaving early costs."""
    if holding.paid:
        return Decimal(0)
    return sum(
        (
            charge.exact
            for price, _ in holding.prices(month)
            if price.price_type is PriceType.RECURRING
            for charge in _recurring(holding, price, month.days, month)
        ),
        Decimal(0),
    )
