"""What may be learned and what must be foreseen: cut by date, or one product hidden of each customer.

It knows histories, cutoffs and seeds; it must not know models, and lets nothing of the answer stand among the inputs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from scipy.sparse import csr_array, hstack

from recommender.barred import Bits, is_barred, unpack
from recommender.errors import CannotJudge
from recommender.facts import Facts
from recommender.inputs import Column, InputSpace
from recommender.interactions import (
    HELD,
    UNKNOWN_START,
    VOLUNTARY,
    BoolArray,
    History,
    IntArray,
    Matrix,
    indicator,
)
from recommender.models.recipe import Chunk
from recommender.profiles import Profiles


@dataclass(frozen=True, slots=True)
class Trial:
    """Customers to answer for: `inputs` rows × width, `held` and `targets` rows × items; not all need a target.

    `barred` is what rules kept from them (None: nothing is known of rules); nothing of that is a target.
    """

    inputs: Matrix
    held: Matrix
    targets: Matrix
    barred: Bits | None = None

    def take(self, rows: IntArray) -> Trial:
        barred = None if self.barred is None else self.barred[rows]
        return Trial(self.inputs[rows], self.held[rows], self.targets[rows], barred)

    def under(self, barred: Bits | None) -> Trial:
        """The same, asked only for what could be offered: what was taken in spite of the rules is no target."""
        if barred is None:
            return self
        row, item = self.targets.nonzero()
        open_ = ~is_barred(barred, row, item)
        targets = indicator(*self.targets.shape, row[open_].astype(np.int64), item[open_].astype(np.int64))
        return Trial(self.inputs, self.held, targets, barred)

    def closed(self) -> BoolArray:
        """rows × items: what may not be ranked, being held or barred. Dense: ask for some thousand rows at a time."""
        found: BoolArray = self.held.toarray() > 0
        return found if self.barred is None else found | unpack(self.barred, found.shape[1])

    def wanted(self) -> IntArray:
        """The rows that have a target."""
        return np.flatnonzero(np.diff(self.targets.indptr) > 0).astype(np.int64)

    def history(self, item_columns: int) -> BoolArray:
        """Whether anything was ever held, as far as the inputs know."""
        return np.diff(self.inputs[:, :item_columns].tocsr().indptr) > 0


@dataclass(frozen=True, slots=True)
class Fold:
    """Learn from `chunk`, answer for `trial`."""

    chunk: Chunk
    trial: Trial


@dataclass(frozen=True, slots=True)
class Data:
    """Some customers: what they held, and what was known of them."""

    history: History
    profiles: Profiles
    facts: Facts | None = None

    def take(self, customers: IntArray) -> Data:
        """Only these customers, renumbered in this order."""
        facts = self.facts.take(customers) if self.facts else None
        return Data(self.history.take(customers), self.profiles.take(customers), facts)

    def known(self, cutoff: int) -> dict[str, Column]:
        """What was known of each customer at the cutoff, declared attributes and facts alike."""
        return {**self.profiles.at(cutoff), **(self.facts.at(cutoff) if self.facts else {})}


def inputs_at(data: Data, space: InputSpace, cutoff: int) -> Matrix:
    return space.encode(data.history.cells(cutoff), data.known(cutoff), at=float(cutoff))


def chunk_at(data: Data, space: InputSpace, cutoff: int, window: int | None) -> Chunk:
    """What may be learned at the cutoff; `window` seconds before it are the last window, None when undated.

    The window before the last teaches too, where the data reach back so far.
    """
    inputs = inputs_at(data, space, cutoff)
    if window is None:
        return Chunk(inputs, len(space.items), edges=space.edges)
    ends = [end for end in (cutoff, cutoff - window) if end - window in data.history.cutoffs]
    pairs = [_window(data, space, end - window, end) for end in ends]
    return Chunk(inputs, len(space.items), *pairs[0], tuple(pairs[1:]), space.edges)


def _window(data: Data, space: InputSpace, after: int, until: int) -> tuple[Matrix, Matrix]:
    """What was known before the window, and what was then taken."""
    cells = data.history.cells(after)
    return space.encode(cells, data.known(after), at=float(after)), data.history.taken(cells, after, until)


def temporal(data: Data, space: InputSpace, cutoff: int, window: int) -> Fold:
    """Known at the cutoff against taken in the window after it; whole orders lie on one side of a date."""
    held = data.history.cells(cutoff).held(len(space.items))
    trial = Trial(inputs_at(data, space, cutoff), held, data.history.acquired(cutoff, cutoff + window))
    return Fold(chunk_at(data, space, cutoff, window), trial)


def hide_one(data: Data, space: InputSpace, at: int, seed: int) -> Trial:
    """Of each customer who holds at least two items, one voluntary item is hidden with its whole order.

    The order: every row ordered with it, and every forced row that began at the same known moment. Customers who would
    be left with nothing are not asked.
    """
    history, items = data.history, len(space.items)
    hidden = _hidden(history, at, np.random.default_rng(seed))
    left = history.where(~_same_order(history, hidden))
    cells = left.cells(at)
    held = cells.held(items)
    asked = np.flatnonzero((hidden >= 0) & (np.diff(held.indptr) > 0)).astype(np.int64)
    targets = indicator(history.customers, items, asked, history.item[hidden[asked]])
    return Trial(space.encode(cells, data.known(at), at=float(at)), held, targets).take(asked)


def held_out(data: Data, space: InputSpace, at: int, seed: int, share: float) -> tuple[Fold, Data]:
    """Of each customer's voluntary items held at `at` this share is hidden, at least one where two or more are held.

    Learned is what is left of everybody, and everybody is asked. The second value is the data without what is hidden.
    """
    history, items = data.history, len(space.items)
    rows = np.flatnonzero(history.kinds(at) == VOLUNTARY)
    cell = history.customer[rows] * history.items + history.item[rows]
    cells, first = np.unique(cell, return_index=True)
    customer = history.customer[rows[first]].astype(np.int64)
    order = np.lexsort((np.random.default_rng(seed).random(len(customer)), customer))
    held = np.bincount(customer, minlength=history.customers)
    # The place of each cell among its customer's, in a random order.
    place = np.arange(len(order)) - np.repeat(np.cumsum(held) - held, held)
    quota = np.where(held >= 2, np.maximum(1, np.rint(share * held)), 0)
    hidden = order[place < quota[customer[order]]]
    left = Data(history.where(~_orders_of(history, cells[hidden])), data.profiles, data.facts)
    targets = indicator(history.customers, items, customer[hidden], history.item[rows[first[hidden]]])
    trial = Trial(inputs_at(left, space, at), left.history.cells(at).held(items), targets)
    return Fold(chunk_at(left, space, at, None), trial), left


def _orders_of(history: History, cells: IntArray) -> BoolArray:
    """The rows of these cells (customer × items + item), and what was ordered with them or given at the same moment."""
    own = np.isin(history.customer * history.items + history.item, cells)
    _, moment = np.unique(np.stack((history.customer, history.start)), axis=1, return_inverse=True)
    _, order = np.unique(np.stack((moment, history.order)), axis=1, return_inverse=True)
    ordered = np.isin(order, order[own])
    given = np.isin(moment, moment[own]) & history.forced & (history.start != UNKNOWN_START)
    return np.asarray(own | ordered | given, dtype=bool)


def _hidden(history: History, at: int, rng: np.random.Generator) -> IntArray:
    """Per customer a row number of a voluntary item held at `at`, -1 where fewer than two items are held."""
    kind = history.kinds(at)
    cells = history.cells(at)
    several = np.bincount(cells.row[cells.kind < HELD], minlength=history.customers) >= 2
    rows = np.flatnonzero(kind == VOLUNTARY)
    rows = rows[np.unique(history.customer[rows] * history.items + history.item[rows], return_index=True)[1]]
    rows = rows[several[history.customer[rows]]]
    found = np.full(history.customers, -1, dtype=np.int64)
    shuffled = rng.permutation(rows)
    found[history.customer[shuffled]] = shuffled
    return found


def _same_order(history: History, hidden: IntArray) -> BoolArray:
    row = hidden[history.customer]
    asked = row >= 0
    same_start = history.start == history.start[row]
    same_item = history.item == history.item[row]
    ordered = same_start & (history.order == history.order[row])
    given = same_start & history.forced & (history.start != UNKNOWN_START)
    return np.asarray(asked & (same_item | ordered | given), dtype=bool)


def without_holdings(trial: Trial, item_columns: int) -> Trial:
    """The same questions about customers of whom only attributes are known."""
    blank = csr_array((trial.inputs.shape[0], item_columns), dtype=np.float32)
    stripped = hstack([blank, trial.inputs[:, item_columns:]], format="csr")
    return Trial(cast(Matrix, stripped), trial.held, trial.targets)


@dataclass(frozen=True, slots=True)
class Parts:
    """Which customers are learned from, tuned on, and judged on."""

    train: IntArray
    tune: IntArray
    test: IntArray


def random_parts(customers: int, seed: int) -> Parts:
    """70 / 10 / 20 by seed."""
    order = np.random.default_rng(seed).permutation(customers)
    first, second = int(customers * 0.7), int(customers * 0.8)
    return Parts(np.sort(order[:first]), np.sort(order[first:second]), np.sort(order[second:]))


def official_parts(label: Sequence[str | None], seed: int) -> Parts:
    """From values train, test and tune or validation; with no tuning part, an eighth of train by seed."""
    words = np.array([(word or "").strip().lower() for word in label])
    train = np.flatnonzero(words == "train").astype(np.int64)
    test = np.flatnonzero(words == "test").astype(np.int64)
    tune = np.flatnonzero((words == "tune") | (words == "validation")).astype(np.int64)
    if not len(train) or not len(test):
        raise CannotJudge(
            "the split attribute needs the values train and test, each for some customers 划分属性须含 train 与 test"
        )
    if len(tune):
        return Parts(train, tune, test)
    order = np.random.default_rng(seed).permutation(train)
    eighth = len(train) // 8
    return Parts(np.sort(order[eighth:]), np.sort(order[:eighth]), test)


def hidden_folds(data: Data, space: InputSpace, at: int, parts: Parts, seed: int) -> tuple[Fold, Fold]:
    """Tune: learn from train, answer for tune. Score: learn from both, answer for test."""
    both = np.sort(np.concatenate((parts.train, parts.tune)))
    folds = []
    for learned, asked in ((parts.train, parts.tune), (both, parts.test)):
        chunk = chunk_at(data.take(learned), space, at, None)
        folds.append(Fold(chunk, hide_one(data.take(asked), space, at, seed)))
    return folds[0], folds[1]
