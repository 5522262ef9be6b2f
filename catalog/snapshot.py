"""The catalog in memory at one revision, and how the next revision follows from it.

Knows every current and coming version at once; must not know a database: the store fills it, readers share it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from catalog.channel import Channel
from catalog.customer import Attribute
from catalog.lifecycle import EDITABLE
from catalog.market import MarketSegment
from catalog.moment import Moment
from catalog.offering import Category, Offering
from catalog.place import Place
from catalog.policies.policy import Policy
from catalog.solution import Solution
from catalog.specification import Specification

BEGINNING = datetime.min.replace(tzinfo=UTC)
KEPT_MOMENTS = 8
DATED = ("categories", "markets", "specifications", "places", "channels", "policies", "solutions")


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
    _changed: frozenset[str] = field(default=frozenset(), repr=False, compare=False)
    _moments: dict[int, Moment] = field(default_factory=dict, repr=False, compare=False)

    def advanced(self, revision: int, versions: Mapping[str, tuple[Offering, ...]], **registers: Any) -> Snapshot:
        """The catalog at a later revision: `versions` of the codes that changed, and the registers that did, whole.

        Everything else is shared with this snapshot; a code without versions is gone.
        """
        changed = {code: shared(found, self.versions.get(code, ())) for code, found in versions.items()}
        merged = {code: found for code, found in {**self.versions, **changed}.items() if found}
        made = replace(self, revision=revision, versions=merged, _moments={}, _changed=frozenset(changed), **registers)
        made.__dict__["_edges"] = edges = self._edges.copy()
        edges.subtract(_edges(self.versions.get(code, ()) for code in changed))
        edges.update(_edges(changed.values()))
        for name in registers.keys() & set(DATED):
            edges.subtract(_edges([getattr(self, name).values()]))
            edges.update(_edges([registers[name].values()]))
        return made

    def prepared(self, at: datetime, before: Snapshot | None = None) -> Snapshot:
        """This snapshot with all its indexes, and those of what is in force at `at`.

        They follow from those of `before` as far as possible: an edit costs what it touches.
        """
        base = before.moment(at) if before and before._moments else None
        if before and self.follows(before):
            self._inherit(before)
        position, start = self._position(at)
        # What did not change has no boundary between the two moments: `at` lies in both.
        changed = self._changed if before and self.follows(before) else None
        found = Moment(self, start, base, changed)
        found.prepare()
        self._moments[position] = found
        self.codes_by_id, self.codes_by_external, self._latest  # noqa: B018
        return self

    def _inherit(self, before: Snapshot) -> None:
        gone = [one for code in self._changed for one in before.versions.get(code, ())[-1:]]
        fresh = [one for code in self._changed for one in self.versions.get(code, ())[-1:]]
        ids, external = dict(before.codes_by_id), dict(before.codes_by_external)
        latest = dict(before._latest)
        for one in gone:
            ids.pop(one.id, None)
            latest.pop(one.code, None)
            for known in one.external_identifier:
                external.pop((known.owner, known.id), None)
        for one in fresh:
            ids[one.id] = one.code
            latest[one.code] = _latest(self.versions[one.code])
            external.update(((known.owner, known.id), one.code) for known in one.external_identifier)
        self.__dict__.update(codes_by_id=ids, codes_by_external=external, _latest=latest)

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
    def _edges(self) -> Counter[datetime]:
        """How much begins or ends at each instant."""
        dated = (getattr(self, name).values() for name in DATED)
        return _edges((*self.versions.values(), *dated))

    @cached_property
    def boundaries(self) -> list[datetime]:
        """Every instant at which something begins or ends, in order."""
        return sorted(edge for edge, count in self._edges.items() if count > 0)

    def _position(self, at: datetime) -> tuple[int, datetime]:
        """Between which boundaries `at` lies, and the earlier of them."""
        position = bisect_right(self.boundaries, at)
        return position, self.boundaries[position - 1] if position else BEGINNING

    def moment(self, at: datetime) -> Moment:
        """What is in force at `at`. Two instants with no boundary between them share one Moment."""
        position, start = self._position(at)
        known = self._moments.get(position)
        if known is None:
            if len(self._moments) >= KEPT_MOMENTS:
                # The first is the one that was prepared; others are made from it.
                self._moments.pop(list(self._moments)[1], None)
            base = next(iter(self._moments.values()), None)
            known = self._moments[position] = Moment(self, start, base)
        return known

    def follows(self, before: Snapshot) -> bool:
        """Whether this snapshot was made from `before` by what changed, and not read whole."""
        return self.attributes is before.attributes and self.markets is before.markets

    def until(self, at: datetime) -> datetime | None:
        """When what is in force at `at` changes next, None: never, as far as is known."""
        position, _ = self._position(at)
        return self.boundaries[position] if position < len(self.boundaries) else None

    def close(self) -> None:
        """Lets go of the moments, which refer back to their snapshot, so that memory is free when nobody reads."""
        self._moments.clear()

    @cached_property
    def _latest(self) -> Mapping[str, Offering]:
        return {code: _latest(versions) for code, versions in self.versions.items()}

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


def _latest(versions: tuple[Offering, ...]) -> Offering:
    return next((one for one in reversed(versions) if one.lifecycle_status not in EDITABLE), versions[-1])


def _edges(groups: Iterable[Iterable[Any]]) -> Counter[datetime]:
    """How often each boundary occurs among dated values in groups."""
    found: Counter[datetime] = Counter()
    for group in groups:
        for one in group:
            found.update(one.boundaries() if isinstance(one, Offering) else one.valid.boundaries())
    return found


def shared(found: tuple[Offering, ...], known: tuple[Offering, ...]) -> tuple[Offering, ...]:
    """`found`, with the objects of `known` in the place of equal ones."""
    if found == known:
        return known
    same = {one.version: one for one in known}
    return tuple(same[one.version] if same.get(one.version) == one else one for one in found)


EMPTY = Snapshot(0, {}, {}, {})
