"""Prices that nobody can reach, discounts of nothing, promises without a consequence.

Knows the prices and terms of one version; must not know the bill of a customer.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import combinations, pairwise

from catalog.errors import Problem
from catalog.linting.world import World
from catalog.offering import Offering
from catalog.period import Period
from catalog.price import Price, PriceType, Scope
from catalog.term import Term, TermKind
from catalog.text import Text
from catalog.units import dimension

ZERO = Decimal(0)
WEEK = timedelta(days=7)
SPEND = (PriceType.RECURRING, PriceType.USAGE)
Path = tuple[str | int, ...]


def own(one: Offering, world: World) -> Iterator[Problem]:
    terms = {term.code: term for term in one.terms}
    for position, price in enumerate(one.prices):
        place = ("productOfferingPrice", position)
        yield from _dates(one, price, terms, place, world)
        if price.tiers:
            yield from _tiers(price, place)
        if price.price_type is PriceType.DISCOUNT:
            yield from _discount(one, price, place, world)
        elif price.price_type is PriceType.MINIMUM_COMMITMENT:
            yield from _minimum(one, price, place)
        elif price.price_type is PriceType.ALLOWANCE:
            yield from _allowance(price, place, world)
    for position, term in enumerate(one.terms):
        yield from _term(one, term, ("productOfferingTerm", position))
    if len(one.prices) > 1:
        yield from _twins(one)


def _dates(one: Offering, price: Price, terms: dict[str, Term], place: Path, world: World) -> Iterator[Problem]:
    if not price.valid.overlaps(one.valid):
        zh, en = "价格有效期在产品有效期之外", "is never in force while the offering is; change its validFor"
        yield Problem((*place, "validFor"), "PRICE_OUT_OF_REACH", Text(zh, en))
        return
    term = terms.get(price.term or "")
    if term and not (term.valid.overlaps(price.valid) and term.valid.overlaps(one.valid)):
        zh = f"条款 {term.code} 可选时该价格不生效"
        en = f"is for the term {term.code}, which is not on offer while the price is in force"
        yield Problem((*place, "term"), "TERM_OUT_OF_REACH", Text(zh, en))
    if price.time_window and not _meets(price, one, world):
        zh, en = "有效期内没有该时段", "its time window has no hour while the price is in force"
        yield Problem((*place, "timeWindow"), "WINDOW_OUT_OF_REACH", Text(zh, en))


def _meets(price: Price, one: Offering, world: World) -> bool:
    """Whether an hour of the window lies in the price's time; a week has every hour of every window."""
    start, end = _common(price.valid, one.valid)
    if start is None or end is None or end - start >= WEEK or price.time_window is None:
        return True
    window = price.time_window
    hours = (start + timedelta(minutes=minute) for minute in range(int((end - start) / timedelta(minutes=1)) + 1))
    return any(window.contains(hour, world.zone) for hour in hours if hour < end)


def _common(one: Period, other: Period) -> tuple[datetime | None, datetime | None]:
    starts = [start for start in (one.start, other.start) if start]
    ends = [end for end in (one.end, other.end) if end]
    return max(starts, default=None), min(ends, default=None)


def _tiers(price: Price, place: Path) -> Iterator[Problem]:
    if price.tiers[0].lower == 0 and (price.price or price.percentage is not None) and _first_tier_wins(price):
        zh, en = "首档从 0 起，基础价永不适用", "the tiers begin at 0, so the price beside them never applies"
        yield Problem((*place, "tiers", 0), "TIER_SHADOWS_PRICE", Text(zh, en))
    for position, (before, tier) in enumerate(pairwise(price.tiers), start=1):
        if (before.price, before.percentage) == (tier.price, tier.percentage):
            zh, en = "与前一档价格相同", "costs the same as the tier before it"
            yield Problem((*place, "tiers", position), "TIER_WITHOUT_EFFECT", Text(zh, en))


def _first_tier_wins(price: Price) -> bool:
    first = price.tiers[0]
    return (first.price, first.percentage) != (price.price, price.percentage)


def _discount(one: Offering, price: Price, place: Path, world: World) -> Iterator[Problem]:
    takes = [price.percentage, price.price.value if price.price else None, *(tier.percentage for tier in price.tiers)]
    if not any(takes):
        zh, en = "优惠为零", "takes nothing off"
        yield Problem(place, "DISCOUNT_OF_NOTHING", Text(zh, en))
    elif price.scope is Scope.ITEM and not one.parts and not _counted(one, price):
        zh, en = "没有可优惠的费用", "there is no fee or use that it could be taken off"
        yield Problem((*place, "appliesTo"), "DISCOUNT_WITHOUT_BASE", Text(zh, en))
    if world.is_whole and price.exclusive_group and len(world.stacks.get(price.exclusive_group, ())) < 2:
        zh = f"互斥组 {price.exclusive_group} 中只有这一项优惠"
        en = f"stands alone in the exclusive group {price.exclusive_group}"
        yield Problem((*place, "exclusiveGroup"), "STACKING_ALONE", Text(zh, en))


def _counted(one: Offering, price: Price) -> bool:
    """Whether a discount or a minimum has something to look at among the prices of its own offering."""
    named = [other for other in one.prices if other.code in price.applies_to] if price.applies_to else one.prices
    kinds = (*SPEND, PriceType.ONE_TIME) if price.applies_to else SPEND
    return any(other.price_type in kinds and other.valid.overlaps(price.valid) for other in named)


def _minimum(one: Offering, price: Price, place: Path) -> Iterator[Problem]:
    if price.percentage == 0:
        zh, en = "未达到最低消费也不收差额", "charges 0 per cent of a shortfall: nobody has to keep it"
        yield Problem((*place, "percentage"), "COMMITMENT_WITHOUT_SHORTFALL", Text(zh, en))
    if price.scope is Scope.ITEM and not one.parts and not _counted(one, price):
        zh, en = "没有可计入最低消费的费用", "there is no fee or use that could count towards it"
        yield Problem((*place, "appliesTo"), "DISCOUNT_WITHOUT_BASE", Text(zh, en))


def _allowance(price: Price, place: Path, world: World) -> Iterator[Problem]:
    units = price.unit_of_measure.units if price.unit_of_measure else ""
    if world.is_whole and world.rated and dimension(units) not in world.rated:
        zh, en = f"目录中没有按 {units} 计费的价格", f"no price in the catalog is for use in {units}"
        yield Problem((*place, "unitOfMeasure"), "ALLOWANCE_UNUSED", Text(zh, en))


def _term(one: Offering, term: Term, place: Path) -> Iterator[Problem]:
    costs = term.early_termination or any(price.price_type is PriceType.PENALTY for price in one.prices)
    if term.kind is TermKind.BINDING and not costs:
        zh, en = "提前退订没有任何代价", "leaving before its end costs nothing"
        yield Problem((*place, "earlyTermination"), "BINDING_WITHOUT_COST", Text(zh, en))
    if term.kind is TermKind.COMMITMENT:
        tiered = any(price.price_type is PriceType.DISCOUNT and price.tiers for price in one.prices)
        if term.minimum is None and not tiered:
            zh, en = (
                "没有承诺金额，也没有按承诺分档的优惠",
                "has no minimum, and no discount goes by what was committed to",
            )
            yield Problem((*place, "minimum"), "COMMITMENT_WITHOUT_MINIMUM", Text(zh, en))
        elif term.shortfall_policy.percentage == 0:
            zh, en = "未达到承诺也不收差额", "charges 0 per cent of a shortfall: nobody has to keep it"
            yield Problem((*place, "shortfallPolicy"), "COMMITMENT_WITHOUT_SHORTFALL", Text(zh, en))


def _twins(one: Offering) -> Iterator[Problem]:
    """Two prices for the same use at the same time: the bill takes the cheaper one and never the other."""
    usage = [(position, price) for position, price in enumerate(one.prices) if price.price_type is PriceType.USAGE]
    for (_, first), (position, second) in combinations(usage, 2):
        if first.unit_of_measure is None or second.unit_of_measure is None:
            continue
        same = dimension(first.unit_of_measure.units) == dimension(second.unit_of_measure.units)
        beside = first.time_window == second.time_window and first.term == second.term
        if same and beside and first.priority == second.priority and first.valid.overlaps(second.valid):
            zh, en = (
                f"与 {first.code} 计费对象相同",
                f"rates the same use as {first.code}: only the cheaper ever counts",
            )
            yield Problem(("productOfferingPrice", position), "USAGE_TWICE", Text(zh, en))
