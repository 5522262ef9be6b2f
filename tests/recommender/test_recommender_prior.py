"""A new offering is recommended to whom its siblings would be, and reasons still add up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.interactions import KINDS, LATELY_ENDED
from recommender.models.linear import Linear
from recommender.prior import ENOUGH, NO_KIN, Kinship, borrow

# A ladder of four steps (0 … 3), two items of one category without a ladder (4, 5), and a loner (6).
ITEMS = 7
KIN = Kinship((np.array([0, 0, 0, 0, -1, -1, -1]), np.array([0, 0, 0, 0, 1, 1, 2])), np.array([1, 2, 3, 4, -1, -1, -1]))
WIDTH = len(KINDS) * ITEMS + 1


def model(seed: int) -> Linear:
    rng = np.random.default_rng(seed)
    return Linear(rng.normal(size=(WIDTH, ITEMS)).astype(np.float32), rng.normal(size=ITEMS).astype(np.float32))


def support(*new: int) -> np.ndarray:
    found = np.full(ITEMS, 100.0)
    found[list(new)] = 0.0
    return found


def test_a_new_step_is_for_holders_of_the_step_below() -> None:
    weights = np.zeros((WIDTH, ITEMS), dtype=np.float32)
    for step in (1, 2):
        weights[step - 1, step] = 1.0
        weights[step, step] = -2.0
    weights[WIDTH - 1, 1:3] = 0.5
    known = np.array([0.0, 50.0, 150.0, 0.0, 90, 90, 90])
    lent = borrow(Linear(weights, np.array([0, 0.1, 0.3, 0, 0, 0, 0], dtype=np.float32)), known, KIN)
    assert isinstance(lent, Linear)
    assert lent.weights[2, 3] == pytest.approx(1.0)
    assert lent.weights[3, 3] == pytest.approx(-2.0)
    assert lent.weights[1, 3] == 0
    assert lent.weights[WIDTH - 1, 3] == pytest.approx(0.5)
    assert lent.bias[3] == pytest.approx((0.1 * 50 + 0.3 * 150) / 200)


def test_outside_a_ladder_its_own_column_takes_the_siblings_place() -> None:
    weights = np.zeros((WIDTH, ITEMS), dtype=np.float32)
    weights[LATELY_ENDED * ITEMS + 4, 4] = -3.0
    weights[6, 4] = 1.0
    lent = borrow(Linear(weights, np.full(ITEMS, 0.2, dtype=np.float32)), support(5), KIN)
    assert isinstance(lent, Linear)
    assert lent.weights[LATELY_ENDED * ITEMS + 5, 5] == -3.0
    assert lent.weights[LATELY_ENDED * ITEMS + 4, 5] == 0
    assert lent.weights[6, 5] == 1.0


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1_000), new=st.sets(st.integers(0, ITEMS - 1), max_size=3))
def test_items_of_enough_support_and_loners_keep_what_they_have(seed: int, new: set[int]) -> None:
    before = model(seed)
    after = borrow(before, support(*new), KIN)
    assert isinstance(after, Linear)
    for item in range(ITEMS):
        if item not in new or item == 6:
            np.testing.assert_array_equal(after.weights[:, item], before.weights[:, item])
            assert after.bias[item] == before.bias[item]
    assert borrow(before, support(*new), NO_KIN).to_arrays()["weights"].tolist() == before.weights.tolist()


def test_half_known_is_half_borrowed() -> None:
    known = support()
    known[5] = ENOUGH / 2
    before = model(3)
    after = borrow(before, known, KIN)
    assert isinstance(after, Linear)
    assert after.bias[5] == pytest.approx((before.bias[5] + before.bias[4]) / 2)
