"""The interval of an uplift covers the truth as often as it says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.experiment import in_control
from recommender.uplift import Counted, mean_uplift, share, uplift

counted = st.integers(0, 500).flatmap(lambda n: st.integers(0, n).map(lambda k: Counted(n, k)))


def test_the_figures_of_newcombe_1998():
    """Example (a) of the paper, method 10: 56 of 70 against 48 of 80."""
    found = uplift(Counted(70, 56), Counted(80, 48))
    assert (round(found.value, 4), round(found.low, 4), round(found.high, 4)) == (0.2, 0.0524, 0.3339)
    assert found.is_sure


@given(counted, counted)
def test_bounds_hold_the_value_and_stay_within_what_is_possible(one, other):
    for part in (share(one), share(other)):
        assert part is None or 0 <= part.low <= part.value <= part.high <= 1
    found = uplift(one, other)
    assert (found is None) == (one.n == 0 or other.n == 0)
    if found:
        turned = uplift(other, one)
        assert -1 - 1e-9 <= found.low <= found.value <= found.high <= 1 + 1e-9
        assert (turned.low, turned.high) == pytest.approx((-found.high, -found.low))


def test_nobody_is_counted_twice():
    with pytest.raises(ValueError, match="count everybody once"):
        Counted(3, 4)


@pytest.mark.parametrize(("base", "planted"), [(0.03, 0.02), (0.01, 0.0), (0.2, 0.05)])
def test_the_interval_covers_the_planted_uplift_in_91_to_98_of_100_campaigns(base, planted):
    """1,000 campaigns over 5,000 customers with a tenth in control, chosen by hash."""
    hits = 0
    for campaign in range(1000):
        random = np.random.default_rng(campaign)
        control = 500
        treated = Counted(4500, int(random.binomial(4500, base + planted)))
        found = uplift(treated, Counted(control, int(random.binomial(control, base))))
        hits += found.low <= planted <= found.high
    assert 0.91 <= hits / 1000 <= 0.98


def test_two_hundred_whole_campaigns_with_control_by_hash_cover_the_planted_uplift():
    hits, customers = 0, 2000
    for campaign in range(200):
        random = np.random.default_rng(1000 + campaign)
        control = np.array([in_control(f"C{n}", f"campaign {campaign}", 0.2) for n in range(customers)])
        taste = random.beta(1, 20, customers)
        took = random.random(customers) < np.where(control, taste, taste + 0.03)
        found = uplift(
            Counted(int((~control).sum()), int(took[~control].sum())),
            Counted(int(control.sum()), int(took[control].sum())),
        )
        hits += found.low <= 0.03 <= found.high
    assert 182 <= hits <= 196


def test_revenue_a_head_of_the_treated_against_control():
    random = np.random.default_rng(5)
    hits = 0
    for _ in range(300):
        treated = np.where(random.random(3000) < 0.1, random.exponential(30, 3000), 0.0)
        control = np.where(random.random(600) < 0.05, random.exponential(30, 600), 0.0)
        found = mean_uplift(treated, control)
        hits += found.low <= 1.5 <= found.high
    assert 0.91 <= hits / 300 <= 0.98
    assert mean_uplift(treated, control[:1]) is None
