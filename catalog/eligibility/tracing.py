"""One condition step by step, for the one who asks why it does not hold: which check fails, and what is not known.

Knows the facts of one customer; must not be asked for whole catalogs, for which there are bits.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from catalog.eligibility.conditions import table_of
from catalog.eligibility.facts import TODAY, Facts
from catalog.eligibility.numbering import facts_of_market
from catalog.market import MarketSegment
from catalog.policies.condition import AllOf, AnyOf, Check, Condition, Not, OneMarket

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """A check that keeps a condition from holding. `is_open`: what it needs is not known. Of those with the same
    `choice` one would be enough."""

    check: Check
    negated: bool
    is_open: bool
    path: Path
    choice: Path | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """`facts` with the context's and what is held among them; `markets` None: nobody knows which count.

    With `is_market` the facts are those of one market.
    """

    facts: Facts
    markets: tuple[MarketSegment, ...] | None
    is_market: bool = False

    def says(self, condition: Condition) -> bool | None:
        """Whether it holds; None: unknown."""
        match condition:
            case AllOf(inner):
                return _every(self.says(one) for one in inner)
            case AnyOf(inner):
                return _not(_every(_not(self.says(one)) for one in inner))
            case Not(one):
                return _not(self.says(one))
            case OneMarket(one):
                return self._of_a_market(one)
            case Check():
                return self._of_a_market(condition) if condition.is_market else self._check(condition)

    def _check(self, check: Check) -> bool | None:
        today = self.facts.get(TODAY)
        day = today.toordinal() if isinstance(today, date) else None
        true, false = table_of([(check, 1)]).judge(self.facts.get(check.fact), day)
        return True if true else False if false else None

    def _of_a_market(self, condition: Condition) -> bool | None:
        if self.is_market:
            assert isinstance(condition, Check), "no market stands inside of a market"
            return self._check(condition)
        if self.markets is None:
            return None
        return _not(_every(_not(_within(one).says(condition)) for one in self.markets))

    def _market_failures(self, condition: Condition, path: Path, negated: bool, is_open: bool) -> list[Failure]:
        """What is wrong with the market that comes closest; everything, where there is none."""
        if not negated and self.markets:
            each = [_within(one).failures(condition, path) for one in self.markets]
            return min(each, key=len)
        return [Failure(check, negated, is_open, where) for check, where in _leaves(condition, path)]

    def failures(self, condition: Condition, path: Path = (), negated: bool = False) -> list[Failure]:
        """Every check that stands in the way of the condition, or with `negated` of its contrary."""
        said = self.says(condition)
        if said is not None and said != negated:
            return []
        match condition:
            case Not(one):
                return self.failures(one, (*path, "not"), not negated)
            case OneMarket(one):
                return self._market_failures(one, (*path, "market"), negated, said is None)
            case Check():
                return [Failure(condition, negated, said is None, path)]
        key = "all" if isinstance(condition, AllOf) else "any"
        found = [
            failure
            for place, one in enumerate(condition.conditions)
            for failure in self.failures(one, (*path, key, place), negated)
        ]
        if isinstance(condition, AllOf) != negated or len(condition.conditions) == 1:
            return found
        return [Failure(one.check, one.negated, one.is_open, one.path, path) for one in found]


def _within(market: MarketSegment) -> Trace:
    return Trace(facts_of_market(market), (), is_market=True)


def _leaves(condition: Condition, path: Path) -> Iterable[tuple[Check, Path]]:
    match condition:
        case Check():
            yield condition, path
        case Not(one):
            yield from _leaves(one, (*path, "not"))
        case AllOf(inner) | AnyOf(inner):
            key = "all" if isinstance(condition, AllOf) else "any"
            for place, one in enumerate(inner):
                yield from _leaves(one, (*path, key, place))


def _every(found: Iterable[bool | None]) -> bool | None:
    several = set(found)
    return False if False in several else None if None in several else True


def _not(found: bool | None) -> bool | None:
    return None if found is None else not found
