"""A market's copy is its template, but for what the market makes different."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
import solutions as s
from hypothesis import given
from hypothesis import strategies as st

from catalog.documents import document
from catalog.period import ALWAYS
from catalog.solution import PriceOverride, Solution, SolutionPart, read, write
from catalog.solution_parameter import Parameter, ParameterType, parsed, resolved
from catalog.solutions.copy import Terms, copy, needs_copy
from catalog.solutions.edit import new
from catalog.text import Text

TEMPLATES = {one.code: one for one in document.read(s.CATALOG, s.ZONE)[0].offerings}
FEE, SHARE = Parameter("fee", ParameterType.MONEY), Parameter("share", ParameterType.PERCENTAGE)
PART = SolutionPart("WLAN", (PriceOverride("monthly", "fee"), PriceOverride("student", "share")))
SOLUTION = Solution("S", Text("方案"), parts=(PART, SolutionPart("BUNDLE")), parameters=(FEE, SHARE))
AMOUNTS = st.decimals(0, 10_000, places=4)
SHARES = st.decimals(0, 100, places=4)


def made(template, part=PART, copied=(), **values):
    terms = Terms("M", values, copied)
    return copy(TEMPLATES[template], part, SOLUTION, terms), terms


@given(AMOUNTS, SHARES)
def test_nothing_differs_but_the_prices_that_the_market_says_and_whose_it_is(fee, share):
    found, _ = made("WLAN", fee=fee, share=share)
    monthly, student = found.prices
    assert (monthly.price.value, student.percentage) == (fee, share)
    template = TEMPLATES["WLAN"]
    alike = replace(
        found,
        code=template.code,
        template=None,
        prices=template.prices,
        market_segment=(),
        external_identifier=template.external_identifier,
        lifecycle_status=template.lifecycle_status,
        valid=ALWAYS,
    )
    assert alike.same_content(template)
    assert found.item == template.item


@given(AMOUNTS)
def test_a_price_that_is_the_templates_own_is_no_reason_for_a_copy(fee):
    terms = Terms("M", {"fee": fee})
    assert needs_copy(TEMPLATES["WLAN"], PART, SOLUTION, terms) == (fee != Decimal(20))


def test_a_bundle_is_copied_for_a_part_that_is_and_contains_the_copy():
    found, terms = made("BUNDLE", SolutionPart("BUNDLE"), copied=("WLAN",))
    assert needs_copy(TEMPLATES["BUNDLE"], SolutionPart("BUNDLE"), SOLUTION, terms)
    assert [part.code for part in found.parts] == ["ACCESS", "WLAN@M"]


@given(AMOUNTS)
def test_an_amount_is_read_as_it_was_written(amount):
    assert parsed(ParameterType.MONEY, str(amount), None) == amount


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (ParameterType.MONEY, "-1"),
        (ParameterType.MONEY, "1.23456"),
        (ParameterType.MONEY, "NaN"),
        (ParameterType.PERCENTAGE, "100.5"),
        (ParameterType.DATE, "next year"),
        (ParameterType.FACT, " wlan "),
    ],
)
def test_what_is_no_value_of_its_type_is_refused(kind, text):
    values, problems = resolved((Parameter("p", kind),), {"p": text}, s.ZONE)
    assert (values, [(one.path, one.code) for one in problems]) == ({}, [(("parameters", "p"), "INVALID")])


def test_a_solution_that_was_written_is_read_as_the_same():
    solution = new(s.CAMPUS)
    reader = document.Reader(s.ZONE)
    assert read(reader, write(solution), ()) == solution
    assert reader.problems == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"parts": (PART, PART)},
        {"parameters": (FEE, FEE, SHARE)},
        {"parameters": (FEE,)},
        {"start": "fee"},
        {"end": "nobody"},
    ],
)
def test_a_solution_that_contradicts_itself_cannot_be_made(wrong):
    with pytest.raises(ValueError, match=r"once|parameter"):
        replace(SOLUTION, **wrong)
