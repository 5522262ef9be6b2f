"""The demo operator's files: the same for the same seed, as large as asked, and true to the rules of its catalog."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from api import demo

UNTIL = date(2026, 3, 15)
CUSTOMERS = 6_000
EVER = date.max


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> demo.DemoFiles:
    return demo.write_files(tmp_path_factory.mktemp("demo"), customers=CUSTOMERS, seed=7, until=UNTIL)


@pytest.fixture(scope="module")
def offerings(files: demo.DemoFiles) -> dict[str, dict[str, Any]]:
    return {one["code"]: one for one in json.loads(files.catalog.read_text(encoding="utf-8"))["offerings"]}


@pytest.fixture(scope="module")
def customers(files: demo.DemoFiles) -> list[dict[str, Any]]:
    return rows(files.customer)


@pytest.fixture(scope="module")
def held(files: demo.DemoFiles) -> dict[str, list[dict[str, Any]]]:
    by_customer: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows(files.product):
        by_customer[row["customer_id"]].append(row)
    return by_customer


def rows(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    return found


def span(row: dict[str, Any]) -> tuple[date, date]:
    return row["start_date"] or date.min, row["termination_date"] or EVER


def relations(offerings: dict[str, dict[str, Any]], kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for code, one in offerings.items():
        yield from ((code, found) for found in one["productOfferingRelationship"] if found["relationshipType"] == kind)


def fingerprints(files: demo.DemoFiles) -> list[str]:
    return [hashlib.sha256(path.read_bytes()).hexdigest() for _, path in files.in_order()]


def test_the_same_seed_gives_the_same_bytes_and_another_seed_other_customers(tmp_path: Path) -> None:
    first, again, other = (
        demo.write_files(tmp_path / name, customers=300, seed=seed, until=UNTIL)
        for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    assert fingerprints(first) == fingerprints(again)
    assert fingerprints(first)[0] == fingerprints(other)[0]
    assert not set(fingerprints(first)[1:]) & set(fingerprints(other)[1:])


def test_as_many_customers_are_written_as_were_asked_for(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    written = demo.write_files(tmp_path, customers=10, seed=1, until=UNTIL, progress=lambda *at: told.append(at))
    assert {row["id"] for row in rows(written.customer)} == {f"C{number:07}" for number in range(1, 11)}
    assert told == [(10, 10)]


def test_files_come_in_an_order_in_which_each_refers_only_to_those_before(files: demo.DemoFiles) -> None:
    assert [kind for kind, _ in files.in_order()] == ["catalog", "market", "customer", "member", "product", "usage"]
    assert all(path.exists() for _, path in files.in_order())


def test_every_code_that_is_referred_to_exists(
    files: demo.DemoFiles, offerings: dict[str, Any], customers: list[dict[str, Any]]
) -> None:
    ids = {row["id"] for row in customers}
    markets = {row["code"] for row in rows(files.market)}
    assert {row["market"] for row in rows(files.member)} <= markets
    for path in (files.member, files.product, files.usage):
        assert {row["customer_id"] for row in rows(path)} <= ids
    for path in (files.product, files.usage):
        assert {row["offering"] for row in rows(path)} <= offerings.keys()
    assert {row["enterprise"] for row in customers} - {None} <= {
        row["id"] for row in customers if row["kind"] == "ENTERPRISE"
    }


def test_there_are_314_campuses_of_which_167_have_wlan(files: demo.DemoFiles) -> None:
    campuses = [row for row in rows(files.market) if row["kind"] == "CAMPUS"]
    assert len(campuses) == 314
    assert sum(row["fact.wlan"] for row in campuses) == 167
    assert {row["kind"] for row in rows(files.market)} == {"CAMPUS", "PARK", "MARKET", "VILLAGE", "BUILDING"}
    assert len({row["name_zh"] for row in rows(files.market)}) == files.rows["market"]


def test_no_subscriber_has_the_phone_numbers(customers: list[dict[str, Any]]) -> None:
    numbers = {row["id"]: row["msisdn"] for row in customers}
    assert all(len(number) == 11 and number.startswith("100") for number in numbers.values())
    assert len(set(numbers.values())) == CUSTOMERS


def test_a_changed_phone_is_known_only_from_its_day(customers: list[dict[str, Any]]) -> None:
    states: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in customers:
        states[row["id"]].append(row)
    twice = [two for two in states.values() if len(two) > 1]
    assert 0.2 < len(twice) / CUSTOMERS < 0.5
    for before, after in twice:
        assert (before["known_from"], before["phone:categorical"]) == (None, "4G")
        assert after["phone:categorical"] == "5G"
        assert UNTIL - timedelta(days=731) <= after["known_from"] <= UNTIL


def test_a_customer_holds_five_to_eight_things_on_average(held: dict[str, Any]) -> None:
    counts = [len(products) for products in held.values()]
    assert 5 < sum(counts) / CUSTOMERS < 8
    assert sum(count <= 12 for count in counts) > 0.9 * CUSTOMERS


def test_nothing_is_held_twice_at_once_nor_ends_before_it_starts(held: dict[str, list[dict[str, Any]]]) -> None:
    for products in held.values():
        keys = [(row["offering"], row["start_date"]) for row in products]
        assert len(set(keys)) == len(keys)
        for row in products:
            start, end = span(row)
            assert start <= end
            assert end == EVER or row["status"] == "terminated"
        for before, after in pairwise(products):
            assert before["offering"] != after["offering"] or span(before)[1] <= span(after)[0]


def test_what_excludes_each_other_is_never_held_together(
    held: dict[str, list[dict[str, Any]]], offerings: dict[str, dict[str, Any]]
) -> None:
    excluded = {(code, relation["target"]) for code, relation in relations(offerings, "EXCLUDES")}
    assert excluded
    for products in held.values():
        for one in products:
            for other in products:
                apart = span(one)[1] <= span(other)[0] or span(other)[1] <= span(one)[0]
                assert apart or (one["offering"], other["offering"]) not in excluded, (one, other)


def test_what_is_required_is_held_from_the_start_to_the_end(
    held: dict[str, list[dict[str, Any]]], offerings: dict[str, dict[str, Any]]
) -> None:
    needs: dict[str, set[str]] = defaultdict(set)
    for code, relation in relations(offerings, "REQUIRES"):
        needs[code].add(relation["target"])
    checked = Counter[str]()
    for products in held.values():
        for row in products:
            if row["offering"] not in needs:
                continue
            base = [span(other) for other in products if other["offering"] in needs[row["offering"]]]
            start, end = span(row)
            assert any(low <= start <= high for low, high in base), row
            assert any(low <= end <= high for low, high in base), row
            checked[row["origin"]] += 1
    assert checked["VOLUNTARY"] > 200
    assert checked["BUNDLE"] > 20


def test_what_a_bundle_forced_stands_beside_its_bundle_from_the_same_day(
    held: dict[str, list[dict[str, Any]]], offerings: dict[str, dict[str, Any]]
) -> None:
    forced = 0
    for products in held.values():
        bundles = {(row["offering"], row["start_date"]): row for row in products if row["origin"] == "VOLUNTARY"}
        for row in products:
            assert (row["origin"] == "BUNDLE") == (row["bundle"] is not None)
            if row["origin"] == "BUNDLE":
                forced += 1
                assert span(bundles[row["bundle"], row["start_date"]]) == span(row)
                assert row["offering"] in everything_in(row["bundle"], offerings)
    assert forced > 500


def everything_in(bundle: str, offerings: dict[str, dict[str, Any]]) -> set[str]:
    parts = {part["code"] for part in offerings[bundle].get("bundledProductOffering", [])}
    return parts.union(*(everything_in(part, offerings) for part in parts))


def test_campus_wlan_is_held_only_on_covered_campuses(
    files: demo.DemoFiles, held: dict[str, list[dict[str, Any]]]
) -> None:
    covered = {row["code"] for row in rows(files.market) if row["fact.wlan"]}
    students = {row["customer_id"] for row in rows(files.member) if row["market"] in covered}
    holders = {
        who
        for who, products in held.items()
        if any(row["offering"].startswith(("WLAN_", "B_CAMPUS")) for row in products)
    }
    assert holders
    assert holders <= students


def test_usage_tells_the_last_three_whole_months_once_and_some_is_idle(files: demo.DemoFiles) -> None:
    usage = rows(files.usage)
    assert {row["month"] for row in usage} == {"2025-12", "2026-01", "2026-02"}
    assert len({(row["customer_id"], row["offering"], row["month"]) for row in usage}) == len(usage)
    idle = [row for row in usage if row["active_days"] == 0]
    assert 0.1 < len(idle) / len(usage) < 0.4
    assert all(row["last_active"] is None for row in idle)
    assert all(f"{row['last_active']:%Y-%m}" == row["month"] for row in usage if row["active_days"])


def test_gifts_end_and_trials_are_kept_or_end(held: dict[str, list[dict[str, Any]]]) -> None:
    kept = Counter[bool]()
    for products in held.values():
        for row, following in zip(products, [*products[1:], None], strict=True):
            start, end = span(row)
            if row["origin"] == "GIFT":
                assert end == EVER or (end - start).days <= 91
            if row["origin"] == "TRIAL" and end != EVER:
                assert (end - start).days <= 31
                kept[following is not None and following["start_date"] == end] += 1
    assert kept[True] > 50
    assert kept[False] > 50


def test_the_first_customer_is_a_student_on_a_covered_campus_with_a_story(
    files: demo.DemoFiles, customers: list[dict[str, Any]], held: dict[str, list[dict[str, Any]]]
) -> None:
    first = next(row for row in customers if row["id"] == "C0000001")
    assert (first["age_band:categorical"], first["tags"]) == ("18-24", "student")
    assert next(row["market"] for row in rows(files.member) if row["customer_id"] == "C0000001") == "CAMPUS_001"
    assert {"WLAN_ACCESS", "WLAN_20H", "B_FRESHMAN", "MUSIC_STD"} <= {row["offering"] for row in held["C0000001"]}
