"""A caller may make so many requests a second as the role allows, in short bursts, and others do not suffer for it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from api.rates import BURST_SECONDS, Buckets


def test_a_burst_passes_then_the_rate_holds() -> None:
    buckets = Buckets({"agent": 5})
    assert [buckets.take("li", "agent", at=0) for _ in range(10)] == [0] * 10
    assert buckets.take("li", "agent", at=0) == 0.2
    assert buckets.take("li", "agent", at=0.2) == 0
    assert buckets.take("li", "agent", at=0.2) > 0


def test_callers_have_buckets_of_their_own_and_an_unknown_role_none() -> None:
    buckets = Buckets({"agent": 1})
    while not buckets.take("li", "agent", at=0):
        pass
    assert buckets.take("wang", "agent", at=0) == 0
    assert buckets.take("li", "nobody", at=0) > 0


def test_the_memory_of_callers_is_bounded() -> None:
    buckets = Buckets({"agent": 1}, callers=10)
    for number in range(100):
        buckets.take(str(number), "agent", at=0)
    assert len(buckets._levels) == 10


@given(st.lists(st.floats(0, 0.5), min_size=1, max_size=200), st.integers(1, 50))
def test_over_any_time_no_more_passes_than_burst_and_rate_allow(gaps: list[float], rate: int) -> None:
    buckets = Buckets({"agent": rate})
    now, passed = 0.0, 0
    for gap in gaps:
        now += gap
        passed += buckets.take("li", "agent", at=now) == 0
    assert passed <= rate * (BURST_SECONDS + now) + 1e-6
