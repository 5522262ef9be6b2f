"""What drift is told by: the newest data seen through the model that serves, and the lists of old and new side by side.

It knows data, loaded models and chunks; it must not know limits, nor what comes of a difference.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from recommender.artifact import Contents
from recommender.barred import Bits, unpack
from recommender.drift import Window
from recommender.evaluation import Result, sample
from recommender.inputs import InputSpace
from recommender.interactions import Matrix
from recommender.models.recipe import Chunk
from recommender.scoring import by_role, scores_by_role, top
from recommender.splits import Data, inputs_at

# So many customers are enough to tell that probabilities, or lists, are no longer the same.
LOOKED_AT = 5_000
LIST = 5


def window(space: InputSpace, chunk: Chunk, known: Matrix, warm: Result, customers: int, task: str) -> Window:
    """What this run saw. `known` is customers × inputs of `space` now; `chunk` what was learned from."""
    taken = chunk.voluntary if chunk.taken is None else chunk.taken
    chosen = warm.candidate(warm.choice.name)
    figure = chosen.metrics["NDCG@10"]
    return Window(
        customers,
        dict(zip(space.items, np.asarray(taken.sum(axis=0), dtype=float).tolist(), strict=True)),
        shares(space, known),
        (figure.mean, figure.low, figure.high),
        chosen.coverage,
        task,
    )


def shares(space: InputSpace, known: Matrix) -> dict[str, list[float]]:
    """Per attribute the share of customers in each bin, and last of those in none."""
    rows = max(known.shape[0], 1)
    means = np.asarray(known.sum(axis=0), dtype=np.float64) / rows
    found = {}
    for attribute, offset in zip(space.attributes, space.offsets, strict=False):
        own = means[offset : offset + len(attribute.labels)].tolist()
        found[attribute.name] = [*own, max(1.0 - sum(own), 0.0)]
    return found


def through(old: InputSpace, data: Data, at: int) -> dict[str, list[float]]:
    """The shares of now in the bins of then, without which they could not be compared."""
    return shares(old, old.encode(data.history.cells(at), data.known(at), at=float(at)))


def calibration(
    old: Contents,
    items: tuple[str, ...],
    data: Data,
    at: int,
    span: int,
    seed: int,
    barred: Bits | None = None,
) -> float | None:
    """What was taken in the newest window over what the old model's probabilities expected; None: it has none.

    `items` are those of the data, in their order; the model answers for those it knows. `barred` is what rules kept
    from the customers when the window began.
    """
    rows = sample(data.history.customers, LOOKED_AT, seed)
    some = data.take(rows)
    known = translated(some, items, old.space, at - span)
    scored = by_role(old, known)
    if scored.chances is None:
        return None
    place = [old.space.index[code] for code in items if code in old.space.index]
    own = [index for index, code in enumerate(items) if code in old.space.index]
    closed = some.history.cells(at - span).held(len(items)).toarray() > 0
    if barred is not None:
        closed |= unpack(barred[rows], len(items))
    closed = closed[:, own]
    taken = some.history.acquired(at - span, at).toarray()[:, own] > 0
    expected = float(np.where(closed, 0.0, scored.chances[:, place]).sum())
    return float((taken & ~closed).sum()) / expected if expected > 0 else None


def same_lists(old: Contents, new: Contents, data: Data, at: int, seed: int) -> float:
    """The mean share of the best five that both models name, over what either names; of what is not held."""
    some = data.take(sample(data.history.customers, LOOKED_AT, seed))
    lists = [_lists(one, some, new.space.items, at) for one in (old, new)]
    alike = [len(a & b) / len(a | b) for a, b in zip(*lists, strict=True) if a | b]
    return float(np.mean(alike)) if alike else 1.0


def _lists(model: Contents, data: Data, items: tuple[str, ...], at: int) -> list[set[str]]:
    scores, _ = scores_by_role(model, translated(data, items, model.space, at))
    held = data.history.cells(at).held(len(items)).nonzero()
    place = np.array([model.space.index.get(code, -1) for code in items], dtype=np.int64)
    owned = place[held[1]]
    scores[held[0][owned >= 0], owned[owned >= 0]] = -np.inf
    found: list[set[str]] = [set() for _ in range(len(scores))]
    row, _, item = top(scores, LIST)
    for customer, chosen in zip(row.tolist(), item.tolist(), strict=True):
        found[customer].add(model.space.items[chosen])
    return found


def translated(data: Data, items: tuple[str, ...], space: InputSpace, at: int) -> Matrix:
    """customers × inputs of `space`, which may have other items than the data."""
    if items == space.items:
        return inputs_at(data, space, at)
    cells = data.history.cells(at)
    place = np.array([space.index.get(code, -1) for code in items], dtype=np.int64)[cells.item]
    kept = place >= 0
    moved = type(cells)(cells.rows, cells.row[kept], place[kept], cells.kind[kept])
    return space.encode(moved, data.known(at), at=float(at))


def task(report: Mapping[str, Any]) -> str:
    """What must be the same for figures of two runs to be compared: how, over which window, how hard, among what."""
    among = " under rules" if report.get("underRules") else ""
    return f"{report['protocol']} {report['windowDays']} {report['grid']}{among}"
