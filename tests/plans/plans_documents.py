"""Documents made up at random over a schema: valid ones, with arguments, variables, fragments, aliases, directives.

Knows types; must not know what a field means beyond the words that it may be given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
    is_required_input_field,
)

Composite = GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType
WORDS: Mapping[str, Sequence[object]] = {
    "Int": (1, 2, 3, 5, 100, 0, -1, 101),
    "Float": (0.5, 1.0, -2.25),
    "Boolean": (True, False),
    "Decimal": ("0", "19.9", "30"),
    "DateTime": ("2026-03-01T00:00:00+08:00", "2035-01-01T00:00:00Z"),
    "Date": ("2026-03-01",),
    "JSON": (True, 3, "x"),
}


@dataclass(slots=True)
class Made:
    text: str
    variables: dict[str, object]


@dataclass(slots=True)
class Author:
    """Writes documents about `roots`. `words` are what a String or ID argument of some name may be given."""

    schema: GraphQLSchema
    dice: Random
    roots: Sequence[str]
    words: Mapping[str, Sequence[str]]
    avoided: frozenset[str] = frozenset()
    depth: int = 4
    _definitions: list[str] = field(default_factory=list)
    _declared: dict[str, str] = field(default_factory=dict)
    _values: dict[str, object] = field(default_factory=dict)
    _count: int = 0

    def write(self) -> Made:
        query = self.schema.query_type
        assert query is not None
        chosen = [self.dice.choice(self.roots) for _ in range(self.dice.choice((1, 1, 1, 2, 3)))]
        body = [self._field(query, name, query.fields[name], 0) for name in chosen]
        if self.dice.random() < 0.1:
            body.append("__typename")
        declared = f"({', '.join(f'${name}: {type_}' for name, type_ in self._declared.items())})"
        head = f"query Q{declared if self._declared else ''}"
        return Made("\n".join([f"{head} {{ {' '.join(body)} }}", *self._definitions]), self._values)

    def _number(self) -> int:
        self._count += 1
        return self._count

    def _field(self, parent: Composite, name: str, definition: GraphQLField, depth: int) -> str:
        given = self._arguments(name, definition, depth)
        # With arguments of its own a field needs a key of its own; without, the same key is merged.
        alias = f"a{self._number()}: " if given or self.dice.random() < 0.1 else ""
        inner = get_named_type(definition.type)
        body = "" if is_leaf_type(inner) else f" {{ {self._selection(inner, depth + 1)} }}"  # type: ignore[arg-type]
        return f"{alias}{name}{given}{self._directive()}{body}"

    def _selection(self, type_: Composite, depth: int) -> str:
        found = []
        for _ in range(self.dice.choice((1, 2, 3, 5, 8))):
            draw = self.dice.random()
            if draw < 0.06:
                found.append(self.dice.choice(("__typename", "kind__: __typename")))
            elif draw < 0.14 and depth < self.depth + 2:
                found.append(self._inline(type_, depth))
            elif draw < 0.2 and depth < self.depth + 2:
                found.append(self._spread(type_, depth))
            else:
                found += self._one_of(type_, depth)
        return " ".join(found) or "__typename"

    def _one_of(self, type_: Composite, depth: int) -> list[str]:
        if isinstance(type_, GraphQLUnionType):
            return [self._inline(type_, depth)]
        names = [
            name
            for name, one in type_.fields.items()
            if f"{type_.name}.{name}" not in self.avoided
            and (depth < self.depth or is_leaf_type(get_named_type(one.type)))
        ]
        if not names:
            return []
        name = self.dice.choice(names)
        return [self._field(type_, name, type_.fields[name], depth)]

    def _inline(self, type_: Composite, depth: int) -> str:
        inner = self._condition(type_)
        on = f" on {inner.name}" if inner is not type_ or self.dice.random() < 0.5 else ""
        return f"...{on}{self._directive()} {{ {self._selection(inner, depth + 1)} }}"

    def _spread(self, type_: Composite, depth: int) -> str:
        inner = self._condition(type_)
        name = f"F{self._number()}"
        self._definitions.append(f"fragment {name} on {inner.name} {{ {self._selection(inner, depth + 1)} }}")
        again = f" ...{name}" if self.dice.random() < 0.2 else ""
        return f"...{name}{self._directive()}{again}"

    def _condition(self, type_: Composite) -> Composite:
        """A type that a fragment inside `type_` may be about: itself, one of its kinds, or what it is one of."""
        if isinstance(type_, GraphQLObjectType):
            return self.dice.choice([type_, type_, *type_.interfaces])
        return self.dice.choice([type_, *self.schema.get_possible_types(type_)])

    def _directive(self) -> str:
        if self.dice.random() > 0.08:
            return ""
        name, value = self.dice.choice(("skip", "include")), self.dice.random() < 0.5
        if self.dice.random() < 0.4:
            return f" @{name}(if: {str(value).lower()})"
        flag = f"flag{self.dice.randrange(2)}"
        self._declared.setdefault(flag, "Boolean!")
        self._values.setdefault(flag, value)
        return f" @{name}(if: ${flag})"

    def _arguments(self, field_name: str, definition: GraphQLField, depth: int) -> str:
        given = []
        for name, argument in definition.args.items():
            if not is_required_argument(argument) and self.dice.random() > (0.35 if depth == 0 else 0.15):
                continue
            if name == "first" and depth and self.dice.random() < 0.9:
                given.append(f"first: {self.dice.choice((1, 2, 3))}")
                continue
            value = self._value(argument.type, f"{field_name}.{name}", 0)
            if self.dice.random() < 0.4:
                given.append(f"{name}: {self._variable(argument.type, value)}")
            else:
                given.append(f"{name}: {_literal(value, argument.type)}")
        return f"({', '.join(given)})" if given else ""

    def _variable(self, type_: GraphQLInputType, value: object) -> str:
        name, default = f"v{self._number()}", ""
        if not is_non_null_type(type_) and self.dice.random() < 0.2:
            default = f" = {_literal(value, type_)}"
        self._declared[name] = f"{type_}{default}"
        draw = self.dice.random()
        if is_non_null_type(type_) or draw < 0.7:
            # Now and then a value that is none of the type.
            self._values[name] = {"wrong": [1]} if self.dice.random() < 0.02 else value
        elif draw < 0.85:
            self._values[name] = None
        return f"${name}"

    def _value(self, type_: Any, name: str, depth: int) -> object:
        """A value of the type as a client sends it."""
        if is_non_null_type(type_):
            return self._value(type_.of_type, name, depth)
        if is_list_type(type_):
            return [self._value(type_.of_type, name, depth + 1) for _ in range(self.dice.choice((0, 1, 2)))]
        if isinstance(type_, GraphQLEnumType):
            return self.dice.choice(list(type_.values))
        if isinstance(type_, GraphQLInputObjectType):
            return self._object(type_, depth)
        if type_.name in WORDS:
            return self.dice.choice(WORDS[type_.name])
        return self.dice.choice(self.words.get(name) or self.words.get(name.rpartition(".")[2]) or self.words[""])

    def _object(self, type_: GraphQLInputObjectType, depth: int) -> dict[str, object]:
        found = {}
        for name, one in type_.fields.items():
            required = is_required_input_field(one)
            deeper = isinstance(get_named_type(one.type), GraphQLInputObjectType)
            if required or (self.dice.random() < 0.2 and not (deeper and depth > 1)):
                found[name] = self._value(one.type, name, depth + 1)
        return found


def _literal(value: object, type_: Any) -> str:
    """The value as it stands in a document."""
    type_ = type_.of_type if is_non_null_type(type_) else type_
    if value is None:
        return "null"
    if isinstance(value, list):
        return f"[{', '.join(_literal(one, type_.of_type) for one in value)}]"
    if isinstance(value, dict):
        inner = (f"{name}: {_literal(one, type_.fields[name].type)}" for name, one in value.items())
        return f"{{{', '.join(inner)}}}"
    if isinstance(type_, GraphQLEnumType):
        return str(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'
