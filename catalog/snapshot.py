"""The catalog in memory at one revision, and what of it is in force during a stretch of time.

Knows every current and coming version at once; must not know a database: the store fills it, readers share it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property

from catalog.channel import Channel
from catalog.customer import Attribute
from catalog.eligibility import ENDED, Rules, compile_rules
from catalog.lifecycle import EDITABLE
from catalog.market import MarketSegment
from catalog.offering import Category, Offering
from catalog.place import Place
from catalog.policy import Policy
from catalog.search import SearchIndex
from catalog.solution import Solution
from catalog.specification import Specification

BEGINNING = datetime.min.replace(tzinfo=UTC)
KEPT_MOMENTS = 8


class Moment:
    """What is in force from one boundary of validity to the next; its indexes are made when first asked for."""

    def __init__(self, snapshot: Snapshot, at: datetime) -> None:
        self.snapshot = snapshot
        self.at = at
        launched = (next((v for v in versions if v.is_launched(at)), None) for versions in snapshot.versions.values())
        self.offerings: Mapping[str, Offering] = {one.code: one for one in launched if one}

    @cached_property
    def ordered(self) -> tuple[Offering, ...]:
        return tuple(self.offerings[code] for code in sorted(self.offerings))

    @cached_property
    def rules(self) -> Rules:
        latest = (self.snapshot.latest(code) for code in self.snapshot.versions if code not in self.offerings)
        ended = [one for one in latest if one and one.lifecycle_status in ENDED]
        return compile_rules(self.ordered, ended, self.at)

    @cached_property
    def bundles_of(self) -> Mapping[str, tuple[Offering, ...]]:
        """part code → the bundles in force that contain it."""
        found: dict[str, list[Offering]] = defaultdict(list)
        for bundle in self.ordered:
            for part in bundle.parts:
                found[part.code].append(bundle)
        return {code: tuple(bundles) for code, bundles in found.items()}

    @cached_property
    def by_category(self) -> Mapping[str, tuple[Offering, ...]]:
        """category code → offerings in it or below it, by code."""
        found: dict[str, list[Offering]] = defaultdict(list)
        for one in self.ordered:
            for code in {above for category in one.category for above in self.snapshot.path(category)}:
                found[code].append(one)
        return {code: tuple(offerings) for code, offerings in found.items()}

    @cached_property
    def categories(self) -> tuple[Category, ...]:
        return tuple(one for one in self.snapshot.categories.values() if one.valid.contains(self.at))

    @cached_property
    def search(self) -> SearchIndex:
        return SearchIndex.of(self.ordered)


@dataclass(frozen=True)
class Snapshot:
    """`versions` maps a code to its versions, oldest first; older ones that ended may be left to PostgreSQL."""

    revision: int
    versions: Mapping[str, tuple[Offering, ...]]
    categories: Mapping[str, Category]
    markets: Mapping[str, MarketSegment]
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    specifications: Mapping[str, Specification] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)
    channels: Mapping[str, Channel] = field(default_factory=dict)
    policies: Mapping[str, Policy] = field(default_factory=dict)
    solutions: Mapping[str, Solution] = field(default_factory=dict)
    _moments: dict[int, Moment] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def codes_by_id(self) -> Mapping[int, str]:
        return {versions[-1].id: code for code, versions in self.versions.items()}

    @cached_property
    def codes_by_external(self) -> Mapping[tuple[str, str], str]:
        return {
            (known.owner, known.id): code
            for code, versions in self.versions.items()
            for known in versions[-1].external_identifier
        }

    @cached_property
    def boundaries(self) -> list[datetime]:
        """Every instant at which something begins or ends, in order."""
        edges = {edge for versions in self.versions.values() for one in versions for edge in one.boundaries()}
        dated = (self.categories, self.markets, self.specifications, self.places, self.channels, self.policies)
        for register in (*dated, self.solutions):
            edges.update(edge for one in register.values() for edge in one.valid.boundaries())
        return sorted(edges)

    def moment(self, at: datetime) -> Moment:
        """What is in force at `at`. Two instants with no boundary between them share one Moment."""
        position = bisect_right(self.boundaries, at)
        known = self._moments.get(position)
        if known is None:
            if len(self._moments) >= KEPT_MOMENTS:
                self._moments.pop(next(iter(self._moments)), None)
            start = self.boundaries[position - 1] if position else BEGINNING
            known = self._moments[position] = Moment(self, start)
        return known

    @cached_property
    def _latest(self) -> Mapping[str, Offering]:
        return {
            code: next((one for one in reversed(versions) if one.lifecycle_status not in EDITABLE), versions[-1])
            for code, versions in self.versions.items()
        }

    def latest(self, code: str) -> Offering | None:
        """The newest version past its design, or the newest in design when there is none yet.

        It names what somebody holds, though it is no longer sold; a next version that is being prepared stays hidden.
        """
        return self._latest.get(code)

    def path(self, category: str) -> Iterable[str]:
        """The category's code and those of all above it."""
        seen: dict[str, None] = {}
        code: str | None = category
        while code and code not in seen:
            seen[code] = None
            above = self.categories.get(code)
            code = above.parent if above else None
        return seen


EMPTY = Snapshot(0, {}, {}, {})
