"""Many customers at once: scores by the model that answers for each, and the best of each row.

It knows matrices of customers × inputs and × items; it must not know who the customers are, or where scores go.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

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
    history = has_any(inputs, contents.space.item_columns)
    other = ~history | np.isneginf(scores).all(axis=1)
    if other.any():
        scores[other] = cold.model.score(inputs[other])
    return scores, other


def has_any(inputs: Matrix, columns: int) -> BoolArray:
    """Which rows have any of the first `columns`."""
    counted = np.concatenate(([0], np.cumsum(inputs.indices < columns)))
    return np.asarray(counted[inputs.indptr[1:]] > counted[inputs.indptr[:-1]], dtype=bool)


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
    np.putmask(scores, ~open_, -np.inf)
    row, priority, item = listed(scores, lists)
    found = scores[row, item]
    return Best(row, priority, item, found, _chances(contents, found, role[row]), role[row])


Places = tuple[IntArray, IntArray, IntArray]


def listed(scores: Float32Array, lists: Lists) -> Places:
    """(row, priority from 1, item) of each row's list; greedy, so the same as `ranking.diverse` row by row.

    The best of each row again and again, each time without what was taken and what shares a full group with it: lists
    are short, and to look for the greatest is the one thing that rows are fast at.
    """
    scores = scores.copy()
    members = [np.flatnonzero(lists.groups[:, group]) for group in range(lists.groups.shape[1])]
    count = np.zeros((len(scores), len(members)), dtype=np.int8)
    found = np.full((len(scores), lists.n), -1, dtype=np.int64)
    everybody = np.arange(len(scores))
    for place in range(min(lists.n, scores.shape[1])):
        item = scores.argmax(axis=1)
        there = scores[everybody, item] > -np.inf
        if not there.any():
            break
        found[there, place] = item[there]
        scores[everybody, item] = -np.inf
        if lists.most:
            _close(scores, count, lists.groups[item] & there[:, None], members, lists.most)
    row, place_ = np.nonzero(found >= 0)
    return row.astype(np.int64), place_.astype(np.int64) + 1, found[row, place_]


def _close(
    scores: Float32Array, count: npt.NDArray[np.int8], own: BoolArray, members: list[IntArray], most: int
) -> None:
    """Counts the groups of what was taken (rows × groups), and shuts those that are full."""
    count += own
    full, group = np.nonzero((own & (count >= most)).T)[::-1]
    first = np.searchsorted(group, np.arange(len(members) + 1))
    for number, items in enumerate(members):
        rows = full[first[number] : first[number + 1]]
        if len(rows):
            scores[rows[:, None], items] = -np.inf


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
