"""Root fields that are asked for a time that is past: what was in force then is read before they are answered.

Knows the argument `context.asOf`; must not know any field.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from inspect import isawaitable
from typing import Any

from graphql import GraphQLResolveInfo, GraphQLSchema, get_named_type

from api.graphql.context import Context

Resolve = Callable[..., Any]
Info = GraphQLResolveInfo[Context]


def reach_back(schema: GraphQLSchema) -> None:
    """Makes every root field of queries with a context argument answer for times that are past as well."""
    query = schema.query_type
    for field in query.fields.values() if query else ():
        argument = field.args.get("context")
        if field.resolve and argument and get_named_type(argument.type).name == "ContextInput":
            field.resolve = Dated(field.resolve)


@dataclass(frozen=True, slots=True)
class Dated:
    """The resolver of such a field; it does no more than `resolve` unless it steps in."""

    resolve: Resolve

    def __call__(self, source: Any, info: Info, **given: Any) -> Any:
        if not self.steps_in(info.context, given):
            return self.resolve(source, info, **given)
        return self._later(source, info, given)

    def steps_in(self, context: Context, given: Mapping[str, Any]) -> bool:
        """Whether what these arguments ask for is still to be read."""
        at = _asked(given)
        return at is not None and not context.has(at)

    async def _later(self, source: Any, info: Info, given: dict[str, Any]) -> Any:
        context: Context = info.context
        at = _asked(given)
        if at is not None:
            await context.read_past(at)
        found = self.resolve(source, info, **given)
        return await found if isawaitable(found) else found


def _asked(given: Mapping[str, Any]) -> datetime | None:
    asked = given.get("context")
    at = asked.get("as_of", asked.get("asOf")) if isinstance(asked, Mapping) else None
    return at if isinstance(at, datetime) and at.tzinfo is not None else None
