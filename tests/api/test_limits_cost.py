"""The cost of an operation follows from its lists' sizes and the caller's variables, before anything is executed."""

from __future__ import annotations

import time
from typing import Any

import pytest
from graphql import FragmentDefinitionNode, OperationDefinitionNode, build_schema, parse
from hypothesis import given
from hypothesis import strategies as st

from api.graphql.cost import OperationCost
from api.graphql.errors import LimitExceeded
from api.graphql.limits import Limits

SCHEMA = build_schema("""
    type Query {
      offerings(first: Int!): Connection!
      popular(first: Int = 5): [Offering!]!
      byCode(codes: [String!]!): [Offering]
      offering: Offering
      recommendations: Offering
    }
    type Connection { edges: [Edge!]! nodes: [Offering!]! total: Int }
    type Edge { cursor: String node: Offering! }
    type Offering { code: String name: String prices: [Price!]! related(first: Int): Connection! self: Offering }
    type Price { value: String }
""")


def cost(text: str, variables: dict[str, Any] | None = None, limits: Limits | None = None) -> int:
    return operation(text, limits or Limits()).check(variables or {})


def operation(text: str, limits: Limits) -> OperationCost:
    document = parse(text)
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    node = next(node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    return OperationCost(SCHEMA, node, fragments, limits)


@pytest.mark.parametrize(
    ("text", "objects"),
    [
        ("{ offering { code } }", 2),  # one object and one field, rounded up
        ("{ offerings(first: 20) { total } }", 2),  # the connection alone
        ("{ offerings(first: 20) { nodes { code } } }", 23),  # 1 + 20 × (1 + 0.1)
        ("{ offerings(first: 20) { edges { node { code } } } }", 43),  # 1 + 20 × (1 + 1 + 0.1)
        ("{ popular { code } }", 6),  # the default of the schema: 5 × 1.1
        ("{ popular(first: 10) { code } }", 11),
        ("{ offering { prices { value } } }", 7),  # 1 + 5 × 1.1, an assumed length
        ('{ byCode(codes: ["a"]) { code } }', 6),
        ("{ byCode(codes: [" + '"a" ' * 30 + "]) { code } }", 33),  # as many as were asked for
        ("{ offering { related { nodes { code } } } }", 112),  # without a default, the most: 1 + 1 + 100 × 1.1
        ("{ offering { ...F ...F } } fragment F on Offering { self { code } }", 4),  # 1 + 2 × 1.1, as written
        ("{ offering { __typename ... on Offering { code } } }", 2),
        ("{ __schema { types { name } } }", 1000),
    ],
)
def test_costs_worked_out_by_hand(text: str, objects: int) -> None:
    assert cost(text) == objects


def test_a_fan_out_of_lists_multiplies_and_is_refused() -> None:
    text = "{ offerings(first: 100) { nodes { related(first: 100) { nodes { prices { value } } } } } }"
    with pytest.raises(LimitExceeded) as caught:
        cost(text)
    assert caught.value.detail["limit"] == "cost"


def test_a_variable_counts_with_its_actual_value() -> None:
    text = "query ($n: Int = 3) { offerings(first: $n) { nodes { code } } }"
    one = operation(text, Limits())
    assert [one.check({"n": 10}), one.check({}), one.check({"n": 100}), one.check({"n": 10})] == [12, 5, 111, 12]
    with pytest.raises(LimitExceeded):
        one.check({"n": 101})


@pytest.mark.parametrize("first", ["-1", "101", "9" * 400])
def test_a_first_out_of_bounds_is_refused(first: str) -> None:
    with pytest.raises(LimitExceeded) as caught:
        cost(f"{{ offerings(first: {first}) {{ total }} }}")
    assert caught.value.detail["limit"] == "first"


@pytest.mark.parametrize("value", ["many", None, True, 2.5, [1], {}])
def test_a_first_of_the_wrong_type_counts_as_the_most_until_coercion_refuses_it(value: object) -> None:
    text = "query ($n: Int) { offering { related(first: $n) { nodes { code } } } }"
    assert cost(text, {"n": value}) in (112, 4)


def test_a_weight_makes_one_field_dearer() -> None:
    assert cost("{ recommendations { code } }", limits=Limits(weights={"Query.recommendations": 50})) == 52


def test_doubling_fragments_are_added_up_and_never_expanded() -> None:
    chain = " ".join(
        f"fragment F{n} on Offering {{ self {{ ...F{n + 1} }} b: self {{ ...F{n + 1} }} }}" for n in range(60)
    )
    text = f"{{ offering {{ ...F0 }} }} {chain} fragment F60 on Offering {{ code }}"
    started = time.process_time()
    with pytest.raises(LimitExceeded):
        cost(text)
    assert time.process_time() - started < 1, "2^60 fields would take for ever"


@given(st.integers(0, 100), st.integers(0, 100))
def test_a_longer_list_never_costs_less(shorter: int, more: int) -> None:
    text = "query ($n: Int) { offerings(first: $n) { nodes { code prices { value } } } }"
    longer = min(100, shorter + more)
    assert cost(text, {"n": shorter}) <= cost(text, {"n": longer})
