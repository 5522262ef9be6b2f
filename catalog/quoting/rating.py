"""Use becomes charges: rounded up event by event, taken from what is included, the rest rated by a tariff.

Knows allowances and tariffs by use; must not know discounts. Nothing depends on the order in which use is given.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import ROUND_CEILING, Decimal
from fractions import Fraction

from catalog.price import Money, Price, PriceType, Quantity, Tier
from catalog.quoting import quote_text
from catalog.quoting.bill_month import BillMonth, Days
from catalog.quoting.charge import Charge, LineKind, Tax, times
from catalog.quoting.holding import Holding
from catalog.quoting.tiers import slices
from catalog.quoting.usage import Usage, rounded_up
from catalog.text import Text
from catalog.units import dimension, size, smallest

NEVER = datetime.min.replace(tzinfo=UTC)
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Carried:
    """What is left of an allowance or a credit for the next month, in the unit of its price."""

    root: int
    offering: str
    code: str
    quantity: Quantity


@dataclass(frozen=True, slots=True)
class Rated:
    """Charges of use and of allowances, what is left of these, and the use for which there is no price."""

    charges: tuple[Charge, ...]
    carried: tuple[Carried, ...]
    unrated: tuple[Usage, ...]


@dataclass(slots=True)
class _Pool:
    """An allowance as it empties; amounts in the smallest unit."""

    holding: Holding
    price: Price
    days: Days
    included: Decimal
    is_carried: bool = False
    used: Decimal = ZERO

    def take(self, amount: Decimal) -> Decimal:
        taken = min(amount, self.included - self.used)
        self.used += taken
        return taken


@dataclass(slots=True)
class _Tariff:
    """A price by use with what it has to rate: (use, amount in the smallest unit, connections)."""

    holding: Holding
    price: Price
    days: Days
    work: list[tuple[Usage, Decimal, int]] = field(default_factory=list)


def rate(holdings: Sequence[Holding], usage: Iterable[Usage], month: BillMonth) -> Rated:
    """What this use costs under these holdings."""
    tariffs = sorted(_tariffs(holdings, month), key=_tariff_order)
    pools = sorted(_pools(holdings, month), key=_pool_order)
    unrated = []
    for event in sorted(usage, key=_event_order):
        tariff = next((one for one in tariffs if _fits(event, one.holding, one.price, one.days, month)), None)
        increment = tariff.price.rating_increment if tariff else None
        size_of_one = rounded_up(smallest(event.quantity), smallest(increment) if increment else None)
        rest = size_of_one * event.count
        for pool in pools:
            if rest and _fits(event, pool.holding, pool.price, pool.days, month):
                rest -= pool.take(rest)
        if rest and tariff:
            tariff.work.append((event, rest, int((rest / size_of_one).to_integral_value(ROUND_CEILING))))
        elif rest:
            unrated.append(event)
    charges = [charge for tariff in tariffs for charge in _charges(tariff)]
    charges += [_included(pool) for pool in pools]
    return Rated(tuple(charges), tuple(_left(pool) for pool in pools if _goes_on(pool)), tuple(unrated))


def _tariffs(holdings: Sequence[Holding], month: BillMonth) -> Iterator[_Tariff]:
    for holding in holdings:
        for price, days in holding.prices(month):
            if price.price_type is PriceType.USAGE:
                yield _Tariff(holding, price, days)


def _pools(holdings: Sequence[Holding], month: BillMonth) -> Iterator[_Pool]:
    for holding in holdings:
        is_running = any(price.price_type is PriceType.RECURRING for price in holding.offering.prices)
        for price, days in holding.prices(month):
            if price.price_type is not PriceType.ALLOWANCE or not price.unit_of_measure:
                continue
            # What is bought once, like a day pack, is there whole and once; what comes with a fee, as the fee does.
            whole = not (is_running or holding.paid)
            if whole and holding.item.start and not holding.begins_in(month.period):
                continue
            share = Fraction(1) if whole else month.share(days, price.recurring_charge_period or "month")
            yield _Pool(holding, price, days, times(smallest(price.unit_of_measure) * holding.quantity, share))
            left = holding.item.carried.get(price.code)
            if left:
                amount = left * size(price.unit_of_measure.units)
                yield _Pool(holding, price, days, amount, is_carried=True)


def _fits(event: Usage, holding: Holding, price: Price, days: Days, month: BillMonth) -> bool:
    assert price.unit_of_measure
    if dimension(event.quantity.units) != dimension(price.unit_of_measure.units):
        return False
    if event.offering not in (None, holding.offering.code, holding.item.offering.code):
        return False
    if event.at is None:
        return price.time_window is None
    if month.local(event.at) not in days:
        return False
    return price.time_window is None or price.time_window.contains(event.at, month.zone)


def _event_order(event: Usage) -> tuple[datetime, str, Decimal, int, str]:
    units, amount = dimension(event.quantity.units), smallest(event.quantity)
    return event.at or NEVER, units, amount, event.count, event.offering or ""


def _tariff_order(one: _Tariff) -> tuple[int, bool, Fraction, str, str]:
    """The first that fits rates: by priority, a time window before none, the cheapest, then by code."""
    money, measure = _money(one.price, None), one.price.unit_of_measure
    assert measure
    each = Fraction(money.value) / Fraction(smallest(measure))
    return one.price.priority, one.price.time_window is None, each, one.holding.offering.code, one.price.code


def _pool_order(one: _Pool) -> tuple[bool, bool, bool, int, str, str]:
    """What lapses first is used first: carried over, in a window, lapsing; then by priority and code."""
    price = one.price
    code = one.holding.offering.code
    return not one.is_carried, price.time_window is None, price.carry_over, price.priority, code, price.code


def _money(price: Price, tier_price: Money | None) -> Money:
    money = tier_price or price.price or price.tiers[0].price
    assert money
    return money


def _charges(tariff: _Tariff) -> Iterator[Charge]:
    price, measure = tariff.price, tariff.price.unit_of_measure
    assert measure
    unit = Decimal(size(measure.units))
    total, before = sum((amount for _, amount, _ in tariff.work), ZERO), ZERO
    for event, amount, connections in tariff.work:
        for tier, part in _in_tiers(price, before, amount, total, unit):
            money = _money(price, tier.price if tier else None)
            yield _charge(
                tariff,
                LineKind.USAGE,
                quote_text.use(price, money, tier),
                money.value * part / smallest(measure),
                event,
                (part / unit, measure.units, money.value),
            )
        before += amount
        if price.connect_fee:
            fee = price.connect_fee
            exact, quantity = fee.value * connections, (Decimal(connections), None, fee.value)
            yield _charge(tariff, LineKind.CONNECTION, quote_text.connection(fee), exact, event, quantity)


def _in_tiers(
    price: Price, before: Decimal, amount: Decimal, total: Decimal, unit: Decimal
) -> Iterator[tuple[Tier | None, Decimal]]:
    """Slices in the smallest unit, as tiers begin at bounds in the unit of the price."""
    lowered = tuple(replace(tier, lower=tier.lower * unit) for tier in price.tiers)
    shown = dict(zip(lowered, price.tiers, strict=True))
    for tier, part in slices(lowered, price.tier_mode, before, amount, total):
        yield shown[tier] if tier else None, part


def _charge(
    tariff: _Tariff,
    kind: LineKind,
    rule: Text,
    exact: Decimal,
    event: Usage,
    quantity: tuple[Decimal, str | None, Decimal],
) -> Charge:
    holding, price = tariff.holding, tariff.price
    tax = Tax(price.tax_included, price.tax_rate)
    return Charge(
        holding.root,
        holding.offering.code,
        price.code,
        kind,
        price.name,
        rule,
        exact,
        tax,
        tariff.days,
        *quantity,
        event.at,
    )


def _included(pool: _Pool) -> Charge:
    price, measure = pool.price, pool.price.unit_of_measure
    assert measure
    unit = size(measure.units)
    return Charge(
        pool.holding.root,
        pool.holding.offering.code,
        price.code,
        LineKind.ALLOWANCE,
        price.name,
        quote_text.allowance(pool.included / unit, pool.used / unit, measure.units, pool.is_carried),
        ZERO,
        Tax(price.tax_included, price.tax_rate),
        pool.days,
        pool.used / unit,
        measure.units,
    )


def _goes_on(pool: _Pool) -> bool:
    is_kept = pool.price.carry_over and not pool.holding.item.is_trial
    return is_kept and not pool.is_carried and pool.used < pool.included


def _left(pool: _Pool) -> Carried:
    measure = pool.price.unit_of_measure
    assert measure
    left = Quantity((pool.included - pool.used) / size(measure.units), measure.units)
    return Carried(pool.holding.root, pool.holding.offering.code, pool.price.code, left)
