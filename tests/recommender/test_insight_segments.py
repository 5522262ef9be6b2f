"""Groups of like needs: planted ones are found, they keep their codes, and say what sets them apart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from insight_panels import AT, WINDOW, offers, panel

from recommender.insight.definition import built_in, parse
from recommender.insight.kmeans import adjusted_rand
from recommender.insight.panel import features
from recommender.insight.segments import Groups, group, match, raw, traits

RULES = replace(parse(built_in()).segments, k=(2, 3, 4))
EACH = 150
USE = np.array([[60.0, 5.0], [5.0, 300.0], [60.0, 300.0]])


def told(each=EACH, seed=1, groups=(0, 1, 2)):
    """Customers of three planted needs: much data, many minutes, both."""
    rng = np.random.default_rng(seed)
    planted = np.repeat(groups, each)
    use = USE[planted] * np.exp(0.15 * rng.standard_normal((len(planted), 2)))
    found = {("ATTRIBUTE", name, None): use[:, at] for at, name in enumerate(("data", "minutes"))}
    # An age says something of the first group, and forms none.
    young = (planted == 0) & (rng.random(len(planted)) < 0.8)
    return found | {("ATTRIBUTE", "age", "18-24"): young.astype(float)}, planted


def learned(data, former=None):
    return group(RULES, data, len(data["ATTRIBUTE", "data", None]), "P", former)


def test_planted_needs_are_found_and_their_number_too():
    data, planted = told()
    found = learned(data)
    assert len(found.codes) == 3
    assert adjusted_rand(found.assign(data, np.arange(len(planted))), planted) > 0.98
    assert found.tried[3] > 0.95


def test_the_same_seed_gives_the_same_groups():
    data, _ = told()
    assert np.array_equal(learned(data).centres, learned(data).centres)


def test_a_refresh_keeps_the_code_of_each_group_though_their_sizes_change():
    before = learned(told(seed=1)[0])
    data, planted = told(seed=2)
    grown = {key: np.concatenate([amounts, amounts[planted == 2]]) for key, amounts in data.items()}
    after = learned(grown, Groups.from_dict(before.to_dict()))
    rows = np.arange(len(planted))
    codes = [np.array(one.codes)[one.assign(data, rows)] for one in (before, after)]
    assert np.mean(codes[0] == codes[1]) > 0.98


def test_a_group_that_was_not_there_gets_a_new_code():
    before = learned(told(groups=(0, 1), each=300)[0])
    assert before.codes == ("P1", "P2")
    after = learned(told()[0], before)
    assert set(after.codes) == {"P1", "P2", "P3"}


def test_far_centres_are_new_and_near_ones_paired_once():
    known = np.array([[0.0, 0.0], [10.0, 0.0]], dtype=np.float32)
    centres = np.array([[10.2, 0.1], [0.1, 0.2], [5.0, 50.0]], dtype=np.float32)
    assert match(centres, known, ("P4", "P7"), "P") == ("P7", "P4", "P8")


def test_groups_survive_being_stored():
    data, planted = told()
    found = learned(data)
    again = Groups.from_dict(found.to_dict())
    rows = np.arange(len(planted))
    assert np.array_equal(found.assign(data, rows), again.assign(data, rows))


def test_traits_name_what_is_farthest_from_everybody_labels_too():
    data, planted = told()
    label = planted.astype(np.int64)
    first, second, _ = traits(data, label, 3)
    young = next(one for one in first if one["key"] == "age")
    assert (young["label"], round(young["lift"], 1)) == ("18-24", 3.0)
    assert {(one["key"], one["distance"] > 0) for one in second} >= {("data", False), ("minutes", True)}


def test_too_few_customers_make_no_groups():
    assert learned(told(each=20)[0]) is None


def test_what_was_forced_says_nothing_of_needs():
    people = panel(2, [(0, 0, 200, None), (1, 0, 200, None)], forced=[1])
    found = raw(people, AT, features(people, AT, WINDOW, offers()), np.array([0, -1, -1, -1]), ("data",), ())
    assert found["CATEGORY", "data", None].tolist() == [1, 0]


def test_the_adjusted_rand_index_of_known_pairs():
    # Of 6 pairs 1 and 2 are together, 1 in both: (1 − 1/3) / (3/2 − 1/3).
    assert adjusted_rand(np.array([0, 0, 1, 2]), np.array([0, 0, 1, 1])) == pytest.approx(4 / 7)
    assert adjusted_rand(np.array([0, 0, 1, 1]), np.array([1, 1, 0, 0])) == 1.0


@given(st.lists(st.integers(0, 3), min_size=4, max_size=40), st.permutations(range(4)))
def test_names_of_groups_do_not_matter_to_the_adjusted_rand_index(labels, names):
    one = np.array(labels)
    assert adjusted_rand(one, np.array(names)[one]) == pytest.approx(1.0)
