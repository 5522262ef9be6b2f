"""A market's figures are its own as far as its members can tell, and otherwise those of markets like it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.market_kin import Profile, kin, likeness
from recommender.market_outlook import Sums, outlook
from recommender.market_rates import LEAST_MARKETS, USUAL_STRENGTH, groups_of, shrunk


def drawn(markets: int, members: int, mean: float, strength: float, seed: int):
    """Holders of one item in markets whose true rates are Beta distributed."""
    rng = np.random.default_rng(seed)
    true = rng.beta(mean * strength, (1 - mean) * strength, markets)
    return true, rng.binomial(members, true).astype(float)[:, None], np.full(markets, float(members))


def test_the_spread_between_markets_says_how_far_each_is_believed():
    for strength in (5.0, 50.0):
        _, holders, members = drawn(400, 60, 0.2, strength, 1)
        found = shrunk(holders, members, np.zeros(400, dtype=np.int64), np.ones(400, dtype=bool))
        assert found.strength[0, 0] == pytest.approx(strength, rel=0.4)
        assert found.reference[0, 0] == pytest.approx(0.2, abs=0.03)


def test_shrunk_rates_are_nearer_to_the_truth_than_raw_ones():
    true, holders, members = drawn(300, 12, 0.15, 30.0, 2)
    found = shrunk(holders, members, np.zeros(300, dtype=np.int64), np.ones(300, dtype=bool))
    raw = holders[:, 0] / members
    assert ((found.own[:, 0] - true) ** 2).mean() < 0.5 * ((raw - true) ** 2).mean()


@given(st.lists(st.tuples(st.integers(5, 200), st.integers(0, 200)), min_size=2, max_size=25))
def test_a_rate_lies_between_the_markets_own_and_its_groups(rows):
    members = np.array([float(n) for n, _ in rows])
    holders = np.array([[float(min(n, held))] for n, held in rows])
    found = shrunk(holders, members, np.zeros(len(rows), dtype=np.int64), np.ones(len(rows), dtype=bool))
    raw = holders / members[:, None]
    low, high = np.minimum(raw, found.reference), np.maximum(raw, found.reference)
    assert (found.own >= low - 1e-9).all()
    assert (found.own <= high + 1e-9).all()
    if len(rows) < LEAST_MARKETS:
        assert (found.strength == USUAL_STRENGTH).all(), "so few markets say nothing of their spread"


def test_a_market_is_compared_with_its_kind_in_its_province_where_there_are_enough():
    kinds = ["CAMPUS"] * 24 + ["PARK"] * 3
    places = ["a/x"] * 12 + ["b/x"] * 12 + ["a/x"] * 3
    groups = groups_of(kinds, places, np.ones(27, dtype=bool))
    assert len({*groups[:12]}) == len({*groups[12:24]}) == len({*groups[24:]}) == 1
    assert len({*groups}) == 3
    few = groups_of(kinds, places, np.array([True] * 5 + [False] * 7 + [True] * 12 + [False] * 3))
    assert few[0] == few[11] != few[12], "five of its province are too few: all campuses"
    assert few[24] == 0, "parks are nowhere enough: all markets"


NEW = Profile("NEW", "CAMPUS", "a/x/1", 4000, {"wlan": True})


def test_the_most_alike_have_its_kind_place_facts_and_size():
    same = Profile("SAME", "CAMPUS", "a/x/1", 4000, {"wlan": True})
    dark = Profile("DARK", "CAMPUS", "a/x/1", 4000, {"wlan": False})
    far = Profile("FAR", "CAMPUS", "b/y/1", 4000, {"wlan": True})
    park = Profile("PARK", "PARK", "a/x/1", 4000, {"wlan": True})
    unknown = Profile("UNKNOWN", "CAMPUS")
    known = [park, far, unknown, dark, same]
    assert [known[place].code for place, _ in kin(NEW, known)] == ["SAME", "FAR", "UNKNOWN", "DARK", "PARK"]
    assert likeness(NEW, same) == 1.0
    assert [place for place, _ in kin(same, known)] == [place for place, _ in kin(NEW, known) if known[place] != same]


def sums(members, holders, eligible, expected) -> Sums:
    arrays = (holders, eligible, expected, expected, expected)
    return Sums(np.array(members, float), *(np.array(one, float) for one in arrays))


def test_a_market_without_members_borrows_and_says_from_whom():
    profiles = [
        Profile("OLD", "CAMPUS", "a/x", 1000, {"wlan": True}),
        Profile("NEW", "CAMPUS", "a/x", 2000, {"wlan": True}),
    ]
    found = outlook(sums([100, 0], [[50], [0]], [[50], [0]], [[5.0], [0]]), profiles)
    assert found.borrowed == ((), ("OLD",))
    assert found.members.tolist() == pytest.approx([100, 200]), "a tenth of its size, as there"
    assert found.eligible[1, 0] == pytest.approx(100)
    assert found.expected is not None
    assert found.expected[1, 0] == pytest.approx(10)
    assert found.rates.own[1, 0] == pytest.approx(found.rates.own[0, 0])


def test_of_fewer_than_five_people_nothing_is_said():
    profiles = [Profile("OLD", "CAMPUS", size=100), Profile("TINY", "CAMPUS", size=100)]
    found = outlook(sums([100, 4], [[50, 0], [4, 4]], [[50, 4], [4, 4]], [[5, 1.0], [4, 4]]), profiles)
    assert found.borrowed[1] == ("OLD",)
    assert found.expected is not None
    assert found.expected[0].tolist() == [5, 0], "four who may take it are too few"
    assert found.expected[1, 0] == pytest.approx(5), "as if it were OLD"


def test_without_a_market_to_borrow_from_nothing_is_expected():
    found = outlook(sums([2], [[1]], [[1]], [[0.5]]), [Profile("ONLY", "PARK")])
    assert found.borrowed == ((),)
    assert found.eligible.tolist() == [[0]]


@given(st.integers(0, 10**6), st.integers(1, 5))
def test_sums_of_parts_are_the_sums_of_the_whole(seed, parts):
    rng = np.random.default_rng(seed)
    each = [Sums(rng.random(3), *(rng.random((3, 2)) for _ in range(4))) for _ in range(parts)]
    whole = each[0]
    for one in each[1:]:
        whole = whole + one
    np.testing.assert_allclose(whole.holders, sum(one.holders for one in each))
    assert whole.expected is not None


def test_what_is_missing_to_be_like_the_others_counts_only_where_it_can_be_bought():
    profiles = [Profile(f"M{number:02}", "CAMPUS") for number in range(12)]
    holders = np.array([[10.0 * (number % 2)] * 2 for number in range(12)])
    eligible = np.array([[90.0, 0.0]] * 12)
    found = outlook(Sums(np.full(12, 100.0), holders, eligible, None, eligible), profiles)
    assert found.expected is None
    assert (found.gap()[:, 1] == 0).all()
    assert found.gap()[0, 0] > 0 == found.gap()[1, 0]
