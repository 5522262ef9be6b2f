"""What a search finds."""

from __future__ import annotations

import pytest
from catalogs import AT, offering, snapshot

NAMES = {
    "SCHOOL_MSG": ("校讯通", "School-home messaging"),
    "GROUP_RBT": ("集团彩铃", "Group ring-back tone"),
    "BANK_MSG": ("银信通", "Bank messaging"),
    "DATA_10G": ("10GB流量包", "10 GB data pack"),
    "DATA_100G": ("100GB流量包", "100 GB data pack"),
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
    assert set(index.find(query)) == expected


def test_the_whole_word_comes_before_its_beginning(index):
    found = index.find("10 GB")
    assert found["DATA_10G"] > found["DATA_100G"]


def test_a_long_query_costs_no_more_than_its_first_parts(index):
    assert index.find("流量" * 10_000) == {}
