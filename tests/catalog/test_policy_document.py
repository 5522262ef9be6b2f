"""A policy is data: what may be written, what comes back, and what is wrong with it."""

from __future__ import annotations

from datetime import date

import pytest
from catalogs import ZONE
from hypothesis import given
from hypothesis import strategies as st

from catalog.documents.values import ValueReader
from catalog.policies.condition import FACTS, OPERATORS, AllOf, AnyOf, Check, FactKind, Not, OneMarket, Operator
from catalog.policies.document import read_condition, write_condition

words = st.sampled_from(["PERSON", "ENTERPRISE", "A", "student"])
numbers = st.integers(-100, 100) | st.floats(-100, 100).map(lambda one: round(one, 2))
VALUES = {
    FactKind.WORD: words,
    FactKind.WORDS: words,
    FactKind.PLACE: st.sampled_from(["shanxi", "shanxi/taiyuan"]),
    FactKind.NUMBER: numbers,
    FactKind.FLAG: st.booleans(),
    FactKind.ANY: words | st.booleans(),
}
FREE = {**FACTS, "attribute.plan": FactKind.ANY, "market.facts.wlan": FactKind.ANY}
# These take only the words that there are.
FREE = {fact: kind for fact, kind in FREE.items() if fact not in ("customer.kind", "customer.status", "market.kind")}

ALL_FACTS = tuple(sorted(FREE))


@st.composite
def a_check(draw, facts=ALL_FACTS):
    fact = draw(st.sampled_from(facts))
    operators = [one for one in OPERATORS[FREE[fact]] if one is not Operator.DAYS or not fact.startswith("market.")]
    operator = draw(st.sampled_from(operators))
    if operator in (Operator.RANGE, Operator.DAYS):
        ends = sorted(draw(st.tuples(numbers, numbers)))
        if operator is Operator.RANGE and FREE[fact] is FactKind.ANY and draw(st.booleans()):
            ends = [date(2026, 1, 1), date(2026, 12, 31)]
        return Check(fact, operator, (), *(ends if draw(st.booleans()) else (None, ends[1])))
    values = VALUES[FREE[fact]].filter(lambda one: fact != "customer.sizeClass" or one == "A")
    most = 1 if operator is Operator.EQ else 3
    return Check(fact, operator, tuple(draw(st.lists(values, min_size=1, max_size=most))))


of_markets = a_check(tuple(sorted(fact for fact in FREE if fact.startswith("market."))))


def deeper(inner):
    several = st.lists(inner, min_size=1, max_size=3).map(tuple)
    return several.map(AllOf) | several.map(AnyOf) | inner.map(Not)


conditions = st.recursive(a_check() | of_markets.map(OneMarket), deeper, max_leaves=10)


def problems(condition: object) -> dict[str, str]:
    reader = ValueReader(ZONE)
    assert read_condition(reader, condition, ("condition",)) is None
    return {problem.place: problem.code for problem in reader.problems}


@given(conditions)
def test_what_is_written_reads_as_it_was(condition):
    reader = ValueReader(ZONE)
    assert read_condition(reader, write_condition(condition), ()) == condition
    assert reader.problems == []


def test_every_wrong_place_is_named():
    wrong = {
        "all": [
            {"fact": "customer.knd", "eq": "PERSON"},
            {"fact": "customer.kind", "eq": "ROBOT"},
            {"fact": "customer.tenure", "within": ["a"]},
            {"fact": "customer.tenure", "range": {"min": 5, "max": 1}},
            {"fact": "attribute.contract_end", "range": {"min": "soon"}},
            {"market": {"fact": "customer.brand", "eq": "X"}},
            {"any": []},
            {"not": 3},
            {"fact": "customer.tags", "in": []},
            {"fact": "customer.tags", "eq": "a", "in": ["b"]},
        ]
    }
    assert problems(wrong) == {
        "condition.all[0].fact": "UNKNOWN_FACT",
        "condition.all[1].eq": "UNKNOWN_VALUE",
        "condition.all[2]": "UNKNOWN_OPERATOR",
        "condition.all[3].range": "INVALID",
        "condition.all[4].range.min": "NOT_A_DATE",
        "condition.all[5].market": "INVALID",
        "condition.all[6].any": "MISSING",
        "condition.all[7].not": "NOT_AN_OBJECT",
        "condition.all[8].in": "NOT_A_LIST",
        "condition.all[9]": "UNKNOWN_OPERATOR",
    }


@pytest.mark.parametrize("wrong", [None, [], "all", {}, {"all": [], "any": []}, {"range": {}}])
def test_what_is_no_condition_is_refused(wrong):
    assert set(problems(wrong)) == {"condition"}


def test_a_condition_may_not_be_endlessly_deep_or_long():
    deep: dict = {"fact": "customer.brand", "eq": "X"}
    for _ in range(20):
        deep = {"not": deep}
    assert set(problems(deep).values()) == {"TOO_DEEP"}
    assert problems({"all": [{"fact": "customer.brand", "eq": "X"}] * 101}) == {"condition": "TOO_MANY"}
