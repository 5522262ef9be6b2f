"""What of the catalog is in force between two boundaries of validity, with the indexes that answers are made from.

Knows how an index follows from another one when little changed; must not know a database.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from catalog.columns import Columns
from catalog.eligibility import Ground, Rules, compile_rules, concern
from catalog.lifecycle import LifecycleStatus
from catalog.offering import Category, Offering
from catalog.search import SearchIndex

if TYPE_CHECKING:
    from catalog.snapshot import Snapshot

Groups = Mapping[str, tuple[Offering, ...]]
# Beyond this share of the catalog an index is made anew, which then costs less than patching it.
MUCH = 0.25


class Moment:
    """Its indexes are made when first asked for; from those of `base`, another moment, when few offerings differ."""

    def __init__(
        self, snapshot: Snapshot, at: datetime, base: Moment | None = None, changed: Iterable[str] | None = None
    ) -> None:
        """What `snapshot` has in force at `at`; when only some codes can differ from `base`, `changed` names them."""
        self.snapshot = snapshot
        self.at = at
        self.offerings: Mapping[str, Offering] = _in_force(snapshot, at, base, changed)
        self._base = base
        # Only then is what did not change the same in both: no boundary lies between them.
        self._follows = changed is not None
        self._removed, self._added = _difference(base.offerings, self.offerings) if base else ((), ())
        if base and len(self._removed) + len(self._added) > MUCH * len(self.offerings):
            self._base = None

    def prepare(self) -> None:
        """Makes all indexes now, and lets go of the moment that they were made from."""
        self.ordered, self.rules, self.bundles_of, self.by_category, self.search, self.categories  # noqa: B018
        if self._base and "columns" in self._base.__dict__:
            self.columns  # noqa: B018
        self._base = None

    @cached_property
    def ordered(self) -> tuple[Offering, ...]:
        return tuple(self.offerings[code] for code in sorted(self.offerings))

    @cached_property
    def rules(self) -> Rules:
        others = self._others
        if self._base and others == self._base._others and self._same_concerns(self._base):
            return self._base.rules
        known = self.snapshot
        ground = Ground(known.policies, known.channels, known.markets, known.path)
        return compile_rules(self.ordered, others, self.at, ground)

    @cached_property
    def _others(self) -> list[Offering]:
        """Of what is not in force: the version that will be, or else the latest."""
        found = []
        for code in self.snapshot.versions.keys() - self.offerings.keys():
            coming = (one for one in self.snapshot.versions[code] if one.valid.start and one.valid.start > self.at)
            launched = next((one for one in coming if one.lifecycle_status is LifecycleStatus.LAUNCHED), None)
            one = launched or self.snapshot.latest(code)
            if one:
                found.append(one)
        return sorted(found, key=lambda one: one.code)

    def _same_concerns(self, base: Moment) -> bool:
        """Whether nothing that rules depend on differs: registers, dates that policies and channels have, offerings."""
        known, before = self.snapshot, base.snapshot
        registers = ("policies", "channels", "markets", "categories")
        if base.at != self.at or any(getattr(known, name) is not getattr(before, name) for name in registers):
            return False
        return list(map(concern, self._removed)) == list(map(concern, self._added))

    @cached_property
    def bundles_of(self) -> Groups:
        """part code → the bundles in force that contain it, by code."""
        return self._grouped("bundles_of", lambda one: {part.code for part in one.parts})

    @cached_property
    def by_category(self) -> Groups:
        """category code → offerings in it or below it, by code."""
        paths = {code: tuple(self.snapshot.path(code)) for code in self.snapshot.categories}
        same = self._base is None or self._base.snapshot.categories is self.snapshot.categories

        def keys(one: Offering) -> set[str]:
            return {above for category in one.category for above in paths.get(category, (category,))}

        return self._grouped("by_category", keys) if same else _groups(self.ordered, keys)

    @cached_property
    def categories(self) -> tuple[Category, ...]:
        return tuple(one for one in self.snapshot.categories.values() if one.valid.contains(self.at))

    @cached_property
    def search(self) -> SearchIndex:
        if self._base and "search" in self._base.__dict__:
            return self._base.search.changed(self._removed, self._added)
        return SearchIndex.of(self.ordered)

    @cached_property
    def columns(self) -> Columns:
        base = self._base
        if base and "columns" in base.__dict__ and self._same_rows(base):
            return base.columns.changed(self.ordered, self._added, self.snapshot.path, self.at)
        return Columns.of(self.ordered, self.snapshot.path, self.at)

    def _same_rows(self, base: Moment) -> bool:
        same = {one.code for one in self._removed} == {one.code for one in self._added}
        return same and self._follows and base.snapshot.categories is self.snapshot.categories

    def _grouped(self, name: str, keys: Callable[[Offering], Iterable[str]]) -> Groups:
        if not self._base or name not in self._base.__dict__:
            return _groups(self.ordered, keys)
        found: dict[str, tuple[Offering, ...]] = dict(self._base.__dict__[name])
        for key in {key for one in (*self._removed, *self._added) for key in keys(one)}:
            before = (one for one in found.pop(key, ()) if self.offerings.get(one.code) is one)
            added = (one for one in self._added if key in keys(one))
            inside = tuple(sorted((*before, *added), key=lambda one: one.code))
            if inside:
                found[key] = inside
        return found


def _in_force(
    snapshot: Snapshot, at: datetime, base: Moment | None, changed: Iterable[str] | None
) -> dict[str, Offering]:
    codes = snapshot.versions if base is None or changed is None else changed
    found = {} if base is None or changed is None else dict(base.offerings)
    for code in codes:
        one = next((version for version in snapshot.versions.get(code, ()) if version.is_launched(at)), None)
        if one:
            found[code] = one
        else:
            found.pop(code, None)
    return found


def _difference(
    before: Mapping[str, Offering], after: Mapping[str, Offering]
) -> tuple[tuple[Offering, ...], tuple[Offering, ...]]:
    """(What of `before` is not in `after`, what of `after` was not in `before`), by identity."""
    removed = tuple(one for code, one in before.items() if after.get(code) is not one)
    return removed, tuple(one for code, one in after.items() if before.get(code) is not one)


def _groups(offerings: Iterable[Offering], keys: Callable[[Offering], Iterable[str]]) -> Groups:
    found: dict[str, list[Offering]] = defaultdict(list)
    for one in offerings:
        for key in keys(one):
            found[key].append(one)
    return {key: tuple(inside) for key, inside in found.items()}
