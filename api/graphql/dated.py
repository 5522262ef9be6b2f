"""Root fields that are asked for a time that is past: what was in force then is read before they are answered.

Knows the argument `context.asOf`; must not know any field.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
            field.resolve = _dated(field.resolve)


def _dated(resolve: Resolve) -> Resolve:
    def resolved(source: Any, info: Info, **given: Any) -> Any:
        asked = given.get("context")
        at = asked.get("as_of", asked.get("asOf")) if isinstance(asked, Mapping) else None
        if not isinstance(at, datetime) or at.tzinfo is None or info.context.has(at):
            return resolve(source, info, **given)
        return _later(resolve, source, info, given, at)

    return resolved


async def _later(resolve: Resolve, source: Any, info: Info, given: dict[str, Any], at: datetime) -> Any:
    context: Context = info.context
    await context.read_past(at)
    found = resolve(source, info, **given)
    return await found if isawaitable(found) else found
