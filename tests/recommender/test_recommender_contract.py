"""What every model keeps to, whichever is chosen: a new recipe is tried here without being named here."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import numpy as np
import pytest

from recommender import models
from recommender.artifact import BadModel, Contents, Served, pack
from recommender.calibration import Calibration
from recommender.evaluation import cold_recipes, judge_model, recipe_named, warm_recipes
from recommender.inputs import InputSpace
from recommender.interactions import FORCED, UNKNOWN_START, VOLUNTARY, History
from recommender.metrics import NDCG
from recommender.models.contract import Model
from recommender.models.linear import Linear
from recommender.models.popularity import POPULARITY, RECENT
from recommender.models.recipe import Params, Recipe
from recommender.profiles import Profiles
from recommender.scored import Holding
from recommender.serve import Recommender
from recommender.splits import Data, Fold, temporal

TASTES, EACH = 4, 4
ITEMS = tuple(f"T{item // EACH}{item % EACH}" for item in range(TASTES * EACH))
WINDOW = 90 * 86_400
MOMENT = datetime(2026, 5, 1, tzinfo=UTC)
AT = int(MOMENT.timestamp())
OLD, NEW = 900, 600
BOTH = (True, False)

WARM = {one.name: one for dated in BOTH for one in warm_recipes(dated=dated, attributes=True)}
COLD = {one.name: one for dated in BOTH for one in cold_recipes(dated=dated, attributes=True)}
EVERY = sorted({**WARM, **COLD})
PERSONAL = [name for name in EVERY if not recipe_named(name).impersonal]
FACTORS: Params = {"factors": 8.0, "alpha": 10.0, "regularization": 1.0, "iterations": 10.0}
ATTRIBUTES = {"taste": "of 2", "age": 41.0}


@cache
def operator() -> Data:
    """Four tastes of four items, told by an attribute that errs one time in ten.

    Old customers hold the first two of their taste, take the others within three windows, and were forced to one of
    anybody's; new ones take one of their taste as their first.
    """
    rng = np.random.default_rng(6)
    customers = OLD + NEW
    taste = rng.integers(0, TASTES, customers)
    early = rng.uniform(0, 3 * WINDOW, (OLD, 2)).astype(np.int64)
    rows: list[tuple[int, int, int, int]] = []
    for customer in range(OLD):
        own = int(taste[customer]) * EACH
        rows += [(customer, own + step, UNKNOWN_START, VOLUNTARY) for step in range(2)]
        rows += [(customer, own + 2 + step, AT - int(early[customer, step]), VOLUNTARY) for step in range(2)]
        other = int(rng.integers(TASTES * EACH))
        if other // EACH != taste[customer]:
            rows.append((customer, other, UNKNOWN_START, FORCED))
    for customer in range(OLD, customers):
        item = int(taste[customer]) * EACH + int(rng.integers(EACH))
        rows.append((customer, item, AT - int(rng.integers(3 * WINDOW)), VOLUNTARY))
    customer, item, start, kind = np.array(rows, dtype=np.int64).T
    cutoffs = tuple(AT - back * WINDOW for back in (3, 2, 1, 0))
    kinds = np.repeat(kind[:, None], len(cutoffs), axis=1)
    history = History(customers, len(ITEMS), customer, item, start, kind == FORCED, item, kinds, cutoffs)
    told = np.where(rng.random(customers) < 0.1, rng.integers(0, TASTES, customers), taste)
    known = [{"taste": f"of {one}", "age": float(rng.integers(18, 90))} for one in told]
    always, everybody = np.full(customers, UNKNOWN_START), np.arange(customers)
    return Data(history, Profiles.of(customers, everybody, always, known, {"taste": "categorical", "age": "numeric"}))


@cache
def fold() -> Fold:
    """What was known one window ago, and what was then taken."""
    space = InputSpace.fit(ITEMS, operator().known(AT - WINDOW))
    return temporal(operator(), space, AT - WINDOW, WINDOW)


def fitted(recipe: Recipe) -> Model:
    params = FACTORS if recipe.name == "als" else (recipe.quick or recipe.full)[0]
    return recipe.fit(recipe.learn(fold().chunk), params, 1)


@cache
def model(name: str) -> Model:
    return fitted(recipe_named(name))


@cache
def packed(name: str) -> tuple[bytes, dict[str, Any]]:
    """The model in every role it may have, beside popularity in the others."""
    general = Served("popularity", model("popularity"), Calibration((0.0, 1.0), (0.0, 0.5)))
    own = Served(name, model(name), Calibration((-50.0, 50.0), (0.0, 0.5)))
    roles = {"warm": own if name in WARM else general, "cold": own if name in COLD else general, "popularity": general}
    return pack(Contents(InputSpace.fit(ITEMS, operator().known(AT - WINDOW)), roles, {}), {})


@cache
def recommender(name: str) -> Recommender:
    return Recommender.load(*packed(name), version=1)


def customers(count: int = 25) -> list[list[Holding]]:
    """What some of the operator's old customers hold, each in every way of holding, and something that ended."""
    rng = np.random.default_rng(9)
    found = []
    for _ in range(count):
        kinds = ("voluntary", "forced", "inactive", "ended", "voluntary")
        held = rng.permutation(len(ITEMS))[: rng.integers(1, 6)]
        found.append([Holding(ITEMS[item], kind) for item, kind in zip(held.tolist(), kinds, strict=False)])  # type: ignore[arg-type]
    return found


def test_every_recipe_of_the_models_is_tried_in_training_and_here() -> None:
    modules = [
        importlib.import_module(f"recommender.models.{one.name}") for one in pkgutil.iter_modules(models.__path__)
    ]
    written = {value.name for module in modules for value in vars(module).values() if isinstance(value, Recipe)}
    assert written == set(EVERY)
    for name in EVERY:
        assert recipe_named(name).name == name


@pytest.mark.parametrize("name", PERSONAL)
def test_the_known_answer_is_found(name: str) -> None:
    trial = fold().trial
    history = trial.history(len(ITEMS) * 6)
    found = []
    for group, recipes in ((history, WARM), (~history, COLD)):
        asked = trial.take(np.flatnonzero(group)).take(trial.take(np.flatnonzero(group)).wanted())
        assert asked.inputs.shape[0] > 150
        if name in recipes:
            own, general = (judge_model(model(one), asked)[0][:, NDCG].mean() for one in (name, RECENT.name))
            assert own > general + 0.2
            found.append(own)
    assert found


@pytest.mark.parametrize("recipe", [POPULARITY, RECENT], ids=lambda recipe: recipe.name)
def test_what_most_people_took_comes_first(recipe: Recipe) -> None:
    chunk = fold().chunk
    counted = chunk.voluntary if recipe is POPULARITY else chunk.taken
    assert counted is not None
    often = np.asarray(counted.sum(axis=0))
    found = recommender(recipe.name).rank([], {}, at=MOMENT, candidates=None, n=len(ITEMS))
    if recipe is POPULARITY:
        assert [one.item for one in found] == [ITEMS[at] for at in np.argsort(-often, kind="stable")]
    np.testing.assert_array_equal(
        np.argsort(-model(recipe.name).bias, kind="stable"), np.argsort(-often, kind="stable")
    )


@pytest.mark.parametrize("name", EVERY)
def test_what_is_held_is_never_returned_nor_anything_twice(name: str) -> None:
    for held in customers():
        found = [one.item for one in recommender(name).rank(held, ATTRIBUTES, at=MOMENT, candidates=None, n=99)]
        assert not set(found) & {one.item for one in held if one.kind != "ended"}
        assert len(found) == len(set(found))


@pytest.mark.parametrize("name", EVERY)
def test_who_asks_for_more_than_remains_gets_what_remains_and_the_same_first(name: str) -> None:
    one = recommender(name)
    for held in customers():
        everything = one.rank(held, ATTRIBUTES, at=MOMENT, candidates=None, n=10_000)
        assert everything == one.rank(held, ATTRIBUTES, at=MOMENT, candidates=None, n=len(ITEMS))
        assert len(everything) <= len(ITEMS) - len([each for each in held if each.kind != "ended"])
        assert one.rank(held, ATTRIBUTES, at=MOMENT, candidates=None, n=3) == everything[:3]
        scores = [scored.score for scored in everything]
        assert scores == sorted(scores, reverse=True)
        assert 0 not in scores
    but_one = [Holding(item, "voluntary") for item in ITEMS[1:]]
    assert {scored.item for scored in one.rank(but_one, {}, at=MOMENT, candidates=None, n=5)} <= {ITEMS[0]}
    everything_held = [*but_one, Holding(ITEMS[0], "voluntary")]
    assert one.rank(everything_held, ATTRIBUTES, at=MOMENT, candidates=None, n=5) == []


@pytest.mark.parametrize("name", EVERY)
def test_somebody_without_history_gets_a_list(name: str) -> None:
    for attributes in ({}, ATTRIBUTES):
        found = recommender(name).rank([], attributes, at=MOMENT, candidates=None, n=5)
        assert len(found) == 5
        assert all(each.probability is not None for each in found)
    scores = model(name).score(fold().chunk.inputs[[0]] * 0)
    np.testing.assert_allclose(scores[np.isfinite(scores)], model(name).bias[np.isfinite(scores[0])], rtol=1e-6)


@pytest.mark.parametrize("name", EVERY)
def test_what_the_model_never_saw_changes_nothing(name: str) -> None:
    one = recommender(name)
    for held in customers(8):
        plain = one.rank(held, ATTRIBUTES, at=MOMENT, candidates=ITEMS, n=20)
        strange = [Holding("UNHEARD", "voluntary"), *held, Holding("OF", "ended")]
        told = {**ATTRIBUTES, "shoe": 44, "hat": "green"}
        assert one.rank(strange, told, at=MOMENT, candidates=[*ITEMS, "NEW"], n=20) == plain
        assert one.rank(held, ATTRIBUTES, at=MOMENT, candidates=["NEW"], n=20) == []
    unheard = one.rank([Holding("UNHEARD", "voluntary")], ATTRIBUTES, at=MOMENT, candidates=None, n=20)
    assert unheard == one.rank([], ATTRIBUTES, at=MOMENT, candidates=None, n=20)


@pytest.mark.parametrize("name", EVERY)
def test_where_everything_is_filtered_nothing_is_returned(name: str) -> None:
    for held in [[], *customers(5)]:
        assert recommender(name).rank(held, ATTRIBUTES, at=MOMENT, candidates=[], n=5) == []
        assert recommender(name).rank(held, ATTRIBUTES, at=MOMENT, candidates=None, n=0) == []


@pytest.mark.parametrize("name", EVERY)
def test_a_value_that_is_no_number_serves_nobody_and_counts_as_missing(name: str) -> None:
    arrays = model(name).to_arrays()
    for part in arrays:
        for bad in (np.nan, np.inf):
            poisoned = {one: array.copy() for one, array in arrays.items()}
            poisoned[part].flat[-1:] = bad
            if not poisoned[part].size:
                continue
            spoilt = type(model(name)).from_arrays(poisoned)  # type: ignore[attr-defined]
            contents = recommender(name).contents
            role = "warm" if name in WARM else "cold"
            roles = {**contents.roles, role: replace(contents.roles[role], model=spoilt)}
            with pytest.raises(BadModel, match="not finite"):
                Recommender.load(*pack(replace(contents, roles=roles), {}), version=1)
    for held in customers(5):
        missing, odd = ({"taste": "of 1"}, {"taste": "of 1", "age": float("nan")})
        lists = [recommender(name).rank(held, known, at=MOMENT, candidates=None, n=9) for known in (missing, odd)]
        assert lists[0] == lists[1]


@pytest.mark.parametrize("name", EVERY)
def test_the_same_seed_gives_the_same_model(name: str) -> None:
    again = fitted(recipe_named(name)).to_arrays()
    for part, array in model(name).to_arrays().items():
        assert array.tobytes() == again[part].tobytes()


@pytest.mark.parametrize("name", EVERY)
def test_a_model_that_was_kept_scores_as_before(name: str) -> None:
    role = "warm" if name in WARM else "cold"
    kept, inputs = recommender(name).contents.roles[role].model, fold().trial.inputs[:200]
    assert kept.kind == model(name).kind
    np.testing.assert_array_equal(kept.score(inputs), model(name).score(inputs))


@pytest.mark.parametrize("name", EVERY)
def test_reasons_sum_to_the_score_before_calibration(name: str) -> None:
    one = recommender(name)
    people = [(held, ATTRIBUTES) for held in [[], *customers()]]
    many = one.score_many(people, at=MOMENT)
    for row, (held, attributes) in enumerate(people):
        for scored in one.rank(held, attributes, at=MOMENT, candidates=None, n=99):
            assert sum(reason.weight for reason in scored.contributions) == pytest.approx(scored.score, abs=1e-9)
            assert scored.score == pytest.approx(float(many[row, one.space.index[scored.item]]), rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("name", [name for name in EVERY if not recipe_named(name).sampled])
def test_evidence_of_parts_is_that_of_everybody(name: str) -> None:
    recipe, chunk = recipe_named(name), fold().chunk
    halves = (np.arange(700), np.arange(700, chunk.inputs.shape[0]))
    first, second = (recipe.learn(chunk.take(rows)) for rows in halves)
    summed = recipe.fit(first + second, (recipe.quick or recipe.full)[0], 1)
    assert isinstance(summed, Linear)
    np.testing.assert_allclose(summed.weights, model(name).to_arrays()["weights"], atol=1e-5)
    np.testing.assert_allclose(summed.bias, model(name).bias, atol=1e-5)
