"""Checks that hold at one instant and fail at another, and the instants at which they may.

Knows instants; must not know a rule. The catalog changes only where something begins or ends, so a check is asked there
and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from catalog.errors import Problem
from catalog.period import Period


@dataclass(frozen=True, slots=True)
class Check:
    """`found(at)` is what is wrong at an instant; its answer can change only at `edges`."""

    edges: Iterable[datetime]
    found: Callable[[datetime], Iterable[Problem]]


def first_found(checks: Iterable[Check], start: datetime, until: Period | None) -> Iterator[tuple[Problem, datetime]]:
    """Each problem with the first instant from `start` on at which it holds; without `until`, at `start` alone."""
    for check in checks:
        ahead = {edge for edge in check.edges if edge > start and until.contains(edge)} if until else set[datetime]()
        seen: set[tuple[object, ...]] = set()
        for at in (start, *sorted(ahead)):
            for problem in check.found(at):
                key = (problem.code, problem.path)
                if key not in seen:
                    seen.add(key)
                    yield problem, at
