"""A market's copy of a solution's offering: what of it the market makes different, and nothing more.

Knows how a template, the parts of the solution and the market's values make a copy; must not know what is there yet.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from catalog.bundle import BundlePart
from catalog.errors import Problem
from catalog.lifecycle import LifecycleStatus
from catalog.offering import NEVER, Offering, Relationship, RelationshipType
from catalog.period import ALWAYS, Period
from catalog.price import Money, Price, PriceType
from catalog.solution import PriceOverride, Solution, SolutionPart
from catalog.solution_parameter import Value, problem_of

R = RelationshipType
SEPARATOR = "@"


def code_of(template: str, market: str) -> str:
    """The code of a market's copy."""
    return f"{template}{SEPARATOR}{market}"


@dataclass(frozen=True, slots=True)
class Terms:
    """What one market says of a solution: its code, its values of the parameters, the templates it has copies of."""

    market: str
    values: Mapping[str, Value]
    copied: Collection[str] = ()

    def dates(self, solution: Solution) -> Period:
        """When the market's copies begin and end; raises ValueError when they end before."""
        edges = [self.values.get(name) if name else None for name in (solution.start, solution.end)]
        start, end = (edge if isinstance(edge, datetime) else None for edge in edges)
        return Period(start, end) if start or end else ALWAYS


def needs_copy(template: Offering, part: SolutionPart, solution: Solution, terms: Terms) -> bool:
    """Whether the market makes anything different: a price, a date, or a part or prerequisite that it has a copy of."""
    if terms.dates(solution) != ALWAYS or prices(template, part, terms) != template.prices:
        return True
    inside = {entry.code for entry in template.parts}
    required = {one.target for one in template.relationships if one.relationship_type is R.REQUIRES}
    return bool((inside | required) & set(terms.copied))


def copy(template: Offering, part: SolutionPart, solution: Solution, terms: Terms) -> Offering:
    """The market's copy, in design. It shares the recommender's item, and has no identifiers of other systems."""
    return replace(
        template,
        code=code_of(template.code, terms.market),
        template=template.item,
        id=0,
        version=1,
        etag=1,
        last_update=NEVER,
        lifecycle_status=LifecycleStatus.IN_DESIGN,
        status_reason=None,
        valid=terms.dates(solution),
        market_segment=(terms.market,),
        external_identifier=(),
        prices=prices(template, part, terms),
        parts=tuple(_part(entry, terms) for entry in template.parts),
        relationships=tuple(one for known in template.relationships for one in _relations(known, terms)),
    )


def prices(template: Offering, part: SolutionPart, terms: Terms) -> tuple[Price, ...]:
    """The template's prices with what the market says of them; the template's own tuple when it says nothing."""
    said = {one.price: terms.values[one.parameter] for one in part.prices if one.parameter in terms.values}
    if not said:
        return template.prices
    return tuple(_price(price, said.get(price.code)) for price in template.prices)


def _price(price: Price, value: Value | None) -> Price:
    if not isinstance(value, Decimal):
        return price
    if by_share(price):
        return replace(price, percentage=value)
    return replace(price, price=Money(price.unit, value))


def by_share(price: Price) -> bool:
    """Whether what the market may change of a price is its percentage, and not its amount."""
    return price.percentage is not None and price.price_type is not PriceType.MINIMUM_COMMITMENT and not price.price


def wrong_overrides(template: Offering, part: SolutionPart, solution: Solution) -> Iterator[Problem]:
    """Prices that the solution changes and the template does not have, or has in another form."""
    for position, override in enumerate(part.prices):
        path = ("price", position)
        found = next((price for price in template.prices if price.code == override.price), None)
        if found is None:
            zh, en = f"{template.code} 没有价格 {override.price}", f"{template.code} has no price {override.price}"
            yield problem_of((*path, "code"), "UNKNOWN_CODE", zh, en)
        elif found.tiers:
            zh, en = "阶梯价不能由参数设定", "has tiers, which a parameter cannot set"
            yield problem_of((*path, "code"), "PRICE_HAS_TIERS", zh, en)
        elif _is_share(override, solution) != by_share(found):
            kind = "PERCENTAGE" if by_share(found) else "MONEY"
            zh, en = f"参数类型须为 {kind}", f"{override.price} takes a parameter of type {kind}"
            yield problem_of((*path, "parameter"), "WRONG_TYPE", zh, en)


def _is_share(override: PriceOverride, solution: Solution) -> bool:
    parameter = solution.parameter(override.parameter)
    return parameter is not None and parameter.type.value == "PERCENTAGE"


def _part(part: BundlePart, terms: Terms) -> BundlePart:
    return replace(part, code=code_of(part.code, terms.market)) if part.code in terms.copied else part


def _relations(known: Relationship, terms: Terms) -> Iterator[Relationship]:
    """Towards what the market has a copy of: by either a prerequisite is met, an exclusion holds; else by the copy."""
    if known.target not in terms.copied:
        yield known
        return
    if known.relationship_type in (R.REQUIRES, R.EXCLUDES):
        yield known
    yield replace(
        known,
        target=code_of(known.target, terms.market),
        group=known.group if known.relationship_type is R.REQUIRES else code_of(known.target, terms.market),
    )
