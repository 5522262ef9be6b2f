"""A bundle's money beside that of its parts: one currency, one way with VAT, and not dearer than buying them singly.

Knows a bundle and its parts at one instant; bills are the quote core's, and must not be reckoned here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import partial

from catalog.errors import Problem
from catalog.linting.bundles import Brought, depth_edges
from catalog.linting.timed import Check
from catalog.linting.world import World
from catalog.offering import Offering
from catalog.price import Price, PriceType, Scope
from catalog.quoting.holding import QuoteItem, QuoteRefused
from catalog.quoting.quote import Plan, quote
from catalog.text import Text

CHARGES = (PriceType.RECURRING, PriceType.USAGE, PriceType.ONE_TIME)


def checks(one: Offering, world: World) -> Iterator[Check]:
    if world.has_currencies:
        yield Check(depth_edges(one, world) if one.parts else (), partial(_currencies, one, world))


def own(one: Offering, world: World, at: datetime) -> Iterator[Problem]:
    """What need not be asked anew at every later instant: VAT, discounts of parts, the price of the whole."""
    brought = Brought(one, world, at).versions.values() if one.parts else (one,)
    ways = {price.tax_included for each in brought for price in each.prices if price.price_type in CHARGES}
    if len(ways) > 1:
        zh, en = "含税价与不含税价混用", "some of its prices include VAT and some do not"
        yield Problem(("productOfferingPrice",), "VAT_MIXED", Text(zh, en))
    if one.parts:
        yield from _base(one, world, at)
        yield from _dearer(one, world, at)


def _currencies(one: Offering, world: World, at: datetime) -> Iterator[Problem]:
    brought = Brought(one, world, at).versions.values() if one.parts else (one,)
    units = sorted({price.unit for each in brought for price in each.prices})
    if len(units) > 1:
        zh, en = f"同时使用 {'、'.join(units)}", f"is in {' and '.join(units)}; a bill is in one currency"
        yield Problem(("productOfferingPrice",), "CURRENCIES_MIXED", Text(zh, en))


def _base(one: Offering, world: World, at: datetime) -> Iterator[Problem]:
    """Discounts of a bundle may count prices of its parts, chosen or not."""
    inside = [one, *_all_inside(one, world, at)]
    kinds = {price.price_type for each in inside for price in each.prices}
    codes = {price.code for each in inside for price in each.prices if price.price_type in CHARGES}
    for position, price in enumerate(one.prices):
        if price.price_type not in (PriceType.DISCOUNT, PriceType.MINIMUM_COMMITMENT) or price.scope is Scope.BILL:
            continue
        has_base = bool(codes & set(price.applies_to)) if price.applies_to else bool(kinds & set(CHARGES[:2]))
        if not has_base:
            zh, en = (
                "捆绑包及成员中没有可优惠的费用",
                "neither the bundle nor its parts have a fee or use that it counts",
            )
            path = ("productOfferingPrice", position, "appliesTo")
            yield Problem(path, "DISCOUNT_WITHOUT_BASE", Text(zh, en))


def _all_inside(one: Offering, world: World, at: datetime) -> list[Offering]:
    found: dict[str, Offering] = {}
    waiting = [part.code for part in one.parts]
    while waiting:
        code = waiting.pop()
        inner = world.sold(code, at) if code not in found else None
        if inner:
            found[code] = inner
            waiting += [part.code for part in inner.parts]
    return list(found.values())


def _dearer(one: Offering, world: World, at: datetime) -> Iterator[Problem]:
    """A month of the bundle against a month of what it brings, each bought by itself; fees and discounts, no use."""
    if not any(price.price_type is PriceType.RECURRING for price in one.prices):
        return
    offerings = {version.code: version for version in _all_inside(one, world, at)}
    parts = [(offerings.get(part.code), part.default) for part in one.parts if part.default]
    if not parts or any(version is None or not version.is_sellable for version, _ in parts):
        return
    whole = _month(one, 1, offerings, world, at)
    singly = [_month(version, count, offerings, world, at) for version, count in parts if version]
    if whole is None or any(amount is None for amount in singly):
        return
    apart = sum((amount or Decimal(0) for amount in singly), Decimal(0))
    if whole > apart:
        zh, en = f"月费 {whole} 高于成员单买合计 {apart}", f"costs {whole} a month, its parts alone {apart}"
        yield Problem(("productOfferingPrice",), "DEARER_THAN_PARTS", Text(zh, en))


def _month(one: Offering, count: int, offerings: Mapping[str, Offering], world: World, at: datetime) -> Decimal | None:
    """What `count` of it cost a month; None when that cannot be priced."""
    fees = [price for price in one.prices if price.price_type is PriceType.RECURRING and price.valid.contains(at)]
    is_plain = all(map(_is_plain, fees)) and not any(price.price_type is PriceType.DISCOUNT for price in one.prices)
    if is_plain and (fees or not one.parts):
        return sum((price.price.value * count for price in fees if price.price), Decimal(0))
    day = at.astimezone(world.zone)
    key = (one.code, one.version, count, day.year, day.month)
    if key not in world.months:
        world.months[key] = _billed(one, count, offerings, world, at)
    return world.months[key]


def _is_plain(fee: Price) -> bool:
    return fee.price is not None and fee.recurring_charge_period == "month" and not fee.tiers and fee.term is None


def _billed(one: Offering, count: int, offerings: Mapping[str, Offering], world: World, at: datetime) -> Decimal | None:
    # A minimum is met by use, so that what falls short of it without any says nothing.
    prices = tuple(price for price in one.prices if price.price_type is not PriceType.MINIMUM_COMMITMENT)
    plan = Plan(one.code, (QuoteItem(replace(one, prices=prices), count),))
    try:
        return quote([plan], (), at=at, zone=world.zone, offerings=offerings)[0].gross
    except QuoteRefused:
        return None
