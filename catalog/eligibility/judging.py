"""What the facts of very many customers make of every check: `Conditions.judge`, a column at a time.

Knows columns of facts; must not know offerings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from catalog.eligibility.bits import BoolArray
from catalog.eligibility.conditions import Conditions, Formula, Range, Table, amount, ordinal
from catalog.eligibility.facts import Fact
from catalog.eligibility.packed import column, gather, pack
from catalog.eligibility.population import Column, Float64Array, Numbers, Ragged, Words
from catalog.policies.condition import CHANNEL, CONTEXT_PLACE, CUSTOMER_PLACE, MARKET_CODE, PLACE

EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Here:
    """The context that all are asked in."""

    day: date
    channel: str | None = None
    place: str | None = None
    market: str | None = None


@dataclass(slots=True)
class Judged:
    """For a check's bit, one flag a customer: whether it is true, whether it is false. Neither: unknown of all."""

    customers: int
    true: dict[int, BoolArray] = field(default_factory=dict)
    false: dict[int, BoolArray] = field(default_factory=dict)

    def put(self, bit: int, true: BoolArray, known: BoolArray) -> None:
        self.true[bit], self.false[bit] = true & known, known & ~true

    def put_all(self, true: int, false: int) -> None:
        """The same for everybody."""
        always, never = np.ones(self.customers, dtype=bool), np.zeros(self.customers, dtype=bool)
        for bit in single_bits(true | false):
            self.true[bit], self.false[bit] = (always, never) if bit & true else (never, always)

    def is_true(self, bit: int) -> BoolArray:
        return self.true.get(bit, self._nobody())

    def is_false(self, bit: int) -> BoolArray:
        return self.false.get(bit, self._nobody())

    def _nobody(self) -> BoolArray:
        return np.zeros(self.customers, dtype=bool)

    def holds(self, formula: Formula) -> BoolArray:
        """Of whom the formula is true."""
        leaves = [self.is_true(bit) for bit in single_bits(formula.true)]
        leaves += [self.is_false(bit) for bit in single_bits(formula.false)]
        leaves += [self.holds(one) for one in formula.inner]
        found = np.full(self.customers, formula.is_all)
        for one in leaves:
            found = found & one if formula.is_all else found | one
        return found


def single_bits(bits: int) -> list[int]:
    found = []
    while bits:
        low = bits & -bits
        found.append(low)
        bits ^= low
    return found


def judge(conditions: Conditions, customers: int, facts: Mapping[str, Column], here: Here) -> Judged:
    """Every check but those on what is held."""
    judged, today = Judged(customers), here.day.toordinal()
    given: dict[str, Fact] = {CHANNEL: here.channel, CONTEXT_PLACE: here.place, PLACE: here.place}
    for fact, table in conditions.tables.items():
        if given.get(fact) is not None:
            judged.put_all(*table.judge(given[fact], today))
        elif (known := facts.get(CUSTOMER_PLACE if fact == PLACE else fact)) is not None:
            _judge_column(judged, table, known, today)
    _of_markets(judged, conditions, facts.get(MARKET_CODE), here.market)
    return judged


def _judge_column(judged: Judged, table: Table, known: Column, today: int) -> None:
    match known:
        case Words():
            _of_words(judged, table, known, today)
        case Numbers():
            _of_numbers(judged, table, known, today)
        case Ragged():
            _of_several(judged, table, known, today)


def _of_words(judged: Judged, table: Table, known: Words, today: int) -> None:
    answers = [table.judge(word, today) for word in known.words]
    for bit in single_bits(table.all_bits):
        # Code -1 picks the last one, which is that of the unknown.
        true = np.array([*(bool(one & bit) for one, _ in answers), False])
        false = np.array([*(bool(one & bit) for _, one in answers), False])
        judged.true[bit], judged.false[bit] = true[known.codes], false[known.codes]


def _of_numbers(judged: Judged, table: Table, known: Numbers, today: int) -> None:
    is_known = np.isfinite(known.values)
    for bit in single_bits(table.bits):
        found = np.zeros(len(is_known), dtype=bool)
        for value, bits in table.equal.items():
            if bits & bit and (wanted := ordinal(value) if known.is_date else amount(value)) is not None:
                found |= known.values == wanted - EPOCH * known.is_date
        judged.put(bit, found, is_known)
    for one in table.ranges:
        if one.of_dates == known.is_date:
            judged.put(one.bit, _inside(one, known.values, today), is_known)


def _inside(one: Range, values: Float64Array, today: int) -> BoolArray:
    shift = (EPOCH if one.of_dates else 0) - (today if one.from_today else 0)
    moved = values + shift
    found: BoolArray = (one.low <= moved) & (moved <= one.high)
    return found


def _of_several(judged: Judged, table: Table, known: Ragged, today: int) -> None:
    bits = single_bits(table.bits)
    answers = [table.judge(frozenset((word,)), today)[0] for word in known.words]
    everybody = np.ones(judged.customers, dtype=bool)
    for bit, true in zip(bits, _columns(known, answers, bits), strict=True):
        judged.put(bit, true, everybody)


def _columns(known: Ragged, answers: list[int], bits: list[int]) -> list[BoolArray]:
    """For each of the bits, in rising order, who has a word whose answer has it."""
    if not bits:
        return []
    places = np.array([bit.bit_length() - 1 for bit in bits], dtype=np.int64)
    rows = gather(known, pack(answers, bits[-1].bit_length(), places))
    return [column(rows, place) for place in range(len(bits))]


def _of_markets(judged: Judged, conditions: Conditions, known: Column | None, named: str | None) -> None:
    bits = single_bits(conditions.markets)
    more, dim = conditions.by_market.get(named) if named else (0, 0)
    if isinstance(known, Ragged):
        answers = [conditions.by_market.get(word) for word in known.words]
        true = _columns(known, [one for one, _ in answers], bits)
        unknown = _columns(known, [one for _, one in answers], bits)
    elif named:
        true = unknown = [np.zeros(judged.customers, dtype=bool) for _ in bits]
    else:
        return
    for bit, some, vague in zip(bits, true, unknown, strict=True):
        found = some | bool(more & bit)
        judged.true[bit], judged.false[bit] = found, ~found & ~(vague | bool(dim & bit))
