"""Products: who holds, uses and leaves them, their class, their health, and how few carry the volume."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from insight_panels import AT, WINDOW, offers, panel

from recommender.insight.concentration import advice, concentration
from recommender.insight.definition import built_in, parse
from recommender.insight.health import health, marks, warnings
from recommender.insight.portfolio import Tally, classes, growth, relative_share, tally

DEFINITION = parse(built_in())
NO_FAMILY = np.full(4, -1)


def tallied(people, family=NO_FAMILY, offered=None):
    return tally(people, offered or offers(), np.asarray(family), AT, WINDOW)


def counts(current, before=None, lost=None, forced=None, known=None, used=None):
    columns = (current, before or current, lost, forced, known, used, None)
    return Tally(*(np.array(one if one is not None else [0] * len(current), dtype=np.int64) for one in columns))


def test_holders_losses_and_forced_holders_are_customers_and_not_rows():
    held = [
        (0, 0, 300, None), (0, 0, 20, None),
        (1, 0, 300, 10),
        (2, 0, 300, None),
        (3, 0, 30, None),
        (4, 1, 300, None), (4, 1, 200, None),
    ]  # fmt: skip
    found = tallied(panel(5, held, forced=[3, 5]))
    assert found.current.tolist() == [3, 1, 0, 0]
    assert found.before.tolist() == [3, 1, 0, 0]
    assert found.lost.tolist() == [1, 0, 0, 0]
    # Customer 4 holds the second item of their own will as well.
    assert found.forced.tolist() == [1, 0, 0, 0]


def test_who_climbs_to_another_step_has_not_left():
    held = [(0, 0, 300, 10), (0, 1, 10, None), (1, 0, 300, 10), (1, 2, 10, None)]
    assert tallied(panel(2, held), family=[7, 7, -1, -1]).lost.tolist() == [1, 0, 0, 0]


def test_only_use_of_the_last_month_by_holders_counts():
    held = [(0, 0, 300, None), (1, 0, 300, None), (2, 0, 300, 5)]
    usage = [(0, 0, 1, 9, 1.0), (1, 0, 1, 0, 0.0), (2, 0, 1, 9, 1.0), (1, 0, 32, 9, 1.0)]
    found = tallied(panel(3, held, usage=usage))
    assert (found.known[0], found.used[0]) == (2, 1)


def test_revenue_is_the_agreed_price_else_the_list_price_and_nothing_for_what_is_forced():
    held = [(0, 0, 300, None), (1, 0, 300, None), (2, 0, 300, None)]
    people = panel(3, held, prices={0: 70_000}, forced=[2])
    assert tallied(people, offered=offers(price=[100_000])).revenue.tolist() == [170_000, 0, 0, 0]


def test_counts_of_parts_add_up_to_those_of_all():
    rng = np.random.default_rng(5)
    held = [(int(rng.integers(40)), int(rng.integers(4)), float(rng.uniform(1, 300)), None) for _ in range(200)]
    whole = tallied(panel(40, held))
    parts = [[one for one in held if (one[0] < 20) == low] for low in (True, False)]
    both = tallied(panel(40, parts[0])) + tallied(panel(40, parts[1]))
    assert [getattr(whole, name).tolist() for name in Tally.__slots__] == [
        getattr(both, name).tolist() for name in Tally.__slots__
    ]


def test_classes_follow_share_and_growth():
    share = relative_share(np.array([100, 40, 60, 30, 0]), np.array([0, 0, 1, 1, 2]))
    assert share[:4].tolist() == [1.0, 0.4, 1.0, 0.5]
    grown = growth(counts([120, 100, 130, 90, 3], [100, 100, 100, 100, 3]))
    found = classes(DEFINITION.portfolio, share, grown, 0.1)
    assert found == ["STAR", "DOG", "STAR", "CASH_COW", None]
    assert classes(DEFINITION.portfolio, np.array([0.2]), np.array([0.3]), 0.1) == ["QUESTION_MARK"]


def judged(counted, margin):
    none = np.zeros(len(counted.current), dtype=np.int64)
    return marks(DEFINITION.health, counted, none, none, np.array(margin))


def test_high_cost_high_churn_and_low_activity_together_are_unhealthy():
    counted = counts(
        [1000, 1000, 1000], [1000, 1000, 1000], [30, 30, 300], [0, 0, 0], [1000, 1000, 1000], [900, 900, 100]
    )
    found = judged(counted, [0.5, 0.12, 0.1])
    told = warnings(DEFINITION.health, found)
    assert told == [[], ["HIGH_COST"], ["UNHEALTHY", "HIGH_COST", "HIGH_CHURN", "LOW_ACTIVITY"]]
    score = health(DEFINITION.health, found)
    assert score[0] > score[1] > score[2]
    assert score[2] < 0.4


def test_what_only_bundles_bring_is_less_healthy_and_marked():
    found = judged(counts([500, 500], forced=[0, 450]), [np.nan, np.nan])
    assert warnings(DEFINITION.health, found) == [[], ["FORCED"]]
    assert health(DEFINITION.health, found)[1] < 0.8


def test_nothing_speaks_against_what_nobody_holds_and_a_few_customers_say_little():
    counted = counts([1000, 0, 2], [1000, 0, 2], [20, 0, 1], [0, 0, 0], [1000, 0, 2], [900, 0, 0])
    score = health(DEFINITION.health, judged(counted, [np.nan] * 3))
    assert score[1] == 1.0
    assert score[2] > 0.6


@given(
    st.lists(st.tuples(*[st.integers(0, 500)] * 6), min_size=1, max_size=12),
    st.lists(st.one_of(st.none(), st.floats(-1, 1)), min_size=12, max_size=12),
)
def test_health_lies_between_0_and_1_whatever_is_counted(rows, margins):
    current, before, known, lost, forced, used = (np.array(one) for one in zip(*rows, strict=True))
    counted = Tally(
        current, before, np.minimum(lost, before), np.minimum(forced, current), np.minimum(known, current),
        np.minimum(used, np.minimum(known, current)), current * 10,
    )  # fmt: skip
    margin = [np.nan if one is None else one for one in margins[: len(rows)]]
    score = health(DEFINITION.health, judged(counted, margin))
    assert ((score >= 0) & (score <= 1)).all()


def test_equal_products_are_not_concentrated_and_one_that_carries_all_is():
    even = concentration(np.array([10, 10, 10, 10, 0]))
    assert (even.products, even.gini, even.for_most) == (4, pytest.approx(0), 4)
    one = concentration(np.array([1000, 1, 1, 1]))
    assert one.gini == pytest.approx(0.747, abs=0.001)
    assert one.for_most == 1


@given(st.lists(st.integers(0, 10_000), max_size=60))
def test_the_curve_of_concentration_rises_to_everything(numbers):
    found = concentration(np.array(numbers, dtype=np.int64))
    assert 0 <= found.gini <= 1
    shares = [share for _, share in found.curve]
    assert shares == sorted(shares)
    assert not shares or shares[-1] == pytest.approx(1)


def test_a_small_product_that_does_not_grow_is_merged_into_its_family_or_retired():
    subscribers = np.array([1000, 10, 10, 10, 10])
    category, family = np.zeros(5, dtype=np.int64), np.array([0, 0, -1, -1, 0])
    grown = np.array([0.1, -0.1, -0.1, 0.2, np.nan])
    launched = np.array([True, True, True, True, True])
    told, into = advice(DEFINITION.portfolio, subscribers, grown, category, family, launched)
    assert told == [None, "MERGE", "RETIRE", None, None]
    assert into.tolist() == [-1, 0, -1, -1, -1]
