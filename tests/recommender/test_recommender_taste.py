"""What a bundle forced, or nobody uses, does not count as taste, yet it may speak."""

from __future__ import annotations

import numpy as np

from recommender.inputs import InputSpace
from recommender.interactions import ENDED, FORCED, INACTIVE, UNKNOWN_START, VOLUNTARY, History
from recommender.models import ease, libimplicit, popularity, walks
from recommender.profiles import Profiles
from recommender.scored import Holding
from recommender.splits import Data, chunk_at

ITEMS = ("PACK", "FILLER", "GAME", "MUSIC")
PACK, FILLER, GAME, MUSIC = range(4)
SPACE = InputSpace(ITEMS)


def operator() -> Data:
    """Half hold PACK, which forces FILLER on them; GAME goes with MUSIC; few take FILLER freely, and with GAME."""
    rng = np.random.default_rng(4)
    rows: list[tuple[int, int, int]] = []
    for customer in range(1_000):
        packed, player = rng.random() < 0.5, rng.random() < 0.3
        rows += [(customer, PACK, VOLUNTARY), (customer, FILLER, FORCED)] if packed else []
        rows += [(customer, GAME, VOLUNTARY)] if player else []
        rows += [(customer, MUSIC, VOLUNTARY)] if player and rng.random() < 0.7 else []
        rows += [(customer, FILLER, VOLUNTARY)] if player and not packed and rng.random() < 0.2 else []
        rows += [(customer, MUSIC, INACTIVE)] if rng.random() < 0.2 and not player else []
        rows += [(customer, GAME, ENDED)] if rng.random() < 0.1 and not player else []
    customer, item, kind = np.array(rows, dtype=np.int64).T
    start = np.full(len(rows), UNKNOWN_START)
    history = History(1_000, 4, customer, item, start, kind == FORCED, item, kind[:, None], (0,))
    return Data(history, Profiles.none(1_000))


CHUNK = chunk_at(operator(), SPACE, 0, None)


def test_popularity_counts_what_was_taken_freely_and_is_used() -> None:
    history = operator().history
    counts = popularity.count_held(CHUNK).count
    for item in range(4):
        free = (history.item == item) & (history.kind[:, 0] == VOLUNTARY)
        assert counts[item] == len(np.unique(history.customer[free]))
    assert counts[FILLER] < counts[GAME] / 5


def test_holders_of_the_bundle_are_not_offered_what_it_forces_as_if_they_liked_it() -> None:
    buyer = SPACE.holding_columns([("PACK", "voluntary")])
    for recipe in (ease.EASE, walks.RP3BETA, libimplicit.BM25):
        model = recipe.fit(recipe.learn(CHUNK), recipe.quick[0], 1)
        assert model.parts(np.array(buyer))[0, FILLER] <= 0, recipe.name


def test_a_forced_holding_and_a_free_one_speak_apart() -> None:
    model = ease.EASE.fit(ease.EASE.learn(CHUNK), {"l2": 10.0}, 1)
    free, forced = (
        model.parts(np.array(SPACE.holding_columns([(one.item, one.kind)])))[0]
        for one in (Holding("FILLER", "voluntary"), Holding("FILLER", "forced"))
    )
    assert free[GAME] > 0.3
    assert abs(forced[GAME]) < 0.1
    assert forced[FILLER] == free[FILLER] == 0
