"""Many customers at once: scores by the model that answers for each, and the best of each row.

It knows matrices of customers × inputs and × items; it must not know who the customers are, or where scores go.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.artifact import Contents
from recommender.interactions import BoolArray, Float32Array, Float64Array, IntArray, Matrix

WARM, COLD, GENERAL = range(3)
# The general list is that of popularity.
ROLES = ("warm", "cold", "popularity")


@dataclass(frozen=True, slots=True)
class Rows:
    """rows × items: scores, what of them adds up over customers, probabilities (None: a role has no calibration)."""

    scores: Float32Array
    worth: Float32Array
    chances: Float64Array | None


def scores_by_role(contents: Contents, inputs: Matrix) -> tuple[Float32Array, BoolArray]:
    """rows × items by the model that would answer for each, and which rows the one for no history answers."""
    warm, cold = contents.roles["warm"], contents.roles["cold"]
    scores = warm.model.score(inputs)
    history = np.diff(inputs[:, : contents.space.item_columns].tocsr().indptr) > 0
    other = ~history | np.isneginf(scores).all(axis=1)
    if other.any():
        scores[other] = cold.model.score(inputs[other])
    return scores, other


def by_role(contents: Contents, inputs: Matrix, personal: BoolArray | None = None) -> Rows:
    """Every row by the model that would answer for a single customer; None: all of them are `personal`."""
    scores, role = _scored(contents, inputs, personal)
    worth, chances = np.empty_like(scores), np.empty(scores.shape)
    calibrated = True
    for number, name in enumerate(ROLES):
        own, served = role == number, contents.roles[name]
        if own.any():
            worth[own] = served.model.worth(scores[own])
            calibrated &= served.calibration is not None
            if served.calibration is not None:
                chances[own] = served.calibration(scores[own])
    return Rows(scores, worth, chances if calibrated else None)


def _scored(contents: Contents, inputs: Matrix, personal: BoolArray | None) -> tuple[Float32Array, IntArray]:
    """rows × items, and the place in ROLES of the model that answered each row."""
    scores, other = scores_by_role(contents, inputs)
    role = np.where(other, COLD, WARM)
    if personal is not None and not personal.all():
        scores[~personal] = contents.roles["popularity"].model.score(inputs[~personal])
        role[~personal] = GENERAL
    return scores, role.astype(np.int64)


@dataclass(frozen=True, slots=True)
class Best:
    """The best items of each row, parallel arrays, rows in order and best first within each.

    `chance` is NaN where it is not known; `role` is the place in ROLES of the model that answered.
    """

    row: IntArray
    priority: IntArray
    item: IntArray
    score: Float32Array
    chance: Float64Array
    role: IntArray


# Rows are ranked this many times deeper than asked for, so that few of them have to be ranked whole for diversity.
DEEPER = 3


@dataclass(frozen=True, slots=True)
class Lists:
    """How long lists are, and that at most `most` (0: any number) of their items share a group.

    `groups` is items × groups.
    """

    n: int
    groups: BoolArray
    most: int = 0


def best(contents: Contents, inputs: Matrix, open_: BoolArray, personal: BoolArray, lists: Lists) -> Best:
    """The best items of each row that are `open_` (rows × items) and for which there is evidence.

    Rows that are not `personal` get the general list, whatever their inputs say.
    """
    scores, role = _scored(contents, inputs, personal)
    scores[~open_] = -np.inf
    row, priority, item = listed(scores, lists)
    found = scores[row, item]
    return Best(row, priority, item, found, _chances(contents, found, role[row]), role[row])


Places = tuple[IntArray, IntArray, IntArray]


def listed(scores: Float32Array, lists: Lists) -> Places:
    """(row, priority from 1, item) of each row's list; greedy, so the same as `ranking.diverse` row by row."""
    width, deep = scores.shape[1], DEEPER * lists.n
    if not lists.most:
        return top(scores, lists.n)
    found, short = _greedy(scores, min(deep, width), lists)
    if not len(short) or deep >= width:
        return found
    again, _ = _greedy(scores[short], width, lists)
    good = ~np.isin(found[0], short)
    row = np.concatenate((found[0][good], short[again[0]]))
    priority, item = (np.concatenate((one[good], other)) for one, other in zip(found[1:], again[1:], strict=True))
    sorted_ = np.lexsort((priority, row))
    return row[sorted_], priority[sorted_], item[sorted_]


def _greedy(scores: Float32Array, deep: int, lists: Lists) -> tuple[Places, IntArray]:
    """The lists from the `deep` best of each row, and the rows that need to look deeper."""
    rows = len(scores)
    row, priority, item = top(scores, deep)
    ranked = np.full((rows, deep), -1, dtype=np.int64)
    ranked[row, priority - 1] = item
    count = np.zeros((rows, lists.groups.shape[1]), dtype=np.int64)
    length = np.zeros(rows, dtype=np.int64)
    place = np.zeros((rows, deep), dtype=np.int64)
    for step in range(deep):
        own = lists.groups[ranked[:, step]]
        fits = (ranked[:, step] >= 0) & (length < lists.n) & ~(own & (count >= lists.most)).any(axis=1)
        count[fits] += own[fits]
        length[fits] += 1
        place[fits, step] = length[fits]
    row, step_ = np.nonzero(place)
    found = (row.astype(np.int64), place[row, step_], ranked[row, step_])
    return found, np.flatnonzero((length < lists.n) & (ranked[:, -1] >= 0)).astype(np.int64)


def top(scores: Float32Array, n: int) -> tuple[IntArray, IntArray, IntArray]:
    """(row, priority from 1, item) of the `n` best of each row, those of -inf left out; equals by place, as in serving.

    A partition finds the n-th score, and only what reaches it is sorted: a tenth of the work of sorting whole rows.
    """
    width = scores.shape[1]
    if n < width:
        least = np.partition(scores, width - n, axis=1)[:, width - n]
        row, item = np.nonzero((scores >= least[:, None]) & (scores > -np.inf))
    else:
        row, item = np.nonzero(scores > -np.inf)
    found = np.lexsort((item, -scores[row, item], row))
    row, item = row[found].astype(np.int64), item[found].astype(np.int64)
    first = np.zeros(scores.shape[0] + 1, dtype=np.int64)
    np.cumsum(np.bincount(row, minlength=scores.shape[0]), out=first[1:])
    priority = np.arange(len(row)) - first[row] + 1
    kept = priority <= n
    return row[kept], priority[kept], item[kept]


def _chances(contents: Contents, scores: Float32Array, role: IntArray) -> Float64Array:
    found = np.full(len(scores), np.nan)
    for number, name in enumerate(ROLES):
        own, calibration = role == number, contents.roles[name].calibration
        if calibration is not None and own.any():
            found[own] = calibration(scores[own])
    return found
