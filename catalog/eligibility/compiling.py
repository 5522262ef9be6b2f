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
from catalog.eligibility.conditions import NEVER, Formula
from catalog.eligibility.numbering import Numbering
from catalog.eligibility.relations import Requirement, exclusions, grouped, mandatory, requirements
from catalog.eligibility.rule import Rule
from catalog.eligibility.rules import ANY_OTHER, Governed, Needs, Rules
from catalog.lifecycle import LifecycleStatus
from catalog.market import MarketSegment
from catalog.offering import Offering
from catalog.policy import Policy
from catalog.policy_condition import HELD_CATEGORY, HELD_FAMILY, HELD_OFFERING, MARKET_CODE, PLACE, Check, Operator

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
    numbering = Numbering()
    governed = _governed(offerings, inside, index, ground, at, numbering)
    return Rules(
        codes=np.array([one.code for one in known], dtype=object),
        index=index,
        items=items,
        by_item=grouped((item, code) for code, item in items.items()),
        ended=_bits((*(one.code for one in gone), *broken), index),
        coming=_bits((*later, *waits), index),
        unsellable=_bits((one.code for one in offerings if not one.is_sellable), index),
        closed=_closed(offerings, inside, index, ground.channels, at),
        leads=_leads(offerings, inside, index, ground.channels),
        inside=inside,
        excluded_by=exclusions(by_code, inside),
        needs=_needs(requirements(by_code, inside, items), index),
        governed=governed,
        conditions=numbering.conditions({code: one for code, one in ground.markets.items() if one.valid.contains(at)}),
        checks_by_code=_checks_by_code(known, ground, numbering),
    )


def _is_over(one: Offering, at: datetime) -> bool:
    return one.lifecycle_status is LifecycleStatus.LAUNCHED and one.valid.end is not None and one.valid.end <= at


def _bits(codes: Iterable[str], index: Mapping[str, int]) -> int:
    """One number with the bits of these codes; built in bytes, for shifting long numbers is slow."""
    raw = bytearray(len(index) // 8 + 1)
    for code in codes:
        place = index[code]
        raw[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(raw, "little")


def _with_bundles(codes: set[str], inside: Mapping[str, frozenset[str]]) -> set[str]:
    """The codes and the bundles that must bring one of them."""
    return codes | {bundle for bundle, parts in inside.items() if not codes.isdisjoint(parts)} if codes else codes


def _closed(
    offerings: tuple[Offering, ...],
    inside: Mapping[str, frozenset[str]],
    index: Mapping[str, int],
    channels: Mapping[str, Channel],
    at: datetime,
) -> dict[str, int]:
    """For every channel named anywhere, what it may not sell; ANY_OTHER is a channel that nobody named."""
    limited = [one for one in offerings if one.channel]
    names = {use.channel for one in limited for use in one.channel} | channels.keys() | {ANY_OTHER}
    found = {}
    for name in names:
        register = channels.get(name)
        if register and not register.valid.contains(at):
            found[name] = _bits((one.code for one in offerings), index)
        else:
            shut = {one.code for one in limited if not one.is_open(name, at)}
            found[name] = _bits(_with_bundles(shut, inside), index)
    return found


def _leads(
    offerings: tuple[Offering, ...],
    inside: Mapping[str, frozenset[str]],
    index: Mapping[str, int],
    channels: Mapping[str, Channel],
) -> dict[str, int]:
    """channel → what is more complex than it handles."""
    found = {}
    for channel in channels.values():
        heavy = {one.code for one in offerings if HEAVIEST[one.complexity] > HEAVIEST[channel.handles]}
        found[channel.code] = _bits(_with_bundles(heavy, inside), index)
    return found


def _needs(found: Mapping[str, tuple[Requirement, ...]], index: Mapping[str, int]) -> Needs:
    codes: dict[Requirement, list[str]] = defaultdict(list)
    for code, needs in found.items():
        for need in needs:
            codes[need].append(code)
    meets: dict[str, int] = defaultdict(int)
    for number, (_, alternatives) in enumerate(codes):
        for one in alternatives:
            meets[one] |= 1 << number
    several = sum(1 << number for number, (least, _) in enumerate(codes) if least > 1)
    return Needs(tuple(codes), dict(meets), tuple(_bits(needy, index) for needy in codes.values()), several)


def _governed(
    offerings: tuple[Offering, ...],
    inside: Mapping[str, frozenset[str]],
    index: Mapping[str, int],
    ground: Ground,
    at: datetime,
    numbering: Numbering,
) -> tuple[Governed, ...]:
    """Every distinct condition with the offerings that depend on it, those of a bundle's mandatory parts among them."""
    asked: dict[tuple[Rule, tuple[str, ...]], set[str]] = defaultdict(set)
    for one in offerings:
        if one.place:
            asked[Rule.PLACE, tuple(sorted(set(one.place)))].add(one.code)
        if one.market_segment:
            asked[Rule.MARKET, tuple(sorted(set(one.market_segment)))].add(one.code)
        for code in one.policy:
            asked[Rule.POLICY, (code,)].add(one.code)
    found = []
    for (rule, names), codes in asked.items():
        formula = condition_formula(rule, names, ground.policies, at, numbering)
        if formula is not None:
            bits = _bits(_with_bundles(codes, inside), index)
            found.append(Governed(rule, names[0] if rule is Rule.POLICY else "", formula, bits))
    return tuple(found)


def condition_formula(
    rule: Rule, names: tuple[str, ...], policies: Mapping[str, Policy], at: datetime, numbering: Numbering
) -> Formula | None:
    """What must hold; None: nothing, for the policy is not in force. A policy that nobody knows never holds."""
    if rule is Rule.PLACE:
        return numbering.formula(Check(PLACE, Operator.WITHIN, names))
    if rule is Rule.MARKET:
        return numbering.formula(Check(MARKET_CODE, Operator.IN, names))
    policy = policies.get(names[0])
    if policy is None:
        return NEVER
    return numbering.formula(policy.condition) if policy.valid.contains(at) else None


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
