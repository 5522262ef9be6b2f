"""The choice follows the evidence, and can choose popularity."""

from __future__ import annotations

import numpy as np
import pytest
from operators_of_known_taste import planted, tasteless
from threadpoolctl import threadpool_limits

from recommender.evaluation import EFFORTS, Learned, Meter, Result, compete, recipe_named
from recommender.groups import by_group
from recommender.interactions import UNKNOWN_START, VOLUNTARY, History
from recommender.profiles import Profiles
from recommender.protocols import Bout, hide_one_bout, temporal_bout
from recommender.report import over_seeds
from recommender.splits import Data, random_parts

DAY, WINDOW = 86_400, 90 * 86_400
AT = 2_000 * DAY


def fought(bout: Bout, seed: int = 1) -> list[Result]:
    effort, meter = EFFORTS["quick"], Meter()
    tune, score = (Learned(chunk, effort.rows, meter, seed) for chunk in (bout.tune, bout.score))
    with threadpool_limits(1, "blas"):
        return [compete(contest, tune, score, effort, seed, meter) for contest in bout.contests]


def hidden(data: Data, seed: int = 1) -> list[Result]:
    items = tuple(f"I{item:02}" for item in range(data.history.items))
    return fought(hide_one_bout(data, items, 0, random_parts(data.history.customers, seed), seed), seed)


def test_where_taste_shows_a_personal_model_serves() -> None:
    warm, cold = hidden(planted())
    assert warm.choice.name not in ("popularity", "recent-popularity")
    assert cold.choice.name == "popularity"


def test_where_holdings_say_nothing_popularity_serves() -> None:
    for seed in (1, 2, 3):
        assert hidden(tasteless(), seed)[0].choice.name == "popularity"


def test_a_handful_of_customers_is_served_by_popularity_and_told_so() -> None:
    warm, cold = hidden(planted().take(np.arange(9)))
    assert warm.choice.name == cold.choice.name == "popularity"
    assert "at least 50" in warm.choice.why["en"]


def test_over_seeds_the_report_gives_means_and_every_seed() -> None:
    results = {seed: hidden(planted(), seed) for seed in (1, 2)}
    group = over_seeds(results)[0]
    ease = next(one for one in group["candidates"] if one["name"] == "ease")
    figures = [results[seed][0].candidate("ease").metrics["NDCG@10"].mean for seed in (1, 2)]
    assert ease["metrics"]["NDCG@10"]["mean"] == np.mean(figures)
    assert list(ease["seeds"].values()) == figures
    assert (
        group["choice"]["name"] == max(group["candidates"], key=lambda one: one["metrics"]["NDCG@10"]["mean"])["name"]
    )


def dated(*, known_from: int) -> Data:
    """Everyone holds an old item by chance, and in one of six windows takes an item of their taste.

    An attribute names the taste from `known_from` on; nothing else tells it before the item is taken.
    """
    rng = np.random.default_rng(5)
    customers, tastes, each, windows = 2_400, 4, 3, 6
    taste = rng.integers(0, tastes, customers)
    old = rng.integers(0, tastes * each, customers)
    taken = taste * each + rng.integers(0, each, customers)
    moment = AT - rng.integers(0, windows, customers) * WINDOW - WINDOW // 2
    item = np.concatenate((old, taken))
    history = History(
        customers,
        tastes * each,
        np.tile(np.arange(customers), 2),
        item,
        np.concatenate((np.full(customers, UNKNOWN_START), moment)),
        np.zeros(item.size, dtype=bool),
        item,
        np.full((item.size, 4), VOLUNTARY),
        tuple(AT - back * WINDOW for back in (3, 2, 1, 0)),
    )
    rows = [{"taste": ("unknown", "unasked")[one % 2]} for one in range(customers)] + [
        {"taste": f"of {one}"} for one in taste
    ]
    since = np.concatenate((np.full(customers, UNKNOWN_START), np.full(customers, known_from)))
    return Data(
        history, Profiles.of(customers, np.tile(np.arange(customers), 2), since, rows, {"taste": "categorical"})
    )


def lead_of_attributes(known_from: int) -> float:
    items = tuple(f"I{item:02}" for item in range(12))
    warm = fought(temporal_bout(dated(known_from=known_from), items, AT, WINDOW))[0]
    informed, blind = (
        max(one.metrics["NDCG@10"].mean for one in warm.candidates if recipe_named(one.name).informed == reads)
        for reads in (True, False)
    )
    return informed - blind


def test_an_attribute_known_in_time_gains_and_the_same_from_the_future_gains_nothing() -> None:
    assert lead_of_attributes(AT - 5 * WINDOW) > 0.2
    assert abs(lead_of_attributes(AT - 1)) < 0.02


def test_by_date_a_space_has_no_label_from_the_future() -> None:
    bout = temporal_bout(dated(known_from=AT - 1), tuple(f"I{item:02}" for item in range(12)), AT, WINDOW)
    assert [attribute.labels for attribute in bout.space.attributes] == [("unasked", "unknown")]


def test_each_segment_is_told_apart_and_adds_up_to_everybody() -> None:
    bout = temporal_bout(dated(known_from=AT - 5 * WINDOW), tuple(f"I{item:02}" for item in range(12)), AT, WINDOW)
    result = fought(bout)[0]
    groups = by_group(bout.contests[0], result, bout.space, EFFORTS["quick"], 1)
    assert {one["attribute"] for one in groups} == {"taste"}
    assert {one["label"] for one in groups} == {f"of {taste}" for taste in range(4)}
    assert sum(one["users"] for one in groups) == result.users
    mean = sum(one["users"] * one["NDCG@10"]["mean"] for one in groups) / result.users
    assert mean == pytest.approx(result.candidate(result.choice.name).metrics["NDCG@10"].mean)
    assert all(one["lead"]["low"] <= one["lead"]["mean"] <= one["lead"]["high"] for one in groups)
