"""Many customers are listed as each of them would be alone."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.ranking import Ranking, diverse
from recommender.scoring import Lists, listed, top


def one_by_one(scores, lists):
    ranking = Ranking(
        groups={str(j): np.flatnonzero(own).tolist() for j, own in enumerate(lists.groups)}, most=lists.most
    )
    found = []
    for row, own in enumerate(scores):
        order = [j for j in np.argsort(-own, kind="stable").tolist() if own[j] > -np.inf]
        kept, _ = diverse(map(str, order), ranking, lists.n)
        found += [(row, priority, int(item)) for priority, item in enumerate(kept, start=1)]
    return found


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 10**6), width=st.integers(1, 30), n=st.integers(1, 8), most=st.integers(0, 3))
def test_lists_of_many_are_those_of_each(seed, width, n, most):
    rng = np.random.default_rng(seed)
    # Few distinct scores, so that equals meet; some without evidence.
    scores = rng.choice([-np.inf, 0.5, 1.0, 2.0, 3.0], size=(7, width)).astype(np.float32)
    lists = Lists(n, rng.random((width, 3)) < 0.4, most)
    assert list(zip(*(part.tolist() for part in listed(scores, lists)), strict=True)) == one_by_one(scores, lists)


def test_more_than_there_are_is_all_there_are():
    row, priority, item = top(np.array([[1.0, -np.inf, 3.0], [-np.inf] * 3], dtype=np.float32), 9)
    assert (row.tolist(), priority.tolist(), item.tolist()) == ([0, 0], [1, 2], [2, 0])
