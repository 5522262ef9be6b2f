"""Control groups and shuffled slots repeat, and their chances are what is logged."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.experiment import POOL, draw, in_control, lot


def test_a_customer_stays_in_the_group_in_every_process():
    script = "from recommender.experiment import lot; print(repr(lot('C1', 'spring')))"
    other = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert float(other.stdout) == lot("C1", "spring") == 0.5618309236858472


def test_a_control_group_has_its_share_and_salts_are_independent():
    spring = [in_control(f"C{n}", "spring", 0.1) for n in range(20_000)]
    autumn = [in_control(f"C{n}", "autumn", 0.1) for n in range(20_000)]
    assert sum(spring) == pytest.approx(2000, abs=170)
    assert sum(a and b for a, b in zip(spring, autumn, strict=True)) == pytest.approx(200, abs=60)


@given(st.text(max_size=20), st.floats(0, 1), st.floats(0, 1))
def test_a_greater_share_keeps_everybody(unit, one, other):
    less, more = sorted((one, other))
    assert in_control(unit, "s", more) or not in_control(unit, "s", less)
    assert not in_control(unit, "s", 0.0)
    assert in_control(unit, "s", 1.0)


def test_without_exploration_the_best_stand_in_order_and_nothing_is_logged():
    assert [(slot.item, slot.propensity) for slot in draw("abcdef", 3, share=0, request="r")] == [
        ("a", None),
        ("b", None),
        ("c", None),
    ]


def test_what_stands_where_comes_as_often_as_the_logged_propensity_says():
    requests, seen, said = 20_000, Counter(), {}
    for number in range(requests):
        for place, slot in enumerate(draw("abcdefgh", 2, share=0.5, request=f"r{number}")):
            seen[place, slot.item] += 1
            said.setdefault((place, slot.item), slot.propensity)
            assert said[place, slot.item] == slot.propensity
    assert set(said) == {(place, item) for place in range(2) for item in "abcd"}
    for key, propensity in said.items():
        assert seen[key] / requests == pytest.approx(propensity, abs=0.012)


@given(st.integers(0, 12), st.integers(1, 6), st.floats(0, 1), st.text(max_size=8))
def test_a_draw_repeats_never_shows_twice_and_is_never_padded(items, n, share, request):
    ranked = list(range(items))
    slots = draw(ranked, n, share=share, request=request)
    assert slots == draw(ranked, n, share=share, request=request)
    shown = [slot.item for slot in slots]
    assert len(set(shown)) == len(shown) == min(n, items)
    assert set(shown) <= set(range(n * POOL))
    assert all(slot.propensity is None or 0 < slot.propensity <= 1 + 1e-12 for slot in slots)
