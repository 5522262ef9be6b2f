"""Offers are ranked for whole markets as well as what those then took says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from recommender import fitting
from recommender.evaluation import EFFORTS, Learned, Meter, compete
from recommender.facts import Facts
from recommender.interactions import History
from recommender.market_trial import MODEL, OVERALL, OWN, market_trial, ndcg
from recommender.profiles import Profiles
from recommender.protocols import temporal_bout
from recommender.splits import Data

DAY = 86_400
WINDOW, AT = 90 * DAY, 1000 * DAY
TASTES, EACH, PER_MARKET = 4, 4, 12
ITEMS = tuple(f"T{taste}{item}" for taste in range(TASTES) for item in range(EACH))


def operator(seed: int = 5, markets: int = 60) -> Data:
    """Markets of one taste each; everybody takes the items of the taste one by one, in an order of their own."""
    rng = np.random.default_rng(seed)
    rows = []
    for customer in range(markets * PER_MARKET):
        taste = customer // PER_MARKET % TASTES
        starts = AT - rng.uniform(0, 5 * WINDOW, EACH)
        rows += [
            (customer, taste * EACH + item, int(start))
            for item, start in zip(rng.permutation(EACH), starts, strict=True)
        ]
    customer, item, start = np.array(rows, dtype=np.int64).T
    count, people = len(rows), markets * PER_MARKET
    cutoffs = tuple(AT - back * WINDOW for back in (3, 2, 1, 0))
    history = History(
        people,
        len(ITEMS),
        customer,
        item,
        start,
        np.zeros(count, dtype=bool),
        item,
        np.zeros((count, 4), dtype=np.int64),
        cutoffs,
    )
    member = np.arange(people, dtype=np.int64)
    always = np.full(people, AT - 9 * WINDOW, dtype=np.int64)
    facts = replace(
        Facts.none(people),
        member=member,
        market=member // PER_MARKET,
        since=always,
        until=np.full(people, AT + WINDOW, dtype=np.int64),
        kinds=("CAMPUS",) * markets,
    )
    return Data(history, Profiles.none(people), facts)


def judged(data: Data):
    bout = temporal_bout(data, ITEMS, AT, WINDOW)
    effort, meter = EFFORTS["quick"], Meter()
    tune, score = (Learned(chunk, 10_000, meter, 1) for chunk in (bout.tune, bout.score))
    results = [compete(contest, tune, score, effort, 1, meter) for contest in bout.contests]
    return market_trial(bout, score, fitting.picks(results), data, AT, WINDOW, 1)


def test_where_markets_have_a_taste_members_say_more_than_what_everybody_takes() -> None:
    found = judged(operator())
    assert found is not None
    assert found["markets"] >= 50
    assert found["NDCG@10"][MODEL]["mean"] > found["NDCG@10"][OVERALL]["mean"] + 0.1
    assert found["lead"][OVERALL]["low"] > 0
    assert set(found["lead"]) == set(found["NDCG@10"]) - {MODEL}
    assert found["NDCG@10"][OWN]["low"] <= found["NDCG@10"][OWN]["mean"] <= found["NDCG@10"][OWN]["high"]


def test_a_few_markets_say_nothing() -> None:
    assert judged(operator(markets=8)) is None


def test_who_joins_a_market_after_the_cutoff_is_not_counted() -> None:
    data = operator()
    assert data.facts is not None
    late = replace(data.facts, since=np.full(len(data.facts.since), AT - WINDOW + 1, dtype=np.int64))
    assert judged(replace(data, facts=late)) is None


def test_the_gain_is_the_number_of_adopters_by_hand() -> None:
    scores, gain = np.array([[3.0, 2.0, 1.0]]), np.array([[1.0, 0.0, 4.0]])
    ideal = 4 + 1 / np.log2(3)
    assert ndcg(scores, gain) == pytest.approx((1 + 4 / np.log2(4)) / ideal)
    assert ndcg(gain, gain) == pytest.approx(1)
