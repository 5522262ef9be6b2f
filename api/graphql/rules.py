"""Who may read or call which field of the schema, as data: `{"Customer.msisdn": {"agent"}, "Category.*": {…}}`.

It must not know whose object it is: regions and ownership are predicates of the statements that read them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    is_interface_type,
    is_introspection_type,
)

from api.graphql.errors import Forbidden

Rules = Mapping[str, frozenset[str]]

INTROSPECTION_ROLES = frozenset({"developer", "admin"})


def required_fields(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode
) -> frozenset[str]:
    """Every "Type.field" that a valid operation may read; a field of an interface counts for each type behind it too.

    `__typename` is free, `__schema` and `__type` stand for all of introspection. Each selection set is walked once for
    each type it stands on, however often fragments repeat it.
    """
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    walk = _Walk(schema, fragments)
    root = schema.get_root_type(operation.operation)
    if root is not None:
        walk.selections(operation.selection_set, root)
    return frozenset(walk.found)


def check(rules: Rules, role: str, fields: Iterable[str]) -> list[str]:
    """The fields that this role may not use, sorted.

    A field without a rule of its own follows "Type.*"; without any rule nobody may use it.
    """
    return sorted(name for name in fields if role not in _allowed(rules, name))


def require(denied: list[str]) -> None:
    """Raise Forbidden when any field was denied, naming the first: the whole document is refused."""
    if denied:
        raise Forbidden(
            en=f"your role may not use {denied[0]}; leave it out or ask for another role",
            zh=f"您的角色无权使用 {denied[0]}，请去掉该字段或申请其他角色",
            field=denied[0],
        )


def unruled_fields(schema: GraphQLSchema, rules: Rules) -> list[str]:
    """The fields of the schema that no rule covers, sorted; a test keeps this empty."""
    return sorted(name for name in _coordinates(schema) if name not in rules and _any(name) not in rules)


def stray_rules(schema: GraphQLSchema, rules: Rules) -> list[str]:
    """The rules for fields and types that the schema does not have, sorted; a test keeps this empty."""
    known = set(_coordinates(schema))
    known |= {_any(name) for name in known}
    return sorted(name for name in rules if name not in known)


def _allowed(rules: Rules, name: str) -> frozenset[str]:
    if name.partition(".")[2].startswith("__"):
        return INTROSPECTION_ROLES
    return rules[name] if name in rules else rules.get(_any(name), frozenset())


def _any(name: str) -> str:
    return name.partition(".")[0] + ".*"


def _coordinates(schema: GraphQLSchema) -> list[str]:
    return [
        f"{type_.name}.{name}"
        for type_ in schema.type_map.values()
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType) and not is_introspection_type(type_)
        for name in type_.fields
    ]


@dataclass(slots=True)
class _Walk:
    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    found: set[str] = field(default_factory=set)
    seen: set[tuple[int, str]] = field(default_factory=set)

    def selections(self, selection_set: SelectionSetNode, parent: GraphQLNamedType) -> None:
        key = (id(selection_set), parent.name)
        if key in self.seen:
            return
        self.seen.add(key)
        for node in selection_set.selections:
            if isinstance(node, FieldNode):
                self._field(node, parent)
            elif isinstance(node, FragmentSpreadNode):
                fragment = self.fragments[node.name.value]
                self.selections(fragment.selection_set, self.schema.type_map[fragment.type_condition.name.value])
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                self.selections(node.selection_set, self.schema.type_map[condition.name.value] if condition else parent)

    def _field(self, node: FieldNode, parent: GraphQLNamedType) -> None:
        name = node.name.value
        if name == "__typename":
            return
        self.found.add(f"{parent.name}.{name}")
        if name.startswith("__"):
            return
        if is_interface_type(parent):
            self.found |= {f"{type_.name}.{name}" for type_ in self.schema.get_possible_types(parent)}
        if node.selection_set is not None:
            assert isinstance(parent, GraphQLObjectType | GraphQLInterfaceType)
            self.selections(node.selection_set, get_named_type(parent.fields[name].type))
