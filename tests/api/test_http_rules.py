"""Which fields a document needs, through fragments, interfaces and unions, and which of them a role may not use."""

from __future__ import annotations

import pytest
from graphql import OperationDefinitionNode, build_schema, parse

from api.graphql.rules import check, required_fields, stray_rules, unruled_fields

SCHEMA = build_schema("""
    interface Node { id: ID! }
    type Offering implements Node { id: ID! code: String parts: [Offering!]! }
    type Customer implements Node { id: ID! msisdn: String }
    union Found = Offering | Customer
    type Query { node: Node offering: Offering found: [Found!]! }
    type Mutation { rename: Offering }
""")


def required(text: str) -> set[str]:
    document = parse(text)
    operation = next(node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    return set(required_fields(SCHEMA, document, operation))


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("{ offering { c: code __typename } }", {"Query.offering", "Offering.code"}),
        ("mutation { rename { code } }", {"Mutation.rename", "Offering.code"}),
        ("{ node { id } }", {"Query.node", "Node.id", "Offering.id", "Customer.id"}),
        ("{ found { ... on Customer { msisdn } } }", {"Query.found", "Customer.msisdn"}),
        ("{ found { ... on Node { id } } }", {"Query.found", "Node.id", "Offering.id", "Customer.id"}),
        (
            "{ offering { ... { parts { ...F } } } } fragment F on Offering { code }",
            {"Query.offering", "Offering.parts", "Offering.code"},
        ),
        ("{ __schema { types { name } } }", {"Query.__schema"}),
        ("{ offering @skip(if: true) { code } }", {"Query.offering", "Offering.code"}),
    ],
)
def test_a_document_needs_every_field_it_names(text: str, fields: set[str]) -> None:
    assert required(text) == fields


def test_doubling_fragments_are_walked_once() -> None:
    chain = " ".join(
        f"fragment F{n} on Offering {{ parts {{ ...F{n + 1} }} b: parts {{ ...F{n + 1} }} }}" for n in range(60)
    )
    text = f"{{ offering {{ ...F0 }} }} {chain} fragment F60 on Offering {{ code }}"
    assert required(text) == {"Query.offering", "Offering.parts", "Offering.code"}


def test_a_rule_of_a_field_comes_before_the_rule_of_its_type_and_no_rule_closes() -> None:
    rules = {
        "Customer.*": frozenset({"agent", "analyst"}),
        "Customer.msisdn": frozenset({"agent"}),
        "Customer.secret": frozenset[str](),
    }
    fields = ["Customer.id", "Customer.msisdn", "Customer.secret", "Offering.code"]
    assert check(rules, "agent", fields) == ["Customer.secret", "Offering.code"]
    assert check(rules, "analyst", fields) == ["Customer.msisdn", "Customer.secret", "Offering.code"]


def test_no_rule_can_open_introspection() -> None:
    rules = {"Query.*": frozenset({"storefront"}), "Query.__schema": frozenset({"storefront"})}
    assert check(rules, "storefront", ["Query.__schema", "Query.node"]) == ["Query.__schema"]
    assert check(rules, "developer", ["Query.__schema"]) == []


def test_a_field_that_was_added_without_a_rule_is_found_and_so_is_a_rule_without_its_field() -> None:
    everybody = frozenset({"admin"})
    rules = {"Query.*": everybody, "Mutation.rename": everybody, "Node.*": everybody, "Offering.code": everybody}
    assert unruled_fields(SCHEMA, rules) == ["Customer.id", "Customer.msisdn", "Offering.id", "Offering.parts"]
    assert stray_rules(SCHEMA, rules | {"Query.gone": everybody, "Gone.*": everybody}) == ["Gone.*", "Query.gone"]
