"""In which order items are offered, and how many of one kind."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.ranking import Ranking, diverse, likely_enough, order

ITEMS = st.lists(st.sampled_from("ABCDEFGHIJ"), unique=True, max_size=10)
GROUPS = {item: ("vowel",) if item in "AEI" else ("one", "two")[: 1 + (item > "E")] for item in "ABCDEFGHIJ"}


@given(ITEMS, st.integers(0, 4), st.integers(0, 8))
def test_no_group_has_more_than_its_share_and_each_item_keeps_its_order(ranked, most, n):
    kept, passed = diverse(ranked, Ranking(groups=GROUPS, most=most), n)
    assert len(kept) <= n
    assert kept == [item for item in ranked if item in kept]
    assert not set(kept) & set(passed)
    for group in ("vowel", "one", "two"):
        assert most == 0 or sum(group in GROUPS[item] for item in kept) <= most
    if n:
        assert kept[:1] == ranked[:1], "the best of all stands first"


@given(ITEMS, st.integers(1, 4), st.integers(1, 8))
def test_what_is_passed_over_would_have_stood_in_the_list(ranked, most, n):
    kept, passed = diverse(ranked, Ranking(groups=GROUPS, most=most), n)
    for item in passed:
        before = kept[: sum(ranked.index(other) < ranked.index(item) for other in kept)]
        assert any(sum(group in GROUPS[other] for other in before) == most for group in GROUPS[item])
    if len(kept) == n:
        assert all(ranked.index(item) < ranked.index(kept[-1]) for item in passed)


def test_chance_times_worth_decides_where_both_are_known():
    scores, chances = np.array([3.0, 2.0, 1.0]), np.array([0.3, 0.2, 0.1])
    assert order(scores, None, None).tolist() == [0, 1, 2]
    assert order(scores, chances, np.array([1.0, 2.0, 2.0])).tolist() == [1, 0, 2]
    assert order(scores, None, np.array([1.0, 2.0, 2.0])).tolist() == [0, 1, 2], "no chance, no value"
    assert order(scores, chances, np.zeros(3)).tolist() == [0, 1, 2], "worth nothing: by score"


def test_what_nobody_like_this_takes_is_not_brought_up_by_its_price():
    scores, chances = np.array([3.0, 2.0, 1.0]), np.array([0.30, 0.04, 0.02])
    assert order(scores, chances, np.array([1.0, 10.0, 1e6])).tolist() == [1, 0, 2]
    rows = np.array([[0.5, 0.05, 0.04], [0.0, 0.0, 0.0]])
    assert likely_enough(rows).tolist() == [[0.5, 0.05, 0.0], [0.0, 0.0, 0.0]]


def test_a_share_below_none_is_refused():
    with pytest.raises(ValueError, match="at most"):
        Ranking(most=-1)
