"""Edits and moves as laws: what is done can be undone, nobody's value changes under them, the table is the law."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from catalogs import AT, ZONE, catalog, monthly, offering
from hypothesis import given
from hypothesis import strategies as st

from catalog.bundle import BundleGroup, BundlePart
from catalog.desk import advancing, editing, patch
from catalog.documents import document
from catalog.documents.write import differences, written
from catalog.errors import EditRefused
from catalog.lifecycle import EDITABLE, TRANSITIONS, LifecycleStatus
from catalog.offering import Offering
from catalog.period import Period
from catalog.text import Text

S = LifecycleStatus
CODES = st.sampled_from(["A", "B", "C", "D", "E"])
DAY = timedelta(days=1)


@st.composite
def parts(draw):
    low, more, most = draw(st.integers(0, 2)), draw(st.integers(0, 2)), draw(st.integers(0, 2))
    group = draw(st.sampled_from([None, "pick"]))
    return BundlePart(draw(CODES), low, low + more, draw(st.sampled_from([None, low + more + most])), group)


@st.composite
def bundles(draw):
    inside = draw(st.lists(parts(), max_size=4, unique_by=lambda part: part.code))
    status = draw(st.sampled_from(sorted(EDITABLE)))
    return Offering("BUNDLE", Text("捆绑"), lifecycle_status=status, parts=tuple(inside), groups=(BundleGroup("pick"),))


def code_of(error):
    return error.value.problems[0].code


@given(bundles(), parts())
def test_a_part_added_and_removed_again_leaves_the_bundle_as_it_was(bundle, part):
    if any(known.code == part.code for known in bundle.parts):
        with pytest.raises(EditRefused) as error:
            editing.add_part(bundle, part)
        assert code_of(error) == "DUPLICATE_CODE"
        return
    before = written(bundle)
    added = editing.add_part(bundle, part)
    assert added.parts[-1] == part
    assert editing.remove_part(added, part.code) == bundle
    assert written(bundle) == before, "the original stays as it was"


@given(bundles(), parts())
def test_a_part_is_changed_in_its_place_and_changed_back(bundle, part):
    if all(known.code != part.code for known in bundle.parts):
        with pytest.raises(EditRefused) as error:
            editing.change_part(bundle, part)
        assert code_of(error) == "UNKNOWN_CODE"
        return
    changed = editing.change_part(bundle, part)
    assert [one.code for one in changed.parts] == [one.code for one in bundle.parts]
    assert editing.change_part(changed, editing.part_of(bundle, part.code)) == bundle


@given(bundles())
def test_a_group_made_and_removed_again_leaves_the_bundle_as_it_was(bundle):
    made = editing.put_group(bundle, BundleGroup("more", Text("更多"), 0, 2, "pick"))
    assert editing.remove_group(made, "more") == bundle


def test_a_group_with_members_is_not_removed_and_never_stands_inside_itself():
    bundle = Offering("B", Text("捆绑"), lifecycle_status=S.IN_DESIGN, groups=(BundleGroup("pick"),))
    nested = editing.put_group(bundle, BundleGroup("inner", parent="pick"))
    with pytest.raises(EditRefused) as error:
        editing.remove_group(nested, "pick")
    assert code_of(error) == "GROUP_NOT_EMPTY"
    with pytest.raises(EditRefused) as error:
        editing.put_group(nested, BundleGroup("pick", parent="inner"))
    assert code_of(error) == "CYCLE"


@pytest.mark.parametrize("status", sorted(set(S) - EDITABLE))
def test_what_is_past_its_design_is_not_edited(status):
    one = Offering("A", Text("某"), lifecycle_status=status, parts=(BundlePart("B"),))
    edits = (
        lambda: editing.edit(one, one),
        lambda: editing.add_part(one, BundlePart("C")),
        lambda: editing.change_part(one, BundlePart("B")),
        lambda: editing.remove_part(one, "B"),
        lambda: editing.put_group(one, BundleGroup("g")),
        lambda: editing.remove_group(one, "g"),
    )
    for attempt in edits:
        with pytest.raises(EditRefused) as error:
            attempt()
        assert (code_of(error), error.value.current) == ("NOT_EDITABLE", one)


@given(st.lists(st.sampled_from(sorted(S)), max_size=8), st.booleans())
def test_whatever_is_asked_only_moves_of_the_table_happen(wanted, is_late):
    one, now = Offering("A", Text("某"), lifecycle_status=S.IN_STUDY), AT
    for to in wanted:
        now += DAY
        when = now + DAY if is_late and to in (S.LAUNCHED, S.RETIRED) else None
        before = one
        if to not in TRANSITIONS[before.lifecycle_status]:
            with pytest.raises(EditRefused):
                advancing.advance(one, [one], to, when=when, now=now)
            continue
        moved = advancing.advance(one, [one], to, when=when, now=now)
        one = moved.version
        stays = to is S.RETIRED and when is not None and before.lifecycle_status is S.LAUNCHED
        assert one.lifecycle_status in (to, S.LAUNCHED if stays else to)


def launched(version: int, start=None, end=None) -> Offering:
    return Offering("A", Text("某"), version=version, valid=Period(start, end))


def ready(version: int, **fields) -> Offering:
    return replace(launched(version), lifecycle_status=S.ACTIVE, **fields)


def test_a_launch_ends_the_version_before_it_at_that_instant():
    one, two = launched(1), ready(2)
    move = advancing.advance(two, [one, two], S.LAUNCHED, when=AT + DAY, now=AT)
    assert move.version.valid == Period(AT + DAY, None)
    assert [(other.version, other.valid) for other in move.beside] == [(1, Period(None, AT + DAY))]


def test_a_launch_without_a_date_takes_the_start_that_lies_ahead():
    ahead = ready(1, valid=Period(AT + 9 * DAY))
    assert advancing.advance(ahead, [ahead], S.LAUNCHED, when=None, now=AT).version.valid.start == AT + 9 * DAY
    past = ready(1, valid=Period(AT - 9 * DAY))
    assert advancing.advance(past, [past], S.LAUNCHED, when=None, now=AT).version.valid.start == AT


@pytest.mark.parametrize(
    ("two", "when", "code"),
    [
        (ready(2), AT - DAY, "IN_THE_PAST"),
        (ready(2, valid=Period(None, AT + DAY)), AT + 2 * DAY, "ENDS_BEFORE_START"),
        (ready(2), AT + DAY, "OVERLAPPING_VALIDITY"),
        (launched(2), None, "NO_SUCH_MOVE"),
    ],
)
def test_a_launch_that_cannot_be_is_refused(two, when, code):
    scheduled = launched(1, start=AT + 5 * DAY)
    with pytest.raises(EditRefused) as error:
        advancing.advance(two, [scheduled, two], S.LAUNCHED, when=when, now=AT)
    assert code_of(error) == code


def test_a_retirement_ends_now_or_at_its_date_and_a_coming_version_gives_its_time_back():
    one = launched(1)
    now = advancing.advance(one, [one], S.RETIRED, when=None, now=AT).version
    assert (now.lifecycle_status, now.valid.end) == (S.RETIRED, AT)
    later = advancing.advance(one, [one], S.RETIRED, when=AT + DAY, now=AT).version
    assert (later.lifecycle_status, later.valid.end) == (S.LAUNCHED, AT + DAY)
    one, two = launched(1, end=AT + DAY), launched(2, start=AT + DAY)
    back = advancing.advance(two, [one, two], S.RETIRED, when=None, now=AT)
    assert (back.version.lifecycle_status, back.beside[0].valid) == (S.RETIRED, Period(None, None))


def test_a_next_version_is_a_copy_in_design_and_there_is_one_at_a_time():
    one = launched(1, start=AT, end=AT + 99 * DAY)
    two = editing.next_version(one, [one])
    assert (two.version, two.lifecycle_status, two.etag) == (2, S.IN_DESIGN, 1)
    assert two.valid == Period(None, AT + 99 * DAY)
    with pytest.raises(EditRefused) as error:
        editing.next_version(one, [one, two])
    assert (code_of(error), error.value.current) == ("VERSION_UNDER_WAY", two)


FULL = offering(
    "FULL",
    lifecycleStatus="IN_DESIGN",
    validFor={"startDateTime": "2026-05-01"},
    margin="0.35",
    channel=["HALL", {"id": "ONLINE", "validFor": {"endDateTime": "2027-01-01"}}],
    externalIdentifier=[{"owner": "BOSS", "id": "77"}],
    productOfferingPrice=[monthly("19.90")],
    productOfferingRelationship=[{"relationshipType": "EXCLUDES", "target": "B"}],
    bundledProductOffering=[{"code": "A", "upper": None}, {"code": "C", "group": "pick"}],
    bundledGroup=[{"code": "pick", "lower": 1, "upper": 1, "name": {"zh": "任选"}}],
)


def full() -> Offering:
    return catalog(FULL, categories=()).offerings[0]


def test_what_is_written_is_read_back_the_same():
    read, problems = document.read({"offerings": [written(full())]}, ZONE)
    assert (problems, read.offerings[0]) == ((), full())


def test_an_edit_changes_what_it_gives_null_empties_and_absent_stays():
    one = full()
    wanted = patch.patched(one, {"name": {"zh": "全部"}, "margin": None, "validFor": {"endDateTime": None}})
    assert wanted.name == Text("全部", "Full")
    assert wanted.margin is None
    assert wanted == replace(one, name=wanted.name, margin=None)
    assert differences(one, wanted) == {
        "before": {"name": {"en": "Full"}, "margin": "0.35"},
        "after": {"name": {"zh": "全部", "en": "Full"}},
    }


@given(st.sets(st.sampled_from(["name", "category", "channel", "margin", "step", "family"])))
def test_an_edit_never_touches_a_field_that_it_does_not_give(names):
    values = {
        "name": {"zh": "新"},
        "category": ["x"],
        "channel": None,
        "margin": "0.1",
        "step": 3,
        "family": "F",
    }
    one = full()
    wanted = patch.patched(one, {name: values[name] for name in names})
    kept = {field for key, field in patch.FIELDS.items() if key not in names}
    assert all(getattr(wanted, field) == getattr(one, field) for field in kept)
    assert one == full()


@pytest.mark.parametrize(
    ("given_", "path", "code"),
    [
        ({"name": None}, ("name",), "MISSING"),
        ({"name": {"zh": None, "en": None}}, ("name",), "MISSING"),
        ({"margin": "NaN"}, ("margin",), "NOT_A_DECIMAL"),
        ({"family": "F" * 101}, ("family",), "TOO_LONG"),
        ({"talkingPoint": {"en": "\x00"}}, ("talkingPoint", "en"), "NOT_A_STRING"),
        (
            {"productOfferingPrice": [monthly("1") | {"price": {"value": "0.00001"}}]},
            ("productOfferingPrice", 0, "price", "value"),
            "NOT_A_DECIMAL",
        ),
    ],
)
def test_a_wrong_value_is_named_by_its_place(given_, path, code):
    with pytest.raises(EditRefused) as error:
        patch.patched(full(), given_)
    assert [(one.path, one.code) for one in error.value.problems] == [(path, code)]


def test_the_limits_of_a_part_are_changed_one_by_one():
    known = BundlePart("A", 1, 1, 1, "pick")
    assert patch.part({"code": "A", "upper": None}, known) == BundlePart("A", 1, 1, None, "pick")
    assert patch.part({"code": "A", "group": None}, known) == BundlePart("A", 1, 1, 1, None)
    with pytest.raises(EditRefused) as error:
        patch.part({"code": "A", "lower": 5}, known)
    assert (error.value.problems[0].path, code_of(error)) == (("part",), "INVALID")
