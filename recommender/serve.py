"""Scores and reasons for one customer, from the holdings and attributes of this moment.

It knows a loaded model and candidates given by code; it must not know a database, eligibility, or the current time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from recommender import climbing, explain, scoring
from recommender.artifact import Contents, Served, unpack
from recommender.asked import Asked
from recommender.inputs import AttributeTable, InputSpace, Value
from recommender.interactions import (
    HELD,
    BoolArray,
    Float32Array,
    Float64Array,
    IntArray,
    Matrix,
    strongest,
)
from recommender.market import PRIOR_MEMBERS, MarketItem, rank_items
from recommender.ranking import LIKELIEST, Ranking, diverse, order
from recommender.scored import Holding, Member, Scored, Step


@dataclass(frozen=True, slots=True)
class Ranked:
    """What is offered, best first, and the items that would have stood among them but for a full group.

    `by_value` says whether the order is that of chance × worth.
    """

    items: tuple[Scored, ...]
    passed_over: tuple[str, ...]
    by_value: bool


class Recommender:
    """A loaded model; immutable, so threads share it and a server swaps one reference."""

    __slots__ = ("_contents", "_labels", "items", "manifest", "version")

    def __init__(self, contents: Contents, manifest: dict[str, Any], version: int) -> None:
        self._contents = contents
        self._labels = tuple(contents.space.describe(column) for column in range(contents.space.width))
        self.items: tuple[str, ...] = contents.space.items
        self.manifest = manifest
        self.version = version

    @classmethod
    def load(cls, artifact: bytes, manifest: dict[str, Any], version: int) -> Recommender:
        """Raises BadModel unless every check of `artifact.unpack` passes."""
        return cls(unpack(artifact, manifest), manifest, version)

    @property
    def space(self) -> InputSpace:
        return self._contents.space

    @property
    def contents(self) -> Contents:
        return self._contents

    def source(self, *, history: bool, personal: bool = True) -> str:
        """The name of the model that answers for such a customer."""
        return self._served(history, personal).name

    def _served(self, history: bool, personal: bool = True) -> Served:
        if not personal:
            return self._contents.roles["popularity"]
        return self._contents.roles["warm" if history else "cold"]

    def rank(
        self,
        holdings: Sequence[Holding],
        attributes: Mapping[str, Value],
        *,
        at: datetime,
        candidates: Collection[str] | None,
        n: int,
        personal: bool = True,
    ) -> list[Scored]:
        """As `choose`, the likeliest first."""
        return list(self.choose(holdings, attributes, at=at, candidates=candidates, n=n, personal=personal).items)

    def choose(
        self,
        holdings: Sequence[Holding],
        attributes: Mapping[str, Value],
        *,
        at: datetime,
        candidates: Collection[str] | IntArray | None,
        n: int,
        personal: bool = True,
        ranking: Ranking = LIKELIEST,
    ) -> Ranked:
        """At most `n` of the candidates in the order of `ranking`; candidates None: everything not held.

        Candidates are codes, or their places in `items`, rising. Items the model does not know or has no evidence for
        are left out, so there may be fewer. `personal=False` reads neither holdings nor attributes for the scores.
        """
        space = self.space
        held = space.holding_columns((one.item, one.column_kind(at)) for one in holdings)
        known = held + space.attribute_columns(attributes, at=at.timestamp()) if personal else []
        asked = self._asked(known, history=bool(held), personal=personal)
        scores = asked.scores()
        offered = candidates if isinstance(candidates, np.ndarray) else self._candidates(candidates, held)
        offered = offered[scores[offered] != 0]
        worth = self._worth(offered, ranking)
        chances = asked.chances(scores[offered]) if worth is not None else None
        ordered = offered[order(scores[offered], chances, worth)].tolist()
        kept, passed = diverse((self.items[j] for j in ordered), ranking, n)
        return Ranked(self._scored(asked, known, kept, scores), tuple(passed), chances is not None)

    def _scored(
        self, asked: Asked, known: Sequence[int], items: Sequence[str], scores: Float64Array
    ) -> tuple[Scored, ...]:
        """The items with reasons and how sure; only what is shown is explained."""
        places = np.array([self.space.index[item] for item in items], dtype=np.int64)
        own = scores[places]
        chances = asked.chances(own)
        sure = [None] * len(items) if chances is None else chances.tolist()
        why = explain.reasons([self._labels[column] for column in known], asked.parts[:, places], asked.bias[places])
        return tuple(map(Scored, items, own.tolist(), sure, why))

    def _asked(self, known: Sequence[int], *, history: bool, personal: bool) -> Asked:
        """The model that answers for such a customer, asked of what is known."""
        asked = Asked.of(self._served(history, personal), known)
        if not asked.is_silent:
            return asked
        # What this customer holds says nothing to the model for customers with history.
        return Asked.of(self._served(False, personal), known)

    def _worth(self, offered: IntArray, ranking: Ranking) -> Float64Array | None:
        if ranking.value is None:
            return None
        return np.array([ranking.value.get(self.items[j], 0.0) for j in offered.tolist()], dtype=np.float64)

    def upsell(
        self,
        holdings: Sequence[Holding],
        attributes: Mapping[str, Value],
        *,
        at: datetime,
        candidates: Collection[str] | None = None,
        n: int,
    ) -> list[Step]:
        """At most `n` next steps of what is held, the likeliest first; scores are log odds.

        Empty where training saw nobody go up. `candidates` None: every next step that is not held.
        """
        return climbing.steps(self._contents, self._labels, holdings, attributes, at, candidates)[:n]

    def _candidates(self, candidates: Collection[str] | None, held: list[int]) -> IntArray:
        if candidates is not None:
            index = self.space.index
            return np.array(sorted({index[code] for code in candidates if code in index}), dtype=np.int64)
        free = np.ones(len(self.items), dtype=bool)
        free[[column % len(self.items) for column in held if column < HELD * len(self.items)]] = False
        return np.flatnonzero(free).astype(np.int64)

    def encode(
        self,
        customers: int,
        customer: IntArray,
        item: IntArray,
        kind: IntArray,
        table: AttributeTable | None = None,
        *,
        at: datetime,
    ) -> Matrix:
        """customers × inputs. Parallel arrays: row of the customer, place in `items`, place in KINDS."""
        cells = strongest(customers, len(self.items), customer, item, kind)
        return self.space.encode(cells, table, at=at.timestamp())

    def explained(self, columns: IntArray, items: IntArray, role: int) -> list[Scored]:
        """Items (by place) for one customer with these columns, with reasons, by the model in `scoring.ROLES[role]`."""
        served = self._contents.roles[scoring.ROLES[role]]
        known = [] if role == scoring.GENERAL else columns.tolist()
        asked = Asked.of(served, known)
        why = explain.reasons([self._labels[column] for column in known], asked.parts[:, items], asked.bias[items])
        found = zip(items.tolist(), asked.scores()[items].tolist(), why, strict=True)
        return [Scored(self.items[j], score, None, reasons) for j, score, reasons in found]

    def score_many(self, inputs: Iterable[Member] | Matrix, *, at: datetime) -> Float32Array:
        """rows × items; -inf where the model that answers for the customer has no evidence."""
        known = inputs if isinstance(inputs, csr_array) else self._encode_members(inputs, at)
        return scoring.scores_by_role(self._contents, known)[0]

    def _encode_members(self, members: Iterable[Member], at: datetime) -> Matrix:
        space, moment = self.space, at.timestamp()
        rows = [
            space.holding_columns((one.item, one.column_kind(at)) for one in holdings)
            + space.attribute_columns(attributes, at=moment)
            for holdings, attributes in members
        ]
        return space.from_rows(rows)

    def rank_market(
        self,
        members: Sequence[Member],
        eligible: BoolArray,
        *,
        at: datetime,
        n: int,
        min_size: int = 5,
        like: Mapping[str, tuple[float, float]] | None = None,
    ) -> list[MarketItem]:
        """The items most worth bringing to these members together, at most `n`.

        `like` has the penetration among markets like this one, and how strongly it draws, of items for which that is
        known; the others are compared with all customers. `eligible` is members × items aligned with `self.items`;
        holders are left out here. Fewer members, or fewer eligible ones, than `min_size` would speak of single people:
        nothing is said.
        """
        if len(members) < min_size:
            return []
        inputs = self._encode_members(members, at)
        rows = scoring.by_role(self._contents, inputs)
        width = len(self.items)
        held: BoolArray = inputs[:, : HELD * width].toarray().reshape(-1, HELD, width).max(axis=1) > 0
        known, everywhere = like or {}, self._contents.reference
        compared = [known.get(code, (everywhere.get(code, 0.0), PRIOR_MEMBERS)) for code in self.items]
        reference, strength = np.array(compared, dtype=np.float64).reshape(width, 2).T
        offered = eligible & ~held
        scored = (rows.scores, rows.worth, rows.chances)
        return rank_items(self.items, *scored, held, offered, reference, strength, min_size=min_size)[:n]
