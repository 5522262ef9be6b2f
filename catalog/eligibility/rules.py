"""Who may buy what: the rules of one stretch of time, compiled to bits and asked of one customer at a time.

Knows sets of codes; must not know how likely anybody is to buy. Source: TMF679 and product.md P16, P17, P27.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from catalog.eligibility.bits import bits_of, union
from catalog.eligibility.conditions import Bits, Conditions, Formula
from catalog.eligibility.facts import Facts
from catalog.eligibility.layers import Layers
from catalog.eligibility.relations import Requirement
from catalog.eligibility.rule import Codes, Qualification, Rule
from catalog.policies.condition import CHANNEL, CONTEXT_PLACE, CUSTOMER_PLACE, MARKET_CODE, PLACE

# A channel that no offering and no register names.
ANY_OTHER = ""
NOTHING: Facts = {}


@dataclass(frozen=True, slots=True)
class Governed:
    """Offerings (`bits`) that a policy withholds unless its formula holds."""

    code: str
    formula: Formula
    bits: int


@dataclass(frozen=True, slots=True)
class Effect:
    """What holding one code does, as bits: itself and its siblings, the same of what it brings, what it shuts out,
    requirements that it counts for, and checks that it makes true."""

    same: int
    inside: int
    shuts: int
    meets: int
    checks: int


@dataclass(frozen=True, slots=True)
class Needs:
    """Requirements, each numbered once. `meets` says for which a code counts, `several` are those that more than one
    code must meet, and `layers` have the offerings that depend on them."""

    requirements: tuple[Requirement, ...]
    meets: Mapping[str, int]
    several: int
    layers: Layers

    def unmet(self, owned: frozenset[str], met: int) -> int:
        """The offerings that lack something; `met` are the requirements that some owned code counts for."""
        several = self.several & met
        while several:
            low = several & -several
            least, others = self.requirements[low.bit_length() - 1]
            if len(others & owned) < least:
                met ^= low
            several ^= low
        return self.layers.blocked(met)


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one stretch of time in which nothing begins or ends.

    Bit i of every number of offerings is `codes[i]`; the codes of an item stand together, its template first.
    """

    codes: Codes
    index: Mapping[str, int]
    items: Mapping[str, str]
    by_item: Mapping[str, frozenset[str]]
    ended: int
    coming: int
    unsellable: int
    closed: Mapping[str, int]
    leads: Mapping[str, int]
    inside: Mapping[str, frozenset[str]]
    excluded_by: Mapping[str, frozenset[str]]
    needs: Needs
    # Conditions that are one check each, and policies that are more than that.
    places: Layers
    markets: Layers
    simple: Layers
    policies: tuple[Governed, ...]
    conditions: Conditions
    checks_by_code: Mapping[str, int]
    # What stands in the place of a code, and which stand in a family, for those who look for something else.
    replaced_by: Mapping[str, frozenset[str]]
    by_family: Mapping[str, frozenset[str]]
    # Filled as codes are asked for: of many codes few are held by those who ask.
    _effects: dict[str, Effect] = field(default_factory=dict, repr=False, compare=False)

    @property
    def considered(self) -> frozenset[str]:
        return frozenset(self.index)

    def qualify(
        self,
        held: Iterable[str] | None,
        *,
        channel: str | None = None,
        refused: Iterable[str] = (),
        shown_often: Iterable[str] = (),
        replacing: frozenset[str] = frozenset(),
        facts: Facts = NOTHING,
        place: str | None = None,
        market: str | None = None,
    ) -> Qualification:
        """What a holder of the codes `held` may buy in `channel` (None: in any), at `place` and in `market`.

        `held` None: nobody knows what is held. `facts` are those of `facts_of`; what is not among them is unknown, and
        a policy that depends on it does not hold. `refused` was refused lately, `shown_often` shown as often as is
        borne; both rest. What is `replacing` gives way to the purchase: it is still held, and shuts nothing out.
        """
        holdings = frozenset(held or ())
        effects = [self.effect(code) for code in holdings]
        same = inside = shuts = meets = checks = 0
        for one in effects:
            same, inside, shuts = same | one.same, inside | one.inside, shuts | one.shuts
            meets, checks = meets | one.meets, checks | one.checks
        if replacing:
            shuts = union(self.effect(code).shuts for code in holdings - replacing)
        true, false = self.judge(facts, None if held is None else checks, channel, place, market)
        withheld = {
            Rule.HELD: same,
            Rule.INSIDE_HELD_BUNDLE: inside,
            Rule.RETIRED: self.ended,
            Rule.NOT_YET_IN_FORCE: self.coming,
            Rule.NOT_SELLABLE: self.unsellable,
            Rule.CHANNEL: self.closed_in(channel),
            Rule.PLACE: self.places.blocked(true),
            Rule.MARKET: self.markets.blocked(true),
            Rule.POLICY: self._refused(true, false),
            Rule.EXCLUDED: shuts,
            Rule.REQUIRES: self.needs.unmet(self.owned(holdings), meets),
            Rule.REFUSED_RECENTLY: self.siblings(refused),
            Rule.SHOWN_OFTEN: self.siblings(shown_often),
        }
        left, hits = (1 << len(self.codes)) - 1, []
        for rule, bits in withheld.items():
            if hit := left & bits:
                hits.append((rule, hit))
                left &= ~hit
        return Qualification(self.codes, left, tuple(hits), left & self.leads.get(channel or ANY_OTHER, 0))

    def judge(self, facts: Facts, held: int | None, channel: str | None, place: str | None, market: str | None) -> Bits:
        """Which checks are true and which false for a customer in a context; `held` as `Conditions.judge` wants it."""
        here = {**facts, CHANNEL: channel, CONTEXT_PLACE: place, PLACE: place or facts.get(CUSTOMER_PLACE)}
        return self.conditions.judge(here, markets_of(facts, market), held)

    def _refused(self, true: int, false: int) -> int:
        found = self.simple.blocked(true)
        for one in self.policies:
            if not one.formula.holds(true, false):
                found |= one.bits
        return found

    def effect(self, code: str) -> Effect:
        found = self._effects.get(code)
        if found is None:
            brought = self.inside.get(code, frozenset())
            owned = self.owned((code,))
            found = self._effects[code] = Effect(
                self.siblings((code,)),
                self.siblings(brought),
                self._bits(shut for one in owned for shut in self.excluded_by.get(one, ())),
                union(self.needs.meets.get(one, 0) for one in owned),
                union(self.checks_by_code.get(one, 0) for one in owned),
            )
        return found

    def owned(self, held: Iterable[str]) -> frozenset[str]:
        """What is held with what it brings; a market's copy counts as its template too."""
        codes = frozenset(held)
        codes = codes.union(*(self.inside.get(code, ()) for code in codes))
        return codes | {self.items.get(code, code) for code in codes}

    def siblings(self, codes: Iterable[str]) -> int:
        """The codes and all that share an item with them: a market's copy of what is held is held too."""
        names = frozenset(codes)
        items = {self.items.get(code, code) for code in names}
        return self._bits(names.union(*(self.by_item.get(item, ()) for item in items)))

    def closed_in(self, channel: str | None) -> int:
        """What the channel does not sell; None is no channel in particular, which sells everything."""
        return 0 if channel is None else self.closed.get(channel, self.closed[ANY_OTHER])

    def _bits(self, codes: Iterable[str]) -> int:
        places = [self.index[code] for code in codes if code in self.index]
        return bits_of(places, len(self.codes)) if places else 0


def markets_of(facts: Facts, market: str | None) -> frozenset[str] | None:
    """The markets that count: those the customer belongs to, and the one that is asked about."""
    known = facts.get(MARKET_CODE)
    named = frozenset((market,)) if market else frozenset()
    if isinstance(known, frozenset):
        return known | named
    return named or None
