"""What many customers may buy, as one mask: the customers of a batch put before the catalog's rules.

Knows both rooms' arrays; must not know scores, and never offers what the rules keep back from a single customer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from itertools import takewhile
from typing import Any

import numpy as np
import numpy.typing as npt

from catalog.eligibility import Allowed, Here, Numbers, Population, Ragged, Words, batch, tenures
from catalog.eligibility.population import Column
from catalog.moment import Moment
from catalog.policies.condition import ATTRIBUTE, CUSTOMER_PLACE, MARKET_CODE, TAGS, TENURE
from recommender.inputs import seconds
from recommender.interactions import BoolArray, IntArray, Matrix
from recommender.scoring_store import Batch

DAY = 86_400
# Facts of the customer's own row: the name that policies use, and where a batch has it.
OWN_FACTS = {
    "customer.status": "status",
    "customer.brand": "brand",
    "customer.enterprise": "enterprise",
    "customer.industry": "industry",
    "customer.sizeClass": "size_class",
    "customer.valueLevel": "value_level",
}


class Shelf:
    """The offerings of a moment by the model's items, in one channel (None: in any)."""

    def __init__(self, moment: Moment, items: Sequence[str], channel: str | None, at: datetime, zone: tzinfo) -> None:
        self._moment, self._at = moment, at.astimezone(zone)
        self._batch = batch(moment.rules, items, Here(self._at.date(), channel))
        self._items = {item: place for place, item in enumerate(items)}
        several = [len(moment.rules.by_item.get(item, ())) > 1 for item in items]
        self._has_copies = np.array(several, dtype=bool)
        # The words that holdings point into: offering ids map to places, what the catalog does not know to -1.
        names = moment.snapshot.codes_by_id
        self._held_words = sorted(names.values())
        place = {code: number for number, code in enumerate(self._held_words)}
        self._held = np.full(max(names, default=0) + 1, -1, dtype=np.int64)
        for offering, code in names.items():
            self._held[offering] = place[code]

    def allowed(self, many: Batch) -> Allowed:
        """What each customer may buy; what rests, rests with all that shares its item."""
        now = many.held & (many.offering < len(self._held))
        word = self._held[many.offering[now]]
        held = _ragged(self._held_words, len(many), many.owner[now][word >= 0], word[word >= 0])
        return self._batch.ask(Population(len(many), held, self._facts(many), self._resting(many)))

    def allowed_holding(self, many: Batch, held: Matrix) -> BoolArray:
        """customers × items, where what they hold is told by item (customers × items) rather than by product."""
        words = Ragged(list(self._items), held.indptr, held.indices)
        return self._batch.ask(Population(len(many), words, self._facts(many))).mask

    def first(self, item: str) -> str | None:
        """The template where it is in force, else its first copy; None: nothing of it is."""
        start, items = int(self._batch.first[self._items[item]]), self._moment.rules.items
        codes = takewhile(lambda code: items[code] == item, self._batch.codes[start:] if start >= 0 else ())
        return next((code for code in codes if code in self._moment.offerings), None)

    def offerings(self, allowed: Allowed, rows: IntArray, items: IntArray) -> list[str]:
        """The codes to show for these customers' items; only an item with copies has to be looked at row by row."""
        codes = [self._batch.codes[first] for first in allowed.first[items].tolist()]
        for place in np.flatnonzero(self._has_copies[items]).tolist():
            codes[place] = allowed.code(int(rows[place]), int(items[place]))
        return codes

    def _resting(self, many: Batch) -> Ragged | None:
        pairs = [(row, int(self._held[one])) for row, rests in many.rests.items() for one in sorted(rests)]
        if not pairs:
            return None
        rows, words = np.array(sorted(pairs), dtype=np.int64).T
        return _ragged(self._held_words, len(many), rows[words >= 0], words[words >= 0])

    def _facts(self, many: Batch) -> dict[str, Column]:
        """Only what some rule asks for."""
        asked = self._moment.rules.conditions
        found: dict[str, Column] = {name: self._fact(name, many) for name in asked.tables if self._is_known(name)}
        if asked.markets:
            codes = {row: [code for _, code, _ in markets] for row, markets in many.markets.items()}
            found[MARKET_CODE] = _several([codes.get(row, ()) for row in range(len(many))])
        if "place" in asked.tables:
            found[CUSTOMER_PLACE] = _words(many.places)
        return found

    @staticmethod
    def _is_known(name: str) -> bool:
        known = ("customer.kind", "customer.personalisation", CUSTOMER_PLACE, TAGS, TENURE)
        return name in OWN_FACTS or name in known or name.startswith(ATTRIBUTE)

    def _fact(self, name: str, many: Batch) -> Column:
        if name in OWN_FACTS:
            return _words(many.row[OWN_FACTS[name]])
        if name.startswith(ATTRIBUTE):
            return self._attribute(name.removeprefix(ATTRIBUTE), many)
        if name == TAGS:
            return _several(many.row["tags"])
        if name == TENURE:
            return tenures(many.joined, self._at)
        values: Mapping[str, Sequence[Any]] = {
            "customer.kind": many.kinds,
            CUSTOMER_PLACE: many.places,
            "customer.personalisation": many.personalisation.tolist(),
        }
        return _words(values[name])

    def _attribute(self, code: str, many: Batch) -> Column:
        declared = self._moment.snapshot.attributes.get(code)
        values = [one.get(code) for one in many.attributes]
        if declared is None or declared.kind == "categorical":
            return _words(values)
        if declared.kind == "numeric":
            return Numbers(np.array([_amount(value) for value in values], dtype=np.float64))
        days = [np.floor(seconds(value) / DAY) if isinstance(value, str) else float("nan") for value in values]
        return Numbers(np.array(days, dtype=np.float64), is_date=True)


def _amount(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else float("nan")


def _words(values: Iterable[Any]) -> Words:
    index: dict[Any, int] = {}
    codes = [-1 if value is None else index.setdefault(value, len(index)) for value in values]
    return Words(tuple(index), np.array(codes, dtype=np.int64))


def _several(values: Sequence[Iterable[str]]) -> Ragged:
    index: dict[str, int] = {}
    pairs = [(row, index.setdefault(word, len(index))) for row, words in enumerate(values) for word in words]
    found = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return _ragged(tuple(index), len(values), found[:, 0], found[:, 1])


def _ragged(
    words: Sequence[str], customers: int, rows: npt.NDArray[np.int64], indices: npt.NDArray[np.int64]
) -> Ragged:
    """`rows` rise."""
    starts = np.zeros(customers + 1, dtype=np.int64)
    np.cumsum(np.bincount(rows, minlength=customers), out=starts[1:])
    return Ragged(words, starts, indices)
