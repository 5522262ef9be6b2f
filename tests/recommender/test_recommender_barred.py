"""What rules keep from somebody is neither ranked nor asked for, and probabilities speak of the rest."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from threadpoolctl import threadpool_limits

from recommender import fitting
from recommender.barred import pack, unpack
from recommender.evaluation import EFFORTS, Learned, Meter, compete
from recommender.interactions import UNKNOWN_START, VOLUNTARY, History
from recommender.profiles import Profiles
from recommender.protocols import temporal_bout
from recommender.splits import Data, Trial

DAY, WINDOW = 86_400, 90 * 86_400
AT = 2_000 * DAY
CUSTOMERS, ITEMS, FREE = 6_000, 10, 5


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), items=st.integers(1, 30), rows=st.integers(0, 20))
def test_targets_are_what_was_taken_within_the_rules(seed: int, items: int, rows: int) -> None:
    rng = np.random.default_rng(seed)
    held, targets, barred = (rng.random((rows, items)) < 0.3 for _ in range(3))
    bits = pack(barred)
    np.testing.assert_array_equal(unpack(bits, items), barred)
    trial = Trial(*(csr_array(one.astype(np.float32)) for one in (held, held, targets))).under(bits)
    np.testing.assert_array_equal(trial.targets.toarray() > 0, targets & ~barred)
    np.testing.assert_array_equal(trial.closed(), held | barred)
    some = np.flatnonzero(rng.random(rows) < 0.5)
    np.testing.assert_array_equal(trial.take(some).closed(), (held | barred)[some])


def sold() -> tuple[Data, np.ndarray]:
    """Everybody holds one of FREE old items by chance; half may take the other items, and a tenth of them do a window,
    whatever they hold; the other half never may."""
    rng = np.random.default_rng(4)
    old = rng.integers(0, FREE, CUSTOMERS)
    barred = np.zeros((CUSTOMERS, ITEMS), dtype=bool)
    barred[rng.random(CUSTOMERS) < 0.5, FREE:] = True
    barred[:, :FREE] = True
    windows = [(customer, item, back) for back in range(4) for customer, item in zip(*takers(rng, barred), strict=True)]
    customer, item, back = np.array(windows).T
    item = np.concatenate((old, item))
    start = np.concatenate((np.full(CUSTOMERS, UNKNOWN_START), AT - back * WINDOW - WINDOW // 2))
    history = History(
        CUSTOMERS,
        ITEMS,
        np.concatenate((np.arange(CUSTOMERS), customer)),
        item,
        start,
        np.zeros(item.size, dtype=bool),
        item,
        np.full((item.size, 4), VOLUNTARY),
        tuple(AT - steps * WINDOW for steps in (3, 2, 1, 0)),
    )
    return Data(history, Profiles.none(CUSTOMERS)), barred


def takers(rng: np.random.Generator, barred: np.ndarray) -> tuple[np.ndarray, ...]:
    return ((rng.random(barred.shape) < 0.1) & ~barred).nonzero()


@pytest.mark.parametrize("under_rules", [True, False])
def test_a_probability_is_that_of_somebody_who_may(under_rules: bool) -> None:
    data, barred = sold()
    rules = {cutoff: pack(barred) for cutoff in (AT - 2 * WINDOW, AT - WINDOW)} if under_rules else {}
    effort, meter = EFFORTS["quick"], Meter()
    with threadpool_limits(1, "blas"):
        bout = temporal_bout(data, tuple(f"I{item:02}" for item in range(ITEMS)), AT, WINDOW, barred=rules)
        tune, score = (Learned(chunk, effort.rows, meter, 1) for chunk in (bout.tune, bout.score))
        results = [compete(contest, tune, score, effort, 1, meter) for contest in bout.contests]
        found = fitting.calibrations(bout, score, fitting.picks(results), 1)["warm"].calibration
    assert found is not None
    assert bout.offered is not None
    chosen = fitting.picks(results)["warm"]
    scores = score.model(chosen.recipe, chosen.params, bout.contests[0].kin).score(bout.offered.inputs)
    held = bout.offered.held.toarray() > 0
    said = float(found(scores)[~barred & ~held].mean())
    assert (said == pytest.approx(0.1, rel=0.1)) == under_rules
