"""What time passes into is reported before, circles are all found, and policies that somebody fulfils are possible."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from catalogs import AT, excludes, offering, requires
from hypothesis import given, settings
from hypothesis import strategies as st
from lint_examples import bundle, related, world

from catalog.bundle import BundleGroup, BundlePart
from catalog.lifecycle import LifecycleStatus
from catalog.linting import Severity
from catalog.linting.cycles import circular
from catalog.linting.engine import Linter, lint
from catalog.linting.policies import possible
from catalog.linting.structure import forced_parts
from catalog.linting.world import World
from catalog.offering import ChannelUse, Offering, Relationship, RelationshipType
from catalog.period import Period
from catalog.policies.condition import AllOf, AnyOf, Check, Not, Operator
from catalog.text import Text

DAY = timedelta(days=1)
CODES = "ABCDE"
instants = st.integers(-3, 9).map(lambda days: AT + days * DAY)


@st.composite
def periods(draw) -> Period:
    start, end = sorted(draw(st.lists(instants, min_size=2, max_size=2, unique=True)))
    return Period(draw(st.sampled_from([None, start])), draw(st.sampled_from([None, end])))


@st.composite
def codes_of(draw, code: str) -> tuple[Offering, ...]:
    """Versions of a code that follow each other, with parts, groups, relationships and channels of all kinds."""
    edges = sorted(draw(st.lists(instants, max_size=3, unique=True)))
    spans = [Period(*edge) for edge in zip([None, *edges], [*edges, None], strict=True)]
    return tuple(draw(version(code, number, span)) for number, span in enumerate(spans, start=1))


@st.composite
def version(draw, code: str, number: int, span: Period) -> Offering:
    others = [other for other in CODES if other != code]
    inside = draw(st.lists(st.sampled_from(others), max_size=3, unique=True)) if code < "C" else []
    kinds = st.sampled_from([RelationshipType.EXCLUDES, RelationshipType.REQUIRES])
    targets = draw(st.lists(st.sampled_from(others), max_size=2, unique=True))
    uses = draw(st.lists(st.sampled_from(["HALL", "ONLINE"]), max_size=2, unique=True))
    lower = draw(st.integers(0, 2))
    return Offering(
        code,
        Text("名", code),
        version=number,
        lifecycle_status=draw(st.sampled_from([LifecycleStatus.LAUNCHED] * 4 + [LifecycleStatus.IN_TEST])),
        valid=span,
        channel=tuple(ChannelUse(use, draw(periods())) for use in uses),
        parts=tuple(BundlePart(part, *draw(st.sampled_from([(0, 0), (1, 1)])), 1, "g") for part in inside),
        groups=(BundleGroup("g", lower=lower),) if inside else (),
        relationships=tuple(Relationship(draw(kinds), target, target) for target in targets),
    )


worlds = st.tuples(*(codes_of(code) for code in CODES)).map(
    lambda found: World({versions[0].code: versions for versions in found})
)


def errors(there: World, at):
    return {(*one.key, one.version): one.since for one in lint(there, at) if is_error(one)}


def is_error(one):
    return one.severity is Severity.ERROR and one.status is LifecycleStatus.LAUNCHED


@settings(max_examples=150, deadline=None)
@given(worlds, st.integers(0, 12))
def test_what_time_passes_into_is_reported_before_with_the_instant_at_which_it_begins(there, days):
    later = AT + days * DAY
    before, after = errors(there, AT), errors(there, later)
    now = {key for key, since in after.items() if since is None}
    assert now <= {key for key, since in before.items() if since is None or since <= later}


@settings(max_examples=60, deadline=None)
@given(worlds)
def test_lint_of_a_part_says_what_lint_of_the_whole_says_of_it(there):
    whole = [one for one in lint(there, AT) if one.of == "A"]
    assert list(lint(there, AT, ["A"])) == whole


@given(st.dictionaries(st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdef"), max_size=3), max_size=6))
def test_circles_are_the_codes_that_lead_back_to_themselves(graph):
    def reaches(start):
        seen, waiting = set(), list(graph.get(start, ()))
        while waiting:
            code = waiting.pop()
            if code not in seen:
                seen.add(code)
                waiting += graph.get(code, ())
        return seen

    assert circular(graph) == {code for code in graph if code in reaches(code)}


def test_a_chain_of_any_length_has_no_circle():
    chain = {str(number): [str(number + 1)] for number in range(50_000)}
    assert circular(chain) == frozenset()


def test_a_part_that_ends_is_reported_from_its_end_on():
    part = offering("A", validFor={"endDateTime": "2026-05-01"})
    there = world(part, bundle("A"))
    found = [(one.code, one.since.isoformat()) for one in lint(there, AT, ["W"]) if one.since]
    assert found == [("PART_BEHIND", "2026-04-30T16:00:00+00:00")]


def test_parts_deep_inside_exclude_each_other():
    inner = offering("IN", bundledProductOffering=[{"code": "B"}])
    there = world(related("A", "B", "EXCLUDES"), offering("B"), inner, bundle("A", "IN"))
    assert "PARTS_EXCLUDE" in [one.code for one in lint(there, AT, ["W"])]


def test_a_group_that_leaves_no_choice_forces_its_parts():
    parts = (BundlePart("A", 0, 0, 1, "g"), BundlePart("B", 0, 0, 1, "g"), BundlePart("C", 0, 0, 1))
    one = Offering("W", Text("包"), parts=parts, groups=(BundleGroup("g", lower=2),))
    assert forced_parts(one) == ["A", "B"]
    assert forced_parts(replace(one, groups=(BundleGroup("g", lower=1),))) == []


def test_a_nested_group_counts_as_one_and_a_circle_of_groups_is_named():
    nested = [{"code": "g", "lower": 2, "upper": 1}, {"code": "h", "parent": "g", "lower": 1}]
    parts = [{"code": "A", "group": "g", "lower": 1}, {"code": "B", "group": "h"}]
    wide = bundle(*parts, bundledGroup=[{**nested[0], "upper": 2}, nested[1]])
    assert found_codes(world(offering("A"), offering("B"), wide), "bundledGroup") == set()
    narrow = bundle(*parts, bundledGroup=[{"code": "g", "lower": 1, "upper": 1}, nested[1]])
    assert found_codes(world(offering("A"), offering("B"), narrow), "bundledGroup") == {"GROUP_TOO_NARROW"}
    circle = bundle("A", bundledGroup=[{"code": "g", "parent": "h"}, {"code": "h", "parent": "g"}])
    assert found_codes(world(offering("A"), circle), "bundledGroup") == {"CYCLE"}


def found_codes(there, key):
    return {one.code for one in lint(there, AT, ["W"]) if one.path and one.path[0] == key}


def test_an_alternative_that_can_be_held_is_enough():
    either = [requires("A", "need"), requires("B", "need"), excludes("A")]
    one = offering("X", productOfferingRelationship=[*either[:2], {**either[2], "group": "A"}])
    assert "REQUIRES_EXCLUDED" not in {f.code for f in lint(world(offering("A"), offering("B"), one), AT, ["X"])}


def test_a_version_in_design_is_judged_as_it_would_be_at_its_launch():
    there = world(offering("A", lifecycleStatus="IN_DESIGN"), bundle("A") | {"lifecycleStatus": "IN_DESIGN"})
    found = [one for one in Linter(there, AT).version(there.versions["W"][0]) if one.severity is Severity.ERROR]
    assert [(one.code, one.is_of_launched) for one in found] == [("PART_BEHIND", False)]


KIND, SIZE, PLACE = "customer.kind", "market.size", "customer.place"
checks = st.sampled_from(
    [
        Check(KIND, Operator.EQ, ("PERSON",)),
        Check(KIND, Operator.EQ, ("ENTERPRISE",)),
        Check("customer.brand", Operator.IN, ("a", "b")),
        Check("customer.brand", Operator.EQ, ("c",)),
        Check("customer.tenure", Operator.RANGE, low=0, high=12),
        Check("customer.tenure", Operator.RANGE, low=13),
        Check("customer.tags", Operator.EQ, ("vip",)),
        Check(PLACE, Operator.WITHIN, ("shanxi/taiyuan",)),
        Check(PLACE, Operator.WITHIN, ("hebei", "shanxi")),
    ]
)
conditions = st.recursive(
    checks,
    lambda inner: (
        inner.map(Not)
        | st.lists(inner, min_size=1, max_size=3).map(lambda found: AllOf(tuple(found)))
        | st.lists(inner, min_size=1, max_size=3).map(lambda found: AnyOf(tuple(found)))
    ),
    max_leaves=6,
)
people = st.fixed_dictionaries(
    {
        KIND: st.sampled_from(["PERSON", "ENTERPRISE"]),
        "customer.brand": st.sampled_from("abcd"),
        "customer.tenure": st.integers(0, 20),
        "customer.tags": st.sampled_from(["vip", "none"]),
        PLACE: st.sampled_from(["shanxi/taiyuan/x", "shanxi", "hebei/b", "beijing"]),
    }
)


def fulfils(person, condition) -> bool:
    if isinstance(condition, Not):
        return not fulfils(person, condition.condition)
    if isinstance(condition, AllOf):
        return all(fulfils(person, one) for one in condition.conditions)
    if isinstance(condition, AnyOf):
        return any(fulfils(person, one) for one in condition.conditions)
    value = person[condition.fact]
    if condition.operator is Operator.WITHIN:
        return any(value == place or value.startswith(place + "/") for place in condition.values)
    if condition.operator is Operator.RANGE:
        return (condition.low or 0) <= value <= (condition.high or 99)
    return value in condition.values


@given(st.lists(conditions, max_size=3), people)
def test_policies_that_somebody_fulfils_are_never_called_impossible(asked, person):
    if all(fulfils(person, one) for one in asked):
        assert possible(asked)


@pytest.mark.parametrize(
    "asked",
    [
        [Check(KIND, Operator.EQ, ("PERSON",)), Not(Check(KIND, Operator.EQ, ("PERSON",)))],
        [Check(KIND, Operator.EQ, ("PERSON",)), Check(KIND, Operator.EQ, ("ENTERPRISE",))],
        [Check("customer.tenure", Operator.RANGE, low=13), Check("customer.tenure", Operator.RANGE, high=12)],
        [Check(PLACE, Operator.WITHIN, ("hebei",)), Check(PLACE, Operator.WITHIN, ("shanxi",))],
        [
            AnyOf((Check("customer.brand", Operator.EQ, ("a",)), Check("customer.brand", Operator.EQ, ("b",)))),
            Check("customer.brand", Operator.EQ, ("c",)),
        ],
    ],
)
def test_policies_that_nobody_can_fulfil_are_found(asked):
    assert not possible(asked)
