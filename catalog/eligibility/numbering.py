"""The checks that conditions come to, each numbered once however many policies make it, and the tables that judge them.

Knows conditions and markets; must not know offerings.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from catalog.eligibility.conditions import Bits, Conditions, Formula, Table, formula_of, table_of
from catalog.eligibility.facts import Fact
from catalog.market import MarketSegment
from catalog.policies.condition import HOLDINGS, MARKET_FACT, Check, Condition, Not, OneMarket, checks


@dataclass(slots=True)
class Numbering:
    """Hands out numbers; a check of a market that stands alone is numbered as one of one market."""

    numbers: dict[Check | OneMarket, int] = field(default_factory=dict)

    def __call__(self, one: Check | OneMarket) -> int:
        known = OneMarket(one) if isinstance(one, Check) and one.is_market else one
        return self.numbers.setdefault(known, len(self.numbers))

    def formula(self, condition: Condition) -> Formula:
        return formula_of(condition, self)

    @property
    def held(self) -> list[tuple[Check, int]]:
        """The checks on what is held, with their bits."""
        return [(one, bit) for one, bit in self._single() if one.fact.startswith(HOLDINGS)]

    def conditions(self, markets: Mapping[str, MarketSegment]) -> Conditions:
        """Everything numbered so far; of `markets`, by code, those in force."""
        of_markets = {one.condition: 1 << i for one, i in self.numbers.items() if isinstance(one, OneMarket)}
        held = sum(bit for _, bit in self.held)
        facts = [(one, bit) for one, bit in self._single() if not one.fact.startswith(HOLDINGS)]
        return Conditions(tables_of(facts), held, sum(of_markets.values()), MarketTruths.of(of_markets, markets))

    def _single(self) -> list[tuple[Check, int]]:
        return [(one, 1 << i) for one, i in self.numbers.items() if isinstance(one, Check)]


def tables_of(found: Iterable[tuple[Check, int]]) -> dict[str, Table]:
    by_fact: dict[str, list[tuple[Check, int]]] = defaultdict(list)
    for one, bit in found:
        by_fact[one.fact].append((one, bit))
    return {fact: table_of(several) for fact, several in by_fact.items()}


@dataclass(frozen=True, slots=True)
class MarketTruths:
    """What each market makes of the conditions on one market: judged when first asked for, for markets are many."""

    markets: Mapping[str, MarketSegment]
    tables: Mapping[str, Table]
    formulas: tuple[tuple[int, Formula, Formula], ...]
    known: dict[str, Bits] = field(default_factory=dict)

    @classmethod
    def of(cls, conditions: Mapping[Condition, int], markets: Mapping[str, MarketSegment]) -> MarketTruths:
        numbers: dict[Check, int] = {}
        for condition in conditions:
            for one in checks(condition):
                numbers.setdefault(one, len(numbers))

        def number(one: Check | OneMarket) -> int:
            assert isinstance(one, Check), "no market stands inside of a market"
            return numbers[one]

        formulas = tuple(
            (bit, formula_of(condition, number), formula_of(Not(condition), number))
            for condition, bit in conditions.items()
        )
        return cls(markets, tables_of((one, 1 << i) for one, i in numbers.items()), formulas)

    def get(self, code: str) -> Bits:
        """The bits that are true and those that are unknown of a market; of one that is not in force nothing is."""
        found = self.known.get(code)
        if found is None:
            market = self.markets.get(code)
            found = self.known[code] = self._judge(market) if market else (0, 0)
        return found

    def _judge(self, market: MarketSegment) -> Bits:
        facts = facts_of_market(market)
        true = false = 0
        for fact, table in self.tables.items():
            more, less = table.judge(facts.get(fact), None)
            true, false = true | more, false | less
        yes = sum(bit for bit, formula, _ in self.formulas if formula.holds(true, false))
        no = sum(bit for bit, _, contrary in self.formulas if contrary.holds(true, false))
        return yes, sum(bit for bit, _, _ in self.formulas) & ~yes & ~no


def facts_of_market(market: MarketSegment) -> dict[str, Fact]:
    """A market's facts by the names that policies use."""
    return {
        "market.code": market.code,
        "market.kind": market.kind.value,
        "market.place": market.place,
        "market.size": market.size,
        **{MARKET_FACT + name: value for name, value in market.facts.items()},
    }
