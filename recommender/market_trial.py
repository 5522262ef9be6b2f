"""How well offers are ranked for whole markets: what each took in a withheld window, against what was said before it.

It knows models, trials and memberships; it must not know a market by name. NDCG with new adopters as gain: Järvelin and
Kekäläinen 2002.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from recommender.evaluation import BATCH, Learned, interval_dict
from recommender.fitting import Pick
from recommender.interactions import Float64Array, Matrix, indicator
from recommender.market_rates import shrunk
from recommender.metrics import bootstrap
from recommender.models.contract import Model
from recommender.protocols import Bout
from recommender.splits import Data, Trial

# A smaller market would speak of single people, and says too little.
LEAST_MEMBERS = 5
# Fewer markets with an adopter say nothing about rankings.
LEAST_MARKETS = 10
TOP = 10
ROLES = ("warm", "cold")
MODEL, OWN, SHRUNK, OVERALL = "model", "market-popularity", "market-popularity-shrunk", "popularity"


def market_trial(
    bout: Bout, score: Learned, chosen: Mapping[str, Pick], data: Data, at: int, window: int, seed: int
) -> dict[str, Any] | None:
    """Every market's offers ranked by what is expected of its members, and by what was taken there, and everywhere.

    None without dates, or where too few markets had a new adopter.
    """
    everybody = bout.everybody
    if everybody is None or data.facts is None:
        return None
    belong = members(data, at - window)
    belong = belong[np.flatnonzero(np.diff(belong.indptr) >= LEAST_MEMBERS)]
    truth = np.asarray((belong @ everybody.targets).toarray(), dtype=np.float64)
    asked = np.flatnonzero(truth.sum(axis=1) > 0)
    if len(asked) < LEAST_MARKETS:
        return None
    belong, truth = belong[asked], truth[asked]
    models = {role: score.model(chosen[role].recipe, chosen[role].params, bout.contests[0].kin) for role in ROLES}
    before = data.history.acquired(at - 2 * window, at - window)
    rankings = {MODEL: _expected(models, everybody, bout.space.item_columns, belong), **_popular(before, belong)}
    users = np.stack([ndcg(one, truth) for one in rankings.values()], axis=1)
    found = bootstrap(np.concatenate([users, users[:, :1] - users[:, 1:]], axis=1), seed)
    names = list(rankings)
    return {
        "markets": len(asked),
        "members": int(belong.sum()),
        "adoptions": int(truth.sum()),
        "NDCG@10": {name: interval_dict(one) for name, one in zip(names, found, strict=False)},
        "lead": {name: interval_dict(one) for name, one in zip(names[1:], found[len(names) :], strict=True)},
    }


def members(data: Data, cutoff: int) -> Matrix:
    """markets × customers, 1 for who belongs to the market at the cutoff."""
    facts = data.facts
    if facts is None:
        return indicator(0, data.history.customers, np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))
    inside = (facts.since <= cutoff) & (facts.until > cutoff)
    return indicator(len(facts.kinds), data.history.customers, facts.market[inside], facts.member[inside])


def _expected(models: Mapping[str, Model], trial: Trial, item_columns: int, belong: Matrix) -> Float64Array:
    """markets × items: what of their members' scores adds up, of what they do not hold."""
    history = trial.history(item_columns)
    found = np.zeros((belong.shape[0], trial.targets.shape[1]))
    concerned = np.flatnonzero(np.asarray(belong.sum(axis=0)) > 0)
    for role, which in (("warm", history[concerned]), ("cold", ~history[concerned])):
        rows = concerned[which]
        for low in range(0, len(rows), BATCH):
            part = rows[low : low + BATCH]
            scores = models[role].score(trial.inputs[part])
            worth = np.where(np.isfinite(scores), models[role].worth(scores), 0.0)
            worth[trial.held[part].nonzero()] = 0.0
            found += np.asarray(belong[:, part] @ worth, dtype=np.float64)
    return found


def _popular(taken: Matrix, belong: Matrix) -> dict[str, Float64Array]:
    """What was taken in the window before, there and everywhere; and the first drawn towards the second."""
    overall = np.asarray(taken.sum(axis=0), dtype=np.float64)
    own = np.asarray((belong @ taken).toarray(), dtype=np.float64)
    size = np.asarray(belong.sum(axis=1), dtype=np.float64)
    one_group, everyone = np.zeros(len(own), dtype=np.int64), np.ones(len(own), dtype=bool)
    return {
        OWN: own,
        SHRUNK: shrunk(own, size, one_group, everyone).own,
        OVERALL: np.tile(overall, (len(own), 1)),
    }


def ndcg(scores: Float64Array, gain: Float64Array) -> Float64Array:
    """NDCG@10 of each row; every row has some gain. Equal scores rank by place."""
    discount = 1 / np.log2(np.arange(min(TOP, scores.shape[1])) + 2.0)
    best = np.argsort(-scores, axis=1, kind="stable")[:, :TOP]
    ideal = -np.sort(-gain, axis=1)[:, :TOP]
    reached = (np.take_along_axis(gain, best, axis=1) * discount).sum(axis=1)
    return np.asarray(reached / (ideal * discount).sum(axis=1), dtype=np.float64)
