"""What another ranking would bring is found from shuffled logs, where the truth is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from recommender.experiment import draw
from recommender.offpolicy import Logs, doubly_robust, ips, snips

ITEMS, SLOTS = 6, 2
# What is accepted where: by item, and less in the second slot.
TASTE = np.array([0.02, 0.05, 0.12, 0.2, 0.3, 0.08])[:, None] * np.array([1.0, 0.6])
SERVED, CHALLENGER = [0, 1, 2, 3, 4, 5], [3, 2, 1, 0, 4, 5]
TRUTH = TASTE[3, 0] + TASTE[2, 1]


def logs(requests: int, seed: int, share: float = 0.5) -> tuple[Logs, np.ndarray, np.ndarray]:
    """Logs of the served order with shuffled requests; also the items and the slots of the rows."""
    random = np.random.default_rng(seed)
    rows = [
        (request, slot, drawn.item, drawn.propensity)
        for request in range(requests)
        for slot, drawn in enumerate(draw(SERVED, SLOTS, share=share, request=f"{seed}/{request}"))
    ]
    unit, slot, item, propensity = (np.array(column) for column in zip(*rows, strict=True))
    reward = (random.random(len(rows)) < TASTE[item, slot]).astype(float)
    target = (np.array(CHALLENGER)[slot] == item).astype(float)
    return Logs(unit, reward, propensity.astype(float), target), item, slot


def robust(one: Logs, item, slot, guess):
    return doubly_robust(one, guess[item, slot], guess[np.array(CHALLENGER)[slot], slot])


def test_each_estimator_finds_the_value_of_another_order():
    one, item, slot = logs(20_000, seed=1)
    for found in (ips(one), snips(one), robust(one, item, slot, TASTE), robust(one, item, slot, TASTE * 0 + 0.1)):
        assert found.reward.low <= TRUTH <= found.reward.high
        assert found.reward.high - found.reward.low < 0.05
        assert found.weight == pytest.approx(1, abs=0.05)
    served = one.reward.sum() / 20_000
    assert snips(one).reward.low > served, "the challenger is better than what served, and the logs show it"


def test_intervals_cover_the_truth_as_often_as_they_say():
    hits = np.zeros(3)
    for seed in range(200):
        one, item, slot = logs(400, seed)
        found = (ips(one), snips(one), robust(one, item, slot, TASTE))
        hits += [one.reward.low <= TRUTH <= one.reward.high for one in found]
    assert ((hits >= 182) & (hits <= 198)).all(), hits


def test_a_good_guess_makes_the_interval_narrower_and_a_bad_one_no_lie():
    one, item, slot = logs(5_000, seed=3)
    good, bad = robust(one, item, slot, TASTE), robust(one, item, slot, TASTE * 0 + 0.9)
    assert good.reward.high - good.reward.low < bad.reward.high - bad.reward.low
    assert bad.reward.low <= TRUTH <= bad.reward.high


def test_the_serving_policy_is_worth_what_it_brought():
    one, _, _ = logs(2_000, seed=4)
    same = replace(one, target=one.propensity)
    brought = one.reward.sum() / 2_000
    assert ips(same).reward.value == pytest.approx(brought)
    assert snips(same).reward.value == pytest.approx(brought)
    assert snips(same).effective == pytest.approx(len(one.reward))


def test_logs_that_do_not_cover_the_other_policy_are_seen_by_their_weight():
    """The challenger shows what the pool never held."""
    one, _, _ = logs(2_000, seed=5)
    outside = replace(one, target=np.where(one.target > 0, 0.0, 0.0))
    assert ips(outside).weight == snips(outside).weight == 0
    assert snips(outside).effective == 0


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"propensity": np.array([0.0, 0.5])}, "propensity"),
        ({"target": np.array([0.0, 1.5])}, "other policy"),
        ({"reward": np.array([1.0])}, "a row"),
    ],
)
def test_wrong_logs_are_refused_with_what_to_do(wrong, message):
    columns = {name: np.array([0.5, 0.5]) for name in ("reward", "propensity", "target")}
    with pytest.raises(ValueError, match=message):
        Logs(**({"unit": np.array([0, 1])} | columns | wrong))


def test_no_logs_say_how_to_get_some():
    nothing = np.array([])
    with pytest.raises(ValueError, match="JISHI_EXPLORE"):
        Logs(nothing.astype(int), nothing, nothing, nothing)
