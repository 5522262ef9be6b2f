"""Whether a bundle can be sold with its parts: in force together, in its channels, places and markets, not at odds.

Knows a bundle among the versions of its parts; must not know prices. Source: domain.md, lint before launch.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from catalog.errors import Problem
from catalog.linting.structure import forced_parts
from catalog.linting.timed import Check
from catalog.linting.world import World
from catalog.market import within
from catalog.offering import Offering, RelationshipType
from catalog.text import Text


def checks(one: Offering, world: World) -> Iterator[Check]:
    forced = frozenset(forced_parts(one))
    own = [edge for use in one.channel for edge in use.valid.boundaries()]
    for position, part in enumerate(one.parts):
        known = world.versions.get(part.code)
        if known:
            edges = (*own, *world.edges(part.code))
            yield Check(edges, partial(_part, one, position, part.code in forced, world))


def _part(one: Offering, position: int, is_forced: bool, world: World, at: datetime) -> Iterator[Problem]:
    code = one.parts[position].code
    sold = world.sold(code, at)
    place = ("bundledProductOffering", position, "code")
    if sold is None:
        newest = world.versions[code][-1]
        zh = f"{code} 届时不在售（最新版本 {newest.version} 为 {newest.lifecycle_status}）"
        en = f"{code} is not sold then; its newest version, {newest.version}, is {newest.lifecycle_status}"
        yield Problem(place, "PART_BEHIND", Text(zh, en))
    elif is_forced:
        yield from _channels(one, sold, place, at)
        yield from _places(one, sold, place)
        yield from _markets(one, sold, place)


def _channels(one: Offering, part: Offering, place: tuple[str | int, ...], at: datetime) -> Iterator[Problem]:
    if not part.channel:
        return
    known = {use.channel for use in part.channel if use.valid.contains(at)}
    wanted = {use.channel for use in one.channel if use.valid.contains(at)}
    if not one.channel or wanted - known:
        there = ", ".join(sorted(known)) or "-"
        zh, en = f"必选成员 {part.code} 仅在 {there} 销售", f"{part.code} is mandatory and sold only in {there}"
        message = Text(f"{zh}，请收窄捆绑包的渠道", f"{en}; narrow the channels of the bundle")
        yield Problem(place, "PART_NOT_IN_CHANNEL", message)


def _places(one: Offering, part: Offering, place: tuple[str | int, ...]) -> Iterator[Problem]:
    if not part.place:
        return
    outside = [wanted for wanted in one.place if not any(within(wanted, known) for known in part.place)]
    if outside or not one.place:
        there, where = ", ".join(part.place), ", ".join(outside) or "everywhere"
        zh = f"必选成员 {part.code} 仅在 {there} 提供"
        en = f"{part.code} is mandatory and there is none outside {there}, yet the bundle is sold in {where}"
        yield Problem(place, "PART_NOT_IN_PLACE", Text(zh, en))


def _markets(one: Offering, part: Offering, place: tuple[str | int, ...]) -> Iterator[Problem]:
    if not part.market_segment:
        return
    outside = set(one.market_segment) - set(part.market_segment)
    if outside or not one.market_segment:
        there = ", ".join(part.market_segment)
        zh = f"必选成员 {part.code} 仅面向市场 {there}"
        en = f"{part.code} is mandatory and only for the markets {there}"
        yield Problem(place, "PART_NOT_IN_MARKET", Text(zh, en))


class Brought:
    """What somebody who takes an offering has in any case at one instant: itself and its mandatory parts, however deep.

    `through` leads from each code to the position of the part that brings it, None for the offering itself.
    """

    def __init__(self, one: Offering, world: World, at: datetime) -> None:
        self.versions: dict[str, Offering] = {one.code: one}
        self.through: dict[str, int | None] = {one.code: None}
        positions = {part.code: position for position, part in enumerate(one.parts)}
        waiting = [(code, positions[code]) for code in reversed(forced_parts(one))]
        while waiting:
            code, position = waiting.pop()
            if code in self.through:
                continue
            self.through[code] = position
            inner = world.sold(code, at)
            if inner:
                self.versions[code] = inner
                waiting += [(deeper, position) for deeper in forced_parts(inner)]

    def shuts_out(self, code: str, world: World, at: datetime) -> str | None:
        """What of it excludes `code`, or is excluded by it; None when they go together."""
        for name, version in self.versions.items():
            if name != code and excludes(version, code):
                return name
        sources = world.excluders
        found = world.sold(code, at) if any(code in sources.get(name, ()) for name in self.through) else None
        return next((name for name in self.through if found and name != code and excludes(found, name)), None)


def excludes(one: Offering, code: str) -> bool:
    return any(
        relation.target == code and relation.relationship_type is RelationshipType.EXCLUDES
        for relation in one.relationships
    )


def depth_edges(one: Offering, world: World) -> frozenset[datetime]:
    """Every instant at which what the offering brings, or what that requires, may become something else."""
    seen, waiting = {one.code}, [*_inside(one)]
    edges = set[datetime]()
    while waiting:
        code = waiting.pop()
        if code in seen:
            continue
        seen.add(code)
        edges.update(world.edges(code))
        waiting += (inner for version in world.versions.get(code, ()) for inner in _inside(version))
    return frozenset(edges)


def _inside(one: Offering) -> Iterator[str]:
    yield from (part.code for part in one.parts)
    yield from (r.target for r in one.relationships if r.relationship_type is RelationshipType.REQUIRES)
