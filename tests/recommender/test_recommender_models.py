"""Models that learn from what is held find a taste, and their formulas are those of their sources.

What every model keeps to is in test_recommender_contract.py.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from implicit.als import AlternatingLeastSquares
from operators_of_known_taste import planted, undated
from scipy.sparse import csr_array, csr_matrix

from recommender.evaluation import judge_model
from recommender.gram import accumulate
from recommender.inputs import InputSpace
from recommender.interactions import KINDS, Matrix
from recommender.metrics import METRICS
from recommender.models import ease, libimplicit, popularity, softmax, walks
from recommender.models.contract import Model
from recommender.models.recipe import Chunk, Recipe
from recommender.splits import Data, chunk_at, hidden_folds, random_parts

PERSONAL = [libimplicit.BM25, walks.RP3BETA, ease.EASE, ease.EASE_ATTRIBUTES, libimplicit.ALS, softmax.SOFTMAX]
UNDATED = [popularity.POPULARITY, *PERSONAL, ease.ATTRIBUTES]
ALS_PARAMS = {"factors": 8.0, "alpha": 10.0, "regularization": 1.0, "iterations": 10.0}


def space_of(data: Data) -> InputSpace:
    return InputSpace(tuple(f"I{item:02}" for item in range(data.history.items)))


def fitted(recipe: Recipe, chunk: Chunk) -> Model:
    params = ALS_PARAMS if recipe is libimplicit.ALS else recipe.quick[0]
    return recipe.fit(recipe.learn(chunk), params, 1)


@pytest.mark.parametrize("recipe", PERSONAL, ids=lambda recipe: recipe.name)
def test_a_personal_model_finds_the_withheld_item_of_a_taste(recipe: Recipe) -> None:
    _, fold = hidden_folds(planted(), space_of(planted()), 0, random_parts(600, 1), 1)
    personal, general = (
        dict(zip(METRICS, judge_model(fitted(one, fold.chunk), fold.trial)[0].mean(axis=0), strict=True))
        for one in (recipe, popularity.POPULARITY)
    )
    assert personal["NDCG@10"] > general["NDCG@10"] + 0.3
    assert personal["HR@1"] > 0.6


@pytest.mark.parametrize("recipe", UNDATED, ids=lambda recipe: recipe.name)
def test_the_parts_of_a_score_sum_to_it(recipe: Recipe) -> None:
    chunk = chunk_at(planted(), space_of(planted()), 0, None)
    model = fitted(recipe, chunk)
    scores = model.score(chunk.inputs)
    for row in range(0, 600, 37):
        columns = chunk.inputs[[row]].indices.astype(np.int64)
        summed = model.parts(columns).sum(axis=0) + model.bias
        known = np.isfinite(scores[row])
        np.testing.assert_allclose(summed[known], scores[row][known], rtol=1e-4, atol=1e-5)
        assert not summed[~known].any()


def forbidden_ridge(x: np.ndarray, y: np.ndarray, item: int, items: int, l2: float) -> np.ndarray:
    """Ridge solved the long way: an item's own columns are left out of the regression."""
    allowed = [c for c in range(x.shape[1]) if c % items != item or c >= len(KINDS) * items]
    part = x[:, allowed]
    weights = np.zeros(x.shape[1])
    weights[allowed] = np.linalg.solve(part.T @ part + l2 * np.eye(len(allowed)), part.T @ y[:, item])
    return weights


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), l2=st.floats(0.5, 50.0))
def test_ease_in_closed_form_is_ridge_without_the_items_own_columns(seed: int, l2: float) -> None:
    rng = np.random.default_rng(seed)
    x = (rng.random((60, len(KINDS) * 3 + 2)) < 0.4).astype(np.float32)
    gram = accumulate(csr_array(x), csr_array(x[:, :3]))
    model = ease.autoencoder(gram, {"l2": l2, "intercept": 0.0})
    for item in range(3):
        np.testing.assert_allclose(model.weights[:, item], forbidden_ridge(x, x, item, 3, l2), atol=1e-4)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_intercept_of_ease_costs_no_penalty(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = (rng.random((80, len(KINDS) * 3)) < 0.4).astype(np.float32)
    y = (rng.random((80, 3)) < 0.3).astype(np.float32)
    model = ease.regression(accumulate(csr_array(x), csr_array(y)), {"l2": 5.0})
    wide = np.hstack([x, np.ones((80, 1))])
    penalty = np.diag([5.0] * x.shape[1] + [0.0])
    expected = np.linalg.solve(wide.T @ wide + penalty, wide.T @ y)
    np.testing.assert_allclose(model.weights, expected[:-1], atol=1e-4)
    np.testing.assert_allclose(model.bias, expected[-1], atol=1e-4)


def test_an_item_that_nobody_took_has_no_evidence() -> None:
    data = undated([(0, 0), (0, 1), (1, 0), (1, 1), (2, 0)], 3, 3)
    chunk = chunk_at(data, space_of(data), 0, None)
    for recipe in (popularity.POPULARITY, walks.RP3BETA, ease.EASE, libimplicit.BM25):
        assert np.isneginf(fitted(recipe, chunk).score(chunk.inputs)[:, 2]).all(), recipe.name


def test_rp3beta_walks_as_computed_by_hand() -> None:
    data = undated([(0, 0), (0, 1), (1, 0), (1, 1), (1, 2)], 2, 3)
    evidence = walks.learn(chunk_at(data, space_of(data), 0, None))
    weights = walks.fit(evidence, {"alpha": 1.0, "beta": 1.0}, 1).weights
    # From item 0 half the walkers meet customer 0 (two items), half customer 1 (three); 2 holders dampen item 1.
    to_1, to_2 = (1 / 2 * 1 / 2 + 1 / 2 * 1 / 3) / 2, (1 / 2 * 1 / 3) / 1
    # From item 2 all walkers meet customer 1.
    back = (1 / 3) / 2
    raw = np.array([[0, to_1, to_2], [to_1, 0, to_2], [back, back, 0]])
    np.testing.assert_allclose(weights, raw / raw.max(), rtol=1e-5)


def test_our_fold_in_is_the_librarys() -> None:
    held: Matrix = chunk_at(planted(), space_of(planted()), 0, None).voluntary
    model = libimplicit.fit_als(libimplicit.Rows(held), ALS_PARAMS, 3)
    library = AlternatingLeastSquares(factors=8, alpha=10.0, regularization=1.0, use_gpu=False)
    library.item_factors = model.factors
    user = library.recalculate_user(0, csr_matrix(held[[5]]))
    np.testing.assert_allclose(model.score(held[[5]])[0], model.factors @ user, rtol=2e-3, atol=1e-3)
