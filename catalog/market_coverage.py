"""How many cluster markets are covered by what a fact names, in all, per kind and per place (product.md P1).

Knows markets and their facts; must not know what could be sold there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from catalog.market import MarketSegment


@dataclass(frozen=True, slots=True)
class Coverage:
    """`unknown` of the `markets` say nothing of the fact; `people` and `covered_people` add up the known sizes.

    The material's own figures: 314 campuses, 167 covered, a share of 53 per cent.
    """

    markets: int
    covered: int
    unknown: int
    people: int
    covered_people: int

    @property
    def share(self) -> Fraction | None:
        """Covered markets of all; None when there is no market."""
        return Fraction(self.covered, self.markets) if self.markets else None


def coverage(markets: Iterable[MarketSegment], fact: str) -> Coverage:
    found = tuple(markets)
    covered = [one for one in found if one.has(fact)]
    return Coverage(
        markets=len(found),
        covered=len(covered),
        unknown=sum(fact not in one.facts for one in found),
        people=sum(one.size or 0 for one in found),
        covered_people=sum(one.size or 0 for one in covered),
    )


def by(
    markets: Sequence[MarketSegment], fact: str, key: Callable[[MarketSegment], str | None]
) -> tuple[tuple[str | None, Coverage], ...]:
    """The coverage of each group, by `key`; what has none comes last."""
    groups: dict[str | None, list[MarketSegment]] = defaultdict(list)
    for one in markets:
        groups[key(one)].append(one)
    ordered = sorted(groups.items(), key=lambda item: (item[0] is None, item[0] or ""))
    return tuple((name, coverage(group, fact)) for name, group in ordered)


def place_below(place: str | None, above: str | None) -> str | None:
    """The place one step below `above` that `place` lies in, itself when it is `above`; None when it is unknown."""
    if place is None:
        return None
    depth = (above.count("/") + 2) if above else 1
    return "/".join(place.split("/")[:depth])
