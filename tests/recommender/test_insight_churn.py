"""Risk of leaving: found where it is planted, honest where there is none, blind to what came later."""

from __future__ import annotations

import numpy as np
import pytest
from insight_panels import AT, WINDOW, offers, panel
from threadpoolctl import threadpool_limits

from recommender.insight.churn import Question, area, estimate, judge, left, main_items
from recommender.insight.definition import built_in, parse
from recommender.insight.panel import features
from recommender.interactions import DAY

CHURN = parse(built_in()).churn
ITEMS = ("A", "B", "C", "D")


@pytest.fixture(autouse=True)
def one_thread():
    """As a refresh does: threads of BLAS wait for one another on a busy machine."""
    with threadpool_limits(1, "blas"):
        yield


KINDS = {"calls": "numeric", "oracle": "categorical"}


def question(**more):
    return Question(WINDOW, offers(), None, more.get("main", np.ones(len(ITEMS), dtype=bool)))


def planted(customers, *, told_before=True, drawn=True, seed=1):
    """Customers call the service more or less; in each of two windows they leave the likelier the more they call.

    `oracle` says who will leave, and is known before or only after the fact. Returns the panel and the true risks.
    """
    rng = np.random.default_rng(seed)
    calls = rng.poisson(2, customers)
    risk = 1 / (1 + np.exp(-(-4.2 + 0.7 * calls))) if drawn else np.full(customers, 0.06)
    held, known = [], []
    for who in range(customers):
        end = None
        for days in (180, 90):
            if end is None and rng.random() < risk[who]:
                end = days - rng.uniform(1, 89)
        held += [(who, int(rng.integers(1, 4)), 700, end), (who, 0, 600, end)]
        known.append((who, 800, {"calls": int(calls[who])}))
        days = 500 if told_before else (end - 0.5 if end else 0.5)
        known.append((who, days, {"calls": int(calls[who]), "oracle": "leaves" if end else "stays"}))
    return panel(customers, held, known=known, kinds=KINDS), risk


def judged(people):
    """(the risk, the report)."""
    return estimate(people, ITEMS, CHURN, question(), AT)


def test_planted_risk_is_found_ranked_and_calibrated_on_the_later_window():
    people, truth = planted(8000, told_before=False)
    risk, report = judged(people)
    assert report["model"] == "logistic"
    assert report["aucLow"] > 0.7
    assert report["brier"] < report["brierOfBase"]
    assert report["topDecileLift"] > 2.5
    expected = sum(one["expected"] for one in report["reliability"])
    assert expected == pytest.approx(report["left"][1], rel=0.15)
    for decile in report["reliability"]:
        assert abs(decile["expected"] - decile["left"]) <= 4 * np.sqrt(decile["expected"]) + 3
    told = risk(people, features(people, AT, WINDOW, offers()), AT)
    stayed = np.isfinite(told)
    assert np.corrcoef(told[stayed], truth[stayed])[0, 1] > 0.9
    assert report["drivers"][0]["key"] == "calls"


def test_an_attribute_of_the_future_gains_nothing_while_the_same_known_before_gives_all_away():
    _, blind = judged(planted(6000, told_before=False)[0])
    _, told = judged(planted(6000, told_before=True)[0])
    assert told["auc"] > 0.99
    assert blind["auc"] == pytest.approx(judged(without_oracle(6000))[1]["auc"], abs=0.01)


def without_oracle(customers):
    people, _ = planted(customers, told_before=False)
    table = {name: column for name, column in people.profiles.table.items() if name != "oracle"}
    profiles = type(people.profiles)(people.size, people.profiles.customer, people.profiles.known_from, table)
    return type(people)(**{name: getattr(people, name) for name in type(people).__slots__} | {"profiles": profiles})


def test_where_chance_alone_decides_there_is_no_model_and_everybody_has_the_usual_rate():
    people, _ = planted(6000, told_before=False, drawn=False)
    risk, report = judged(people)
    assert (report["model"], report["why"]) == (None, "NO_BETTER")
    told = risk(people, features(people, AT, WINDOW, offers()), AT)
    assert set(told[np.isfinite(told)].tolist()) == {report["base"]}
    assert report["base"] == pytest.approx(0.06, abs=0.01)


def test_where_too_few_left_nothing_is_said():
    risk, report = judged(planted(200, told_before=False)[0])
    assert risk is None
    assert (report["model"], report["why"], report["base"]) == (None, "TOO_FEW", None)


def test_the_same_data_give_the_same_risk():
    people, _ = planted(3000)
    told = [judged(people)[0](people, features(people, AT, WINDOW, offers()), AT) for _ in range(2)]
    assert np.array_equal(*told, equal_nan=True)


def test_who_ends_everything_within_the_window_has_left_and_who_changes_has_not():
    held = [(0, 0, 300, 50), (1, 0, 300, 50), (1, 1, 60, None), (2, 0, 300, None), (3, 0, 300, 120), (4, 0, 300, None)]
    people = panel(5, held, closed=[4])
    able, gone = left(people, question(), AT - WINDOW)
    # Customer 3 had left before; customer 4 is closed, and nobody knows when.
    assert able.tolist() == [True, True, True, False, False]
    assert gone.tolist() == [True, False, False, False, False]


def test_with_main_families_only_their_products_count():
    main = main_items({"PLAN": 0}, np.array([0, -1, -1, -1]), ("PLAN",))
    people = panel(1, [(0, 0, 300, 50), (0, 1, 300, None)])
    assert left(people, question(main=main), AT - WINDOW)[1].tolist() == [True]
    assert left(people, question(), AT - WINDOW)[1].tolist() == [False]


def test_area_is_the_share_of_pairs_in_the_right_order():
    # Of the six pairs, four are in order and one is tied.
    auc, error = area(np.array([0.9, 0.4, 0.5, 0.4, 0.1]), np.array([True, True, False, False, False]))
    assert auc == pytest.approx(4.5 / 6)
    assert error > 0


def test_a_perfect_foresight_is_judged_better_and_its_deciles_hold_everybody():
    happened = np.arange(1000) < 100
    report = judge(np.where(happened, 0.99, 0.01), happened, 0.1)
    assert report["better"]
    assert report["topDecileLift"] == pytest.approx(10)
    assert sum(one["customers"] for one in report["reliability"]) == 1000


def test_who_holds_nothing_has_no_risk():
    people, _ = planted(6000, told_before=False)
    risk, _ = judged(people)
    ended = np.flatnonzero(~people.holds(AT))
    assert len(ended)
    assert np.isnan(risk(people, features(people, AT, WINDOW, offers()), AT)[ended]).all()


def test_use_counts_from_the_day_its_month_was_whole():
    people = panel(1, [(0, 0, 300, None)], usage=[(0, 0, 61, 20, 5.0), (0, 0, 31, 10, 5.0), (0, 0, 1, 5, 5.0)])
    assert features(people, AT - 30 * DAY, WINDOW, offers())["use"].tolist() == [10]
    assert features(people, AT, WINDOW, offers())["use"].tolist() == [5]
