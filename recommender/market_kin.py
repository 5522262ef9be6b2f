"""Which cluster markets are like one of which too little is known: its kind, its place, its facts, its size.

It knows markets as plain values; it must not know who belongs to them, nor what they take.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Fact = bool | int | float | str
# So many of the most similar markets are borrowed from.
KIN = 5
# Another kind of market is hardly like it; another place, size or fact is so by degrees.
OTHER_KIND = 0.05


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of a market before anybody in it is; `place` is a path of codes."""

    code: str
    kind: str
    place: str | None = None
    size: int | None = None
    facts: Mapping[str, Fact] | None = None


def likeness(one: Profile, other: Profile) -> float:
    """From 0 to 1: the product of how alike kind, place, facts and size are; what is not known is half alike."""
    kind = 1.0 if one.kind == other.kind else OTHER_KIND
    return kind * _place(one.place, other.place) * _facts(one.facts or {}, other.facts or {}) * _size(one, other)


def kin(one: Profile, known: Sequence[Profile]) -> list[tuple[int, float]]:
    """Places in `known` of the markets most like it, with their likeness, the most alike first; by code where equal."""
    found = [(likeness(one, other), other.code, place) for place, other in enumerate(known) if other.code != one.code]
    return [(place, alike) for alike, _, place in sorted(found, key=lambda each: (-each[0], each[1]))[:KIN]]


def _place(one: str | None, other: str | None) -> float:
    """The shared part of the path: another province counts half, the same district whole."""
    if one is None or other is None:
        return 0.5
    steps, others = one.split("/"), other.split("/")
    shared = 0
    while shared < min(len(steps), len(others)) and steps[shared] == others[shared]:
        shared += 1
    return 0.5 + 0.5 * shared / max(len(steps), len(others))


def _facts(one: Mapping[str, Fact], other: Mapping[str, Fact]) -> float:
    """The share of facts that agree; a yes or no, on which delivery hangs, counts three times as much as a number."""
    names = one.keys() | other.keys()
    if not names:
        return 1.0
    agreed = total = 0.0
    for name in names:
        a, b = one.get(name), other.get(name)
        weight = 3.0 if isinstance(a, bool) or isinstance(b, bool) else 1.0
        total += weight
        agreed += weight * (0.5 if a is None or b is None else _same(a, b))
    return 0.1 + 0.9 * agreed / total


def _same(one: Fact, other: Fact) -> float:
    numbers = isinstance(one, int | float) and isinstance(other, int | float)
    if numbers and not isinstance(one, bool) and not isinstance(other, bool):
        return _ratio(float(one), float(other))
    return float(one == other)


def _size(one: Profile, other: Profile) -> float:
    return 0.5 if not one.size or not other.size else 0.5 + 0.5 * _ratio(float(one.size), float(other.size))


def _ratio(one: float, other: float) -> float:
    """1 for equal amounts, falling with their ratio; amounts that are not above zero are alike when equal."""
    if one <= 0 or other <= 0:
        return float(one == other)
    return math.exp(-abs(math.log(one / other)))
