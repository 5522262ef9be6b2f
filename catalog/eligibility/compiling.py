"""From offerings, policies, channels and markets to the rules that are asked: every condition once, as bits.

Knows everything that is in force at one time; must not know a customer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from catalog.channel import Channel
from catalog.complexity import Complexity
from catalog.eligibility.bits import bits_of, union
from catalog.eligibility.conditions import NEVER
from catalog.eligibility.layers import Layers, layers_of
from catalog.eligibility.numbering import Numbering
from catalog.eligibility.relations import Requirement, exclusions, grouped, mandatory, requirements
from catalog.eligibility.rule import Rule
from catalog.eligibility.rules import ANY_OTHER, Governed, Needs, Rules
from catalog.lifecycle import LifecycleStatus
from catalog.market import MarketSegment
from catalog.offering import ChannelUse, Offering, RelationshipType
from catalog.policies.condition import HELD_CATEGORY, HELD_FAMILY, HELD_OFFERING, MARKET_CODE, PLACE, Check, Operator
from catalog.policies.policy import Policy

ENDED = frozenset({LifecycleStatus.RETIRED, LifecycleStatus.OBSOLETE})
HEAVIEST = {one: place for place, one in enumerate(Complexity)}


@dataclass(frozen=True, slots=True)
class Ground:
    """What rules stand on beside offerings: registers by code, and the categories above one (itself among them)."""

    policies: Mapping[str, Policy] = field(default_factory=dict)
    channels: Mapping[str, Channel] = field(default_factory=dict)
    markets: Mapping[str, MarketSegment] = field(default_factory=dict)
    above: Callable[[str], Iterable[str]] = lambda code: (code,)


def compile_rules(
    launched: Iterable[Offering], others: Iterable[Offering], at: datetime, ground: Ground | None = None
) -> Rules:
    """The rules among the offerings launched at `at`.

    `others` are not in force: what has ended and what is launched for a later day is counted, the rest is not even
    considered.
    """
    offerings, ground = tuple(launched), ground or Ground()
    waiting = tuple(others)
    coming = [one for one in waiting if one.lifecycle_status is LifecycleStatus.LAUNCHED and not _is_over(one, at)]
    gone = [one for one in waiting if one.lifecycle_status in ENDED or _is_over(one, at)]
    known = sorted((*offerings, *coming, *gone), key=lambda one: (one.item, one.code != one.item, one.code))
    index = {one.code: place for place, one in enumerate(known)}
    by_code = {one.code: one for one in offerings}
    inside = {one.code: mandatory(one, by_code) for one in offerings if one.parts}
    items = {one.code: one.item for one in known}
    later = {one.code for one in coming}
    # A bundle is as much in force as what it must bring.
    waits = {code for code, parts in inside.items() if parts & later}
    broken = {code for code, parts in inside.items() if any(part not in by_code for part in parts - later)}
    sold = _Sold(offerings, index, grouped((part, bundle) for bundle, parts in inside.items() for part in parts))
    numbering = Numbering()
    simple, policies = _policies(sold, ground.policies, at, numbering)
    return Rules(
        codes=np.array([one.code for one in known], dtype=object),
        index=index,
        items=items,
        by_item=grouped((item, code) for code, item in items.items()),
        ended=bits_of((index[code] for code in (*(one.code for one in gone), *broken)), len(index)),
        coming=bits_of((index[code] for code in (*later, *waits)), len(index)),
        unsellable=bits_of((index[one.code] for one in offerings if not one.is_sellable), len(index)),
        closed=_closed(sold, ground.channels, at),
        leads=_leads(sold, ground.channels),
        inside=inside,
        excluded_by=exclusions(by_code, inside),
        needs=_needs(requirements(by_code, inside, items), index),
        places=_limits(sold, numbering, Rule.PLACE),
        markets=_limits(sold, numbering, Rule.MARKET),
        simple=simple,
        policies=policies,
        conditions=numbering.conditions({code: one for code, one in ground.markets.items() if one.valid.contains(at)}),
        checks_by_code=_checks_by_code(known, ground, numbering),
        replaced_by=grouped(
            (relation.target, one.code)
            for one in offerings
            for relation in one.relationships
            if relation.relationship_type is RelationshipType.REPLACES
        ),
        by_family=grouped((one.family, one.code) for one in offerings if one.family),
    )


def concern(one: Offering) -> tuple[object, ...]:
    """What rules depend on in an offering: as long as it stays, they do."""
    about = (one.code, one.item, one.is_sellable, one.complexity, one.family, one.category, one.channel)
    return (*about, one.relationships, one.parts, one.place, one.market_segment, one.policy)


def _is_over(one: Offering, at: datetime) -> bool:
    return one.lifecycle_status is LifecycleStatus.LAUNCHED and one.valid.end is not None and one.valid.end <= at


@dataclass(frozen=True, slots=True)
class _Sold:
    """The offerings in force, where each stands, and the bundles that must bring a code."""

    offerings: tuple[Offering, ...]
    index: Mapping[str, int]
    holders: Mapping[str, frozenset[str]]

    def places(self, codes: Iterable[str]) -> set[int]:
        """Where the codes stand, and the bundles that must bring one of them."""
        named = set(codes)
        return {self.index[one] for one in named.union(*(self.holders.get(code, ()) for code in named))}

    def bits(self, codes: Iterable[str]) -> int:
        return bits_of(self.places(codes), len(self.index))


def _closed(sold: _Sold, channels: Mapping[str, Channel], at: datetime) -> dict[str, int]:
    """For every channel named anywhere, what it may not sell; ANY_OTHER is a channel that nobody named."""
    # Of very many offerings the lists of channels are few.
    limited: dict[tuple[ChannelUse, ...], list[str]] = defaultdict(list)
    for one in sold.offerings:
        if one.channel:
            limited[one.channel].append(one.code)
    bits = {uses: sold.bits(codes) for uses, codes in limited.items()}
    names = {use.channel for uses in limited for use in uses} | channels.keys() | {ANY_OTHER}
    found = {}
    for name in names:
        register = channels.get(name)
        if register is None or register.valid.contains(at):
            found[name] = union(shut for uses, shut in bits.items() if not _sells(uses, name, at))
        else:
            found[name] = sold.bits(one.code for one in sold.offerings)
    return found


def _sells(uses: Iterable[ChannelUse], channel: str, at: datetime) -> bool:
    return any(use.channel == channel and use.valid.contains(at) for use in uses)


def _leads(sold: _Sold, channels: Mapping[str, Channel]) -> dict[str, int]:
    """channel → what is more complex than it handles."""
    bits = {
        complexity: sold.bits(one.code for one in sold.offerings if one.complexity is complexity)
        for complexity in (Complexity if channels else ())
    }
    return {
        channel.code: union(heavy for one, heavy in bits.items() if HEAVIEST[one] > HEAVIEST[channel.handles])
        for channel in channels.values()
    }


def _needs(found: Mapping[str, tuple[Requirement, ...]], index: Mapping[str, int]) -> Needs:
    needy: dict[Requirement, list[int]] = defaultdict(list)
    for code, needs in found.items():
        for need in needs:
            needy[need].append(index[code])
    meets: dict[str, int] = defaultdict(int)
    for number, (_, alternatives) in enumerate(needy):
        for one in alternatives:
            meets[one] |= 1 << number
    several = sum(1 << number for number, (least, _) in enumerate(needy) if least > 1)
    layers = layers_of(((1 << number, places) for number, places in enumerate(needy.values())), len(index))
    return Needs(tuple(needy), dict(meets), several, layers)


def _limits(sold: _Sold, numbering: Numbering, rule: Rule) -> Layers:
    """The limits in place or in market, each distinct one a check, with what depends on it."""
    asked: dict[Check, set[str]] = defaultdict(set)
    for one in sold.offerings:
        if limit := limit_of(one, rule):
            asked[limit].add(one.code)
    conditions = [(1 << numbering(limit), sold.places(codes)) for limit, codes in asked.items()]
    return layers_of(conditions, len(sold.index))


def limit_of(one: Offering, rule: Rule) -> Check | None:
    """What an offering itself asks of the place or of the market; None: nothing."""
    if rule is Rule.PLACE:
        return Check(PLACE, Operator.WITHIN, tuple(sorted(set(one.place)))) if one.place else None
    return Check(MARKET_CODE, Operator.IN, tuple(sorted(set(one.market_segment)))) if one.market_segment else None


def _policies(
    sold: _Sold, policies: Mapping[str, Policy], at: datetime, numbering: Numbering
) -> tuple[Layers, tuple[Governed, ...]]:
    """Policies that are one check, and the others. One that nobody knows never holds."""
    asked: dict[str, set[str]] = defaultdict(set)
    for one in sold.offerings:
        for code in one.policy:
            asked[code].add(one.code)
    simple: list[tuple[int, set[int]]] = []
    others = []
    for code, codes in asked.items():
        policy = policies.get(code)
        if policy and not policy.valid.contains(at):
            continue
        formula = numbering.formula(policy.condition) if policy else NEVER
        if formula.is_one_check:
            simple.append((formula.true, sold.places(codes)))
        else:
            others.append(Governed(code, formula, sold.bits(codes)))
    return layers_of(simple, len(sold.index)), tuple(others)


def _checks_by_code(known: Iterable[Offering], ground: Ground, numbering: Numbering) -> dict[str, int]:
    """code → the checks on holdings that holding it makes true."""
    by_value: dict[tuple[str, object], int] = defaultdict(int)
    for check, bit in numbering.held:
        for value in check.values:
            by_value[check.fact, value] |= bit
    found: dict[str, int] = {}
    for one in known if by_value else ():
        bits = by_value.get((HELD_OFFERING, one.code), 0) | by_value.get((HELD_FAMILY, one.family), 0)
        for category in {above for code in one.category for above in ground.above(code)}:
            bits |= by_value.get((HELD_CATEGORY, category), 0)
        if bits:
            found[one.code] = bits
    return found
