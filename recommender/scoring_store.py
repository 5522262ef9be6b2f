"""Customers by the ten thousand as scoring reads them: what they hold now, what is known of them, what rests.

It knows statements and turns their rows into arrays; it must not know what may be offered, nor where scores go.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pyarrow as pa

import sql
from recommender import json_columns
from recommender.batch import Batch, Several, Wanted, several
from recommender.copying import PATIENCE, Rows, fixed, layout, lines, moment_of, seconds_of, text
from recommender.inputs import AttributeKind, Column, InputSpace
from recommender.interactions import (
    FORCED,
    INACTIVE,
    UNKNOWN_END,
    UNKNOWN_START,
    VOLUNTARY,
    IntArray,
    SmallArray,
    among,
    ended_kinds,
)
from recommender.places import Places
from recommender.store import Range
from sql.pool import Connection, Database

QUERIES = sql.queries("scoring")
_HOLDING = layout(("customer", ">i8"), ("offering", ">i4"), ("end", ">i8"), ("forced", "?"))
_PAIR = layout(("customer", ">i8"), ("other", ">i4"))
_KNOWN = layout(("customer", ">i8"))
_TEXTS = ("status", "brand", "enterprise", "industry", "size_class", "tags", "value_level")
_PERSON = pa.schema(
    [
        *(("id", pa.int64()), ("code", pa.string()), ("kind", pa.string()), ("place", pa.string())),
        *(("joined", pa.float64()), ("personalisation", pa.bool_())),
        *((name, pa.string()) for name in _TEXTS),
    ]
)
# Tags hold no control characters.
_PARTED = "\x1f"


@dataclass(frozen=True, slots=True)
class Resting:
    """From when on a refusal, and from when on `cap` showings (0: never), let an offering rest."""

    refused_since: datetime
    shown_since: datetime
    cap: int = 0


async def places(db: Database, space: InputSpace) -> IntArray:
    """Offering id → place of its item in the model, -1 for what the model has never seen."""
    rows = await db.fetch(sql.queries("recommender").items)
    found = np.full(max((row["offering_id"] for row in rows), default=0) + 1, -1, dtype=np.int64)
    for row in rows:
        found[row["offering_id"]] = space.index.get(row["item"], -1)
    return found


async def read(connection: Connection, part: Range, at: datetime, resting: Resting, wanted: Wanted) -> Batch:
    """Customers of a half-open range of ids as known at `at`."""
    found = await known(connection, part, at, wanted)
    whose = Places.of(found.ids)
    holdings = await fixed(connection, _HOLDING, QUERIES.holdings, *part, at)
    unused = await fixed(connection, _PAIR, QUERIES.unused, *part, date(*at.astimezone(UTC).timetuple()[:2], 1))
    since = (resting.refused_since, resting.shown_since, resting.cap)
    rests = await fixed(connection, _PAIR, QUERIES.resting, *part, at, *since)
    owner, holdings = _owned(whose, holdings)
    offering = holdings["offering"].astype(np.int64)
    kind = _kinds(owner, offering, holdings, _owned(whose, unused), at)
    rest_owner, rests = _owned(whose, rests)
    return replace(
        found,
        owner=owner,
        offering=offering,
        kind=kind,
        rest_owner=rest_owner,
        rest_offering=rests["other"].astype(np.int64),
    )


async def known(connection: Connection, part: Range, at: datetime, wanted: Wanted) -> Batch:
    """The same customers without what they hold or what rests."""
    people = await text(connection, _PERSON, QUERIES.people, *part, at, sorted(wanted.own), _PARTED)
    people = people.sort_by("id")
    ids = people.column("id").to_numpy().astype(np.int64)
    whose = Places.of(ids)
    markets = await connection.fetch(sql.queries("recommender").markets, timeout=PATIENCE)
    member, belong = _owned(whose, await fixed(connection, _PAIR, QUERIES.memberships, *part, at))
    words = {name: _words(people.column(name)) for name in ("kind", "place", *wanted.own) if name != "tags"}
    nothing = np.empty(0, dtype=np.int64)
    return Batch(
        ids=ids,
        codes=people.column("code").combine_chunks(),
        words=words,
        tags=_several(people.column("tags")) if "tags" in wanted.own else None,
        joined=people.column("joined").to_numpy(),
        personalisation=people.column("personalisation").to_numpy(),
        attributes=await _attributes(connection, part, at, whose, wanted),
        belonging=_belonging(member, belong["other"].astype(np.int64), [row["id"] for row in markets], len(ids)),
        markets=tuple((row["id"], row["code"], row["kind"]) for row in markets),
        owner=nothing,
        offering=nothing,
        kind=nothing,
        rest_owner=nothing,
        rest_offering=nothing,
    )


def _owned(whose: Places, rows: Rows) -> tuple[IntArray, Rows]:
    """The rows by customer, and whose they are; those of nobody are left out."""
    owner = whose.rows(rows["customer"].astype(np.int64))
    order = np.argsort(owner, kind="stable")
    order = order[np.searchsorted(owner, 0, sorter=order) :]
    return owner[order], rows[order]


def _kinds(owner: IntArray, offering: IntArray, rows: Rows, unused: tuple[IntArray, Rows], at: datetime) -> SmallArray:
    """How each row is held, what ended by how long ago; one definition with `holding_kind` of look-ups."""
    kind = np.where(rows["forced"].astype(bool), FORCED, VOLUNTARY).astype(np.int8)
    whose, idle = unused
    if len(whose):
        width = int(max(offering.max(initial=0), idle["other"].max())) + 1
        silent = among(owner * width + offering, np.sort(whose * width + idle["other"].astype(np.int64)))
        kind[silent & (kind == VOLUNTARY)] = INACTIVE
    raw = rows["end"].astype(np.int64)
    ended = np.flatnonzero(raw <= moment_of(at))
    end = seconds_of(raw[ended], up=True)
    end[end == UNKNOWN_START] = UNKNOWN_END
    kind[ended] = ended_kinds(end, int(at.timestamp()))
    return kind


def _words(values: Any) -> Column:
    codes, words = json_columns.coded(values, blank=False)
    return Column("categorical", np.empty(0), codes, words)


def _several(values: Any) -> Several:
    """Words parted by _PARTED; few customers differ in all of them."""
    codes, texts = json_columns.coded(values)
    split = [text_.split(_PARTED) if text_ else [] for text_ in texts]
    words = tuple(sorted({word for one in split for word in one}))
    index = {word: place for place, word in enumerate(words)}
    each = Several(
        words,
        np.cumsum([0, *map(len, split), 0]).astype(np.int64),
        np.array([index[word] for one in split for word in one], dtype=np.int64),
    )
    # Code -1 takes the last one, which has no words.
    return each.take(np.where(codes < 0, len(split), codes))


def _belonging(member: IntArray, market: IntArray, ids: Sequence[int], size: int) -> Several:
    """Each market once, in the order of the ids, which is that of the codes."""
    number = np.full(max(ids, default=0) + 1, -1, dtype=np.int64)
    number[list(ids)] = np.arange(len(ids))
    pairs = np.unique(member * max(len(ids), 1) + number[market])
    return several((), size, pairs // max(len(ids), 1), pairs % max(len(ids), 1))


async def _attributes(
    connection: Connection, part: Range, at: datetime, whose: Places, wanted: Wanted
) -> dict[tuple[str, AttributeKind], Column]:
    if not wanted.attributes:
        return {}
    found = await lines(connection, _KNOWN, QUERIES.profiles, *part, at)
    rows = np.full(len(whose) + 1, -1, dtype=np.int64)
    rows[whose.rows(found.rows["customer"].astype(np.int64))] = np.arange(len(found.rows))
    # Who is not among them wrote into the last place, which is nobody's.
    rows = rows[:-1]
    columns: dict[tuple[str, AttributeKind], Column] = {}
    for kinds in _one_kind_each(wanted.attributes):
        table = json_columns.columns(found.json, found.longest, kinds, blank=False)
        columns |= {(name, kinds[name]): _by_customer(column, rows) for name, column in table.items()}
    return columns


def _one_kind_each(attributes: Collection[tuple[str, AttributeKind]]) -> list[dict[str, AttributeKind]]:
    """Mappings that have everything together: rules may take an attribute for another kind than the model did."""
    found: list[dict[str, AttributeKind]] = []
    for name, kind in sorted(attributes):
        home = next((one for one in found if name not in one), None)
        if home is None:
            found.append(home := {})
        home[name] = kind
    return found


def _by_customer(column: Column, rows: IntArray) -> Column:
    if len(column.codes) or len(column.numbers):
        return column.take(rows)
    missing = np.full(len(rows), -1, dtype=np.int64)
    if column.kind == "categorical":
        return replace(column, codes=missing)
    return replace(column, numbers=np.full(len(rows), np.nan))
