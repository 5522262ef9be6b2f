"""Value is a rank among customers of one kind, its levels keep their shares, and the pyramid adds up to the fen."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from insight_panels import AT, WINDOW, offers, panel

from recommender.insight.definition import COMPONENTS, built_in, parse
from recommender.insight.panel import features
from recommender.insight.value import Pyramid, components, scale, scales, valued

DEFINITION = parse(built_in())


def worth(found, offered):
    told = features(found, AT, WINDOW, offered, "arpu")
    return told, valued(DEFINITION, scales(DEFINITION, found, told), found, told)


def priced(amounts, **more):
    """One product for each customer, agreed at so much a month."""
    held = [(who, 0, 400, None) for who in range(len(amounts))]
    return panel(len(amounts), held, prices=dict(enumerate(amounts)), joined=[500] * len(amounts), **more)


def test_levels_keep_their_shares_from_the_most_valuable_down():
    _, found = worth(priced([10_000 * one for one in range(1, 1001)]), offers())
    assert Counter(found.level) == {"PLATINUM": 50, "GOLD": 150, "SILVER": 300, "BASIC": 500}
    assert found.level[999] == "PLATINUM"
    assert found.level[0] == "BASIC"


def test_of_the_managed_enterprises_a_tenth_is_a_and_the_others_go_by_size():
    managed = list(range(100))
    _, found = worth(
        priced(
            [10_000 * (one + 1) for one in range(120)],
            enterprises=list(range(120)),
            managed=managed,
            size_class=dict.fromkeys(range(100, 120), "F"),
        ),
        offers(),
    )
    assert Counter(found.level) == {"A": 10, "B": 20, "C": 70, "F": 20}


def test_people_and_enterprises_are_ranked_apart():
    rich = [5_000_000] * 50
    _, found = worth(priced([100 * one for one in range(1, 201)] + rich, enterprises=list(range(200, 250))), offers())
    assert found.level[199] == "PLATINUM"


def test_a_closed_customer_has_neither_score_nor_level():
    _, found = worth(priced([10_000, 20_000, 30_000], closed=[2]), offers())
    assert np.isnan(found.score[2])
    assert found.level[2] is None


def test_revenue_is_what_the_attribute_says_else_what_was_agreed_else_the_list():
    held = [(0, 0, 400, None), (1, 0, 400, None), (2, 0, 400, None), (3, 1, 400, None)]
    found = panel(4, held, prices={1: 70_000}, known=[(0, None, {"arpu": 12.5})], kinds={"arpu": "numeric"}, forced=[3])
    told = features(found, AT, WINDOW, offers(price=[90_000, 50_000]), "arpu")
    assert told.revenue.tolist() == [125_000, 70_000, 90_000, 0]


def test_what_is_not_known_is_left_out_and_the_others_take_its_weight():
    parts = {name: np.array([np.nan, np.nan, np.nan]) for name in COMPONENTS} | {"revenue": np.array([1.0, 2.0, 3.0])}
    found = scale(DEFINITION.value, "PERSON", parts, np.ones(3, dtype=bool))
    assert found.score(parts) == pytest.approx([100 / 6, 50, 500 / 6])


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=60), st.data())
def test_the_pyramid_counts_every_open_customer_and_all_revenue_exactly(amounts, data):
    closed = data.draw(st.lists(st.integers(0, len(amounts) - 1), max_size=5))
    people = priced(amounts, closed=closed)
    told, found = worth(people, offers())
    pyramid = Pyramid()
    for part in np.array_split(np.arange(people.size), 3):
        pyramid.add(people.kind[part], [found.level[one] for one in part], told.revenue[part])
    rows = pyramid.rows(DEFINITION.value)
    open_ = [one for one in range(len(amounts)) if one not in closed]
    assert sum(row[3] for row in rows) == len(open_)
    assert sum(row[4] for row in rows) == sum(amounts[one] for one in open_)


@given(st.lists(st.integers(0, 1000), min_size=2, max_size=50), st.integers(0, 49), st.integers(1, 500))
def test_more_revenue_never_lowers_a_score(amounts, place, more):
    place %= len(amounts)
    before = priced(amounts)
    told = features(before, AT, WINDOW, offers(), None)
    (found, _) = scales(DEFINITION, before, told)
    raised = priced([one + more * (at == place) for at, one in enumerate(amounts)])
    again = features(raised, AT, WINDOW, offers(), None)
    low, high = (found.score(components(one))[place] for one in (told, again))
    assert 0 <= low <= high <= 100
