"""A Gram matrix is a sum over customers, however they are cut into chunks."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from recommender.gram import Gram, accumulate


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10_000), cuts=st.lists(st.integers(0, 40), max_size=6))
def test_any_chunking_gives_the_same_sums(seed: int, cuts: list[int]) -> None:
    rng = np.random.default_rng(seed)
    x = csr_array((rng.random((40, 9)) < 0.3).astype(np.float32))
    y = csr_array((rng.random((40, 4)) < 0.3).astype(np.float32))
    bounds = [0, *sorted(cuts), 40]
    whole = accumulate(x, y)
    parts = sum((accumulate(x[a:b], y[a:b]) for a, b in pairwise(bounds)), Gram.zero(9, 4))
    for name in ("xtx", "xty", "x_sum", "y_sum", "rows"):
        np.testing.assert_array_equal(getattr(parts, name), getattr(whole, name))


def test_the_sums_are_the_products_of_columns() -> None:
    x = np.array([[1, 0, 1], [1, 1, 0]], dtype=np.float32)
    y = np.array([[1, 0], [1, 1]], dtype=np.float32)
    gram = accumulate(csr_array(x), csr_array(y))
    np.testing.assert_array_equal(gram.xtx, [[2, 1, 1], [1, 1, 0], [1, 0, 1]])
    np.testing.assert_array_equal(gram.xty, [[2, 1], [1, 1], [1, 0]])
    assert (gram.x_sum.tolist(), gram.y_sum.tolist(), gram.rows) == ([2, 1, 1], [2, 1], 2)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), rows=st.integers(1, 50))
def test_frequent_and_rare_columns_are_multiplied_alike(seed: int, rows: int) -> None:
    rng = np.random.default_rng(seed)
    share = np.array([0.9, 0.5, 0.05, 0.005, 0.0, 1.0])
    x, y = (rng.random((200, 6)) < share).astype(np.float32), (rng.random((200, 3)) < 0.2).astype(np.float32)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("recommender.gram.ROWS", rows)
        gram = accumulate(csr_array(x), csr_array(y))
    np.testing.assert_array_equal(gram.xtx, x.T @ x)
    np.testing.assert_array_equal(gram.xty, x.T @ y)
