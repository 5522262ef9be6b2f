"""The ladders on which up-sell climbs: each step once, none missing, and a higher one for more money.

Knows families and steps; must not know who climbs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

from catalog.errors import Problem
from catalog.linting.world import World
from catalog.offering import Offering
from catalog.price import PriceType
from catalog.text import Text

Ladders = Mapping[str, Sequence[Offering]]


def ladders(world: World, at: datetime) -> Ladders:
    """family → its offerings in force at `at`, by step; a market's copies stand on their template's."""
    found: dict[str, list[Offering]] = defaultdict(list)
    for code in world.versions:
        one = world.sold(code, at)
        if one and one.family and one.step is not None and one.template is None:
            found[one.family].append(one)
    return {family: sorted(steps, key=lambda one: (one.step or 0, one.code)) for family, steps in found.items()}


def own(one: Offering) -> Iterator[Problem]:
    if one.step is not None and not one.family:
        zh, en = "有档次却没有产品族", "has a step, but names no family that it is a step of"
        yield Problem(("family",), "STEP_WITHOUT_FAMILY", Text(zh, en))
    if one.family and one.step is None:
        zh, en = "有产品族却没有档次", "is of a family, but on no step of it: nobody is moved up to it"
        yield Problem(("step",), "FAMILY_WITHOUT_STEP", Text(zh, en))


def problems(steps: Sequence[Offering]) -> Iterator[tuple[Offering, Problem]]:
    """What is wrong with a ladder, each with the upper of the two offerings that it is about."""
    for lower, higher in pairwise(steps):
        low, high = lower.step or 0, higher.step or 0
        if low == high:
            zh, en = f"与 {lower.code} 同为第 {low} 档", f"stands on step {low}, as does {lower.code}"
            yield higher, Problem(("step",), "STEP_TWICE", Text(zh, en))
            continue
        if high > low + 1:
            zh, en = f"第 {low} 档之后缺档", f"is step {high}, and the one below it is {low} ({lower.code})"
            yield higher, Problem(("step",), "STEP_MISSING", Text(zh, en))
        yield from ((higher, problem) for problem in _prices(lower, higher))


def _prices(lower: Offering, higher: Offering) -> Iterator[Problem]:
    low, high = monthly(lower), monthly(higher)
    if low is None or high is None:
        return
    if high < low:
        zh, en = (
            f"月费 {high} 低于下一档 {lower.code} 的 {low}",
            f"costs {high} a month, less than the {low} of {lower.code}",
        )
        yield Problem(("productOfferingPrice",), "STEP_CHEAPER", Text(zh, en))
    elif high == low:
        zh, en = f"与下一档 {lower.code} 月费同为 {low}", f"costs {low} a month, as does {lower.code} below it"
        yield Problem(("productOfferingPrice",), "STEP_SAME_PRICE", Text(zh, en))


def monthly(one: Offering) -> Decimal | None:
    """The monthly fees for those who chose no term, None when there are none."""
    fees = [
        price.price.value
        for price in one.prices
        if price.price_type is PriceType.RECURRING
        and price.recurring_charge_period == "month"
        and price.price
        and price.term is None
        and price.valid.overlaps(one.valid)
    ]
    return sum(fees, Decimal(0)) if fees else None
