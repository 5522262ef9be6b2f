"""What the rating unit does to revenue, against the figures of the operators' own material."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.quoting.rating_effect import closest, rating_effect, share_below, weibull

MATERIAL = {15: 109.0, 20: 116.0, 30: 117.0, 45: 125.0, 60: 132.0}


def test_two_calls_by_hand():
    effects = rating_effect({10: 1, 50: 1}, [1, 15, 60])
    assert [one.billed_seconds for one in effects] == [30, 37.5, 60]
    assert [one.revenue_index for one in effects] == pytest.approx([100, 125, 200])


def test_lumps_right_behind_the_units_give_the_figures_of_the_material_exactly():
    """Calls of 1, 21, 41, 46 and 61 seconds, a quarter of them under 20 s, and a seventh of very long ones."""
    lumps = {1: 0.25, 21: 0.209, 41: 0.244, 46: 0.09, 61: 0.063, 526: 0.064, 600: 0.08}
    assert share_below(lumps, 20) == pytest.approx(0.25)
    for one in rating_effect(lumps, MATERIAL):
        assert one.revenue_index == pytest.approx(MATERIAL[one.increment], abs=0.2)


def test_a_smooth_distribution_meets_four_of_the_five_figures_and_misses_that_of_20_seconds():
    """No smooth one can do better: from 20 s to 30 s the material rises by 1, from 15 s to 20 s by 7."""
    fit = closest(MATERIAL, means=range(70, 111, 10), shapes=(0.8, 1.0, 1.2, 1.6))
    assert 4 < fit.worst < 6
    effects = {one.increment: one.revenue_index for one in rating_effect(weibull(fit.mean, fit.shape), MATERIAL)}
    assert {unit for unit in MATERIAL if abs(effects[unit] - MATERIAL[unit]) > 3} == {20}


@given(
    st.dictionaries(st.integers(1, 3600), st.floats(0.1, 10), min_size=1, max_size=20),
    st.integers(1, 90),
    st.integers(2, 9),
)
def test_a_multiple_of_a_rating_unit_never_bills_less(lengths, unit, factor):
    one, fine, coarse = rating_effect(lengths, [1, unit, unit * factor])
    assert one.revenue_index == pytest.approx(100)
    assert fine.revenue_index <= coarse.revenue_index + 1e-9
    assert fine.billed_seconds >= one.billed_seconds - 1e-9


def test_without_calls_there_is_no_effect_to_speak_of():
    with pytest.raises(ValueError, match="calls that last"):
        rating_effect({}, [60])
