"""What a search finds."""

from __future__ import annotations

import pytest
from catalogs import AT, offering, snapshot
from hypothesis import given
from hypothesis import strategies as st

from catalog.search_terms import neighbours

NAMES = {
    "SCHOOL_MSG": ("校讯通", "School-home messaging"),
    "GROUP_RBT": ("集团彩铃", "Group ring-back tone"),
    "BANK_MSG": ("银信通", "Bank messaging"),
    "DATA_10G": ("10GB流量包", "10 GB data pack"),
    "DATA_100G": ("100GB流量包", "100 GB data pack"),
    "CAMPUS": ("校园网套餐", "Campus package"),
}


@pytest.fixture(scope="module")
def index():
    offerings = [offering(code) | {"name": {"zh": zh, "en": en}} for code, (zh, en) in NAMES.items()]
    return snapshot(*offerings).moment(AT).search


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("校讯通", {"SCHOOL_MSG"}),
        ("讯通", {"SCHOOL_MSG"}),
        ("彩铃", {"GROUP_RBT"}),
        ("通", {"SCHOOL_MSG", "BANK_MSG"}),
        ("xxt", {"SCHOOL_MSG"}),
        ("XXT", {"SCHOOL_MSG"}),
        ("xiaoxun", {"SCHOOL_MSG"}),
        ("cl", {"GROUP_RBT"}),
        ("mess", {"SCHOOL_MSG", "BANK_MSG"}),
        ("bank messaging", {"BANK_MSG"}),
        ("ＢＡＮＫ", {"BANK_MSG"}),
        ("data_10g", {"DATA_10G"}),
        ("流量", {"DATA_10G", "DATA_100G"}),
        ("通讯校", set()),
        ("nothing of the kind", set()),
        ("", set()),
        ("!?，。", set()),
    ],
)
def test_a_query_finds_by_chinese_pinyin_initials_english_and_code(index, query, expected):
    assert set(index.find(query).weights) == expected


def test_the_whole_word_comes_before_its_beginning(index):
    found = index.find("10 GB").weights
    assert found["DATA_10G"] > found["DATA_100G"]


@pytest.mark.parametrize("limit", [0, 40, 100_000])
def test_a_query_asked_again_finds_the_same_however_little_is_kept(monkeypatch, limit):
    monkeypatch.setattr("catalog.search.KEPT_CODES", limit)
    offerings = [offering(code) | {"name": {"zh": zh, "en": en}} for code, (zh, en) in NAMES.items()]
    asked = ["通", "mess", "mesaging", "彩玲", "通", "mess", "mesaging", "彩玲", "流量"]
    kept = snapshot(*offerings).moment(AT).search
    assert [kept.find(one) for one in asked] == [snapshot(*offerings).moment(AT).search.find(one) for one in asked]


def test_what_is_kept_is_not_found_after_an_edit():
    before = snapshot(offering("A") | {"name": {"zh": "校讯通"}}).moment(AT)
    after = snapshot(offering("A") | {"name": {"zh": "银信通"}}).moment(AT)
    assert set(before.search.find("校讯").weights) == {"A"}
    assert before.search.changed(before.ordered, after.ordered).find("校讯").weights == {}


def test_a_long_query_costs_no_more_than_its_first_parts(index):
    assert index.find("流量" * 10_000).weights == {}


@pytest.mark.parametrize(
    ("query", "expected", "guess"),
    [
        ("mesaging", {"SCHOOL_MSG", "BANK_MSG"}, "messaging"),
        ("bnak", {"BANK_MSG"}, "bank"),
        ("xiaoxuntng", {"SCHOOL_MSG"}, "xiaoxuntong"),
        ("xaoxun", {"SCHOOL_MSG"}, "xiaoxun"),
        ("彩玲", {"GROUP_RBT"}, "cailing"),
        ("校园套餐", {"CAMPUS"}, "校园套餐"),
        ("bank mesaging", {"BANK_MSG"}, "messaging"),
    ],
)
def test_a_slip_and_a_wrong_character_are_understood(index, query, expected, guess):
    found = index.find(query)
    assert set(found.weights) == expected
    assert guess in found.guesses


def test_what_is_written_as_typed_needs_no_guess(index):
    assert index.find("bank messaging").guesses == ()


def test_a_guess_weighs_less_than_what_was_typed(index):
    assert index.find("mesaging").weights["BANK_MSG"] < index.find("messaging").weights["BANK_MSG"]


def test_guessing_is_bounded_whatever_is_typed(index):
    assert index.find(" ".join(["qqqqqqqq"] * 5_000)).weights == {}
    assert len(neighbours("abcdefgh")) < 1_000
    assert neighbours("a" * 10_000) == set()


@given(st.text("abcde", min_size=4, max_size=8), st.data())
def test_a_neighbour_is_one_slip_away_in_either_direction(word, data):
    other = data.draw(st.sampled_from(sorted(neighbours(word))))
    assert other != word
    assert abs(len(other) - len(word)) <= 1
    assert len(other) < 4 or word in neighbours(other)
