"""Nothing of the answer stands among the inputs."""

from __future__ import annotations

import numpy as np
import pytest
from operators_of_known_taste import undated

from recommender.errors import CannotJudge
from recommender.inputs import InputSpace
from recommender.interactions import ENDED, FORCED, UNKNOWN_START, VOLUNTARY, History
from recommender.profiles import Profiles
from recommender.splits import Data, held_out, hidden_folds, hide_one, official_parts, random_parts, temporal

DAY, WINDOW = 86_400, 90 * 86_400
AT = 1_000 * DAY


def history(rows: list[tuple[int, int, int, int, int]], *, customers: int = 1, items: int = 6) -> History:
    """Rows are (customer, item, start, kind, order); the cutoffs are four windows up to AT."""
    customer, item, start, kind, order = np.array(rows, dtype=np.int64).T
    cutoffs = tuple(AT - back * WINDOW for back in (3, 2, 1, 0))
    kinds = np.repeat(kind[:, None], 4, axis=1)
    return History(customers, items, customer, item, start, kind == FORCED, order, kinds, cutoffs)


def data(found: History) -> Data:
    return Data(found, Profiles.none(found.customers))


SPACE = InputSpace(tuple("ABCDEF"))


def test_a_hidden_anchor_takes_its_forced_parts_along() -> None:
    """Bundle 0 forced 1 and 2; gift 3 began the same moment; 4 was taken on another day."""
    start = AT - 5 * DAY
    rows = [
        (0, 0, start, VOLUNTARY, 0),
        (0, 1, start, FORCED, 0),
        (0, 2, start, FORCED, 0),
        (0, 3, start, FORCED, 3),
        (0, 4, AT - 9 * DAY, VOLUNTARY, 4),
    ]
    for seed in range(8):
        trial = hide_one(data(history(rows)), SPACE, AT, seed)
        hidden = trial.targets.indices.tolist()
        left = trial.held.indices.tolist()
        assert (hidden, left) in (([0], [4]), ([4], [0, 1, 2, 3]))


def test_an_unknown_start_does_not_tie_rows_together() -> None:
    rows = [(0, item, UNKNOWN_START, VOLUNTARY if item < 2 else FORCED, item) for item in range(4)]
    trial = hide_one(data(history(rows)), SPACE, AT, 1)
    assert trial.held.sum() == 3


def test_every_instance_of_the_hidden_item_is_hidden() -> None:
    rows = [(0, 0, AT - 5 * DAY, VOLUNTARY, 0), (0, 0, AT - 50 * DAY, VOLUNTARY, 0), (0, 1, AT, VOLUNTARY, 1)]
    for seed in range(8):
        trial = hide_one(data(history(rows)), SPACE, AT, seed)
        assert not set(trial.targets.indices) & set(trial.inputs.indices)


def test_only_who_holds_two_is_asked_and_only_for_what_was_chosen_freely() -> None:
    rows = [
        (0, 0, UNKNOWN_START, VOLUNTARY, 0),
        (1, 0, UNKNOWN_START, VOLUNTARY, 0),
        (1, 1, UNKNOWN_START, ENDED, 1),
        (2, 0, UNKNOWN_START, FORCED, 5),
        (2, 1, UNKNOWN_START, FORCED, 5),
        (3, 2, UNKNOWN_START, VOLUNTARY, 2),
        (3, 3, UNKNOWN_START, FORCED, 5),
    ]
    trial = hide_one(data(history(rows, customers=4)), SPACE, AT, 1)
    assert trial.targets.shape[0] == 1
    assert trial.targets.indices.tolist() == [2]


def test_by_date_an_order_lies_on_one_side_of_the_cutoff() -> None:
    cutoff = AT - WINDOW
    rows = [
        (0, 0, cutoff - 30 * DAY, VOLUNTARY, 0),
        (0, 1, cutoff + 3 * DAY, VOLUNTARY, 1),
        (0, 2, cutoff + 3 * DAY, FORCED, 1),
        (0, 3, AT + DAY, VOLUNTARY, 3),
    ]
    fold = temporal(data(history(rows)), SPACE, cutoff, WINDOW)
    assert fold.trial.inputs.indices.tolist() == [0]
    assert fold.trial.targets.indices.tolist() == [1]
    assert fold.chunk.inputs.indices.tolist() == [0]


def test_taking_again_what_is_held_is_no_acquisition_but_coming_back_is() -> None:
    cutoff = AT - WINDOW
    rows = [
        (0, 0, cutoff - 30 * DAY, VOLUNTARY, 0),
        (0, 0, cutoff + DAY, VOLUNTARY, 0),
        (0, 1, cutoff - 90 * DAY, ENDED, 1),
        (0, 1, cutoff + DAY, VOLUNTARY, 1),
    ]
    fold = temporal(data(history(rows)), SPACE, cutoff, WINDOW)
    assert fold.trial.targets.indices.tolist() == [1]
    assert fold.trial.held.indices.tolist() == [0]


def test_an_attribute_is_not_known_before_its_day() -> None:
    kinds = {"plan": "categorical"}
    found = Profiles.of(
        2,
        np.array([0, 0, 1]),
        np.array([UNKNOWN_START, AT, AT + 1]),
        [{"plan": "old"}, {"plan": "new"}, {"plan": "new"}],
        kinds,  # type: ignore[arg-type]
    )
    assert found.rows(AT - 1).tolist() == [0, -1]
    assert found.rows(AT).tolist() == [1, -1]
    assert found.at(AT - 1)["plan"].codes.tolist() == [0, -1]
    swapped = found.take(np.array([1, 0]))
    assert swapped.rows(AT + 1).tolist() == [0, 2]


def test_the_parts_are_disjoint_and_sized_70_10_20() -> None:
    parts = random_parts(1_000, 4)
    assert [len(part) for part in (parts.train, parts.tune, parts.test)] == [700, 100, 200]
    assert len(np.unique(np.concatenate((parts.train, parts.tune, parts.test)))) == 1_000


def test_an_official_split_without_a_tuning_part_lends_an_eighth_of_train() -> None:
    parts = official_parts(["train"] * 80 + ["test"] * 20 + [None], 1)
    assert [len(part) for part in (parts.train, parts.tune, parts.test)] == [70, 10, 20]
    with pytest.raises(CannotJudge, match="train and test"):
        official_parts(["north", "south"], 1)


def test_the_test_customers_are_never_learned_from() -> None:
    rows = [(customer, item) for customer in range(50) for item in range(3)] + [(49, 5)]
    found = undated(rows, 50, 6)
    for seed in range(5):
        parts = random_parts(50, seed)
        tune, score = hidden_folds(found, SPACE, 0, parts, seed)
        assert tune.chunk.inputs.shape[0] + len(parts.tune) == score.chunk.inputs.shape[0]
        assert score.chunk.inputs.shape[0] + score.trial.inputs.shape[0] == 50


@pytest.mark.parametrize("seed", range(4))
def test_a_share_of_what_each_customer_holds_is_hidden_and_stands_nowhere_else(seed) -> None:
    rows = [
        (customer, item, UNKNOWN_START, VOLUNTARY, item) for customer in range(3) for item in range(customer * 2 + 1)
    ]
    fold, left = held_out(data(history(rows, customers=3)), SPACE, AT, seed, 0.4)
    hidden, kept = fold.trial.targets, fold.trial.held
    # One item is too few to hide any; of three one is hidden, of five two.
    assert np.diff(hidden.indptr).tolist() == [0, 1, 2]
    assert np.diff(kept.indptr).tolist() == [1, 2, 3]
    assert hidden.multiply(kept).sum() == 0
    assert (left.history.cells(AT).held(6) != kept).nnz == 0


def test_of_what_is_held_out_the_forced_parts_are_hidden_too() -> None:
    start = AT - 5 * DAY
    rows = [(0, 0, start, VOLUNTARY, 0), (0, 1, start, FORCED, 0), (0, 4, AT - 9 * DAY, VOLUNTARY, 4)]
    for seed in range(8):
        fold, _ = held_out(data(history(rows)), SPACE, AT, seed, 0.2)
        found = (fold.trial.targets.indices.tolist(), fold.trial.held.indices.tolist())
        assert found in (([0], [4]), ([4], [0, 1]))
