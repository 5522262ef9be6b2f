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
from typing import Any, cast

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLObjectType,
)
from graphql.execution.executor import Executor
from graphql.execution.values import get_argument_values
from graphql.pyutils import Path
from strawberry import Info
from strawberry.types.field import StrawberryField

from api.plans.arguments import NOTHING, Inputs, Values, has_variables
from api.plans.run import Run

Call = Callable[[Any, Run], Any]
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
    """Makes askings for the fields of a schema; `executor` is one of the kind that could execute the operation."""

    inputs: Inputs
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
            given = self.inputs.of(resolver.arguments)(get_argument_values(definition, nodes[0], NOTHING))
            if all(isinstance(value, _CONSTANTS) for value in given.values()):
                return Asking(function=function, constants=given, is_async=is_async)
        call = self._call(parent, definition, nodes, key, resolver, function)
        return Asking(call=call, is_async=is_async, varies=varies or known.info_parameter is not None)

    def root(self, parent: GraphQLObjectType, definition: GraphQLField, nodes: list[FieldNode], key: str) -> Call:
        """Of a root field: its ordinary resolver, with all that stands around it."""
        around: Any = definition.resolve
        resolver = definition.extensions.get("strawberry-definition")
        if around is None or not isinstance(resolver, StrawberryField):
            raise NotPlanned(f"{parent.name}.{key}")
        values, info = Values.of(definition, nodes[0]), self._info(parent, definition, nodes, key)
        steps_in, inner = getattr(around, "steps_in", None), getattr(around, "resolve", None)
        known = resolver.base_resolver
        is_own = _is_strawberry(inner if steps_in else around) and _is_plain(resolver)
        if known is None or not is_own or known.root_parameter or known.parent_parameter:

            def asked(source: Any, run: Run) -> Any:
                return around(source, info(run), **values.given(run.values, run.hide_suggestions))

            return asked
        call = self._direct(resolver, cast(Callable[..., Any], known.wrapped_func))

        def asked_directly(source: Any, run: Run) -> Any:
            given, raw = values.given(run.values, run.hide_suggestions), info(run)
            if steps_in is not None and steps_in(run.context, given):
                return around(source, raw, **given)
            return call(source, raw, given)

        return asked_directly

    def _direct(
        self, resolver: StrawberryField, function: Callable[..., Any]
    ) -> Callable[[Any, Any, dict[str, Any]], Any]:
        """Calls a resolver as strawberry does, its inputs made in ways that are known beforehand."""
        known, convert = resolver.base_resolver, self.inputs.of(resolver.arguments)
        asks = known.info_parameter.name if known and known.info_parameter else None
        takes_self = bool(known and known.self_parameter)

        def called(source: Any, raw: Any, values: dict[str, Any]) -> Any:
            given = convert(values)
            if asks:
                given[asks] = Info(_raw_info=raw, _field=resolver)
            return function(source, **given) if takes_self else function(**given)

        return called

    def _call(
        self,
        parent: GraphQLObjectType,
        definition: GraphQLField,
        nodes: list[FieldNode],
        key: str,
        resolver: StrawberryField,
        function: Callable[..., Any],
    ) -> Call:
        values, info = Values.of(definition, nodes[0]), self._info(parent, definition, nodes, key)
        convert, known = self.inputs.of(resolver.arguments), resolver.base_resolver
        asks = known.info_parameter.name if known and known.info_parameter else None

        def given(run: Run) -> dict[str, Any]:
            """Worked out once for a request, however many objects it is asked of."""
            found = convert(values.given(run.values, run.hide_suggestions))
            if asks:
                found[asks] = Info(_raw_info=info(run), _field=resolver)
            return found

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
        kind, names = type(made), made._fields
        first, second = names.index("variable_values"), names.index("context")
        if second != first + 1:
            raise NotPlanned("the order of info")
        head, tail = tuple(made[:first]), tuple(made[second + 1 :])

        def info(run: Run) -> Any:
            return tuple.__new__(kind, (*head, run.values.coerced, run.context, *tail))

        return info

    def _strawberry(self, definition: GraphQLField) -> StrawberryField:
        found = definition.extensions.get("strawberry-definition")
        if not isinstance(found, StrawberryField) or not _is_strawberry(definition.resolve) or not _is_plain(found):
            raise NotPlanned("a field with ways of its own")
        return found


def _is_strawberry(resolve: object) -> bool:
    return getattr(resolve, "__module__", "") == _MADE_BY


def _is_plain(resolver: StrawberryField) -> bool:
    return not resolver.extensions and not resolver.permission_classes and resolver.default_resolver is getattr


def attributes_of(function: FunctionType) -> tuple[str, ...]:
    """The attributes that `lambda self: self.a.b` goes through; empty for a function that does anything else."""
    steps = [one for one in dis.get_instructions(function) if one.opname != "RESUME"]
    if len(steps) < 3 or steps[0].opname != "LOAD_FAST" or steps[0].arg != 0 or steps[-1].opname != "RETURN_VALUE":
        return ()
    if any(one.opname != "LOAD_ATTR" for one in steps[1:-1]) or function.__code__.co_exceptiontable:
        return ()
    return tuple(_identifier(str(one.argval)) for one in steps[1:-1])


def _identifier(name: str) -> str:
    """The name of an attribute of ours, which may stand in source."""
    if not name.isidentifier():
        raise NotPlanned(name)
    return name
