"""Every code of lint has an example that it finds, at its place, and a catalog without fault has no finding."""

from __future__ import annotations

import pytest
from catalogs import AT
from lint_examples import EXAMPLES, fee, offering, world

from catalog.linting import RULES, Severity
from catalog.linting.engine import lint
from catalog.text import LANGUAGES


@pytest.mark.parametrize("code", EXAMPLES)
def test_lint_finds_it_where_it_is(code):
    of, place, there = EXAMPLES[code]
    found = [one for one in lint(there, AT) if one.code == code]
    assert (of, place) in [(one.of, one.place) for one in found]
    assert {one.severity for one in found} == {RULES[code].severity}
    assert {one.since for one in found} <= {None, *(edge for o in there.alive(AT) for edge in o.valid.boundaries())}


def test_every_code_has_an_example():
    assert set(EXAMPLES) == set(RULES)


@pytest.mark.parametrize("code", RULES)
def test_every_code_says_what_it_finds_and_what_to_do_in_both_languages(code):
    rule = RULES[code]
    assert all(getattr(text, language) for text in (rule.what, rule.remedy) for language in LANGUAGES)


def test_a_catalog_without_fault_has_no_finding():
    whole = {"talkingPoint": {"zh": "好", "en": "Good"}, "category": ["c"], "productOfferingPrice": [fee("9")]}
    one = offering("A", **whole, channel=["HALL"]) | {"name": {"zh": "甲", "en": "A"}}
    two = offering("B", **whole, bundledProductOffering=[{"code": "A"}], channel=["HALL"]) | {
        "name": {"zh": "乙", "en": "B"}
    }
    there = world(one, two, categories=[{"code": "c", "name": {"en": "C"}}])
    assert lint(there, AT) == ()


def test_an_error_keeps_from_launch_and_nothing_else_does():
    errors = {code for code, rule in RULES.items() if rule.severity is Severity.ERROR}
    assert {"PART_BEHIND", "PARTS_EXCLUDE", "CYCLE", "UNKNOWN_CODE", "CURRENCIES_MIXED"} <= errors
    assert not {"NO_TALKING_POINT", "DEARER_THAN_PARTS", "STEP_MISSING", "SAME_NAME"} & errors
