"""Small catalogs for tests, written as the document that a person would write."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from catalog.documents import document
from catalog.offering import Offering
from catalog.snapshot import Snapshot

ZONE = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 3, 1, 4, tzinfo=UTC)


def offering(code: str, **fields: Any) -> dict[str, Any]:
    return {"code": code, "name": {"en": code.title()}, **fields}


def requires(target: str, group: str | None = None) -> dict[str, Any]:
    return {"relationshipType": "REQUIRES", "target": target, "group": group}


def excludes(target: str) -> dict[str, Any]:
    return {"relationshipType": "EXCLUDES", "target": target}


def monthly(value: str) -> dict[str, Any]:
    price = {"unit": "CNY", "value": value}
    return {"code": "monthly", "priceType": "RECURRING", "price": price, "recurringChargePeriod": "month"}


def catalog(
    *offerings: dict[str, Any], categories: tuple[dict[str, Any], ...] = (), **registers: list[dict[str, Any]]
) -> document.CatalogDocument:
    """The document's values; fails when it has a problem."""
    written = {"categories": list(categories), "offerings": list(offerings), **registers}
    found, problems = document.read(written, ZONE)
    assert not problems, [problem.place + " " + problem.message.said("en") for problem in problems]
    return found


def snapshot(*offerings: dict[str, Any], categories: tuple[dict[str, Any], ...] = ()) -> Snapshot:
    """A snapshot of these, each in its first version, with ids in their order from 1 on."""
    read = catalog(*offerings, categories=categories)
    versions: dict[str, tuple[Offering, ...]] = {}
    for number, one in enumerate(read.offerings, start=1):
        object.__setattr__(one, "id", number)
        versions[one.code] = (one,)
    return Snapshot(1, versions, {one.code: one for one in read.categories}, {})
