"""Who may buy what: the rules between offerings, channels and what a customer holds, compiled once and asked often.

Knows sets of codes; must not know how likely anybody is to buy. Source of the rules: TMF679 and product.md P16, P27.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from catalog.lifecycle import LifecycleStatus
from catalog.offering import Offering, RelationshipType

ENDED = frozenset({LifecycleStatus.RETIRED, LifecycleStatus.OBSOLETE})
Requirement = tuple[int, frozenset[str]]


class Rule(StrEnum):
    """Why an offering is withheld; the first that applies, in this order, is the one that is counted."""

    HELD = "HELD"
    INSIDE_HELD_BUNDLE = "INSIDE_HELD_BUNDLE"
    RETIRED = "RETIRED"
    NOT_SELLABLE = "NOT_SELLABLE"
    CHANNEL = "CHANNEL"
    EXCLUDED = "EXCLUDED"
    REQUIRES = "REQUIRES"
    REFUSED_RECENTLY = "REFUSED_RECENTLY"
    SHOWN_OFTEN = "SHOWN_OFTEN"


@dataclass(frozen=True, slots=True)
class Qualification:
    """What may be offered, and what is withheld by which rule. Every considered code stands in exactly one set."""

    qualified: frozenset[str]
    withheld: Mapping[Rule, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one stretch of time in which nothing begins or ends."""

    items: Mapping[str, str]
    by_item: Mapping[str, frozenset[str]]
    considered: frozenset[str]
    ended: frozenset[str]
    unsellable: frozenset[str]
    closed: Mapping[str, frozenset[str]]
    inside: Mapping[str, frozenset[str]]
    excluded_by: Mapping[str, frozenset[str]]
    requires: Mapping[str, tuple[Requirement, ...]]

    def qualify(
        self,
        held: Iterable[str],
        *,
        channel: str | None = None,
        refused: Iterable[str] = (),
        shown_often: Iterable[str] = (),
        replacing: frozenset[str] = frozenset(),
    ) -> Qualification:
        """What a holder of the codes `held` may buy in `channel` (None: in any).

        `refused` was refused lately, `shown_often` shown as often as is borne; both rest. What is `replacing` gives way
        to the purchase: it is still held, and shuts nothing out.
        """
        holdings = frozenset(held)
        inside = frozenset().union(*(self.inside.get(code, frozenset()) for code in holdings))
        owned = holdings | inside
        open_codes = self.considered
        withheld: dict[Rule, frozenset[str]] = {}

        def withhold(rule: Rule, codes: frozenset[str]) -> None:
            nonlocal open_codes
            hit = open_codes & codes
            if hit:
                withheld[rule] = hit
                open_codes -= hit

        withhold(Rule.HELD, self._siblings(holdings))
        withhold(Rule.INSIDE_HELD_BUNDLE, self._siblings(inside))
        withhold(Rule.RETIRED, self.ended)
        withhold(Rule.NOT_SELLABLE, self.unsellable)
        withhold(Rule.CHANNEL, self._closed_in(channel))
        staying = holdings - replacing
        staying = staying.union(*(self.inside.get(code, frozenset()) for code in staying))
        withhold(Rule.EXCLUDED, frozenset().union(*(self.excluded_by.get(code, frozenset()) for code in staying)))
        withhold(Rule.REQUIRES, frozenset(code for code, needs in self.requires.items() if not _met(needs, owned)))
        withhold(Rule.REFUSED_RECENTLY, self._siblings(frozenset(refused)))
        withhold(Rule.SHOWN_OFTEN, self._siblings(frozenset(shown_often)))
        return Qualification(open_codes, withheld)

    def _siblings(self, codes: frozenset[str]) -> frozenset[str]:
        """The codes and all that share an item with them: a market's copy of what is held is held too."""
        items = {self.items.get(code, code) for code in codes}
        return codes.union(*(self.by_item.get(item, frozenset()) for item in items))

    def _closed_in(self, channel: str | None) -> frozenset[str]:
        if channel is None:
            return frozenset()
        return self.closed.get(channel, self.closed[ANY_OTHER])


ANY_OTHER = ""


def _met(needs: tuple[Requirement, ...], owned: frozenset[str]) -> bool:
    return all(len(alternatives & owned) >= least for least, alternatives in needs)


def compile_rules(launched: Iterable[Offering], ended: Iterable[Offering], at: datetime) -> Rules:
    """The rules among the offerings launched at `at`, and those that have ended."""
    offerings = tuple(launched)
    gone = tuple(offering for offering in ended if offering.lifecycle_status in ENDED)
    by_code = {offering.code: offering for offering in offerings}
    inside = {one.code: _mandatory(one, by_code) for one in offerings if one.parts}
    items = {one.code: one.item for one in (*offerings, *gone)}
    return Rules(
        items=items,
        by_item=_grouped((item, code) for code, item in items.items()),
        considered=frozenset(items),
        ended=frozenset(one.code for one in gone),
        unsellable=frozenset(one.code for one in offerings if not one.is_sellable),
        closed=_closed(offerings, at),
        inside=inside,
        excluded_by=_exclusions(by_code, inside),
        requires=_requirements(by_code, inside),
    )


def _mandatory(bundle: Offering, by_code: Mapping[str, Offering]) -> frozenset[str]:
    """What a bundle brings in any case, nested bundles included; the depth is bounded, for lint refuses cycles."""
    found: set[str] = set()
    waiting = [part.code for part in bundle.parts if part.is_mandatory]
    while waiting:
        code = waiting.pop()
        if code not in found:
            found.add(code)
            inner = by_code.get(code)
            waiting.extend(part.code for part in inner.parts if part.is_mandatory) if inner else None
    return frozenset(found)


def _closed(offerings: tuple[Offering, ...], at: datetime) -> dict[str, frozenset[str]]:
    """For every channel named anywhere, what it may not sell; ANY_OTHER is a channel that nobody named."""
    channels = {use.channel for one in offerings for use in one.channel} | {ANY_OTHER}
    return {name: frozenset(one.code for one in offerings if not one.is_open(name, at)) for name in channels}


def _exclusions(by_code: Mapping[str, Offering], inside: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """held code → what it shuts out. An exclusion works in both directions, and through what a bundle brings."""
    pairs: list[tuple[str, str]] = []
    for one in by_code.values():
        for relation in one.relationships:
            if relation.relationship_type is RelationshipType.EXCLUDES:
                pairs += [(one.code, relation.target), (relation.target, one.code)]
    holders = _grouped((part, bundle) for bundle, parts in inside.items() for part in parts)
    spread = [(held, bundle) for held, shut in pairs for bundle in holders.get(shut, ())]
    return _grouped((held, shut) for held, shut in (*pairs, *spread))


def _requirements(
    by_code: Mapping[str, Offering], inside: Mapping[str, frozenset[str]]
) -> dict[str, tuple[Requirement, ...]]:
    """code → what must be held before it, its own and its mandatory parts', less what the bundle itself brings."""
    found: dict[str, tuple[Requirement, ...]] = {}
    for code in by_code:
        brought = inside.get(code, frozenset())
        needs = [need for one in (code, *brought) if one in by_code for need in _own_requirements(by_code[one])]
        open_needs = tuple(need for need in needs if not _met((need,), brought))
        if open_needs:
            found[code] = open_needs
    return found


def _own_requirements(offering: Offering) -> list[Requirement]:
    groups: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for relation in offering.relationships:
        if relation.relationship_type is RelationshipType.REQUIRES:
            groups[relation.group].append((relation.min, relation.target))
    return [(max(least for least, _ in rows), frozenset(target for _, target in rows)) for rows in groups.values()]


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for key, value in pairs:
        found[key].add(value)
    return {key: frozenset(values) for key, values in found.items()}
