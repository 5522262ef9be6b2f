"""The checks of all policies, each numbered once, and what a set of facts makes of them as two numbers of bits.

Knows how a fact decides its checks; must not know which offerings depend on them. Logic is Kleene's: bit i of `true`
says that check i holds, of `false` that it does not, and with neither it is unknown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from math import inf
from typing import Protocol

from catalog.eligibility.bits import union
from catalog.eligibility.facts import TODAY, Fact, Facts
from catalog.policies.condition import AllOf, Check, Condition, Not, OneMarket, Operator

Bits = tuple[int, int]


class ByMarket(Protocol):
    """What each market makes of the checks on markets."""

    def get(self, code: str, /) -> Bits:
        """The bits that are true and those that are unknown."""


@dataclass(frozen=True, slots=True)
class Formula:
    """A condition in negation normal form: the bits that must be true, those that must be false, and formulas below.

    All of them, or with `is_all` false one of them.
    """

    is_all: bool
    true: int
    false: int
    inner: tuple[Formula, ...] = ()

    @property
    def is_one_check(self) -> bool:
        """Whether it says no more than that one check is true."""
        return not self.false and not self.inner and self.true.bit_count() == 1

    def holds(self, true: int, false: int) -> bool:
        if self.is_all:
            if self.true & true != self.true or self.false & false != self.false:
                return False
            return all(one.holds(true, false) for one in self.inner) if self.inner else True
        if self.true & true or self.false & false:
            return True
        return any(one.holds(true, false) for one in self.inner)


NEVER = Formula(False, 0, 0)


def formula_of(condition: Condition, number: Callable[[Check | OneMarket], int], negated: bool = False) -> Formula:
    """The formula that is true exactly when the condition (or with `negated` its contrary) is."""
    if isinstance(condition, Not):
        return formula_of(condition.condition, number, not negated)
    if isinstance(condition, Check | OneMarket):
        bit = 1 << number(condition)
        return Formula(True, 0, bit) if negated else Formula(True, bit, 0)
    is_all = isinstance(condition, AllOf) != negated
    true = false = 0
    inner = []
    for one in condition.conditions:
        found = formula_of(one, number, negated)
        if not found.inner and (found.is_all == is_all or (found.true | found.false).bit_count() == 1):
            true, false = true | found.true, false | found.false
        else:
            inner.append(found)
    return Formula(is_all, true, false, tuple(inner))


@dataclass(frozen=True, slots=True)
class Range:
    """`low` ≤ number ≤ `high`; a date's number is its ordinal, and `from_today` counts from the operator's day."""

    bit: int
    low: float
    high: float
    of_dates: bool
    from_today: bool

    @classmethod
    def of(cls, check: Check, bit: int) -> Range:
        low, high = check.low, check.high
        from_today = check.operator is Operator.DAYS
        of_dates = from_today or isinstance(low, date) or isinstance(high, date)
        return cls(
            bit, -inf if low is None else number(low), inf if high is None else number(high), of_dates, from_today
        )

    def judge(self, value: Fact, today: int | None) -> bool | None:
        if self.from_today and today is None:
            return None
        found = ordinal(value) if self.of_dates else amount(value)
        if found is None:
            return None
        return self.low <= found - (today or 0) * self.from_today <= self.high


def number(value: float | date) -> float:
    return value.toordinal() if isinstance(value, date) else value


def amount(value: Fact) -> float | None:
    """A value as a number, None when it is none."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def ordinal(value: Fact) -> int | None:
    """A date, or a string that begins with one, as its ordinal; None when it is none."""
    if isinstance(value, date):
        return value.toordinal()
    try:
        return date.fromisoformat(value[:10]).toordinal() if isinstance(value, str) else None
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Table:
    """The checks of one fact: by value, by place, and by range. `bits` are all that compare values or places."""

    bits: int = 0
    equal: Mapping[str | float | bool | date, int] = field(default_factory=dict)
    within: Mapping[str, int] = field(default_factory=dict)
    ranges: tuple[Range, ...] = ()

    @property
    def all_bits(self) -> int:
        return self.bits | union(one.bit for one in self.ranges)

    def judge(self, value: Fact, today: int | None) -> Bits:
        """The bits that are true and those that are false for a value, neither for one that is not known."""
        if value is None:
            return 0, 0
        true = self._same(value)
        if self.within and isinstance(value, str):
            true |= self._around(value)
        false = self.bits & ~true
        for one in self.ranges:
            found = one.judge(value, today)
            if found is not None:
                true, false = (true | one.bit, false) if found else (true, false | one.bit)
        return true, false

    def _same(self, value: str | float | bool | date | frozenset[str]) -> int:
        if not isinstance(value, frozenset):
            return self.equal.get(value, 0)
        found = 0
        for one in value & self.equal.keys():
            found |= self.equal[one]
        return found

    def _around(self, place: str) -> int:
        found = self.within.get(place, 0)
        while "/" in place:
            place = place.rpartition("/")[0]
            found |= self.within.get(place, 0)
        return found


def table_of(checks: Iterable[tuple[Check, int]]) -> Table:
    """The table of one fact from its checks with their bits."""
    bits, ranges = 0, []
    equal: dict[str | float | bool | date, int] = defaultdict(int)
    within: dict[str, int] = defaultdict(int)
    for check, bit in checks:
        if check.operator in (Operator.RANGE, Operator.DAYS):
            ranges.append(Range.of(check, bit))
            continue
        bits |= bit
        for value in check.values:
            if check.operator is Operator.WITHIN:
                within[str(value)] |= bit
            else:
                equal[value] |= bit
    return Table(bits, dict(equal), dict(within), tuple(ranges))


@dataclass(frozen=True, slots=True)
class Conditions:
    """All checks: `tables` by fact, the bits of those on `holdings` and on `markets`, what markets make of them."""

    tables: Mapping[str, Table]
    holdings: int
    markets: int
    by_market: ByMarket

    def judge(self, facts: Facts, markets: Iterable[str] | None, held: int | None) -> Bits:
        """The checks that are true and those that are false.

        `markets` are those that count (None: not known), `held` the checks that what is held makes true (None: nobody
        knows what is held).
        """
        today = facts.get(TODAY)
        day = today.toordinal() if isinstance(today, date) else None
        true = false = 0
        for fact, table in self.tables.items():
            value = facts.get(fact)
            if value is not None:
                more, less = table.judge(value, day)
                true, false = true | more, false | less
        if held is not None:
            true, false = true | held, false | (self.holdings & ~held)
        if markets is not None:
            more, less = self.of_markets(markets)
            true, false = true | more, false | less
        return true, false

    def of_markets(self, markets: Iterable[str]) -> Bits:
        """A check of markets is true when it is of one, unknown when it might be of one, else false."""
        true = unknown = 0
        for code in markets:
            more, dim = self.by_market.get(code)
            true, unknown = true | more, unknown | dim
        return true, self.markets & ~true & ~unknown
