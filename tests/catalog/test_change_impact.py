"""What a customer loses, keeps and gains by moving from one offering to another."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from catalogs import AT, excludes, monthly, offering, requires, snapshot

from catalog.qualifying.change_impact import Change, ChangeImpact, impact

HERE = AT.astimezone(ZoneInfo("Asia/Shanghai"))


def allowance(amount: str, units: str) -> dict[str, Any]:
    return {"code": units, "priceType": "ALLOWANCE", "unitOfMeasure": {"amount": amount, "units": units}}


def move(*offerings: dict[str, Any], held: tuple[str, ...] = ("A",), start: datetime | None = None) -> ChangeImpact:
    """From A to B."""
    moment = snapshot(*offerings).moment(AT)
    return impact(Change(moment.offerings["A"], moment.offerings["B"], start, held, HERE), moment)


def lines(found: ChangeImpact) -> list[tuple[str, str, str]]:
    return [(one.effect.value, one.subject.value, one.code) for one in found.lines]


def test_parts_are_lost_kept_and_gained():
    bundle = offering("A", bundledProductOffering=[{"code": "X"}, {"code": "Y"}])
    better = offering("B", bundledProductOffering=[{"code": "Y"}, {"code": "Z"}])
    found = move(offering("X"), offering("Y"), offering("Z"), bundle, better)
    assert lines(found) == [("LOST", "PART", "X"), ("KEPT", "PART", "Y"), ("GAINED", "PART", "Z")]
    assert found.lines[0].message.said("en") == "X is lost"


def test_what_is_included_is_compared_in_its_own_measure():
    small = offering("A", productOfferingPrice=[allowance("2", "GB"), allowance("100", "message")])
    large = offering("B", productOfferingPrice=[allowance("5120", "MB"), allowance("1", "hour")])
    found = move(small, large)
    assert lines(found) == [
        ("LOST", "ALLOWANCE", "message"),
        ("GAINED", "ALLOWANCE", "data"),
        ("GAINED", "ALLOWANCE", "time"),
    ]
    assert [one.message.en for one in found.lines] == [
        "included a month: 100 message → none",
        "included a month: 2 GB → 5120 MB",
        "included a month: none → 1 hour",
    ]


def test_the_difference_of_a_month_is_that_of_two_quotes():
    found = move(
        offering("A", productOfferingPrice=[monthly("19.9")]), offering("B", productOfferingPrice=[monthly("59")])
    )
    assert found.difference is not None
    assert str(found.difference) == "39.1000"


def test_a_discount_goes_with_its_offering():
    reduced = {"code": "half", "name": {"en": "Half price"}, "priceType": "DISCOUNT", "percentage": "50"}
    found = move(offering("A", productOfferingPrice=[monthly("10"), reduced]), offering("B"))
    assert lines(found) == [("LOST", "DISCOUNT", "half")]


def test_a_term_that_is_not_over_costs_what_the_bill_says():
    bound = offering(
        "A",
        productOfferingPrice=[monthly("100")],
        productOfferingTerm=[
            {
                "code": "year",
                "name": {"en": "One year"},
                "kind": "BINDING",
                "duration": {"amount": "12", "units": "month"},
                "earlyTermination": {"percentage": "30"},
            }
        ],
    )
    # From 1 March three months of the year are left: 3 × 100 × 30 %.
    found = move(bound, offering("B"), start=datetime(2025, 5, 31, 16, tzinfo=UTC))
    assert lines(found) == [("LOST", "TERM", "year")]
    assert str(found.lines[0].amount) == "90.0000"
    assert found.lines[0].message.en == "One year runs until 2026-06-01; leaving now costs 90 CNY"
    assert lines(move(bound, offering("B"), start=datetime(2025, 2, 1, tzinfo=UTC))) == []


def test_who_needs_what_is_left_is_named_unless_the_new_one_serves_as_well():
    night = offering("NIGHT", productOfferingRelationship=[requires("A")])
    assert lines(move(offering("A"), offering("B"), night, held=("A", "NIGHT"))) == [("LOST", "DEPENDANT", "NIGHT")]
    either = offering("NIGHT", productOfferingRelationship=[requires("A", "net"), requires("B", "net")])
    assert lines(move(offering("A"), offering("B"), either, held=("A", "NIGHT"))) == []


def test_what_is_held_and_excludes_the_new_one_is_a_conflict():
    held = offering("ODD", productOfferingRelationship=[excludes("B")])
    assert lines(move(offering("A"), offering("B"), held, held=("A", "ODD"))) == [("CONFLICT", "DEPENDANT", "ODD")]
