"""Choices among what is open, with nothing as one of them: likely parameters are found, and scores are log odds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import approx_fprime
from scipy.sparse import csr_array

from recommender.interactions import KINDS
from recommender.models import ease, softmax
from recommender.models.recipe import Chunk

ITEMS = 4
WIDTH = len(KINDS) * ITEMS + 2


def choices(seed: int, rows: int = 60, *, optional: bool = True) -> softmax.Choices:
    rng = np.random.default_rng(seed)
    inputs = csr_array((rng.random((rows, WIDTH)) < 0.2).astype(np.float32))
    closed = softmax._held(inputs, ITEMS).toarray() > 0
    chosen = (rng.random((rows, ITEMS)) < 0.4) & ~closed
    if not optional:
        some = chosen.any(axis=1)
        inputs, closed, chosen = inputs[some], closed[some], chosen[some]
    weight = rng.uniform(0.5, 3, len(chosen)).astype(np.float32)
    plain = [csr_array(part.astype(np.float32)) for part in (closed, chosen)]
    return softmax.Choices.each(inputs, *plain, weight, optional=optional, columns=len(KINDS) * ITEMS)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000), optional=st.booleans())
def test_the_slope_is_the_slope(seed: int, optional: bool) -> None:
    found = choices(seed, optional=optional)
    taken = np.ones(ITEMS, dtype=bool)
    loss = softmax._Loss(found, np.arange(WIDTH), taken, {"l2": 2.0, "l2_attributes": 0.5})
    at = loss.start() + np.random.default_rng(seed).normal(size=len(loss.scale)) * 0.1
    slope = approx_fprime(at, lambda theta: loss(theta)[0], 1e-3)
    np.testing.assert_allclose(loss(at)[1], slope, atol=2e-3)


def test_what_customers_share_is_multiplied_once_and_nothing_changes() -> None:
    rng = np.random.default_rng(3)
    known = rng.random((40, WIDTH)) < 0.5
    # One way of holding an item a customer.
    known[:, ITEMS : WIDTH - 2] = False
    chunk = Chunk(csr_array(known.astype(np.float32)), ITEMS)
    shared = softmax.learn_hidden(chunk)
    apart = softmax.Choices.each(
        shared.known, shared.closed, shared.chosen, shared.weight, optional=False, columns=len(KINDS) * ITEMS
    )
    assert len(shared.owner) > shared.inputs.shape[0]
    losses = [
        softmax._Loss(one, np.arange(WIDTH), np.ones(ITEMS, dtype=bool), {"l2": 2.0, "l2_attributes": 0.5})
        for one in (shared, apart)
    ]
    at = rng.normal(size=len(losses[0].scale))
    (loss, slope), (same_loss, same_slope) = (one(at) for one in losses)
    assert loss == pytest.approx(same_loss, rel=1e-5)
    np.testing.assert_allclose(slope, same_slope, atol=1e-5)


def test_without_inputs_the_score_is_the_log_of_the_odds_against_nothing() -> None:
    rows = 1_000
    empty = csr_array((rows, WIDTH), dtype=np.float32)
    chosen = np.zeros((rows, ITEMS), dtype=np.float32)
    chosen[:200, 0], chosen[200:300, 1] = 1, 1
    once = np.ones(rows, dtype=np.float32)
    found = softmax.Choices.each(
        empty, csr_array((rows, ITEMS)), csr_array(chosen), once, optional=True, columns=WIDTH - 2
    )
    model = softmax.fit(found, {"l2": 1.0, "l2_attributes": 1.0, "steps": 50.0}, 1)
    np.testing.assert_allclose(model.bias, [np.log(0.2 / 0.7), np.log(0.1 / 0.7), 0, 0], atol=1e-3)


def dated(seed: int, *, customers: int = 4_000) -> Chunk:
    """Who has attribute 0 takes item 0 often, who has attribute 1 item 1; item 2 is held by half and never taken."""
    rng = np.random.default_rng(seed)
    held = np.zeros((customers, len(KINDS) * ITEMS))
    held[:, 2], held[:, 3] = rng.random(customers) < 0.5, rng.random(customers) < 0.3
    trait = rng.integers(0, 2, customers)
    inputs = csr_array(np.hstack([held, np.eye(2)[trait]]).astype(np.float32))
    chance = np.array([[0.3, 0.05], [0.05, 0.3]])[trait]
    taken = np.hstack([rng.random((customers, 2)) < chance, np.zeros((customers, 2))])
    return Chunk(inputs, ITEMS, inputs, csr_array(taken.astype(np.float32)))


def test_some_of_those_who_took_nothing_stand_for_all_of_them() -> None:
    chunk = dated(1)
    known = softmax.learn_taken(chunk)
    history = np.diff(chunk.inputs[:, : len(KINDS) * ITEMS].indptr) > 0
    assert known.inputs.shape[0] < history.sum()
    assert known.weight.sum() == pytest.approx(history.sum(), rel=1e-6)
    assert set(softmax.learn_taken(chunk).weight.tolist()) == set(known.weight.tolist())


def test_what_an_attribute_does_is_found_and_added_exactly() -> None:
    chunk = dated(2)
    model = softmax.fit(softmax.learn_taken(chunk), {"l2": 1.0, "l2_attributes": 1.0, "steps": 60.0}, 1)
    first, second = np.array([WIDTH - 2]), np.array([WIDTH - 1])
    difference = model.parts(first)[0] - model.parts(second)[0]
    known = softmax.learn_taken(chunk)
    counts = (known.inputs[:, [WIDTH - 2, WIDTH - 1]].T @ known.chosen).toarray()[:, :2]
    idle = np.asarray(known.chosen.sum(axis=1)) == 0
    nothing = np.asarray(known.inputs[:, [WIDTH - 2, WIDTH - 1]].T @ (known.weight * idle))
    odds = np.log(counts / nothing[:, None])
    # As counted, drawn a little towards nothing by the penalty; and no weight for what nobody took.
    np.testing.assert_allclose(difference[:2], odds[0] - odds[1], atol=0.1)
    assert not model.parts(first)[0, 2:].any()


def test_scores_become_shares_that_add_up_over_customers() -> None:
    model = softmax.fit(softmax.learn_taken(dated(3)), {"l2": 1.0, "l2_attributes": 1.0, "steps": 30.0}, 1)
    scores = model.score(dated(3).inputs[:50])
    worth = model.worth(scores)
    np.testing.assert_allclose(worth.sum(axis=1), 1, rtol=1e-5)
    assert (worth[np.isneginf(scores)] == 0).all()
    np.testing.assert_array_equal(np.argsort(-worth, axis=1), np.argsort(-scores, axis=1))


def test_a_window_further_back_teaches_as_well_and_newcomers_teach_about_newcomers() -> None:
    one, other = dated(4), dated(5, customers=1_000)
    assert one.earlier is not None
    assert other.earlier is not None
    assert other.taken is not None
    both = Chunk(one.inputs, ITEMS, one.earlier, one.taken, ((other.earlier, other.taken),))
    sums, apart = ease.learn_taken(both), ease.learn_taken(one) + ease.learn_taken(other)
    np.testing.assert_array_equal(sums.xty, apart.xty)
    assert ease.learn_first(both).rows + sums.rows == 5_000
    assert softmax.learn_taken(both).inputs.shape[0] > softmax.learn_taken(one).inputs.shape[0]
    newcomers = ease.learn_first(both)
    assert not newcomers.x_sum[: len(KINDS) * ITEMS].any()
    with pytest.raises(ValueError, match="dated"):
        ease.learn_taken(Chunk(one.inputs, ITEMS))


def test_of_more_choices_than_can_be_weighed_at_once_an_even_part_teaches(monkeypatch) -> None:
    inputs = csr_array(np.ones((40, len(KINDS) * 2), dtype=np.float32))
    monkeypatch.setattr(softmax, "MOST_CELLS", 50)
    found = softmax.learn_hidden(Chunk(inputs, 2))
    assert found.inputs.shape[0] == 25
    assert min(found.chosen.sum(axis=0)) > 10
