"""The plans of one operation, made when they are first needed.

Knows when an operation can be planned, and the variables that choose a plan; must not know how one runs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLBoolean,
    GraphQLError,
    GraphQLNonNull,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    Visitor,
    visit,
)
from graphql.execution.collect_fields import FragmentDetails, collect_fields
from graphql.execution.executor import default_field_resolver, default_type_resolver
from graphql.execution.get_variable_signature import GraphQLVariableSignature
from graphql.execution.values import VariableValues, VariableValueSource
from strawberry import Schema
from strawberry.execution import optimized_is_awaitable

from api.plans.arguments import NOTHING, Inputs
from api.plans.fields import NotPlanned, Resolvers
from api.plans.memo import Remember, forgetful
from api.plans.plan import Answer, Plan, Root
from api.plans.run import Run
from api.plans.selection import Selection
from api.plans.variables import Variables
from api.plans.writer import Writer

# A plan for each choice of flags; who sends more choices than this is answered by the stock executor.
MOST_PLANS = 4
# How often a plan may be taken by surprise before the operation is left to the stock executor.
MOST_SURPRISES = 3
Flags = tuple[bool, ...]


@dataclass(slots=True)
class PlannedOperation:
    """One operation of a valid document. `execute` answers None for what only the stock executor can answer."""

    schema: Schema
    document: DocumentNode
    operation: OperationDefinitionNode
    remember: Remember = forgetful
    _variables: Variables | None = None
    _flags: tuple[str, ...] = ()
    _plans: dict[Flags, Plan | None] = field(default_factory=dict)
    _is_read: bool = False

    def is_planned(self, *flags: bool) -> bool:
        """Whether there is a plan for these values of the flags, which is made now if need be."""
        if not self._is_read:
            self._read()
        return self._variables is not None and self._plan(flags) is not None

    def execute(self, context: Any, inputs: dict[str, Any], *, hide_suggestions: bool) -> Answer | None:
        """The answer, or an awaitable of it; None when no root was asked and the stock executor shall go on."""
        if not self._is_read:
            self._read()
        values = self._variables.coerced(inputs) if self._variables else None
        if values is None:
            return None
        flags = tuple(flag for name in self._flags if isinstance(flag := values.coerced.get(name), bool))
        if len(flags) < len(self._flags):
            return None
        plan = self._plan(flags)
        if plan is None or plan.unplanned >= MOST_SURPRISES:
            return None
        return plan.run(Run(context, values, hide_suggestions))

    def _read(self) -> None:
        self._is_read = True
        if self.operation.operation is not OperationType.QUERY or self.operation.directives:
            return
        self._variables = Variables.of(self.schema._schema, self.operation.variable_definitions or ())
        finder = _Flags()
        visit(self.document, finder)
        known = {one.name for one in self._variables.signatures} if self._variables else set()
        self._flags = tuple(name for name in dict.fromkeys(finder.names) if name in known)

    def _plan(self, flags: Flags) -> Plan | None:
        if flags not in self._plans:
            if len(self._plans) >= MOST_PLANS:
                return None
            try:
                self._plans[flags] = self._made(dict(zip(self._flags, flags, strict=True)))
            except (NotPlanned, GraphQLError):
                self._plans[flags] = None
        return self._plans[flags]

    def _made(self, flags: dict[str, bool]) -> Plan:
        schema = self.schema._schema
        query = schema.query_type
        if query is None or self.schema.schema_converter._exception_handler_specs:
            raise NotPlanned("handlers of exceptions")
        definitions = [one for one in self.document.definitions if isinstance(one, FragmentDefinitionNode)]
        if any(one.variable_definitions for one in definitions):
            raise NotPlanned("variables of fragments")
        fragments = {one.name.value: FragmentDetails(one, None) for one in definitions}
        selection = Selection(schema, fragments, self.operation, _flag_values(flags))
        executor = self.schema.execution_context_class(
            schema,
            {one.name.value: one for one in definitions},
            fragments,
            None,
            None,
            self.operation,
            NOTHING,
            default_field_resolver,
            default_type_resolver,
            default_field_resolver,
            is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]
        )
        resolvers = Resolvers(Inputs(self.schema), executor)
        writer = Writer(selection, resolvers, self.remember)
        constants, roots = {}, []
        found = collect_fields(schema, fragments, selection.flags, query, self.operation).grouped_field_set
        for key, details in found.items():
            name = details[0].node.name.value
            definition = query.fields.get(name)
            if name == "__typename":
                constants[key] = query.name
            elif definition is None:
                raise NotPlanned(name)
            else:
                ask = resolvers.root(query, definition, [one.node for one in details], key)
                write, is_async = writer.value(definition.type, details)
                roots.append(Root(key, ask, write, is_async))
        writer.write()
        return Plan(self.schema, self.document, self.operation, tuple(found), constants, tuple(roots))


class _Flags(Visitor):
    """Collects the variables that decide about fields and fragments."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def enter_directive(self, node: Any, *_: Any) -> None:
        values = (one.value for one in node.arguments or ())
        self.names += [value.name.value for value in values if isinstance(value, VariableNode)]


def _flag_values(flags: dict[str, bool]) -> VariableValues:
    signatures = {name: GraphQLVariableSignature(name, GraphQLNonNull(GraphQLBoolean), None) for name in flags}
    return VariableValues(
        {name: VariableValueSource(signatures[name], value) for name, value in flags.items()}, dict(flags)
    )
