"""The catalog between PostgreSQL and values: a snapshot read whole, versions and categories written one by one.

Knows statements and their columns; must not know rules, nor open a transaction that it was not handed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from asyncpg import Connection, Record

import sql
from catalog.bundle import BundleGroup, BundlePart
from catalog.customer import Attribute
from catalog.lifecycle import LifecycleStatus
from catalog.market import MarketKind, MarketSegment
from catalog.offering import (
    Category,
    ChannelUse,
    Complexity,
    ExternalIdentifier,
    Offering,
    Relationship,
    RelationshipType,
)
from catalog.period import ALWAYS, Period
from catalog.price import Money, Price, PriceType, Quantity
from catalog.snapshot import Snapshot
from catalog.text import Text
from sql.pool import Database

QUERIES = sql.queries("catalog")
T = TypeVar("T")
VersionKey = tuple[int, int]


async def revision(db: Database) -> int:
    return int(await db.fetchval(QUERIES.revision))


async def load(db: Database, at: datetime, before: Snapshot | None = None) -> Snapshot:
    """The catalog as committed now. Objects equal to those of the snapshot `before` are shared with it."""
    async with db.connection() as conn, conn.transaction(isolation="repeatable_read", readonly=True):
        return await load_within(conn, at, before)


async def load_within(conn: Connection, at: datetime, before: Snapshot | None = None) -> Snapshot:
    """The catalog as the caller's transaction sees it."""
    number = await conn.fetchval(QUERIES.revision)
    prices = await _children(conn, QUERIES.prices, _price)
    parts = await _children(conn, QUERIES.parts, _part)
    groups = await _children(conn, QUERIES.groups, _group)
    relationships = await _children(conn, QUERIES.relationships, _relationship)
    categories = await _children(conn, QUERIES.offering_categories, lambda row: str(row["code"]))
    channels = await _children(conn, QUERIES.channels, _channel)
    versions: dict[str, list[Offering]] = defaultdict(list)
    for row in await conn.fetch(QUERIES.versions, at):
        key = (row["id"], row["version"])
        versions[row["code"]].append(
            _offering(
                row,
                prices=prices[key],
                parts=parts[key],
                groups=groups[key],
                relationships=relationships[key],
                category=categories[key],
                channel=channels[key],
            )
        )
    known = before.versions if before else {}
    return Snapshot(
        revision=number,
        versions={code: _shared(tuple(found), known.get(code, ())) for code, found in versions.items()},
        categories={row["code"]: _category(row) for row in await conn.fetch(QUERIES.categories)},
        markets={row["code"]: _market(row) for row in await conn.fetch(QUERIES.markets, at)},
        attributes={row["code"]: _attribute(row) for row in await conn.fetch(QUERIES.attributes)},
    )


def _shared(found: tuple[Offering, ...], known: tuple[Offering, ...]) -> tuple[Offering, ...]:
    if found == known:
        return known
    same = {one.version: one for one in known}
    return tuple(same[one.version] if same.get(one.version) == one else one for one in found)


async def _children(
    conn: Connection, query: sql.Query, make: Callable[[Record], T]
) -> Mapping[VersionKey, tuple[T, ...]]:
    found: dict[VersionKey, list[T]] = defaultdict(list)
    for row in await conn.fetch(query):
        found[row["offering_id"], row["version"]].append(make(row))
    return defaultdict(tuple, {key: tuple(values) for key, values in found.items()})


def _period(row: Record) -> Period:
    start, end = row["valid_start"], row["valid_end"]
    return Period(start, end) if start or end else ALWAYS


def _offering(row: Record, **lists: Any) -> Offering:
    return Offering(
        id=row["id"],
        code=row["code"],
        version=row["version"],
        template=row["template"],
        name=Text.from_json(row["name"]),
        description=Text.from_json(row["description"]),
        is_sellable=row["is_sellable"],
        lifecycle_status=LifecycleStatus(row["lifecycle_status"]),
        status_reason=row["status_reason"],
        valid=_period(row),
        family=row["family"],
        step=row["step"],
        complexity=Complexity(row["complexity"]),
        talking_point=Text.from_json(row["talking_point"]),
        margin=row["margin"],
        external_identifier=tuple(
            ExternalIdentifier(known["owner"], known["id"]) for known in row["external_identifier"]
        ),
        last_update=row["last_update"],
        etag=row["etag"],
        **lists,
    )


def _price(row: Record) -> Price:
    amount, units = row["unit_of_measure_amount"], row["unit_of_measure_units"]
    return Price(
        code=row["code"],
        price_type=PriceType(row["price_type"]),
        name=Text.from_json(row["name"]),
        price=None if row["value"] is None else Money(row["unit"], row["value"]),
        percentage=row["percentage"],
        unit_of_measure=None if units is None else Quantity(amount, units),
        recurring_charge_period=row["recurring_charge_period"],
        tax_included=row["tax_included"],
        tax_rate=row["tax_rate"],
        valid=_period(row),
    )


def _part(row: Record) -> BundlePart:
    return BundlePart(row["code"], row["lower_limit"], row["default_count"], row["upper_limit"], row["group_code"])


def _group(row: Record) -> BundleGroup:
    name = Text.from_json(row["name"])
    return BundleGroup(row["code"], name, row["lower_limit"], row["upper_limit"], row["parent_code"])


def _relationship(row: Record) -> Relationship:
    kind = RelationshipType(row["relationship_type"])
    return Relationship(kind, row["target"], row["group_code"], row["min_count"], row["max_count"])


def _channel(row: Record) -> ChannelUse:
    return ChannelUse(row["channel"], _period(row))


def _category(row: Record) -> Category:
    return Category(row["code"], Text.from_json(row["name"]), row["parent"], _period(row))


def _market(row: Record) -> MarketSegment:
    return MarketSegment(
        id=row["id"],
        code=row["code"],
        kind=MarketKind(row["kind"]),
        name=Text.from_json(row["name"]),
        place=row["place"],
        size=row["size"],
        potential=row["potential"],
        facts=row["facts"],
        valid=_period(row),
    )


def _attribute(row: Record) -> Attribute:
    return Attribute(row["code"], row["kind"], row["sensitive"], Text.from_json(row["name"]))


async def lock(conn: Connection) -> None:
    await conn.execute(QUERIES.lock)


async def next_revision(conn: Connection, at: datetime) -> int:
    """Moves the revision on and notifies every server process when the caller's transaction commits."""
    return int(await conn.fetchval(QUERIES.next_revision, at))


async def put_categories(conn: Connection, categories: Sequence[Category]) -> int:
    """Writes what differs; returns how many categories changed."""
    changed = set()
    for one in categories:
        if await conn.fetchval(QUERIES.put_category, one.code, one.name.to_json(), one.valid.start, one.valid.end):
            changed.add(one.code)
    for one in categories:
        if await conn.fetchval(QUERIES.put_category_parent, one.code, one.parent):
            changed.add(one.code)
    return len(changed)


async def put_attributes(conn: Connection, attributes: Sequence[Attribute]) -> int:
    """Writes what differs; returns how many attributes changed."""
    changed = 0
    for one in attributes:
        row = (one.code, one.kind, one.sensitive, one.name.to_json())
        changed += await conn.fetchval(QUERIES.put_attribute, *row) is not None
    return changed


async def put_offerings(conn: Connection, codes: Iterable[str]) -> dict[str, int]:
    """Makes sure that every code has its row; code → id."""
    return {code: await conn.fetchval(QUERIES.put_offering, code) for code in codes}


async def put_template(conn: Connection, one: Offering) -> None:
    await conn.execute(QUERIES.put_template, one.code, one.template)


async def end_version(conn: Connection, offering_id: int, when: datetime, at: datetime) -> None:
    await conn.execute(QUERIES.end_version, offering_id, when, at)


async def rewrite_version(conn: Connection, one: Offering) -> None:
    """Replaces a version that may still be edited in place."""
    await conn.execute(QUERIES.delete_version, one.id, one.version)
    await insert_version(conn, one)


async def insert_version(conn: Connection, one: Offering) -> None:
    """Writes a version and all that belongs to it; `one.id` is its offering's row."""
    key = (one.id, one.version)
    await conn.execute(
        QUERIES.insert_version,
        *key,
        one.name.to_json(),
        one.description.to_json(),
        one.is_bundle,
        one.is_sellable,
        one.lifecycle_status.value,
        one.status_reason,
        one.valid.start,
        one.valid.end,
        one.family,
        one.step,
        one.complexity.value,
        one.talking_point.to_json(),
        one.margin,
        [{"owner": known.owner, "id": known.id} for known in one.external_identifier],
        one.last_update,
        one.etag,
    )
    await conn.executemany(QUERIES.insert_price, [(*key, at, *_price_row(p)) for at, p in enumerate(one.prices)])
    groups = [(*key, at, *_group_row(group)) for at, group in enumerate(parents_first(one.groups))]
    await conn.executemany(QUERIES.insert_group, groups)
    parts = [(*key, at, p.code, p.lower, p.default, p.upper, p.group) for at, p in enumerate(one.parts)]
    await conn.executemany(QUERIES.insert_part, parts)
    relations = [(*key, r.relationship_type.value, r.target, r.group, r.min, r.max) for r in one.relationships]
    await conn.executemany(QUERIES.insert_relationship, relations)
    await conn.executemany(QUERIES.insert_category, [(*key, code) for code in one.category])
    channels = [(*key, use.channel, use.valid.start, use.valid.end) for use in one.channel]
    await conn.executemany(QUERIES.insert_channel, channels)


def parents_first(groups: Sequence[BundleGroup]) -> list[BundleGroup]:
    """The groups in an order in which every parent stands before its children; their own order otherwise."""
    ordered: list[BundleGroup] = []
    waiting = list(groups)
    while waiting:
        placed = {group.code for group in ordered}
        ready = [group for group in waiting if group.parent is None or group.parent in placed]
        if not ready:
            raise ValueError("the groups of a bundle stand in a circle")
        ordered += ready
        waiting = [group for group in waiting if group not in ready]
    return ordered


def _group_row(group: BundleGroup) -> tuple[object, ...]:
    return group.code, group.name.to_json(), group.lower, group.upper, group.parent


def _price_row(price: Price) -> tuple[object, ...]:
    money, measure = price.price, price.unit_of_measure
    amount: tuple[str, Decimal | None] = (money.unit, money.value) if money else ("CNY", None)
    return (
        price.code,
        price.name.to_json(),
        price.price_type.value,
        *amount,
        price.percentage,
        measure.amount if measure else None,
        measure.units if measure else None,
        price.recurring_charge_period,
        price.tax_included,
        price.tax_rate,
        price.valid.start,
        price.valid.end,
    )
