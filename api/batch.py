"""Recommendations for everybody: a stretch of customers read, masked, scored and listed, ready to be written.

Knows both rooms and the shape of the table; must not know files, processes or the command line.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any

import numpy as np
import pyarrow as pa

from api import recommending
from api.closed_loop import PLAIN, Policy
from api.eligible import Shelf
from catalog.eligibility import Allowed
from catalog.moment import Moment
from recommender import scoring_store
from recommender.batch import Batch, Wanted
from recommender.facts import FACTS
from recommender.interactions import BoolArray, IntArray, Matrix, indicator
from recommender.market_outlook import Sums, nothing, summed
from recommender.scoring import Best, Lists, best, by_role
from recommender.scoring_store import Resting
from recommender.serve import Recommender
from recommender.store import Range
from sql.pool import Connection

# Rows that are scored together: rows × items × a few arrays stay well below a hundred megabytes.
TOGETHER = 4096
REASON = pa.struct(
    [(name, pa.string()) for name in ("kind", "key", "value", "holding_kind")] + [("weight", pa.float64())]
)


@dataclass(frozen=True, slots=True)
class Job:
    """What is wanted of everybody: lists of at most `n` for `channel` (None: any) at `at`, perhaps with reasons."""

    at: datetime
    n: int = 10
    channel: str | None = None
    reasons: bool = False
    policy: Policy = PLAIN
    # Where the operator is: days are reckoned there.
    zone: tzinfo = UTC

    @property
    def resting(self) -> Resting:
        return Resting(self.at - self.policy.quiet, self.at - self.policy.window, self.policy.cap)


@dataclass(slots=True)
class Seconds:
    """Where the time goes."""

    read: float = 0.0
    mask: float = 0.0
    score: float = 0.0
    write: float = 0.0

    def add(self, other: Seconds) -> None:
        for name in ("read", "mask", "score", "write"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


def schema(job: Job) -> pa.Schema:
    fields = [
        # Each text once, and numbers that point to it: files say what a reader takes for text.
        ("customer", pa.dictionary(pa.int32(), pa.string())),
        ("offering", pa.dictionary(pa.int32(), pa.string())),
        ("priority", pa.int16()),
        ("score", pa.float32()),
        ("probability", pa.float64()),
        ("personalised", pa.bool_()),
    ]
    return pa.schema([*fields, *([("reasons", pa.list_(REASON))] if job.reasons else [])])


@dataclass(slots=True)
class Scorer:
    """One model and one moment of the catalog; `place` maps offering ids to the model's items."""

    recommender: Recommender
    moment: Moment
    job: Job
    place: IntArray
    seconds: Seconds = field(default_factory=Seconds)
    _shelf: Shelf = field(init=False)

    def __post_init__(self) -> None:
        self._shelf = Shelf(self.moment, self.recommender.items, self.job.channel, self.job.at, self.job.zone)

    async def table(self, connection: Connection, part: Range) -> tuple[pa.Table, int]:
        """Everybody of a half-open range of ids, in the order of ids, best first; and how many customers they are."""
        begin = time.perf_counter()
        batch = await scoring_store.read(connection, part, self.job.at, self.job.resting, self._wanted)
        read = time.perf_counter()
        allowed = self._shelf.allowed(batch)
        masked = time.perf_counter()
        found = self._listed(batch, allowed)
        self.seconds.add(Seconds(read - begin, masked - read, time.perf_counter() - masked))
        return found, len(batch)

    def _listed(self, batch: Batch, allowed: Allowed) -> pa.Table:
        job, inputs, personal = self.job, self._inputs(batch), self._personal(batch)
        lists, tables = self._lists(), [schema(job).empty_table()]
        for low in range(0, len(batch), TOGETHER):
            rows = slice(low, low + TOGETHER)
            found = best(self.recommender.contents, inputs[rows], allowed.mask[rows], personal[rows], lists)
            columns = self._columns(found, found.row + low, batch, allowed, personal)
            if job.reasons:
                columns["reasons"] = self._reasons(found, inputs[rows])
            tables.append(pa.table(columns, schema=schema(job)))
        return pa.concat_tables(tables)

    async def sums(self, connection: Connection, part: Range, markets: Mapping[int, int]) -> Sums:
        """What the members among a half-open range of ids add to their markets; `markets`: row id → place.

        Nothing is withheld for having been refused or shown lately: a market is looked at for longer than that.
        """
        everybody = await scoring_store.read(connection, part, self.job.at, self.job.resting, self._wanted)
        batch = everybody.take(everybody.members)
        width = len(self.recommender.items)
        found = nothing(len(markets), width)
        if not len(batch):
            return found
        allowed = self._shelf.allowed(batch.without_rests())
        inputs, personal = self._inputs(batch), batch.personalisation
        held = batch.cells(width, self.place).held(width)
        for low in range(0, len(batch), TOGETHER):
            rows = slice(low, low + TOGETHER)
            scored = by_role(self.recommender.contents, inputs[rows], personal[rows])
            belong = _belonging(batch, markets, low, min(low + TOGETHER, len(batch)))
            found = found + summed(belong, scored, allowed.mask[rows], held[rows])
        return found

    def stands_for(self, item: str) -> str | None:
        """The code that is shown for an item where every copy of it may be bought; None: nothing in force."""
        return self._shelf.first(item)

    def offering_id(self, item: str) -> int | None:
        """The row of the offering that the item is named after."""
        found = self.moment.snapshot.latest(item)
        return found.id if found else None

    def _inputs(self, batch: Batch) -> Matrix:
        return batch.inputs(self.recommender.space, self.place, self.job.at)

    @property
    def _wanted(self) -> Wanted:
        """What rules ask of customers, and what the model reads."""
        asked = self._shelf.wanted
        own = {(attribute.name, attribute.kind) for attribute in self.recommender.space.attributes}
        return Wanted(asked.own, asked.attributes | {one for one in own if one[0] not in FACTS})

    def _personal(self, batch: Batch) -> BoolArray:
        """Whose list is their own: not who switched that off, nor who is in the control group."""
        arm, personal = self.job.policy.arm, batch.personalisation
        if not self.job.policy.control:
            return personal
        pairs = zip(batch.codes.to_pylist(), personal.tolist(), strict=True)
        return np.array([is_on and not arm(code, personal=True) for code, is_on in pairs], dtype=bool)

    def _lists(self) -> Lists:
        """Categories as groups, by the offering that stands for the item."""
        shelf = {one.item: one.category for one in self.moment.ordered if one.code == one.item}
        own = [shelf.get(item, ()) for item in self.recommender.items]
        names = sorted({category for categories in own for category in categories})
        groups = np.array([[name in categories for name in names] for categories in own], dtype=bool)
        return Lists(self.job.n, groups.reshape(len(own), len(names)), self.job.policy.per_category)

    def _columns(
        self, found: Best, rows: IntArray, batch: Batch, allowed: Allowed, personal: BoolArray
    ) -> dict[str, Any]:
        return {
            "customer": pa.DictionaryArray.from_arrays(rows.astype(np.int32), batch.codes),
            "offering": pa.DictionaryArray.from_arrays(
                self._shelf.places(allowed, rows, found.item).astype(np.int32), pa.array(self._shelf.codes, pa.string())
            ),
            "priority": found.priority.astype(np.int16),
            "score": found.score,
            "probability": pa.array(found.chance, from_pandas=True),
            "personalised": personal[rows],
        }

    def _reasons(self, found: Best, inputs: Matrix) -> list[list[dict[str, Any]]]:
        told: list[list[dict[str, Any]]] = []
        for row in np.unique(found.row).tolist():
            own = found.row == row
            columns = inputs.indices[inputs.indptr[row] : inputs.indptr[row + 1]].astype(np.int64)
            scored = self.recommender.explained(columns, found.item[own], int(found.role[own][0]))
            told += [[asdict(one) for one in recommending.shown_reasons(each, self.moment)] for each in scored]
        return told


def _belonging(batch: Batch, markets: Mapping[int, int], low: int, high: int) -> Matrix:
    """markets × customers from `low` up to `high`, 1 where one belongs to the other."""
    number = np.array([markets.get(market, -1) for market, _, _ in batch.markets], dtype=np.int64)
    found, rows = number[batch.belonging.places], batch.belonging.owners
    own = (found >= 0) & (low <= rows) & (rows < high)
    return indicator(len(markets), high - low, found[own], rows[own] - low)
