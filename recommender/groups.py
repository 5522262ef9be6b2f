"""How the chosen model does for each group of customers: by kind of cluster market, and by every declared category.

It knows results of a contest and one-hot columns; it must not know why a group is one.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from recommender.choice import FEWEST
from recommender.evaluation import Contest, Effort, Result, interval_dict, sample
from recommender.inputs import InputSpace
from recommender.metrics import NDCG, bootstrap


def by_group(contest: Contest, result: Result, space: InputSpace, effort: Effort, seed: int) -> list[dict[str, Any]]:
    """NDCG@10 of the chosen candidate and its lead over the baseline, in groups of at least FEWEST judged customers.

    One entry an attribute and label, in their order; customers of whom the attribute is not known are in none.
    """
    wanted = contest.score.wanted()
    inputs = contest.score.inputs[wanted[sample(len(wanted), effort.judged, seed)]]
    chosen, base = (result.candidate(name).users[:, NDCG] for name in (result.choice.name, result.baseline))
    figures = np.stack((chosen, chosen - base), axis=1)
    found = []
    for attribute, offset in zip(space.attributes, space.offsets, strict=False):
        if attribute.kind != "categorical":
            continue
        for place, label in enumerate(attribute.labels):
            inside = np.flatnonzero(inputs[:, [offset + place]].toarray()[:, 0])
            if len(inside) >= FEWEST:
                ndcg, lead = bootstrap(figures[inside], seed)
                about = {"attribute": attribute.name, "label": label, "users": len(inside)}
                found.append({**about, "NDCG@10": interval_dict(ndcg), "lead": interval_dict(lead)})
    return found
