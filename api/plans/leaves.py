"""How values without fields of their own are written: scalars and enums.

Knows what Python class needs no coercion; must not know whose value it is.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from inspect import iscoroutine
from typing import Any

from graphql import GraphQLEnumType, GraphQLLeafType, is_specified_scalar_type
from graphql.pyutils import Undefined, is_awaitable

INT = "{0} if {1}.__class__ is {2} and -2147483648 <= {0} <= 2147483647 else {3}({0})"
# Infinity and not-a-number differ from themselves when they are subtracted from themselves.
FLOAT = "{0} if {1}.__class__ is {2} and {0} - {0} == 0.0 else {3}({0})"
SAME = "{0} if {1}.__class__ is {2} else {3}({0})"
NAME = "{0}._name_ if {1}.__class__ is {2} else {3}({0})"
COERCED = "{4}({0}) if {1}.__class__ is {2} else {3}({0})"
PLAIN = "{3}({1})"

# {0} names the value and {1} takes it; {2} is the quick class, {3} writes any value, {4} coerces one of that class.
# By name of a scalar: the form of what it writes, and the class of the values that this form is right for.
SPECIFIED: dict[str, tuple[str, type]] = {
    "ID": (SAME, str),
    "String": (SAME, str),
    "Boolean": (SAME, bool),
    "Int": (INT, int),
    "Float": (FLOAT, float),
}
TEXTS: dict[str, type] = {"Decimal": Decimal, "DateTime": datetime, "Date": date}


class Unplanned(Exception):
    """Something came up that the plan was not made for; the stock executor goes on from what the roots gave."""


class NullFound(Exception):
    """Nothing is there where something must be; the stock executor says so with the place."""


def form(leaf: GraphQLLeafType) -> tuple[str, type | None]:
    """(The template of the expression that writes a value, the class of values it is quick for)."""
    if is_specified_scalar_type(leaf):
        return SPECIFIED[leaf.name]
    if isinstance(leaf, GraphQLEnumType):
        members = getattr(leaf, "wrapped_cls", None)
        named = members is not None and all(leaf.coerce_output_value(one) == one.name for one in members)
        return (NAME, members) if named else (PLAIN, None)
    return (COERCED, TEXTS[leaf.name]) if leaf.name in TEXTS else (PLAIN, None)


def strict(leaf: GraphQLLeafType, nullable: bool) -> Callable[[Any], Any]:
    """Writes any value as graphql-core does; raises where it would report an error."""
    coerce = leaf.coerce_output_value

    def written(value: Any) -> Any:
        if absent(value, nullable):
            return None
        found = coerce(value)
        if found is None or found is Undefined:
            raise NullFound
        return found

    return written


def absent(value: Any, nullable: bool) -> bool:
    """Whether there is no value; raises when there must be one, or when it is none that can be written now."""
    if value is None or value is Undefined:
        if nullable:
            return True
        raise NullFound
    if isinstance(value, Exception):
        raise value
    if is_awaitable(value):
        if iscoroutine(value):
            value.close()
        raise Unplanned
    return False
