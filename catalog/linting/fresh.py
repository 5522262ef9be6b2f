"""What an edit or a file would break: errors of what is launched that were not there before.

Knows two worlds, before and after; must not know what made the one of the other. Who mends one thing is not kept from
it by another that was wrong already.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from catalog.linting.engine import Linter
from catalog.linting.finding import Finding, Severity
from catalog.linting.world import World
from catalog.offering import Offering

REGISTERS = ("categories", "specifications", "places", "channels", "policies", "markets")


def fresh_errors(before: World, after: World, at: datetime, codes: Iterable[str]) -> tuple[Finding, ...]:
    """The errors that launched versions of these codes have in `after`, and in `before` not at all or only later."""
    wanted = sorted(codes)
    known = _errors(before, at, wanted)
    return tuple(one for key, one in _errors(after, at, wanted).items() if key not in known or _sooner(one, known[key]))


def fresh_errors_of_tree(before: World, after: World, at: datetime) -> tuple[Finding, ...]:
    """The same of the tree of categories."""
    known = {one.key for one in Linter(before, at).categories()}
    found = Linter(after, at).categories()
    return tuple(one for one in found if one.severity is Severity.ERROR and one.key not in known)


def _errors(world: World, at: datetime, codes: Iterable[str]) -> dict[tuple[object, ...], Finding]:
    linter = Linter(world, at)
    found: dict[tuple[object, ...], Finding] = {}
    for code in codes:
        for one in linter.offering(code, alone=True):
            if one.severity is Severity.ERROR and one.is_of_launched:
                known = found.get(one.key)
                if known is None or _sooner(one, known):
                    found[one.key] = one
    return found


def _sooner(one: Finding, other: Finding) -> bool:
    return other.since is not None and (one.since is None or one.since < other.since)


def touched(before: World, after: World) -> frozenset[str]:
    """The codes whose versions differ between the worlds or that name an entry of a register that does, and all that
    use them. Objects that did not change are shared, so that this is quick."""
    changed = {
        code
        for code in before.versions.keys() | after.versions.keys()
        if before.versions.get(code) is not after.versions.get(code)
    }
    entries = {name: frozenset(_differing(getattr(before, name), getattr(after, name))) for name in REGISTERS}
    if any(entries.values()):
        changed |= {one.code for versions in after.versions.values() for one in versions if _names(one, entries)}
    return before.using(changed) | after.using(changed)


def _differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    if before is not after:
        yield from (code for code in before.keys() | after.keys() if before.get(code) != after.get(code))


def _names(one: Offering, entries: Mapping[str, frozenset[str]]) -> bool:
    named = {
        "categories": one.category,
        "specifications": (one.specification,),
        "places": one.place,
        "channels": [use.channel for use in one.channel],
        "policies": one.policy,
        "markets": one.market_segment,
    }
    return any(not codes.isdisjoint(named[name]) for name, codes in entries.items() if codes)
