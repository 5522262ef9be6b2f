"""How one field is asked: the attribute behind it, or the call of its resolver with what it expects.

Knows strawberry's fields; must not know what becomes of the answer.
"""

from __future__ import annotations

import dis
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import Enum
from types import FunctionType
from typing import Any

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLObjectType,
    ListValueNode,
    ObjectValueNode,
    ValueNode,
    VariableNode,
)
from graphql.execution.executor import Executor
from graphql.execution.values import VariableValues, get_argument_values
from graphql.pyutils import Path
from strawberry import Info, Schema
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField

from api.plans.run import Run

Call = Callable[[Any, Run], Any]
NOTHING = VariableValues({}, {})
_CONSTANTS = (str, int, float, bool, Decimal, datetime, Enum, type(None))
_MADE_BY = "strawberry.schema.schema_converter"


class NotPlanned(Exception):
    """The operation has something that plans do not know; strawberry executes it."""


@dataclass(frozen=True, slots=True)
class Asking:
    """One field as it stands in a selection.

    One of three: the `attributes` that lead to the answer; a `function` of the object and the `constants`;
    or else a `call` of the object and the run. `varies`: what it gives depends on the request's variables or context.
    """

    attributes: tuple[str, ...] = ()
    function: Callable[..., Any] | None = None
    constants: Mapping[str, Any] = field(default_factory=dict)
    call: Call | None = None
    is_async: bool = False
    varies: bool = False


@dataclass(frozen=True, slots=True)
class Resolvers:
    """Makes askings for the fields of a schema; `executor` is one that could execute the operation."""

    schema: Schema
    executor: Executor[Any]

    def below(self, parent: GraphQLObjectType, definition: GraphQLField, nodes: list[FieldNode], key: str) -> Asking:
        """Of a field below the root."""
        resolver = self._strawberry(definition)
        if resolver.is_basic_field:
            return Asking(attributes=(_identifier(resolver.python_name),))
        known = resolver.base_resolver
        if known is None or known.root_parameter or known.parent_parameter or not known.self_parameter:
            raise NotPlanned(f"{parent.name}.{key}")
        function = known.wrapped_func
        if not isinstance(function, FunctionType):
            raise NotPlanned(f"{parent.name}.{key}")
        path = () if definition.args or known.info_parameter else attributes_of(function)
        if path:
            return Asking(attributes=path)
        varies = any(has_variables(one.value) for one in nodes[0].arguments or ())
        is_async = resolver.is_async
        if not varies and not known.info_parameter:
            given = self._convert(resolver, get_argument_values(definition, nodes[0], NOTHING), None)
            if all(isinstance(value, _CONSTANTS) for value in given.values()):
                return Asking(function=function, constants=given, is_async=is_async)
        call = self._call(parent, definition, nodes, key, resolver, function)
        return Asking(call=call, is_async=is_async, varies=varies or known.info_parameter is not None)

    def root(self, parent: GraphQLObjectType, definition: GraphQLField, nodes: list[FieldNode], key: str) -> Call:
        """Of a root field: its ordinary resolver, with all that stands around it."""
        resolve = definition.resolve
        if resolve is None:
            raise NotPlanned(f"{parent.name}.{key}")
        node, info = nodes[0], self._info(parent, definition, nodes, key)
        fixed = None if any(has_variables(one.value) for one in node.arguments or ()) else NOTHING

        def asked(source: Any, run: Run) -> Any:
            values = run.values if fixed is None else fixed
            given = get_argument_values(definition, node, values, None, run.hide_suggestions) if definition.args else {}
            return resolve(source, info(run), **given)

        return asked

    def _call(
        self,
        parent: GraphQLObjectType,
        definition: GraphQLField,
        nodes: list[FieldNode],
        key: str,
        resolver: StrawberryField,
        function: Callable[..., Any],
    ) -> Call:
        info, known = self._info(parent, definition, nodes, key), resolver.base_resolver
        asks = known.info_parameter.name if known and known.info_parameter else None

        def given(run: Run) -> dict[str, Any]:
            """Worked out once for a request, however many objects it is asked of."""
            raw: Any = info(run)
            shown: Any = Info(_raw_info=raw, _field=resolver)
            values = get_argument_values(definition, nodes[0], run.values, None, run.hide_suggestions)
            return self._convert(resolver, values, shown) | ({asks: shown} if asks else {})

        def called(source: Any, run: Run) -> Any:
            found = run.given.get(given)
            if found is None:
                found = run.given[given] = given(run)
            return function(source, **found)

        return called

    def _info(
        self, parent: GraphQLObjectType, definition: GraphQLField, nodes: list[FieldNode], key: str
    ) -> Callable[[Run], Any]:
        """What gives the resolver's `info`; its path is that of a root field, and below the root the field alone."""
        made: Any = self.executor.build_resolve_info(definition, nodes, parent, Path(None, key, parent.name))

        def info(run: Run) -> Any:
            return made._replace(context=run.context, variable_values=run.values.coerced)

        return info

    def _convert(self, resolver: StrawberryField, values: dict[str, Any], info: Any) -> dict[str, Any]:
        converter = self.schema.schema_converter
        return convert_arguments(
            values, resolver.arguments, scalar_registry=converter.scalar_registry, config=converter.config, info=info
        )

    def _strawberry(self, definition: GraphQLField) -> StrawberryField:
        found = definition.extensions.get("strawberry-definition")
        if not isinstance(found, StrawberryField) or getattr(definition.resolve, "__module__", "") != _MADE_BY:
            raise NotPlanned("a field that strawberry did not make")
        if found.extensions or found.permission_classes or found.default_resolver is not getattr:
            raise NotPlanned(found.python_name)
        return found


def attributes_of(function: FunctionType) -> tuple[str, ...]:
    """The attributes that `lambda self: self.a.b` goes through; empty for a function that does anything else."""
    steps = [one for one in dis.get_instructions(function) if one.opname != "RESUME"]
    if len(steps) < 3 or steps[0].opname != "LOAD_FAST" or steps[0].arg != 0 or steps[-1].opname != "RETURN_VALUE":
        return ()
    if any(one.opname != "LOAD_ATTR" for one in steps[1:-1]) or function.__code__.co_exceptiontable:
        return ()
    return tuple(_identifier(str(one.argval)) for one in steps[1:-1])


def has_variables(value: ValueNode) -> bool:
    if isinstance(value, ListValueNode):
        return any(map(has_variables, value.values))
    if isinstance(value, ObjectValueNode):
        return any(has_variables(one.value) for one in value.fields)
    return isinstance(value, VariableNode)


def _identifier(name: str) -> str:
    """The name of an attribute of ours, which may stand in source."""
    if not name.isidentifier():
        raise NotPlanned(name)
    return name
