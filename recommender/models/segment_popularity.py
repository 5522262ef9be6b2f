"""What people of the same kind take: popularity within one attribute's segments, drawn towards everybody's.

It knows counts per segment and item; it must not know what a segment means. Which attribute splits customers best is
told by the likelihood it adds (G statistic) less what chance alone would add (Akaike 1974).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from recommender.interactions import Float64Array, Matrix
from recommender.models.linear import Linear
from recommender.models.recipe import Chunk, Params, Recipe, grid


@dataclass(frozen=True, slots=True)
class Segments:
    """`count`: attribute columns × items, how often each was taken by those who have the column; `size`: how many have.

    `everybody` (items,) and `rows` are the same of all. `edges` bound the attributes' blocks among all inputs.
    """

    count: Float64Array
    size: Float64Array
    everybody: Float64Array
    rows: int
    edges: tuple[int, ...]

    def __add__(self, other: Segments) -> Segments:
        return Segments(
            self.count + other.count,
            self.size + other.size,
            self.everybody + other.everybody,
            self.rows + other.rows,
            self.edges,
        )


def learn_held(chunk: Chunk) -> Segments:
    """What is held voluntarily now."""
    return _counted(chunk.inputs, chunk.voluntary, chunk.edges)


def learn_taken(chunk: Chunk) -> Segments:
    """What was taken in the last window, by what was known of people before it."""
    known, taken = chunk.windows[0]
    return _counted(known, taken, chunk.edges)


def _counted(known: Matrix, taken: Matrix, edges: tuple[int, ...]) -> Segments:
    first = edges[0] if edges else known.shape[1]
    inside = known[:, first:]
    return Segments(
        np.asarray((inside.T.tocsr() @ taken).toarray(), dtype=np.float64),
        np.asarray(inside.sum(axis=0), dtype=np.float64),
        np.asarray(taken.sum(axis=0), dtype=np.float64),
        known.shape[0],
        edges,
    )


def fit(found: Segments, params: Params, seed: int) -> Linear:
    """A segment of n counts n / (n + `shrink`) itself; everybody, where no attribute says more than chance."""
    share = found.everybody / max(found.rows, 1)
    width = found.edges[-1] if found.edges else 0
    weights = np.zeros((width, len(share)), dtype=np.float32)
    best = max(pairwise(found.edges), key=lambda block: said(found, *block), default=None)
    if best and said(found, *best) > 0:
        own = slice(best[0] - found.edges[0], best[1] - found.edges[0])
        size = found.size[own, None]
        weights[best[0] : best[1]] = (found.count[own] - size * share) / (size + params["shrink"])
    return Linear(weights, share.astype(np.float32))


def said(found: Segments, low: int, high: int) -> float:
    """How much likelier the takings are when told by the block's segments, less one for each share that is fitted."""
    own = slice(low - found.edges[0], high - found.edges[0])
    count, size = found.count[own], found.size[own, None]
    share = count.sum(axis=0) / max(size.sum(), 1)
    fitted = (size > 0) & (share > 0) & (share < 1)
    expected = np.where(fitted, size * share, 1.0)
    others, others_expected = size - count, np.where(fitted, size * (1 - share), 1.0)
    gain = _log_ratio(count, expected) + _log_ratio(others, others_expected)
    freedom = max(int((size > 0).sum()) - 1, 0) * int(((share > 0) & (share < 1)).sum())
    return float(gain[fitted].sum()) - freedom


def _log_ratio(seen: Float64Array, expected: Float64Array) -> Float64Array:
    return np.where(seen > 0, seen * np.log(np.maximum(seen, 1e-300) / expected), 0.0)


SEGMENTS = Recipe(
    "segment-popularity",
    learn_held,
    fit,
    quick=grid(shrink=(30.0,)),
    full=grid(shrink=(3.0, 30.0, 300.0)),
    informed=True,
)
RECENT_SEGMENTS = Recipe(
    "recent-segment-popularity",
    learn_taken,
    fit,
    quick=grid(shrink=(100.0,)),
    full=grid(shrink=(10.0, 100.0, 1000.0)),
    dated=True,
    informed=True,
)
