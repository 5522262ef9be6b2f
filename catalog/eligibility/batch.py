"""Eligibility of very many customers for chosen items at once: the rules of `Rules.qualify` as tables and gathers.

Knows arrays; must not know how they are filled, and never says why: reasons are worked out for what is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from catalog.eligibility.bits import BoolArray, bits_of, union
from catalog.eligibility.conditions import Formula
from catalog.eligibility.judging import Here, Judged, judge, single_bits
from catalog.eligibility.packed import Packed, blocked_by, column, gather, pack, unpack, words
from catalog.eligibility.population import Population
from catalog.eligibility.rules import Rules

Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Batch:
    """The rules for some items in one context; made by `batch`, asked chunk by chunk.

    `columns` are the places in the rules of the items' offerings, item by item; `owners` the items that have any, and
    `starts` where the offerings of each begin. `needs` are numbers of requirements. `governed` has the offerings that
    depend on each formula, then those that depend on each need.
    """

    rules: Rules
    here: Here
    items: int
    columns: Places
    owners: Places
    starts: Places
    never: Packed
    formulas: tuple[Formula, ...]
    needs: tuple[int, ...]
    governed: Packed
    # Tables by the identity of the list of words that they are for, which chunks share.
    _known: dict[int, tuple[Sequence[str], _Held]] = field(default_factory=dict, repr=False, compare=False)

    def mask(self, who: Population) -> BoolArray:
        """customers × items: whether the customer may have the item here and now, with what it goes on as a lead for.

        An item may be had when one of its offerings may; what is held or rests may not.
        """
        held = self._held(who.held.words)
        rows = gather(who.held, held.table)
        blocked = rows[:, : words(len(self.columns))] | self.never
        if who.resting is not None:
            resting = [self.rules.siblings((word,)) for word in who.resting.words]
            blocked |= gather(who.resting, pack(resting, len(self.rules.codes), self.columns))
        judged = judge(self.rules.conditions, who.customers, who.facts, self.here)
        held.put_checks(rows, judged)
        failing = [~judged.holds(formula) for formula in self.formulas]
        failing += [~held.meets(rows, place) for place in range(len(self.needs))]
        blocked |= blocked_by(failing, self.governed, who.customers)
        return self._by_item(unpack(~blocked, len(self.columns)))

    def _by_item(self, offerings: BoolArray) -> BoolArray:
        if len(self.columns) == self.items:
            return offerings
        found = np.zeros((len(offerings), self.items), dtype=bool)
        if len(self.columns):
            found[:, self.owners] = np.logical_or.reduceat(offerings, self.starts, axis=1)
        return found

    def _held(self, held: Sequence[str]) -> _Held:
        known = self._known.get(id(held))
        if known is None or known[0] is not held:
            self._known.clear()
            known = self._known[id(held)] = (held, self._read_holdings(held))
        return known[1]

    def _read_holdings(self, held: Sequence[str]) -> _Held:
        rules = self.rules
        effects = [rules.effect(word) for word in held]
        blocked = pack([one.same | one.inside | one.shuts for one in effects], len(rules.codes), self.columns)
        numbers = [bit.bit_length() - 1 for bit in single_bits(rules.conditions.holdings)]
        checks = pack([one.checks for one in effects], max(numbers, default=0) + 1, np.array(numbers, dtype=np.int64))
        tables, needs, at = [blocked, checks], [], blocked.shape[1] + checks.shape[1]
        owned = [rules.owned((word,)) for word in held]
        for number in self.needs:
            least, alternatives = rules.needs.requirements[number]
            places = {code: place for place, code in enumerate(sorted(alternatives))}
            bits = [bits_of((places[code] for code in codes & alternatives), len(places)) for codes in owned]
            tables.append(pack(bits, len(places), np.arange(len(places))))
            needs.append((least, at, at + words(len(places))))
            at = needs[-1][2]
        checked = {1 << number: blocked.shape[1] * 64 + place for place, number in enumerate(numbers)}
        return _Held(np.hstack(tables), checked, tuple(needs))


@dataclass(frozen=True, slots=True)
class _Held:
    """What each code does that somebody may hold: the offerings it blocks, the checks it makes true (bit → place), and
    for each need the alternatives it counts for (so many at least, in the words from … to)."""

    table: Packed
    checks: dict[int, int]
    needs: tuple[tuple[int, int, int], ...]

    def put_checks(self, rows: Packed, judged: Judged) -> None:
        everybody = np.ones(len(rows), dtype=bool)
        for bit, place in self.checks.items():
            judged.put(bit, column(rows, place), everybody)

    def meets(self, rows: Packed, need: int) -> BoolArray:
        least, start, end = self.needs[need]
        counted = rows[:, start] if least == 1 == end - start else np.bitwise_count(rows[:, start:end]).sum(axis=1)
        found: BoolArray = counted >= least
        return found


def batch(rules: Rules, items: Iterable[str], here: Here) -> Batch:
    """Compiles the rules for `items`, of which the columns of every mask are made, in their order.

    Only codes and plain arrays cross: `batch(moment.rules, recommender.items, Here(today, channel)).mask(population)`
    is customers × items. Of an item that the catalog does not know nobody may have anything.
    """
    wanted = tuple(items)
    several = [sorted(rules.index[code] for code in rules.by_item.get(item, ())) for item in wanted]
    columns = np.array([place for places in several for place in places], dtype=np.int64)
    lengths = np.array([len(places) for places in several], dtype=np.int64)
    owners = np.flatnonzero(lengths)
    starts = (np.cumsum(lengths) - lengths)[owners]
    width = len(rules.codes)
    relevant = bits_of(columns.tolist(), width)
    formulas: dict[Formula, int] = {}
    for layers in (rules.places, rules.markets, rules.simple):
        for bit, freed in layers.by_bit.items():
            formula = Formula(True, bit, 0)
            formulas[formula] = formulas.get(formula, 0) | union(bits for _, bits in freed)
    for one in rules.policies:
        formulas[one.formula] = formulas.get(one.formula, 0) | one.bits
    asked = [(formula, bits) for formula, bits in formulas.items() if bits & relevant]
    layers = rules.needs.layers
    needed = {bit.bit_length() - 1: union(bits for _, bits in freed) for bit, freed in layers.by_bit.items()}
    needs = [(number, bits) for number, bits in needed.items() if bits & relevant]
    never = rules.ended | rules.coming | rules.unsellable | rules.closed_in(here.channel)
    return Batch(
        rules=rules,
        here=here,
        items=len(wanted),
        columns=columns,
        owners=owners,
        starts=starts,
        never=pack([never], width, columns),
        formulas=tuple(formula for formula, _ in asked),
        needs=tuple(number for number, _ in needs),
        governed=pack([bits for _, bits in (*asked, *needs)], width, columns),
    )
