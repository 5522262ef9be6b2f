"""The higher steps of what one customer holds, with reasons that add up to the log odds of going up.

It knows a loaded model and what is held; it must not know how going up was learned, nor what may be sold.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

import numpy as np

from recommender import explain
from recommender.artifact import Contents
from recommender.explain import Label
from recommender.inputs import Value
from recommender.interactions import DAY, KINDS
from recommender.scored import Contribution, Holding, Scored, Step
from recommender.upsell import band, chance


def _strength(holding: Holding) -> int:
    """So that of several of one item the strongest comes last."""
    return -KINDS.index(holding.kind)


def _days(holdings: Iterable[Holding], item: str, at: datetime) -> float | None:
    """Since the item was last taken, None where nobody knows."""
    starts = [one.started_at for one in holdings if one.item == item and one.started_at]
    return (at - max(starts)).total_seconds() / DAY if starts else None


def steps(
    contents: Contents,
    labels: Sequence[Label],
    holdings: Sequence[Holding],
    attributes: Mapping[str, Value],
    at: datetime,
    candidates: Collection[str] | None,
) -> list[Step]:
    """The next step of each ladder that is held, the likeliest first; none where training saw nobody go up."""
    model, space = contents.upsell, contents.space
    if model is None:
        return []
    index, first = space.index, space.item_columns
    known = space.attribute_columns(attributes, at=at.timestamp())
    columns = np.array(known, dtype=np.int64)
    held = {one.item: one for one in sorted(holdings, key=_strength) if one.kind != "ended" and one.item in index}
    found = []
    for code, holding in held.items():
        place = index[code]
        above = int(model.above[place])
        higher = space.items[above]
        if above < 0 or higher in held or (candidates is not None and higher not in candidates):
            continue
        own, parts = model.parts(place, KINDS.index(holding.kind), band(_days(holdings, code, at)), columns - first)
        score = model.bias + own + float(parts.sum())
        facts = [explain.popularity(model.bias), Contribution("HOLDING", code, None, holding.kind, own)]
        pairs = zip(known, parts.tolist(), strict=True)
        facts += [explain.fact(labels[column], weight) for column, weight in pairs if weight]
        found.append(Step(Scored(higher, score, float(chance(score)), explain.strongest_first(facts)), code))
    return sorted(found, key=lambda one: (-one.scored.score, one.scored.item))
