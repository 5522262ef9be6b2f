"""What source is written of: the fields of a place, expressions, what is known of a function before it is made.

Knows graphql-core's way of merging fields; must not know how a value is written.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLObjectType, GraphQLSchema, OperationDefinitionNode
from graphql.execution.collect_fields import FieldDetails, FragmentDetails, collect_subfields
from graphql.execution.values import VariableValues

from api.plans.run import Run

Details = list[FieldDetails]


@dataclass(frozen=True, slots=True)
class Selection:
    """What is the same for every place of an operation; `flags` are the variables of its `@skip` and `@include`."""

    schema: GraphQLSchema
    fragments: dict[str, FragmentDetails]
    operation: OperationDefinitionNode
    flags: VariableValues

    def of(self, parent: GraphQLObjectType, details: Details) -> dict[str, Details]:
        """response key → the fields merged under it, in the order of the answer."""
        found = collect_subfields(self.schema, self.fragments, self.flags, self.operation, parent, details)
        return dict(found.grouped_field_set)


@dataclass(frozen=True, slots=True)
class Expression:
    """Source that writes a value: `{bound}` takes it under a `{name}`; `is_async`: it awaits."""

    template: str
    name: str
    is_async: bool = False

    def of(self, value: str) -> str:
        if value.isidentifier():
            return self.template.format(name=value, bound=value)
        return self.template.format(name=self.name, bound=f"({self.name} := {value})")


@dataclass(slots=True)
class Traits:
    """What is known of a function's answer: how many fields it writes, and what they depend on."""

    fields: int = 0
    is_async: bool = False
    varies: bool = False
    types: set[str] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)

    def add(self, other: Traits) -> None:
        self.fields += other.fields
        self.is_async |= other.is_async
        self.varies |= other.varies
        self.types |= other.types
        self.asked |= other.asked


@dataclass(frozen=True, slots=True)
class Late:
    """A function of the source, which is made after what refers to it."""

    table: dict[str, Any]
    name: str

    def __call__(self, value: Any, run: Run) -> Any:
        return self.table[self.name](value, run)
