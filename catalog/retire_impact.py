"""What the retirement of an offering would touch: who contains, requires or names it, who holds it, what that brings.

Knows the catalog at an instant and counts of holders; must not know a single holder.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from itertools import chain
from math import sqrt

from catalog.linting.ladder import monthly
from catalog.linting.world import is_alive
from catalog.offering import Offering, RelationshipType
from catalog.snapshot import Snapshot

# 95 of 100 intervals of this many standard deviations cover the truth; of what was never seen, at most so many were.
Z95, UNSEEN = 1.96, 3.0


class UseKind(StrEnum):
    """How another offering uses it. BUNDLE and TRIAL would be broken; REQUIRES would be sold to its holders alone."""

    BUNDLE = "BUNDLE"
    REQUIRES = "REQUIRES"
    TRIAL = "TRIAL"
    COPY = "COPY"
    RELATED = "RELATED"


@dataclass(frozen=True, slots=True)
class Use:
    kind: UseKind
    version: Offering


@dataclass(frozen=True, slots=True)
class HeldRow:
    """Holders of one status, origin and version; `agreed` of them have a price as agreed, which come to `revenue`."""

    status: str
    origin: str
    version: int | None
    holders: int
    agreed: int
    revenue: Decimal


@dataclass(frozen=True, slots=True)
class Held:
    """How many hold it. Counted from a share of all products (1: from all of them); `low` and `high` are 95 per cent
    bounds. `revenue` is what they pay a month, as agreed or else by the list."""

    holders: int
    low: int
    high: int
    share: float
    by_status: Mapping[str, int]
    by_origin: Mapping[str, int]
    revenue: Decimal

    @property
    def is_estimated(self) -> bool:
        return self.share < 1


def uses(code: str, snapshot: Snapshot, at: datetime) -> Iterator[Use]:
    """The versions in force at `at`, coming or in design that use it, by code; each once, by its strongest use."""
    for other in sorted(snapshot.versions):
        for one in snapshot.versions[other]:
            kind = _kind(one, code) if other != code and is_alive(one, at) else None
            if kind:
                yield Use(kind, one)


def _kind(one: Offering, code: str) -> UseKind | None:
    if any(part.code == code for part in one.parts):
        return UseKind.BUNDLE
    kinds = {relation.relationship_type for relation in one.relationships if relation.target == code}
    if RelationshipType.REQUIRES in kinds:
        return UseKind.REQUIRES
    if one.trial and one.trial.to == code:
        return UseKind.TRIAL
    if one.template == code:
        return UseKind.COPY
    return UseKind.RELATED if kinds - {RelationshipType.EXCLUDES} else None


def alternatives(code: str, snapshot: Snapshot, at: datetime) -> tuple[Offering, ...]:
    """What its holders could have instead: what it may be exchanged for or replaced by, what stands above it; in force
    at `at`, by code."""
    away = (RelationshipType.EXCHANGEABLE_TO, RelationshipType.UPSELL)
    own = [one for one in snapshot.versions.get(code, ()) if is_alive(one, at)]
    named = {r.target for one in own for r in one.relationships if r.relationship_type in away}
    sold = snapshot.moment(at).offerings
    replacing = {
        one.code
        for one in sold.values()
        if any(r.relationship_type is RelationshipType.REPLACES and r.target == code for r in one.relationships)
    }
    return tuple(sold[other] for other in sorted(named | replacing) if other in sold)


def solutions(code: str, snapshot: Snapshot, at: datetime) -> tuple[str, ...]:
    """The codes of the solutions that are made of it."""
    known = (one for one in snapshot.solutions.values() if one.valid.end is None or one.valid.end > at)
    return tuple(sorted(one.code for one in known if any(part.offering == code for part in one.parts)))


def markets(code: str, snapshot: Snapshot, at: datetime) -> tuple[str, ...]:
    """The codes of the markets that it, or a copy of it, is meant for."""
    mine = (one for versions in snapshot.versions.values() for one in versions if code in (one.code, one.template))
    return tuple(sorted({market for one in mine if is_alive(one, at) for market in one.market_segment}))


def currency(code: str, snapshot: Snapshot) -> str:
    """What its newest priced version is priced in, else the rest of the catalog."""
    versions = chain(reversed(snapshot.versions.get(code, ())), *snapshot.versions.values())
    return next((price.price.unit for one in versions for price in one.prices if price.price), "CNY")


def held(rows: Sequence[HeldRow], share: float, versions: Iterable[Offering]) -> Held:
    """The figures from rows that were counted in a `share` of all products."""
    prices = {one.version: monthly(one) or Decimal(0) for one in versions}
    newest = prices[max(prices)] if prices else Decimal(0)
    counted = sum(row.holders for row in rows)
    spread = Z95 * sqrt(counted) if counted else 0.0
    top = counted + spread if counted else UNSEEN
    exact = share >= 1
    listed = sum(((row.holders - row.agreed) * prices.get(row.version or 0, newest) for row in rows), Decimal(0))
    paid = sum((row.revenue for row in rows), Decimal(0)) + listed
    return Held(
        round(counted / share),
        counted if exact else max(0, int((counted - spread) / share)),
        counted if exact else round(top / share),
        min(share, 1.0),
        _by(rows, "status", share),
        _by(rows, "origin", share),
        round(paid / Decimal(str(share)), 2),
    )


def _by(rows: Sequence[HeldRow], name: str, share: float) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for row in rows:
        found[getattr(row, name)] += row.holders
    return {key: round(count / share) for key, count in sorted(found.items())}
