"""What is known of a customer when eligibility is asked, by the names that policies use.

Knows how facts follow from a customer's row; must not know any policy. What is missing is None, or is not there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timezone
from typing import Protocol

from catalog.policies.condition import ATTRIBUTE, CUSTOMER_PLACE, MARKET_CODE, TAGS, TENURE

# An attribute that is a date is an ISO string, as the import keeps it.
Fact = str | float | bool | date | frozenset[str] | None
Facts = Mapping[str, Fact]
# The operator's day, from which DAYS are counted.
TODAY = "today"


class Person(Protocol):
    """The part of a customer's row that eligibility reads; the table's names."""

    @property
    def kind(self) -> str | None: ...
    @property
    def status(self) -> str | None: ...
    @property
    def brand(self) -> str | None: ...
    @property
    def place(self) -> str | None: ...
    @property
    def enterprise(self) -> str | None: ...
    @property
    def industry(self) -> str | None: ...
    @property
    def size_class(self) -> str | None: ...
    @property
    def joined_at(self) -> datetime | None: ...
    @property
    def tags(self) -> Iterable[str]: ...
    @property
    def personalisation(self) -> bool: ...
    @property
    def attributes(self) -> Mapping[str, str | float | None]: ...
    @property
    def markets(self) -> Iterable[str]: ...


def facts_of(who: Person, at: datetime, known: Facts | None = None) -> dict[str, Fact]:
    """One customer's facts at `at`, an aware time whose offset tells which day it is for the operator.

    `known` adds what is kept elsewhere, like {"customer.valueLevel": "A"}.
    """
    return {
        TODAY: at.date(),
        "customer.kind": who.kind,
        "customer.status": who.status,
        "customer.brand": who.brand,
        TAGS: frozenset(who.tags),
        CUSTOMER_PLACE: who.place,
        "customer.enterprise": who.enterprise,
        "customer.industry": who.industry,
        "customer.sizeClass": who.size_class,
        TENURE: tenure(who.joined_at, at),
        "customer.personalisation": who.personalisation,
        MARKET_CODE: frozenset(who.markets),
        **{ATTRIBUTE + code: value for code, value in who.attributes.items()},
        **(known or {}),
    }


def tenure(joined: datetime | None, at: datetime) -> int | None:
    """Whole months as a customer; days begin at midnight by the offset that `at` has."""
    if joined is None or joined > at:
        return None
    start = joined.astimezone(timezone(at.utcoffset() or UTC.utcoffset(None)))
    return (at.year - start.year) * 12 + at.month - start.month - (at.day < start.day)
