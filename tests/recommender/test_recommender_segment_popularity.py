"""What people of a kind take is told by their kind, as far as there are enough of them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from recommender.interactions import KINDS
from recommender.models.recipe import Chunk
from recommender.models.segment_popularity import Segments, fit, learn_held, said

ITEMS = 3
FIRST = len(KINDS) * ITEMS
# Two attributes: one of two labels that tells what is taken, one of three that says nothing.
EDGES = (FIRST, FIRST + 2, FIRST + 5)
SHRINK = {"shrink": 100.0}


def chunk(seed: int, *, customers: int = 3_000) -> Chunk:
    rng = np.random.default_rng(seed)
    inputs = np.zeros((customers, EDGES[-1]), dtype=np.float32)
    kind, other = rng.integers(0, 2, customers), rng.integers(0, 3, customers)
    inputs[np.arange(customers), FIRST + kind] = 1
    inputs[np.arange(customers), FIRST + 2 + other] = 1
    inputs[:, 0] = rng.random(customers) < np.where(kind == 0, 0.4, 0.1)
    inputs[:, 1] = rng.random(customers) < 0.2
    return Chunk(csr_array(inputs), ITEMS, edges=EDGES)


def test_the_telling_attribute_is_found_and_its_segments_are_drawn_towards_everybody() -> None:
    found = learn_held(chunk(1))
    model = fit(found, SHRINK, 1)
    share = found.everybody / found.rows
    for label in range(2):
        n = found.size[label]
        own = found.count[label] / n
        expected = n / (n + 100) * own + 100 / (n + 100) * share
        np.testing.assert_allclose(model.bias + model.weights[FIRST + label], expected, atol=1e-6)
    assert not model.weights[FIRST + 2 :].any()
    assert not model.weights[:FIRST].any()


def test_where_nothing_tells_everybody_is_one_segment() -> None:
    telling = learn_held(chunk(2))
    silent = Segments(telling.count[2:], telling.size[2:], telling.everybody, telling.rows, EDGES[1:])
    assert said(silent, *EDGES[1:]) < 0 < said(telling, *EDGES[:2])
    assert not fit(silent, SHRINK, 1).weights.any()


def test_counts_add_up_over_chunks() -> None:
    both = chunk(3)
    parts = [both.take(rows) for rows in np.array_split(np.arange(both.inputs.shape[0]), 4)]
    summed = sum((learn_held(part) for part in parts[1:]), learn_held(parts[0]))
    whole = learn_held(both)
    np.testing.assert_array_equal(summed.count, whole.count)
    assert (summed.rows, summed.edges) == (whole.rows, whole.edges)
    assert fit(summed, SHRINK, 1).weights == pytest.approx(fit(whole, SHRINK, 1).weights)


def test_without_attributes_it_is_popularity() -> None:
    bare = Chunk(chunk(4).inputs[:, :FIRST], ITEMS)
    model = fit(learn_held(bare), SHRINK, 1)
    np.testing.assert_allclose(model.score(bare.inputs[:1])[0, :2], model.bias[:2])
    assert model.weights.shape == (0, ITEMS)
