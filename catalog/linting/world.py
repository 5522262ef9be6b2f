"""The catalog as lint looks at it: all versions with registers, and what is asked of them again and again.

Knows who refers to whom; must not know a rule.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from functools import cached_property
from typing import Protocol

from catalog.channel import Channel
from catalog.lifecycle import EDITABLE, LifecycleStatus
from catalog.market import MarketSegment
from catalog.offering import Category, Offering, RelationshipType
from catalog.period import Period
from catalog.place import Place
from catalog.policies.policy import Policy
from catalog.price import PriceType
from catalog.snapshot import Snapshot
from catalog.specification import Specification
from catalog.units import dimension

# What is on its way to the customers or there already; the others have ended, and nobody mends them.
ALIVE = EDITABLE | {LifecycleStatus.ACTIVE, LifecycleStatus.LAUNCHED}


class Dated(Protocol):
    @property
    def valid(self) -> Period: ...


@dataclass(frozen=True)
class World:
    """`versions` maps a code to its versions, oldest first. Days and hours are reckoned in `zone`.

    A world may be a part of the catalog: what is linted in it, with all that this refers to. Then it is not whole, and
    nobody says what the catalog lacks.
    """

    versions: Mapping[str, Sequence[Offering]]
    categories: Mapping[str, Category] = field(default_factory=dict)
    specifications: Mapping[str, Specification] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)
    channels: Mapping[str, Channel] = field(default_factory=dict)
    policies: Mapping[str, Policy] = field(default_factory=dict)
    markets: Mapping[str, MarketSegment] = field(default_factory=dict)
    zone: tzinfo = UTC
    is_whole: bool = True
    # What was worked out before: edges by code, a month's bill by version and count.
    _edges: dict[str, tuple[datetime, ...]] = field(default_factory=dict, repr=False, compare=False)
    months: dict[tuple[object, ...], Decimal | None] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, snapshot: Snapshot, zone: tzinfo) -> World:
        """The whole catalog."""
        registers = (snapshot.specifications, snapshot.places, snapshot.channels, snapshot.policies, snapshot.markets)
        return cls(snapshot.versions, snapshot.categories, *registers, zone)

    def newest(self, code: str) -> Offering | None:
        versions = self.versions.get(code)
        return versions[-1] if versions else None

    def sold(self, code: str, at: datetime) -> Offering | None:
        """The version that is launched and in force at `at`."""
        return next((one for one in self.versions.get(code, ()) if one.is_launched(at)), None)

    def edges(self, code: str) -> tuple[datetime, ...]:
        """Every instant at which another version of the code comes or goes, or a channel of one opens or closes."""
        known = self._edges.get(code)
        if known is None:
            versions = [one for one in self.versions.get(code, ()) if one.lifecycle_status is LifecycleStatus.LAUNCHED]
            periods = [period for one in versions for period in (one.valid, *(use.valid for use in one.channel))]
            known = self._edges[code] = tuple({edge for period in periods for edge in period.boundaries()})
        return known

    def alive(self, at: datetime) -> Iterator[Offering]:
        """Every version that is on its way or launched and not over at `at`."""
        for versions in self.versions.values():
            yield from (one for one in versions if is_alive(one, at))

    @cached_property
    def excluders(self) -> Mapping[str, frozenset[str]]:
        """code → the codes of which some version excludes it."""
        return self._related(RelationshipType.EXCLUDES)

    @cached_property
    def users(self) -> Mapping[str, frozenset[str]]:
        """code → the codes that contain it, are related to it, convert a trial to it, or have it as their template."""
        found: dict[str, set[str]] = defaultdict(set)
        for versions in self.versions.values():
            for one in versions:
                for code in referred(one):
                    found[code].add(one.code)
        return {code: frozenset(users) for code, users in found.items()}

    def using(self, codes: Iterable[str]) -> frozenset[str]:
        """The codes and all that contain, require or otherwise use one of them, however deep."""
        found, waiting = set[str](), list(codes)
        while waiting:
            code = waiting.pop()
            if code not in found:
                found.add(code)
                waiting += self.users.get(code, ())
        return frozenset(found)

    @cached_property
    def parts_of_bundles(self) -> frozenset[str]:
        return frozenset(
            part.code
            for versions in self.versions.values()
            for one in versions
            if one.lifecycle_status in ALIVE
            for part in one.parts
        )

    @cached_property
    def rated(self) -> frozenset[str]:
        """What prices by use measure, in all offerings that are not over: time, data, messages."""
        return frozenset(
            dimension(price.unit_of_measure.units)
            for versions in self.versions.values()
            for one in versions
            if one.lifecycle_status in ALIVE
            for price in one.prices
            if price.price_type is PriceType.USAGE and price.unit_of_measure
        )

    @cached_property
    def has_currencies(self) -> bool:
        """Whether there are prices in more than one currency."""
        units = {price.unit for versions in self.versions.values() for one in versions for price in one.prices}
        return len(units) > 1

    @cached_property
    def stacks(self) -> Mapping[str, frozenset[tuple[str, str]]]:
        """exclusive group → the prices that stand in it, as (offering, price)."""
        found: dict[str, set[tuple[str, str]]] = defaultdict(set)
        for versions in self.versions.values():
            for one in versions:
                for price in one.prices:
                    if price.exclusive_group:
                        found[price.exclusive_group].add((one.code, price.code))
        return {group: frozenset(prices) for group, prices in found.items()}

    def _related(self, kind: RelationshipType) -> Mapping[str, frozenset[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        for versions in self.versions.values():
            for one in versions:
                for relation in one.relationships:
                    if relation.relationship_type is kind:
                        found[relation.target].add(one.code)
        return {code: frozenset(sources) for code, sources in found.items()}


def is_alive(one: Offering, at: datetime) -> bool:
    return one.lifecycle_status in ALIVE and (one.valid.end is None or one.valid.end > at)


def referred(one: Offering) -> list[str]:
    """The codes of all offerings that a version refers to."""
    found = [part.code for part in one.parts]
    found += [relation.target for relation in one.relationships]
    found += [one.template] if one.template else []
    found += [one.trial.to] if one.trial and one.trial.to else []
    return found
