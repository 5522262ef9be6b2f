"""What can be taken, as the generator sees it: lines of one or more steps, and what draws customers to them.

Knows appetites, prerequisites and dates; must not know customers. A day is counted from the beginning of the story,
which is `STORY` days long.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from api.demo import catalog

STORY = 730
"""Days from the first subscription that is told to the end of the story."""
PACE = {"people": 0.31, "enterprise": 0.75}
"""Scales every uptake, so that a customer holds about six things in the end."""
STRENGTH = {"people": 1.5, "enterprise": 1.0}
"""Scales every appetite: how much needs decide, against chance."""


@dataclass(frozen=True, slots=True)
class Pick:
    """A group of a bundle: `lower` of `offerings` are taken."""

    offerings: tuple[int, ...]
    lower: int


@dataclass(frozen=True, slots=True)
class Line:
    """A ladder of offerings (positions in `catalog.codes()`), most of them with a single step.

    `uptake` is the yearly rate at which a customer without particular needs takes it; `appetite` is added to its
    logarithm, by feature. `trend` is that logarithm's slope a year. Customers hold one line of a `contest` at a time.
    """

    offerings: tuple[int, ...]
    uptake: float
    appetite: Mapping[str, float]
    trend: float
    churn: float
    trial: float
    gift: bool
    base: bool
    contest: str
    moment: str | None
    where: str | None
    phone5g: bool
    launched: float
    retired: float
    requires: tuple[tuple[int, ...], ...]
    parts: tuple[int, ...]
    picks: tuple[Pick, ...]

    @property
    def is_bundle(self) -> bool:
        return bool(self.parts or self.picks)


def lines(side: str, until: date) -> tuple[Line, ...]:
    """The lines of "people" or "enterprise", each after its prerequisites: the base, bundles, the rest."""
    place = {code: position for position, code in enumerate(catalog.codes())}
    found = [_line(entry, place, until, side) for of, entry in catalog.entries() if of == side and _was_sold(entry)]
    return tuple(sorted(found, key=lambda line: (not line.base, not line.is_bundle)))


def _was_sold(entry: Mapping[str, Any]) -> bool:
    return bool(entry.get("base") or entry.get("uptake"))


def _line(entry: Mapping[str, Any], place: Mapping[str, int], until: date, side: str) -> Line:
    is_bundle = "parts" in entry or "groups" in entry
    offerings = tuple(place[step["code"]] for step in catalog.steps(entry))
    return Line(
        offerings=offerings,
        uptake=PACE[side] * entry.get("uptake", 0.0),
        appetite={name: STRENGTH[side] * by for name, by in entry.get("appetite", {}).items()},
        trend=entry.get("trend", 0.0),
        churn=entry.get("churn", 1.0),
        trial=entry.get("trial", 0.0),
        gift=entry.get("gift", False),
        base=entry.get("base", False),
        contest="bundle" if is_bundle else entry.get("contest") or str(offerings[0]),
        moment=entry.get("moment"),
        where=entry.get("where"),
        phone5g=entry.get("device") == "5G",
        launched=_day(entry.get("launched", catalog.OLD), until),
        retired=_day(entry["retired"], until) if "retired" in entry else float("inf"),
        requires=tuple(tuple(place[code] for code in group) for group in entry.get("requires", [])),
        parts=tuple(place[code] for code in entry.get("parts", [])),
        picks=tuple(
            Pick(tuple(place[code] for code in group["parts"]), group["lower"]) for group in catalog.leaf_groups(entry)
        ),
    )


def _day(months: int, until: date) -> float:
    return float(STORY - (until - catalog.months_before(until, months)).days)
