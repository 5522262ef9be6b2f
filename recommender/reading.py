"""Ranges of customers out of PostgreSQL as the arrays that training reads: what they held when, and what was known.

It knows statements and the layout of their rows; it must not know what is learned from them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pyarrow as pa

import sql
from recommender import profile_store
from recommender.copying import Rows, fixed, layout, seconds_of, text
from recommender.facts import Facts
from recommender.inputs import AttributeKind, Column
from recommender.interactions import (
    ENDED,
    FORCED,
    INACTIVE,
    UNKNOWN_END,
    UNKNOWN_START,
    VOLUNTARY,
    BoolArray,
    History,
    IntArray,
)
from recommender.json_columns import coded
from recommender.places import Places
from recommender.splits import Data
from recommender.store import Range, Vocabulary
from sql.pool import Connection

QUERIES = sql.queries("recommender")
CUTOFFS = 4
_HOLDING = layout(
    ("customer", ">i8"), ("offering", ">i4"), ("order", ">i4"), ("start", ">i8"), ("end", ">i8"), ("forced", "?")
)
_IDLE = layout(("customer", ">i8"), ("offering", ">i4"), *((f"idle_{one}", "?") for one in range(1, CUTOFFS + 1)))
_MEMBER = layout(("customer", ">i8"), ("market", ">i4"), ("since", ">i8"), ("until", ">i8"))
_PERSON = pa.schema([("id", pa.int64()), ("kind", pa.string()), ("place", pa.string()), ("joined", pa.float64())])


@dataclass(frozen=True, slots=True)
class _Part:
    """What came of one range."""

    people: pa.Table
    holdings: Rows
    idle: Rows
    members: Rows
    known: profile_store.Known | None


async def read(
    connection: Connection,
    parts: Sequence[Range],
    words: Vocabulary,
    kinds: Mapping[str, AttributeKind],
    cutoffs: Sequence[int],
) -> Data:
    """Customers of some ranges of ids as arrays. `cutoffs` (seconds since 1970, rising) are at most four."""
    found = [await _part(connection, part, kinds, cutoffs) for part in parts]
    people = pa.concat_tables([_PERSON.empty_table(), *(one.people for one in found)]).sort_by("id")
    places = Places.of(people.column("id").to_numpy())
    holdings, idle = (np.concatenate([getattr(one, name) for one in found]) for name in ("holdings", "idle"))
    members = np.concatenate([one.members for one in found])
    known = [one.known for one in found if one.known is not None]
    profiles = profile_store.joined(known, kinds if known else {})
    return Data(
        _history(places, holdings, idle, words, tuple(cutoffs)),
        profiles.of(len(places), places.rows(profiles.customer)),
        _facts(places, people, members, await connection.fetch(QUERIES.markets)),
    )


async def _part(
    connection: Connection, part: Range, kinds: Mapping[str, AttributeKind], cutoffs: Sequence[int]
) -> _Part:
    moments = [datetime.fromtimestamp(cutoff, UTC) for cutoff in cutoffs]
    months = [_month(moment) for moment in [moments[0]] * (CUTOFFS - len(moments)) + moments]
    return _Part(
        await text(connection, _PERSON, QUERIES.customers, *part),
        await fixed(connection, _HOLDING, QUERIES.holdings, *part, moments[-1]),
        await fixed(connection, _IDLE, QUERIES.unused, *part, *months),
        await fixed(connection, _MEMBER, QUERIES.memberships, *part),
        await profile_store.read(connection, *part, moments[-1], kinds) if kinds else None,
    )


def _month(moment: datetime) -> date:
    """Use is known by whole months: of those before this one."""
    return date(moment.year, moment.month, 1)


def _history(places: Places, rows: Rows, idle: Rows, words: Vocabulary, cutoffs: tuple[int, ...]) -> History:
    owner = places.rows(rows["customer"].astype(np.int64))
    # By customer, once for all: they come in runs, each sorted, and whatever is made of them sorts them again.
    order = np.argsort(owner, kind="stable")
    order = order[np.searchsorted(owner, 0, sorter=order) :]
    rows, owner = rows[order], owner[order]
    offering, forced = rows["offering"].astype(np.int64), rows["forced"].astype(bool)
    end = seconds_of(rows["end"], up=True)
    unused = _unused(places, owner, offering, idle)
    kind = np.empty((len(rows), len(cutoffs)), dtype=np.int8)
    for place, cutoff in enumerate(cutoffs):
        how = np.where(forced, FORCED, VOLUNTARY).astype(np.int8)
        how[unused[:, CUTOFFS - len(cutoffs) + place] & ~forced] = INACTIVE
        how[end <= cutoff] = ENDED
        kind[:, place] = how
    end[end == UNKNOWN_START] = UNKNOWN_END
    return History(
        len(places),
        len(words.items),
        owner,
        words.place[offering],
        seconds_of(rows["start"]),
        forced,
        words.place[rows["order"].astype(np.int64)],
        kind,
        cutoffs,
        end,
    )


def _unused(places: Places, owner: IntArray, offering: IntArray, idle: Rows) -> BoolArray:
    """rows × CUTOFFS: whether what is held was not used at all in the last month known at the cutoff."""
    found = np.zeros((len(owner), CUTOFFS), dtype=bool)
    if not len(idle):
        return found
    flags = np.stack([idle[f"idle_{one}"] for one in range(1, CUTOFFS + 1)], axis=1)
    width = int(max(offering.max(initial=0), idle["offering"].max())) + 1
    keys = places.rows(idle["customer"].astype(np.int64)) * width + idle["offering"].astype(np.int64)
    order = np.argsort(keys)
    keys, flags = keys[order], flags[order]
    some = np.zeros(len(places), dtype=bool)
    some[keys[keys >= 0] // width] = True
    asked = np.flatnonzero(some[owner])
    wanted = owner[asked] * width + offering[asked]
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    same = keys[at] == wanted
    found[asked[same]] = flags[at[same]]
    return found


def _facts(places: Places, people: pa.Table, rows: Rows, markets: Sequence[Any]) -> Facts:
    number = np.full(max((row["id"] for row in markets), default=0) + 1, -1, dtype=np.int64)
    number[[row["id"] for row in markets]] = np.arange(len(markets))
    owner = places.rows(rows["customer"].astype(np.int64))
    there = owner >= 0
    since, until = seconds_of(rows["since"], up=True), seconds_of(rows["until"], up=True)
    return Facts.of_columns(
        _words(people.column("kind")),
        people.column("joined").to_numpy(),
        _words(people.column("place")),
        owner[there],
        number[rows["market"].astype(np.int64)][there],
        since[there],
        until[there],
        tuple(row["kind"] for row in markets),
    )


def _words(values: pa.ChunkedArray) -> Column:
    codes, words = coded(values)
    return Column("categorical", np.empty(0), codes, words)
