"""One document for each field of a schema: the shortest way from the root to it, with arguments that fit.

Knows the schema alone; must not know roles or rules.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
    is_required_argument,
    is_required_input_field,
)

Composite = GraphQLObjectType | GraphQLInterfaceType

# Values that are found in the small operator, by the name of the argument.
KNOWN = {"first": "2", "query": '"music"', "market": '"PARK"', "customerId": '"C1"', "offering": '"NEWS"'}
CODES = {"Category": '"vas"', "MarketSegment": '"PARK"'}
SCALARS = {
    "Int": "1",
    "Float": "1",
    "Boolean": "true",
    "Decimal": '"1"',
    "DateTime": '"2026-01-01T00:00:00Z"',
    "Date": '"2026-01-01"',
    "JSON": "{}",
}


@dataclass(frozen=True, slots=True)
class Reached:
    """`document` reads `coordinate` ("Customer.name"); `fields` are all it needs on the way."""

    coordinate: str
    document: str
    fields: frozenset[str]


def documents(schema: GraphQLSchema, node_id: str) -> Iterator[Reached]:
    """One for each field that can be reached from Query or Mutation; `node_id` names an object there is."""
    for root, word in ((schema.query_type, "query"), (schema.mutation_type, "mutation")):
        assert root
        seen: set[str] = set()
        ways: deque[tuple[Composite, tuple[str, ...], frozenset[str]]] = deque([(root, (), frozenset())])
        while ways:
            parent, calls, needed = ways.popleft()
            if parent.name in seen:
                continue
            seen.add(parent.name)
            for name, field in parent.fields.items():
                coordinates = needed | {f"{parent.name}.{name}"} | _behind(schema, parent, name)
                way = (*calls, _call(name, field, node_id))
                target = get_named_type(field.type)
                yield Reached(f"{parent.name}.{name}", _document(word, way, is_leaf_type(target)), coordinates)
                if isinstance(target, GraphQLObjectType | GraphQLInterfaceType):
                    ways.append((target, way, coordinates))


def _behind(schema: GraphQLSchema, parent: Composite, name: str) -> set[str]:
    if not isinstance(parent, GraphQLInterfaceType):
        return set()
    return {f"{one.name}.{name}" for one in schema.get_possible_types(parent)}


def _document(word: str, calls: tuple[str, ...], is_leaf: bool) -> str:
    inner = "" if is_leaf else " { __typename }"
    for call in reversed(calls):
        inner = f" {{ {call}{inner} }}"
    return word + inner


def _call(name: str, field: GraphQLField, node_id: str) -> str:
    target = get_named_type(field.type).name
    given = []
    for argument, definition in field.args.items():
        if argument == "id":
            known = f'id: "{node_id}"' if name == "node" else 'id: "C1"' if target == "Customer" else ""
            given.append(known or ('id: "1"' if is_required_argument(definition) else ""))
        elif argument == "code":
            given.append(f"code: {CODES.get(target, chr(34) + 'STUDENT' + chr(34))}")
        elif argument in KNOWN or is_required_argument(definition):
            given.append(f"{argument}: {_value(argument, definition)}")
    shown = ", ".join(one for one in given if one)
    return f"{name}({shown})" if shown else name


def _value(name: str, definition: GraphQLArgument | GraphQLInputField) -> str:
    return KNOWN.get(name) or _of_type(definition.type)


def _of_type(kind: GraphQLInputType) -> str:
    if isinstance(kind, GraphQLNonNull):
        return _of_type(kind.of_type)
    if isinstance(kind, GraphQLList):
        return "[]"
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    if isinstance(kind, GraphQLInputObjectType):
        wanted = {key: one for key, one in kind.fields.items() if is_required_input_field(one)}
        return "{" + ", ".join(f"{key}: {_value(key, one)}" for key, one in wanted.items()) + "}"
    return SCALARS.get(kind.name, '"x"')
