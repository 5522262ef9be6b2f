"""Plans as laws: what is cancelled before its time leaves no trace, whatever else is planned."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from catalogs import AT
from hypothesis import assume, given
from hypothesis import strategies as st

from catalog.desk import advancing, bulk_edit, editing
from catalog.desk.approval import ApprovalAction, needed
from catalog.errors import EditRefused, Problem
from catalog.lifecycle import TRANSITIONS, LifecycleStatus
from catalog.offering import ExternalIdentifier, Offering
from catalog.period import Period
from catalog.text import Text

S = LifecycleStatus
DAY = timedelta(days=1)
LATER = st.integers(1, 60).map(lambda days: AT + days * DAY)
END = st.none() | st.integers(61, 120).map(lambda days: AT + days * DAY)


def launched(version: int, start=None, end=None) -> Offering:
    return Offering("A", Text("某"), version=version, valid=Period(start, end))


def applied(versions: list[Offering], move: advancing.Move) -> list[Offering]:
    changed = {one.version: one for one in (*move.beside, move.version)}
    return [changed.get(one.version, one) for one in versions]


@given(end=END, own_end=END, when=LATER)
def test_a_launch_cancelled_before_its_day_leaves_no_trace(end, own_end, when):
    first, second = launched(1, None, end), replace(launched(2, None, own_end), lifecycle_status=S.ACTIVE)
    before = [first, second]
    move = advancing.advance(second, before, S.LAUNCHED, when=when, now=AT)
    planned = applied(before, move)
    assert planned[0].valid.end == when
    back = advancing.cancel(move.version, planned, move.undo, AT)
    assert applied(planned, back) == before


@given(end=END, when=LATER, sooner=LATER)
def test_a_retirement_cancelled_before_its_day_leaves_no_trace(end, when, sooner):
    assume(sooner < when)
    one = launched(1, None, end)
    for day in (when, sooner):
        move = advancing.advance(one, [one], S.RETIRED, when=day, now=AT)
        assert move.version.valid.end == day
        assert advancing.cancel(move.version, [move.version], move.undo, AT).version == one
        one = move.version


@given(first=LATER, second=LATER)
def test_what_goes_on_never_reaches_into_the_time_of_a_version_after_it(first, second):
    assume(first < second)
    one = launched(1)
    two = replace(launched(2), lifecycle_status=S.ACTIVE)
    planned = advancing.advance(two, [one, two], S.LAUNCHED, when=first, now=AT)
    three = replace(launched(3), lifecycle_status=S.ACTIVE)
    versions = [*applied([one, two], planned), three]
    later = advancing.advance(three, versions, S.LAUNCHED, when=second, now=AT)
    versions = applied(versions, later)
    back = applied(versions, advancing.cancel(versions[1], versions, planned.undo, AT))
    in_force = [one.valid for one in back if one.lifecycle_status is S.LAUNCHED]
    assert in_force == [Period(None, second), Period(second, None)]


def test_a_plan_that_a_file_brought_is_cancelled_too():
    one, two = launched(1, None, AT + DAY), launched(2, AT + DAY, None)
    back = advancing.cancel(two, [one, two], {}, AT)
    assert back.version.lifecycle_status is S.ACTIVE
    assert back.beside == (launched(1),)


@pytest.mark.parametrize("status", sorted(set(S) - {S.LAUNCHED}))
def test_only_what_is_launched_has_a_plan(status):
    one = replace(launched(1, AT + DAY), lifecycle_status=status)
    with pytest.raises(EditRefused) as error:
        advancing.cancel(one, [one], {}, AT)
    assert error.value.problems[0].code == "NOTHING_SCHEDULED"


def test_a_copy_is_a_new_offering_in_design():
    base = replace(
        launched(3, AT - DAY, AT + DAY), id=7, template="T", external_identifier=(ExternalIdentifier("BOSS", "77"),)
    )
    copy = editing.duplicate(base, "B", AT)
    assert (copy.code, copy.id, copy.version, copy.lifecycle_status) == ("B", 0, 1, S.IN_DESIGN)
    assert (copy.template, copy.external_identifier, copy.valid) == (None, (), Period(None, AT + DAY))
    assert editing.duplicate(base, "B", AT + 2 * DAY).valid == Period(None, None), "an end that is past stays behind"


def test_a_second_person_decides_what_goes_on_sale_and_what_leaves_it():
    moves = {(one, to) for one, after in TRANSITIONS.items() for to in after}
    assert {move for move in moves if needed(*move)} == {(S.ACTIVE, S.LAUNCHED), (S.LAUNCHED, S.RETIRED)}
    assert needed(S.LAUNCHED, S.RETIRED) is ApprovalAction.RETIRE


@given(st.dictionaries(st.sampled_from("abcd"), st.integers()), st.sets(st.sampled_from("abcde")))
def test_of_a_failed_row_stays_what_no_problem_names(given_, wrong):
    problems = [Problem((key, 0), "X", Text("x")) for key in sorted(wrong)]
    left = bulk_edit.sound(given_, problems)
    whole = {key: value for key, value in given_.items() if key not in wrong}
    assert left == (whole if whole and wrong <= given_.keys() else None)
