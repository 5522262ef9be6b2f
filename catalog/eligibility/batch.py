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
class Allowed:
    """What customers may have: `mask` is customers × items, `offerings` customers × the offerings of all items.

    `first` is where an item's offerings begin among `codes` (-1: it has none), its template first.
    """

    mask: BoolArray
    offerings: BoolArray
    codes: Sequence[str]
    first: Places

    def code(self, customer: int, item: int) -> str:
        """The offering to show for an item that the mask has: a market's copy that may be had, else the template."""
        start, after = int(self.first[item]), self.first[item + 1 :]
        following = after[after >= 0]
        stop = int(following[0]) if len(following) else len(self.codes)
        # The template comes first, so that the last that may be had is a copy if any is.
        return self.codes[stop - 1 - int(np.argmax(self.offerings[customer, start:stop][::-1]))]


@dataclass(frozen=True, slots=True)
class Batch:
    """The rules for some items in one context; made by `batch`, asked chunk by chunk.

    `columns` are the places in the rules of the items' offerings, item by item, and `first` where those of each item
    begin (-1: it has none). `needs` are numbers of requirements. `governed` has the offerings that depend on each
    formula, then those that depend on each need.
    """

    rules: Rules
    here: Here
    columns: Places
    codes: Sequence[str]
    first: Places
    never: Packed
    formulas: tuple[Formula, ...]
    needs: tuple[int, ...]
    governed: Packed
    # Tables by the identity of the list of words that they are for, which chunks share.
    _known: dict[int, tuple[Sequence[str], _Held]] = field(default_factory=dict, repr=False, compare=False)

    def ask(self, who: Population) -> Allowed:
        """What each may have here and now, what goes on as a lead among it.

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
        offerings = unpack(~blocked, len(self.columns))
        return Allowed(self._by_item(offerings), offerings, self.codes, self.first)

    def _by_item(self, offerings: BoolArray) -> BoolArray:
        owners = np.flatnonzero(self.first >= 0)
        if len(self.columns) == len(self.first) == len(owners):
            return offerings
        found = np.zeros((len(offerings), len(self.first)), dtype=bool)
        if len(owners):
            found[:, owners] = np.logical_or.reduceat(offerings, self.first[owners], axis=1)
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
    """Compiles the rules for `items`, which are the columns of every mask, in their order.

    Only codes and plain arrays cross: `batch(moment.rules, recommender.items, Here(today, channel)).ask(who).mask` is
    customers × items. An item that the catalog does not know may be had by nobody.
    """
    wanted = tuple(items)
    several = [sorted(rules.index[code] for code in rules.by_item.get(item, ())) for item in wanted]
    columns = np.array([place for places in several for place in places], dtype=np.int64)
    lengths = np.array([len(places) for places in several], dtype=np.int64)
    first = np.where(lengths, np.cumsum(lengths) - lengths, -1)
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
        columns=columns,
        codes=rules.codes[columns].tolist(),
        first=first,
        never=pack([never], width, columns),
        formulas=tuple(formula for formula, _ in asked),
        needs=tuple(number for number, _ in needs),
        governed=pack([bits for _, bits in (*asked, *needs)], width, columns),
    )
