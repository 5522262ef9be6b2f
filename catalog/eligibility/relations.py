"""What offerings ask of one another: what a bundle brings, what shuts out what, what must be held before.

Knows the relations of one stretch of time; must not know a customer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from catalog.offering import Offering, RelationshipType

# So many at least of these codes.
Requirement = tuple[int, frozenset[str]]


def mandatory(bundle: Offering, by_code: Mapping[str, Offering]) -> frozenset[str]:
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


def exclusions(by_code: Mapping[str, Offering], inside: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """held code → what it shuts out. An exclusion works in both directions, and through what a bundle brings."""
    pairs: list[tuple[str, str]] = []
    for one in by_code.values():
        for relation in one.relationships:
            if relation.relationship_type is RelationshipType.EXCLUDES:
                pairs += [(one.code, relation.target), (relation.target, one.code)]
    holders = grouped((part, bundle) for bundle, parts in inside.items() for part in parts)
    spread = [(held, bundle) for held, shut in pairs for bundle in holders.get(shut, ())]
    return grouped((held, shut) for held, shut in (*pairs, *spread))


def requirements(
    by_code: Mapping[str, Offering], inside: Mapping[str, frozenset[str]], items: Mapping[str, str]
) -> dict[str, tuple[Requirement, ...]]:
    """code → what must be held before it, its own and its mandatory parts', less what the bundle itself brings."""
    found: dict[str, tuple[Requirement, ...]] = {}
    asking = (code for code, one in by_code.items() if one.relationships or one.parts)
    for code in asking:
        parts = inside.get(code, frozenset())
        brought = parts | {items.get(part, part) for part in parts}
        needs = [need for one in (code, *parts) if one in by_code for need in own_requirements(by_code[one])]
        rest = [(least - len(others & brought), others - brought) for least, others in needs]
        if open_needs := tuple(dict.fromkeys(need for need in rest if need[0] > 0)):
            found[code] = open_needs
    return found


def own_requirements(offering: Offering) -> list[Requirement]:
    groups: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for relation in offering.relationships:
        if relation.relationship_type is RelationshipType.REQUIRES:
            groups[relation.group].append((relation.min, relation.target))
    return [(max(least for least, _ in rows), frozenset(target for _, target in rows)) for rows in groups.values()]


def grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for key, value in pairs:
        found[key].add(value)
    return {key: frozenset(values) for key, values in found.items()}
