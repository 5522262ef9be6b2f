"""What keeps a bundle from its next stage, and what keeps a part from leaving it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from catalogs import AT, catalog, excludes, monthly, offering

from catalog.lifecycle import LifecycleStatus
from catalog.linting import readiness, review
from catalog.period import Period

S = LifecycleStatus
DAY = timedelta(days=1)


def around(*offerings):
    return {one.code: (one,) for one in catalog(*offerings).offerings}


def bundle(status=S.LAUNCHED, **fields):
    whole = offering("W", **{"bundledProductOffering": [{"code": "A"}, {"code": "B"}], **fields})
    return replace(catalog(whole).offerings[0], lifecycle_status=status)


def found(one, *offerings, at=AT):
    return [(problem.code, *problem.path[:2]) for problem in review.problems(one, around(*offerings), (), at)]


def test_a_sound_bundle_has_no_problem():
    assert found(bundle(productOfferingPrice=[monthly("9")]), offering("A"), offering("B")) == []


@pytest.mark.parametrize(
    ("status", "part", "is_behind"),
    [
        (S.IN_DESIGN, "IN_STUDY", True),
        (S.IN_DESIGN, "IN_DESIGN", False),
        (S.IN_TEST, "IN_DESIGN", True),
        (S.ACTIVE, "LAUNCHED", False),
        (S.LAUNCHED, "ACTIVE", True),
        (S.IN_DESIGN, "RETIRED", True),
        (S.LAUNCHED, "REJECTED", True),
    ],
)
def test_a_parent_refers_only_to_children_at_its_own_stage_or_further(status, part, is_behind):
    behind = [("PART_BEHIND", "bundledProductOffering", 1)] if is_behind else []
    assert found(bundle(status), offering("A"), offering("B", lifecycleStatus=part)) == behind


def test_a_launched_bundle_needs_its_parts_in_force_at_its_start():
    late = offering("B", validFor={"startDateTime": "2026-03-05"})
    assert found(bundle(), offering("A"), late) == [("PART_BEHIND", "bundledProductOffering", 1)]
    assert found(bundle(), offering("A"), late, at=AT + 9 * DAY) == []


def test_mandatory_parts_that_exclude_each_other_are_found_and_optional_ones_may():
    parts = offering("A", productOfferingRelationship=[excludes("B")]), offering("B")
    assert found(bundle(), *parts) == [("PARTS_EXCLUDE", "bundledProductOffering", 0)]
    optional = bundle(bundledProductOffering=[{"code": "A"}, {"code": "B", "lower": 0}])
    assert found(optional, *parts) == []


@pytest.mark.parametrize(
    ("channels", "is_sold"),
    [(["HALL"], True), (["HALL", "ONLINE"], True), (["HALL", "10086"], False), ([], False)],
)
def test_a_mandatory_part_is_sold_in_every_channel_of_its_bundle(channels, is_sold):
    parts = offering("A"), offering("B", channel=["HALL", "ONLINE"])
    problem = [] if is_sold else [("PART_NOT_IN_CHANNEL", "bundledProductOffering", 1)]
    assert found(bundle(channel=channels), *parts) == problem


def test_a_price_that_is_never_in_force_while_the_offering_is_is_found():
    over = monthly("9") | {"validFor": {"endDateTime": "2026-01-01"}}
    one = replace(bundle(productOfferingPrice=[over]), valid=Period(AT, None))
    assert found(one, offering("A"), offering("B")) == [("PRICE_OUT_OF_REACH", "productOfferingPrice", 0)]


def test_a_part_leaves_no_bundle_behind_that_still_needs_it():
    part = catalog(offering("A")).offerings[0]
    parents = {"W": (bundle(),)}
    retired = replace(part, lifecycle_status=S.RETIRED)
    assert [one.code for one in readiness.check_parents(retired, [retired], parents, AT)] == ["PART_OF"]
    assert readiness.check_parents(retired, [retired, replace(part, version=2)], parents, AT) == ()
    over = {"W": (replace(bundle(), valid=Period(None, AT)), bundle(S.RETIRED))}
    assert readiness.check_parents(retired, [retired], over, AT) == ()
    other = {"W": (bundle(bundledProductOffering=[{"code": "B"}]),)}
    assert readiness.check_parents(retired, [retired], other, AT) == ()
