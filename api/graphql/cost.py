"""How many objects an operation may bring back, from the sizes of its lists, before it is executed.

It knows the schema and the caller's variables, and must not know what any field means.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from graphql import (
    ArgumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    Undefined,
    VariableNode,
    get_named_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)
from graphql.utilities.coerce_input_value import coerce_default_value

from api.graphql.errors import LimitExceeded
from api.graphql.limits import Limits

# Costs are counted in tenths of an object, as ten plain fields weigh one object.
OBJECT = 10
LEAF = 1
# What describes the whole schema, and one type of it, as measured against ordinary objects.
_INTROSPECTION = {"__schema": 1000 * OBJECT, "__type": 50 * OBJECT}
_REMEMBERED = 64


@dataclass(slots=True)
class OperationCost:
    """The cost of one operation of one document; it is remembered for the sizes that the variables gave."""

    schema: GraphQLSchema
    operation: OperationDefinitionNode
    fragments: Mapping[str, FragmentDefinitionNode]
    limits: Limits
    _size_variables: tuple[str, ...] | None = None
    _known: dict[tuple[Any, ...], int] = field(default_factory=dict)

    def check(self, variables: Mapping[str, Any]) -> int:
        """The cost in objects, rounded up; LimitExceeded when it, or one `first`, is too large."""
        if self._size_variables is not None:
            known = self._known.get(_sizes(self._size_variables, variables))
            if known is not None:
                return known
        count = _Count(self.schema, self.fragments, self.limits, self._defaults() | dict(variables))
        root = cast(GraphQLObjectType, self.schema.get_root_type(self.operation.operation))
        cost = -(-count.selections(self.operation.selection_set, root, None) // OBJECT)
        if cost > self.limits.cost:
            raise LimitExceeded(
                en=f"the operation may return more than {self.limits.cost} objects; ask for shorter lists",
                zh=f"该操作可能返回超过 {self.limits.cost} 个对象，请减小列表长度",
                limit="cost",
            )
        self._size_variables = tuple(sorted(count.size_variables))
        if len(self._known) < _REMEMBERED:
            self._known[_sizes(self._size_variables, variables)] = cost
        return cost

    def _defaults(self) -> dict[str, Any]:
        return {
            node.variable.name.value: _literal(node.default_value)
            for node in self.operation.variable_definitions or ()
            if node.default_value is not None
        }


@dataclass(slots=True)
class _Count:
    """One walk; each selection set is counted once per enclosing list size, however often fragments repeat it."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    limits: Limits
    variables: Mapping[str, Any]
    size_variables: set[str] = field(default_factory=set)
    _memo: dict[tuple[int, str, int | None], int] = field(default_factory=dict)

    def selections(self, selection_set: SelectionSetNode, parent: GraphQLNamedType, first: int | None) -> int:
        key = (id(selection_set), parent.name, first)
        known = self._memo.get(key)
        if known is None:
            total = sum(self._selection(node, parent, first) for node in selection_set.selections)
            # Doubling fragments make numbers of hundreds of digits; past the limit the figure no longer matters.
            known = self._memo[key] = min(total, self.limits.cost * OBJECT * 2)
        return known

    def _selection(self, node: object, parent: GraphQLNamedType, first: int | None) -> int:
        if isinstance(node, FieldNode):
            return self._field(node, parent, first)
        if isinstance(node, FragmentSpreadNode):
            fragment = self.fragments[node.name.value]
            return self.selections(fragment.selection_set, self._type(fragment.type_condition.name.value), first)
        assert isinstance(node, InlineFragmentNode)
        inner = parent if node.type_condition is None else self._type(node.type_condition.name.value)
        return self.selections(node.selection_set, inner, first)

    def _field(self, node: FieldNode, parent: GraphQLNamedType, first: int | None) -> int:
        name = node.name.value
        if name == "__typename":
            return LEAF
        if name in _INTROSPECTION:
            return _INTROSPECTION[name]
        definition = cast("GraphQLObjectType | GraphQLInterfaceType", parent).fields[name]
        weight = self.limits.weights.get(f"{parent.name}.{name}", 0) * OBJECT
        inner = get_named_type(definition.type)
        if is_leaf_type(inner) or node.selection_set is None:
            return weight + LEAF
        own = self._first(node, definition)
        own = self._rows(node) if own is None else own
        if not _is_list(definition.type):
            return weight + OBJECT + self.selections(node.selection_set, inner, own)
        size = own if own is not None else first if first is not None else self._plain_size(node)
        return weight + size * (OBJECT + self.selections(node.selection_set, inner, None))

    def _type(self, name: str) -> GraphQLNamedType:
        return self.schema.type_map[name]

    def _first(self, node: FieldNode, definition: GraphQLField) -> int | None:
        """The length this field asks for, for itself or the lists right below it (`edges`); None without a `first`."""
        argument = definition.args.get("first")
        if argument is None:
            return None
        asked = next((given for given in node.arguments or () if given.name.value == "first"), None)
        value = self._value(asked) if asked is not None else coerce_default_value(argument)
        if value is Undefined or value is None or not isinstance(value, int | float) or value != int(value):
            return self.limits.first  # absent, or about to be refused by coercion
        if not 0 <= value <= self.limits.first:
            raise LimitExceeded(
                en=f"`first` must be between 0 and {self.limits.first}; page through longer lists",
                zh=f"`first` 必须在 0 到 {self.limits.first} 之间，更长的列表请分页读取",
                limit="first",
            )
        return int(value)

    def _rows(self, node: FieldNode) -> int | None:
        """How many rows a bulk edit gives in its `input`: it answers with a list of as many."""
        given = next((self._value(one) for one in node.arguments or () if one.name.value == "input"), None)
        return _row_count(given)

    def _plain_size(self, node: FieldNode) -> int:
        """The assumed length of a list without `first`: that of the longest list it was given, at least `list_size`."""
        given = (self._value(argument) for argument in node.arguments or ())
        return max([self.limits.list_size, *(len(value) for value in given if isinstance(value, list))])

    def _value(self, argument: ArgumentNode) -> Any:
        if isinstance(argument.value, VariableNode):
            name = argument.value.name.value
            self.size_variables.add(name)
            return self.variables.get(name, Undefined)
        return _literal(argument.value)


def _literal(node: object) -> Any:
    """The little of a literal that sizes depend on: an integer, or the length of a list."""
    if isinstance(node, IntValueNode):
        return int(node.value) if len(node.value) < 20 else sys.maxsize
    if isinstance(node, ListValueNode):
        return list(node.values)
    if isinstance(node, ObjectValueNode):
        return {field.name.value: _literal(field.value) for field in node.fields if field.name.value == "rows"}
    return None


def _row_count(value: Any) -> int | None:
    rows = value.get("rows") if isinstance(value, Mapping) else None
    return len(rows) if isinstance(rows, list) else None


def _sizes(names: tuple[str, ...], variables: Mapping[str, Any]) -> tuple[Any, ...]:
    values = (variables.get(name, Undefined) for name in names)
    return tuple(len(value) if isinstance(value, list) else _comparable(value) for value in values)


def _comparable(value: object) -> Any:
    if isinstance(value, Mapping):
        return type(value).__name__, _row_count(value)
    return value if value is None or value is Undefined or isinstance(value, int | float) else type(value).__name__


def _is_list(type_: GraphQLOutputType) -> bool:
    return is_list_type(type_.of_type if is_non_null_type(type_) else type_)
