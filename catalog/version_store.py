"""Versions of offerings between PostgreSQL and values, with all that belongs to each.

Knows statements and their columns; must not know rules, nor open a transaction that it was not handed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Container, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

import orjson
from asyncpg import Connection, Record

import sql
from catalog import price_rows, trial
from catalog.bundle import BundleGroup, BundlePart
from catalog.complexity import Complexity
from catalog.lifecycle import LifecycleStatus
from catalog.offering import ChannelUse, ExternalIdentifier, Offering, Relationship, RelationshipType
from catalog.price import Quantity
from catalog.specification import CharacteristicUse, write_use
from catalog.text import Text
from catalog.trial import Conversion, Trial

QUERIES = sql.queries("catalog")
T = TypeVar("T")
VersionKey = tuple[int, int]
Versions = dict[str, tuple[Offering, ...]]


class Rows(NamedTuple):
    """What PostgreSQL has of a set of versions, not yet put together."""

    versions: list[Record]
    prices: list[Record]
    terms: list[Record]
    parts: list[Record]
    groups: list[Record]
    relationships: list[Record]
    categories: list[Record]
    channels: list[Record]


async def rows(conn: Connection, at: datetime | None, ids: list[int] | None, timeout: float | None = None) -> Rows:
    """The versions of the offerings `ids` (None: all) that are current or coming at `at`; None: every one of them."""

    async def fetch(query: sql.Query) -> list[Record]:
        return list(await conn.fetch(query, ids, timeout=timeout))

    return Rows(
        versions=list(await conn.fetch(QUERIES.versions, at, ids, timeout=timeout)),
        prices=await fetch(QUERIES.prices),
        terms=await fetch(QUERIES.terms),
        parts=await fetch(QUERIES.parts),
        groups=await fetch(QUERIES.groups),
        relationships=await fetch(QUERIES.relationships),
        categories=await fetch(QUERIES.offering_categories),
        channels=await fetch(QUERIES.channels),
    )


def assemble(found: Rows) -> Versions:
    """code → its versions, oldest first. What is the same in several versions is one object: they share most of it."""
    wanted = {(row["id"], row["version"]) for row in found.versions}
    prices = _children(found.prices, price_rows.price, wanted)
    terms = _children(found.terms, price_rows.term, wanted)
    parts = _children(found.parts, _part, wanted)
    groups = _children(found.groups, _group, wanted)
    relationships = _children(found.relationships, _relationship, wanted)
    categories = _children(found.categories, lambda row: str(row["code"]), wanted)
    channels = _children(found.channels, _channel, wanted)
    texts: dict[str, Text] = {}
    versions: dict[str, list[Offering]] = defaultdict(list)
    for row in found.versions:
        key = (row["id"], row["version"])
        versions[row["code"]].append(
            _offering(
                row,
                texts,
                prices=prices.get(key, ()),
                terms=terms.get(key, ()),
                parts=parts.get(key, ()),
                groups=groups.get(key, ()),
                relationships=relationships.get(key, ()),
                category=categories.get(key, ()),
                channel=channels.get(key, ()),
            )
        )
    return {code: tuple(found) for code, found in versions.items()}


async def of_code(conn: Connection, code: str) -> tuple[Offering, ...]:
    """Every version of an offering, oldest first; none when there is no such code."""
    found = await conn.fetchval(QUERIES.offering_id, code)
    return () if found is None else (await _read(conn, None, [found])).get(code, ())


async def reached(conn: Connection, codes: Collection[str]) -> Versions:
    """Every version of these offerings and of all that they contain or require; unknown codes are left out."""
    return await _read(conn, None, [row["id"] for row in await conn.fetch(QUERIES.reached, list(codes))])


async def parents(conn: Connection, offering_id: int) -> Versions:
    """Every version of the offerings that contain this one in some version."""
    return await _read(conn, None, [row["id"] for row in await conn.fetch(QUERIES.parents, offering_id)])


async def _read(conn: Connection, at: datetime | None, ids: list[int] | None) -> Versions:
    return assemble(await rows(conn, at, ids))


def _children(
    found: list[Record], make: Callable[[Record], T], wanted: Container[VersionKey]
) -> dict[VersionKey, tuple[T, ...]]:
    """Version → its values, equal ones made once; equal lists of them are one list."""
    made: dict[tuple[object, ...], T] = {}
    lists: dict[VersionKey, list[T]] = {}
    for row in found:
        offering, version, *content = row
        if (offering, version) not in wanted:
            continue
        content_key = tuple(content)
        value = made.get(content_key)
        if value is None:
            value = made[content_key] = make(row)
        lists.setdefault((offering, version), []).append(value)
    # By identity: equal values are one object here.
    shared: dict[tuple[int, ...], tuple[T, ...]] = {}
    return {key: shared.setdefault(tuple(map(id, values)), tuple(values)) for key, values in lists.items()}


def _text(written: str, texts: dict[str, Text]) -> Text:
    found = texts.get(written)
    if found is None:
        found = texts[written] = Text.from_json(orjson.loads(written))
    return found


def _offering(row: Record, texts: dict[str, Text], **lists: Any) -> Offering:
    return Offering(
        id=row["id"],
        code=row["code"],
        version=row["version"],
        template=row["template"],
        name=_text(row["name"], texts),
        description=_text(row["description"], texts),
        is_sellable=row["is_sellable"],
        lifecycle_status=LifecycleStatus(row["lifecycle_status"]),
        status_reason=row["status_reason"],
        valid=price_rows.period(row),
        family=row["family"],
        step=row["step"],
        complexity=Complexity(row["complexity"]),
        talking_point=_text(row["talking_point"], texts),
        margin=row["margin"],
        external_identifier=tuple(
            ExternalIdentifier(known["owner"], known["id"]) for known in row["external_identifier"]
        ),
        last_update=row["last_update"],
        etag=row["etag"],
        specification=row["specification"],
        characteristics=tuple(_use(use) for use in row["characteristics"]),
        place=tuple(row["places"]),
        market_segment=tuple(row["market_segments"]),
        policy=tuple(row["policies"]),
        allowed_action=tuple(row["allowed_actions"]),
        trial=_trial(row["trial"]),
        **lists,
    )


def _use(value: Mapping[str, Any]) -> CharacteristicUse:
    return CharacteristicUse(value["name"], tuple(value["value"]), value.get("default"))


def _trial(value: Mapping[str, Any] | None) -> Trial | None:
    if value is None:
        return None
    duration = Quantity(Decimal(value["duration"]["amount"]), value["duration"]["units"])
    return Trial(duration, Conversion(value["conversion"]), value.get("to"))


def _part(row: Record) -> BundlePart:
    return BundlePart(row["code"], row["lower_limit"], row["default_count"], row["upper_limit"], row["group_code"])


def _group(row: Record) -> BundleGroup:
    name = Text.from_json(orjson.loads(row["name"]))
    return BundleGroup(row["code"], name, row["lower_limit"], row["upper_limit"], row["parent_code"])


def _relationship(row: Record) -> Relationship:
    kind = RelationshipType(row["relationship_type"])
    return Relationship(kind, row["target"], row["group_code"], row["min_count"], row["max_count"])


def _channel(row: Record) -> ChannelUse:
    return ChannelUse(row["channel"], price_rows.period(row))


async def end(conn: Connection, offering_id: int, when: datetime, at: datetime) -> None:
    await conn.execute(QUERIES.end_version, offering_id, when, at)


async def rewrite(conn: Connection, one: Offering, beside: Sequence[Offering] = ()) -> bool:
    """Replaces the version whose etag comes before that of `one`; False, with nothing written, when there is none.

    The validity of the versions `beside` it changes in between, so that at no time two are in force.
    """
    if await conn.fetchval(QUERIES.delete_version, one.id, one.version, one.etag - 1) is None:
        return False
    for other in beside:
        start, end = other.valid.start, other.valid.end
        await conn.execute(QUERIES.put_validity, other.id, other.version, start, end, one.last_update)
    await insert(conn, one)
    return True


async def insert(conn: Connection, one: Offering) -> None:
    """Writes a version and all that belongs to it; `one.id` is its offering's row."""
    await insert_many(conn, [one])


async def insert_many(conn: Connection, found: Sequence[Offering]) -> None:
    """Writes versions and all that belongs to them, a statement a table."""
    keyed = [((one.id, one.version), one) for one in found]
    rows: list[tuple[sql.Query, list[tuple[object, ...]]]] = [
        (QUERIES.insert_version, [(*key, *_version_row(one)) for key, one in keyed]),
        (
            QUERIES.insert_price,
            [(*key, at, *price_rows.of_price(price)) for key, one in keyed for at, price in enumerate(one.prices)],
        ),
        (
            QUERIES.insert_term,
            [(*key, at, *price_rows.of_term(term)) for key, one in keyed for at, term in enumerate(one.terms)],
        ),
        (
            QUERIES.insert_group,
            [
                (*key, at, *_group_row(group))
                for key, one in keyed
                for at, group in enumerate(parents_first(one.groups))
            ],
        ),
        (
            QUERIES.insert_part,
            [
                (*key, at, part.code, part.lower, part.default, part.upper, part.group)
                for key, one in keyed
                for at, part in enumerate(one.parts)
            ],
        ),
        (
            QUERIES.insert_relationship,
            [
                (*key, known.relationship_type.value, known.target, known.group, known.min, known.max)
                for key, one in keyed
                for known in one.relationships
            ],
        ),
        (QUERIES.insert_category, [(*key, code) for key, one in keyed for code in one.category]),
        (
            QUERIES.insert_channel,
            [(*key, use.channel, use.valid.start, use.valid.end) for key, one in keyed for use in one.channel],
        ),
    ]
    for statement, lines in rows:
        if lines:
            await conn.executemany(statement, lines)


def _version_row(one: Offering) -> tuple[object, ...]:
    return (
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
        one.specification,
        [write_use(use) for use in one.characteristics],
        list(one.place),
        list(one.market_segment),
        list(one.policy),
        list(one.allowed_action),
        trial.write(one.trial),
    )


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
