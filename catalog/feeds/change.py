"""One change of the catalog as other systems follow it: what it was about, who made it, what was and what is.

Knows the shape of a change and of a date that is coming; must not know where changes are kept or who reads them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from catalog.lifecycle import EDITABLE
from catalog.offering import Offering
from catalog.period import Period
from catalog.snapshot import Snapshot

OFFERING = "product_offering"


@dataclass(frozen=True, slots=True)
class Change:
    """`before` and `after` hold the fields that differ; a field that is missing from one was, or is, empty.

    Rows come in the order of `sequence`, which has gaps; at `revision` the catalog in memory has the change. Without a
    `subject` a file brought it.
    """

    sequence: int
    revision: int
    at: datetime
    subject: str | None
    request_id: str | None
    entity: str
    code: str
    version: int | None
    action: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


class Turn(StrEnum):
    """What a date that is reached does."""

    STARTS = "STARTS"
    ENDS = "ENDS"


@dataclass(frozen=True, slots=True, order=True)
class Coming:
    """Something begins or ends at `at` without anybody's doing: a launch on its date, a category that closes."""

    at: datetime
    entity: str
    code: str
    version: int
    turn: Turn


def coming(snapshot: Snapshot, after: datetime, until: datetime | None) -> list[Coming]:
    """What begins or ends behind `after` and not later than `until` (None: ever), in order.

    A version in design has dates too, and reaching them does nothing.
    """
    found = (one for one in _dates(snapshot) if after < one.at and (until is None or one.at <= until))
    return sorted(found)


def _dates(snapshot: Snapshot) -> Iterator[Coming]:
    for versions in snapshot.versions.values():
        for one in versions:
            if one.lifecycle_status not in EDITABLE:
                yield from _of_offering(one)
    registers: Mapping[str, Mapping[str, Any]] = {
        "category": snapshot.categories,
        "market_segment": snapshot.markets,
        "specification": snapshot.specifications,
        "place": snapshot.places,
        "channel": snapshot.channels,
        "policy": snapshot.policies,
        "solution": snapshot.solutions,
    }
    for entity, register in registers.items():
        for code, value in register.items():
            yield from _of(entity, code, 0, value.valid)


def _of_offering(one: Offering) -> Iterator[Coming]:
    yield from _of(OFFERING, one.code, one.version, one.valid)


def _of(entity: str, code: str, version: int, valid: Period) -> Iterator[Coming]:
    if valid.start:
        yield Coming(valid.start, entity, code, version, Turn.STARTS)
    if valid.end:
        yield Coming(valid.end, entity, code, version, Turn.ENDS)
