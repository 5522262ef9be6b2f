"""The arguments of one field as its resolver takes them, with all that can be known before a request done before.

Knows how values are coerced and made into inputs; must not know what a resolver does with them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass
from typing import Any

from graphql import (
    ArgumentNode,
    FieldNode,
    GraphQLArgument,
    GraphQLField,
    ListValueNode,
    ObjectValueNode,
    ValueNode,
    VariableNode,
    is_non_null_type,
)
from graphql.execution.values import VariableValues, get_argument_values
from graphql.pyutils import Undefined
from graphql.utilities.coerce_input_value import coerce_default_value
from strawberry import Schema
from strawberry.scalars import is_scalar
from strawberry.types.arguments import StrawberryArgument, convert_argument
from strawberry.types.base import StrawberryList, StrawberryMaybe, StrawberryOptional, get_object_definition
from strawberry.types.enum import StrawberryEnumDefinition

Convert = Callable[[Any], Any]
NOTHING = VariableValues({}, {})


@dataclass(frozen=True, slots=True)
class Values:
    """Coerces what a field is given, by name: what stands in the document once, and variables for each request."""

    definition: GraphQLField
    node: FieldNode
    known: Mapping[str, Any] | None
    direct: tuple[tuple[str, str, bool, Any], ...] = ()

    @classmethod
    def of(cls, definition: GraphQLField, node: FieldNode) -> Values:
        """Raises GraphQLError when the document says something that no value of a variable can mend."""
        given = {one.name.value: one for one in node.arguments or ()}
        varying = {name: one for name, one in given.items() if has_variables(one.value)}
        if not varying:
            return cls(definition, node, get_argument_values(definition, node, NOTHING))
        if not all(isinstance(one.value, VariableNode) for one in varying.values()):
            return cls(definition, node, None)
        direct = tuple(_direct(definition.args[name], name, one) for name, one in varying.items())
        known: dict[str, Any] = {}
        for name, argument in definition.args.items():
            if name not in varying:
                part = GraphQLField(definition.type, {name: argument})
                known |= get_argument_values(part, node, NOTHING)
        return cls(definition, node, known, direct)

    def given(self, values: VariableValues, hide_suggestions: bool) -> dict[str, Any]:
        """What graphql-core would give the resolver; raises what it would raise."""
        if self.known is None:
            return get_argument_values(self.definition, self.node, values, None, hide_suggestions)
        found = dict(self.known)
        for name, variable, is_required, default in self.direct:
            value = values.coerced.get(variable, Undefined)
            if value is Undefined:
                value = default
            if is_required and (value is None or value is Undefined):
                return get_argument_values(self.definition, self.node, values, None, hide_suggestions)
            if value is not Undefined:
                found[name] = value
        return found


def _direct(argument: GraphQLArgument, name: str, node: ArgumentNode) -> tuple[str, str, bool, Any]:
    """(Argument, its variable, whether it takes no null, its default)."""
    assert isinstance(node.value, VariableNode)
    default = coerce_default_value(argument)
    return argument.out_name or name, node.value.name.value, is_non_null_type(argument.type), default


def has_variables(value: ValueNode) -> bool:
    if isinstance(value, ListValueNode):
        return any(map(has_variables, value.values))
    if isinstance(value, ObjectValueNode):
        return any(has_variables(one.value) for one in value.fields)
    return isinstance(value, VariableNode)


@dataclass(frozen=True, slots=True)
class Inputs:
    """Makes strawberry's inputs of coerced values, of the types of one schema."""

    schema: Schema

    def of(self, arguments: list[StrawberryArgument]) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
        named = self.schema.config.name_converter.from_argument
        parts = tuple((named(one), one.python_name, self._convert(one.type, {})) for one in arguments)

        def converted(values: Mapping[str, Any]) -> dict[str, Any]:
            return {own: convert(values[name]) for name, own, convert in parts if name in values}

        return converted

    def _convert(self, type_: Any, known: dict[type, Convert]) -> Convert:
        """As strawberry's convert_argument does for the type; that itself where a type has ways of its own."""
        while isinstance(type_, StrawberryOptional) and not isinstance(type_, StrawberryMaybe):
            type_ = type_.of_type
        if isinstance(type_, StrawberryList):
            item = self._convert(type_.of_type, known)
            return lambda value: None if value is None else [item(one) for one in value]
        converter = self.schema.schema_converter
        if isinstance(type_, StrawberryEnumDefinition) or is_scalar(type_, converter.scalar_registry):
            return lambda value: value
        definition = get_object_definition(type_)
        if not isinstance(type_, type) or definition is None or definition.from_input or not definition.is_input:
            return lambda value: convert_argument(value, type_, converter.scalar_registry, converter.config)
        if type_ not in known:
            known[type_] = self._object(type_, definition, known)
        return known[type_]

    def _object(self, type_: type, definition: Any, known: dict[type, Convert]) -> Convert:
        absent = {one.python_name: None for one in definition.fields if _has_no_default(one)}
        parts: list[tuple[str, str, Convert]] = []

        def made(value: Any) -> Any:
            if value is None:
                return None
            given = {own: convert(value[name]) for name, own, convert in parts if name in value}
            return type_(**(absent | given))

        # An input may hold others of its own type.
        known[type_] = made
        named = self.schema.config.name_converter.from_field
        for one in definition.fields:
            inner = one.resolve_type(type_definition=definition)
            parts.append((named(one), one.python_name, self._convert(inner, known)))
        return made


def _has_no_default(one: Any) -> bool:
    return one.default_value is MISSING and one.default_factory is MISSING
