"""What many customers may buy, as one mask: the customers of a batch put before the catalog's rules.

Knows both rooms' arrays; must not know scores, and never offers what the rules keep back from a single customer.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from itertools import takewhile
from typing import cast

import numpy as np
import numpy.typing as npt

from catalog.eligibility import Allowed, Here, Numbers, Population, Ragged, Words, batch, tenures
from catalog.eligibility.population import Column
from catalog.moment import Moment
from catalog.policies.condition import ATTRIBUTE, CUSTOMER_PLACE, MARKET_CODE, TAGS, TENURE
from recommender.batch import Batch, Wanted
from recommender.inputs import AttributeKind
from recommender.inputs import Column as Coded
from recommender.interactions import BoolArray, IntArray, Matrix

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
        self._several = [len(moment.rules.by_item.get(item, ())) for item in items]
        self._has_copies = np.array(self._several, dtype=np.int64) > 1
        # The words that holdings point into: offering ids map to places, what the catalog does not know to -1.
        names = moment.snapshot.codes_by_id
        self._held_words = sorted(names.values())
        place = {code: number for number, code in enumerate(self._held_words)}
        self._held = np.full(max(names, default=0) + 1, -1, dtype=np.int64)
        for offering, code in names.items():
            self._held[offering] = place[code]

    @property
    def wanted(self) -> Wanted:
        """What the rules ask of customers, beside what all models read."""
        asked = self._moment.rules.conditions.tables
        own = {OWN_FACTS[name] for name in asked if name in OWN_FACTS} | ({"tags"} if TAGS in asked else set())
        names = [name.removeprefix(ATTRIBUTE) for name in asked if name.startswith(ATTRIBUTE)]
        return Wanted(frozenset(own), frozenset((name, self._kind(name)) for name in names))

    def allowed(self, many: Batch) -> Allowed:
        """What each customer may buy; what rests, rests with all that shares its item."""
        now = np.flatnonzero(many.held & (many.offering < len(self._held)))
        held = self._of_offerings(len(many), many.owner[now], many.offering[now])
        resting = self._resting(many) if len(many.rest_owner) else None
        return self._batch.ask(Population(len(many), held, self._facts(many), resting))

    def allowed_holding(self, many: Batch, held: Matrix) -> BoolArray:
        """customers × items, where what they hold is told by item (customers × items) rather than by product."""
        words = Ragged(list(self._items), held.indptr, held.indices)
        return self._batch.ask(Population(len(many), words, self._facts(many))).mask

    @property
    def codes(self) -> Sequence[str]:
        """Of all offerings of the items, what `places` point into."""
        return self._batch.codes

    def places(self, allowed: Allowed, rows: IntArray, items: IntArray) -> IntArray:
        """The offerings to show for these customers' items, a market's copy that may be had before the template."""
        found = allowed.first[items]
        copied = self._has_copies[items]
        for item in np.unique(items[copied]).tolist():
            own = np.flatnonzero(items == item)
            start = int(allowed.first[item])
            stop = start + self._several[item]
            # The template comes first, so that the last that may be had is a copy if any is.
            found[own] = stop - 1 - np.argmax(allowed.offerings[rows[own], start:stop][:, ::-1], axis=1)
        return found

    def first(self, item: str) -> str | None:
        """The template where it is in force, else its first copy; None: nothing of it is."""
        start, items = int(self._batch.first[self._items[item]]), self._moment.rules.items
        codes = takewhile(lambda code: items[code] == item, self._batch.codes[start:] if start >= 0 else ())
        return next((code for code in codes if code in self._moment.offerings), None)

    def _of_offerings(self, customers: int, rows: IntArray, offerings: IntArray) -> Ragged:
        """Offerings (row ids) of customers, who rise, as words; what the catalog does not know is left out."""
        words = self._held[offerings]
        known = words >= 0
        return _ragged(self._held_words, customers, rows[known], words[known])

    def _resting(self, many: Batch) -> Ragged:
        known = many.rest_offering < len(self._held)
        return self._of_offerings(len(many), many.rest_owner[known], many.rest_offering[known])

    def _facts(self, many: Batch) -> dict[str, Column]:
        """Only what some rule asks for."""
        asked = self._moment.rules.conditions
        found: dict[str, Column] = {name: self._fact(name, many) for name in asked.tables if self._is_known(name)}
        if asked.markets:
            found[MARKET_CODE] = _ragged(
                [code for _, code, _ in many.markets], len(many), many.belonging.owners, many.belonging.places
            )
        if "place" in asked.tables:
            found[CUSTOMER_PLACE] = _words(many.words["place"])
        return found

    @staticmethod
    def _is_known(name: str) -> bool:
        known = ("customer.kind", "customer.personalisation", CUSTOMER_PLACE, TAGS, TENURE)
        return name in OWN_FACTS or name in known or name.startswith(ATTRIBUTE)

    def _fact(self, name: str, many: Batch) -> Column:
        if name in OWN_FACTS:
            return _words(many.words[OWN_FACTS[name]])
        if name.startswith(ATTRIBUTE):
            return self._attribute(name.removeprefix(ATTRIBUTE), many)
        if name == TAGS:
            assert many.tags is not None, "tags were wanted"
            return Ragged(many.tags.words, many.tags.starts, many.tags.places)
        if name == TENURE:
            return tenures(many.joined, self._at)
        if name == "customer.personalisation":
            return Words((False, True), many.personalisation.astype(np.int64))
        return _words(many.words["kind" if name == "customer.kind" else "place"])

    def _kind(self, attribute: str) -> AttributeKind:
        declared = self._moment.snapshot.attributes.get(attribute)
        return "categorical" if declared is None else cast(AttributeKind, declared.kind)

    def _attribute(self, code: str, many: Batch) -> Column:
        kind = self._kind(code)
        known = many.attributes[code, kind]
        if kind == "categorical":
            return _words(known)
        return Numbers(np.floor(known.numbers / DAY), is_date=True) if kind == "date" else Numbers(known.numbers)


def _words(values: Coded) -> Words:
    return Words(values.labels, values.codes)


def _ragged(
    words: Sequence[str], customers: int, rows: npt.NDArray[np.int64], indices: npt.NDArray[np.int64]
) -> Ragged:
    """`rows` rise."""
    starts = np.zeros(customers + 1, dtype=np.int64)
    np.cumsum(np.bincount(rows, minlength=customers), out=starts[1:])
    return Ragged(words, starts, indices)
