"""Whether what an offering requires, excludes and recommends can be had beside it.

Knows relationships at an instant; must not know what a customer holds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial

from catalog.errors import Problem
from catalog.linting.bundles import Brought, depth_edges
from catalog.linting.timed import Check
from catalog.linting.world import World
from catalog.offering import Offering, Relationship, RelationshipType
from catalog.text import Text

_R = RelationshipType
Path = tuple[str | int, ...]


def checks(one: Offering, world: World) -> Iterator[Check]:
    if one.parts:
        yield Check(depth_edges(one, world), partial(_together, one, world))
    elif any(relation.relationship_type is _R.REQUIRES for relation in one.relationships):
        edges = {edge for relation in one.relationships for edge in world.edges(relation.target)}
        yield Check(edges, partial(_requirements, one, world, None))
    for position, relation in enumerate(one.relationships):
        if relation.relationship_type is not _R.EXCLUDES:
            yield Check(world.edges(relation.target), partial(_target, one, position, world))


def own(one: Offering, world: World) -> Iterator[Problem]:
    """Relationships that contradict each other or the ladder."""
    shut = {relation.target for relation in one.relationships if relation.relationship_type is _R.EXCLUDES}
    for position, relation in enumerate(one.relationships):
        place = ("productOfferingRelationship", position, "target")
        if relation.relationship_type in (_R.CROSS_SELL, _R.OPTIONAL_FOR) and relation.target in shut:
            zh = f"与 {relation.target} 互斥，却又声明 {relation.relationship_type}"
            en = f"excludes {relation.target}, and yet is {relation.relationship_type} to it"
            yield Problem(place, "RELATION_CONTRADICTS", Text(zh, en))
        if relation.relationship_type is _R.UPSELL:
            yield from _upwards(one, relation, world, place)


def _upwards(one: Offering, relation: Relationship, world: World, place: Path) -> Iterator[Problem]:
    higher = world.newest(relation.target)
    if higher and one.family and higher.family == one.family and (higher.step or 0) <= (one.step or 0):
        zh = f"UPSELL 指向 {relation.target}，其档次并不更高"
        en = f"{relation.target} is an UPSELL, yet stands no higher on the ladder {one.family}"
        yield Problem(place, "UPSELL_DOWN", Text(zh, en))


def _together(one: Offering, world: World, at: datetime) -> Iterator[Problem]:
    """A bundle's mandatory parts beside each other, and what they need."""
    brought = Brought(one, world, at)
    for code, version in brought.versions.items():
        for relation in version.relationships:
            if relation.relationship_type is _R.EXCLUDES and relation.target in brought.through:
                position = brought.through[code]
                if position is None:
                    position = brought.through[relation.target]
                zh, en = (
                    f"{code} 与 {relation.target} 互斥",
                    f"{code} excludes {relation.target}, yet both are mandatory",
                )
                yield Problem(("bundledProductOffering", position or 0, "code"), "PARTS_EXCLUDE", Text(zh, en))
    for position, part in enumerate(one.parts):
        if part.code in brought.through or part.upper == 0:
            continue
        by = brought.shuts_out(part.code, world, at)
        if by:
            zh, en = f"{part.code} 与必选的 {by} 互斥", f"{part.code} and {by}, which is mandatory, exclude each other"
            yield Problem(("bundledProductOffering", position, "code"), "PART_NEVER_CHOSEN", Text(zh, en))
    yield from _requirements(one, world, brought, at)
    yield from _twice(one, world, at)


def _twice(one: Offering, world: World, at: datetime) -> Iterator[Problem]:
    """A part that stands in the bundle, and again in a bundle inside it."""
    own_parts = {part.code: position for position, part in enumerate(one.parts) if part.is_mandatory}
    for part in one.parts:
        inner = world.sold(part.code, at) if part.is_mandatory else None
        for deeper in inner.parts if inner else ():
            if deeper.is_mandatory and deeper.code in own_parts:
                zh, en = f"{deeper.code} 已包含在 {part.code} 中", f"{deeper.code} is inside {part.code} already"
                yield Problem(("bundledProductOffering", own_parts[deeper.code], "code"), "PART_TWICE", Text(zh, en))


def _requirements(one: Offering, world: World, known: Brought | None, at: datetime) -> Iterator[Problem]:
    """Alternatives of which none can be held beside the offering, or be bought by those who have none."""
    brought = known or Brought(one, world, at)
    for code, version in brought.versions.items():
        for alternatives in _groups(version).values():
            least = max(relation.min for _, relation in alternatives)
            if sum(relation.target in brought.through for _, relation in alternatives) >= least:
                continue
            place = _place(one, brought, code, alternatives[0][0])
            yield from _alternatives(alternatives, least, brought, world, at, place)


def _alternatives(
    alternatives: Sequence[tuple[int, Relationship]],
    least: int,
    brought: Brought,
    world: World,
    at: datetime,
    place: Path,
) -> Iterator[Problem]:
    targets = [relation.target for _, relation in alternatives]
    named = ", ".join(targets)
    free = [target for target in targets if brought.shuts_out(target, world, at) is None]
    if len(free) < least:
        by = next(brought.shuts_out(target, world, at) for target in targets if target not in free)
        zh, en = f"要求持有 {named}，却与 {by} 互斥", f"requires {named}, which {by} excludes: nobody can have both"
        yield Problem(place, "REQUIRES_EXCLUDED", Text(zh, en))
    elif sum(world.sold(target, at) is not None for target in free) < least:
        zh = f"要求持有 {named}，届时已不销售：只有已持有者能买"
        en = f"requires {named}, which is not sold by then: only those who hold it already may buy"
        yield Problem(place, "REQUIRES_UNSOLD", Text(zh, en))


def _groups(one: Offering) -> dict[str, list[tuple[int, Relationship]]]:
    found: dict[str, list[tuple[int, Relationship]]] = defaultdict(list)
    for position, relation in enumerate(one.relationships):
        if relation.relationship_type is _R.REQUIRES:
            found[relation.group].append((position, relation))
    return found


def _place(one: Offering, brought: Brought, code: str, position: int) -> Path:
    through = brought.through[code]
    if through is None:
        return ("productOfferingRelationship", position, "target")
    return ("bundledProductOffering", through, "code")


def _target(one: Offering, position: int, world: World, at: datetime) -> Iterator[Problem]:
    """What is recommended beside or above an offering is sold; what it replaces need not be."""
    relation = one.relationships[position]
    if relation.relationship_type in (_R.REQUIRES, _R.REPLACES) or not world.versions.get(relation.target):
        return
    if world.sold(relation.target, at) is None:
        zh = f"{relation.relationship_type} 指向的 {relation.target} 届时不销售"
        en = f"{relation.target}, its {relation.relationship_type}, is not sold by then"
        yield Problem(("productOfferingRelationship", position, "target"), "RELATION_UNSOLD", Text(zh, en))
