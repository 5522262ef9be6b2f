"""Conditions of policies as values: all, any and not over checks of single facts, and what facts there are (TMF679).

Knows the names and kinds of facts; must not know a customer. A fact that is not known makes a check neither true nor
false, and a condition that comes out as unknown does not hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Operator(StrEnum):
    """EQ one value, IN one of several, RANGE both ends included, WITHIN a place or below, DAYS from today to a date."""

    EQ = "eq"
    IN = "in"
    RANGE = "range"
    WITHIN = "within"
    DAYS = "days"


class FactKind(StrEnum):
    """What the values of a fact are; of WORDS a customer has any number, ANY is what the operator declared it to be."""

    WORD = "WORD"
    WORDS = "WORDS"
    PLACE = "PLACE"
    NUMBER = "NUMBER"
    FLAG = "FLAG"
    ANY = "ANY"


OPERATORS = {
    FactKind.WORD: (Operator.EQ, Operator.IN),
    FactKind.WORDS: (Operator.EQ, Operator.IN),
    FactKind.PLACE: (Operator.WITHIN,),
    FactKind.NUMBER: (Operator.EQ, Operator.RANGE),
    FactKind.FLAG: (Operator.EQ,),
    FactKind.ANY: (Operator.EQ, Operator.IN, Operator.RANGE, Operator.DAYS),
}

ATTRIBUTE, MARKET_FACT, MARKET, HOLDINGS = "attribute.", "market.facts.", "market.", "holdings."
PLACE, CONTEXT_PLACE, CUSTOMER_PLACE, CHANNEL = "place", "context.place", "customer.place", "channel.code"
MARKET_CODE, TAGS, TENURE = "market.code", "customer.tags", "customer.tenure"
HELD_OFFERING, HELD_CATEGORY, HELD_FAMILY = "holdings.offering", "holdings.category", "holdings.family"

# `place` is the context's where one is given, else the customer's; tenure is in whole months.
FACTS = {
    "customer.kind": FactKind.WORD,
    "customer.status": FactKind.WORD,
    "customer.brand": FactKind.WORD,
    TAGS: FactKind.WORDS,
    CUSTOMER_PLACE: FactKind.PLACE,
    "customer.enterprise": FactKind.WORD,
    "customer.industry": FactKind.WORD,
    "customer.sizeClass": FactKind.WORD,
    TENURE: FactKind.NUMBER,
    "customer.valueLevel": FactKind.WORD,
    "customer.personalisation": FactKind.FLAG,
    PLACE: FactKind.PLACE,
    CONTEXT_PLACE: FactKind.PLACE,
    CHANNEL: FactKind.WORD,
    MARKET_CODE: FactKind.WORD,
    "market.kind": FactKind.WORD,
    "market.place": FactKind.PLACE,
    "market.size": FactKind.NUMBER,
    HELD_OFFERING: FactKind.WORDS,
    HELD_CATEGORY: FactKind.WORDS,
    HELD_FAMILY: FactKind.WORDS,
}
PREFIXES = (ATTRIBUTE, MARKET_FACT)
WORDS_OF = {
    "customer.kind": frozenset({"PERSON", "ENTERPRISE"}),
    "customer.status": frozenset({"prospective", "active", "suspended", "closed"}),
    "customer.sizeClass": frozenset("ABCDEFG"),
    "market.kind": frozenset({"CAMPUS", "PARK", "MARKET", "VILLAGE", "BUILDING", "OTHER"}),
}

Value = str | float | bool | date
Bound = float | date


def kind_of(fact: str) -> FactKind | None:
    """The kind of a fact, None when there is no such fact."""
    if fact.startswith(PREFIXES):
        return FactKind.ANY if fact not in PREFIXES else None
    return FACTS.get(fact)


@dataclass(frozen=True, slots=True)
class Check:
    """One fact against values. A RANGE or DAYS goes from `low` to `high`, None: open; the others compare `values`."""

    fact: str
    operator: Operator
    values: tuple[Value, ...] = ()
    low: Bound | None = None
    high: Bound | None = None

    def __post_init__(self) -> None:
        if (kind := kind_of(self.fact)) is None:
            raise ValueError(f"there is no fact {self.fact}")
        if self.operator not in OPERATORS[kind]:
            raise ValueError(f"{self.fact} is compared by {', '.join(one.value for one in OPERATORS[kind])}")
        is_range = self.operator in (Operator.RANGE, Operator.DAYS)
        if is_range == bool(self.values) or is_range != (self.low is not None or self.high is not None):
            raise ValueError("a range has ends, every other comparison has values")
        if self.low is not None and self.high is not None and self.low > self.high:  # type: ignore[operator]
            raise ValueError(f"a range from {self.low} to {self.high} holds nothing")
        if self.is_market and self.operator is Operator.DAYS:
            raise ValueError("a market has no dates to count days to")

    @property
    def is_market(self) -> bool:
        return self.fact.startswith(MARKET)


@dataclass(frozen=True, slots=True)
class AllOf:
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    condition: Condition


@dataclass(frozen=True, slots=True)
class OneMarket:
    """Of one and the same market all of `condition` holds; a check of a market that stands alone means the same."""

    condition: Condition

    def __post_init__(self) -> None:
        if _has_market(self.condition):
            raise ValueError("a market stands inside of a market")
        strange = [one.fact for one in checks(self.condition) if not one.is_market]
        if strange:
            raise ValueError(f"{strange[0]} is no fact of a market")


Condition = AllOf | AnyOf | Not | OneMarket | Check


def checks(condition: Condition) -> Iterator[Check]:
    """Every check in it, in order."""
    if isinstance(condition, Check):
        yield condition
    elif isinstance(condition, Not | OneMarket):
        yield from checks(condition.condition)
    else:
        for one in condition.conditions:
            yield from checks(one)


def _has_market(condition: Condition) -> bool:
    if isinstance(condition, AllOf | AnyOf):
        return any(_has_market(one) for one in condition.conditions)
    return _has_market(condition.condition) if isinstance(condition, Not) else isinstance(condition, OneMarket)
