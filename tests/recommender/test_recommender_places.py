"""Ids become rows, however they lie."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.places import Places


@settings(deadline=None)
@given(
    ids=st.sets(st.integers(-50, 50) | st.integers(-(10**12), 10**12), max_size=20),
    asked=st.lists(st.integers(-60, 60) | st.integers(-(10**12), 10**12), max_size=20),
)
def test_each_id_has_its_row_and_others_have_none(ids: set[int], asked: list[int]) -> None:
    rising = sorted(ids)
    asked += rising[:3]
    found = Places.of(np.array(rising, dtype=np.int64)).rows(np.array(asked, dtype=np.int64))
    assert found.tolist() == [rising.index(one) if one in ids else -1 for one in asked]
