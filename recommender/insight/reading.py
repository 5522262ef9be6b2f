"""Plain values into frozen dataclasses by their annotations; what is unknown, missing or of another kind is refused.

It knows types; it must not know any definition.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from math import isfinite
from typing import Any, TypeVar, cast

T = TypeVar("T")


def camel(name: str) -> str:
    """at_least → atLeast."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


@cache
def _hints(cls: type) -> dict[str, Any]:
    return typing.get_type_hints(cls)


def read(cls: type[T], node: Any, path: str) -> T:
    """A dataclass from a mapping with its fields in camelCase. Raises ValueError, which names the path."""
    if not isinstance(node, Mapping):
        raise ValueError(f"{path or 'it'}: an object is expected")
    kind = cast(Any, cls)
    known = {camel(one.name): one for one in fields(kind)}
    for name in node:
        if name not in known:
            raise ValueError(f"{path}{name}: there is no such field; there are {', '.join(known)}")
    values: dict[str, Any] = {}
    for name, one in known.items():
        if name in node:
            values[one.name] = value(_hints(kind)[one.name], node[name], f"{path}{name}")
        elif one.default is MISSING and one.default_factory is MISSING:
            raise ValueError(f"{path}{name}: is missing")
    try:
        return cls(**values)
    except ValueError as error:
        raise ValueError(f"{path.rstrip('.') or 'it'}: {error}") from error


def value(kind: Any, node: Any, path: str) -> Any:
    """One value of an annotated kind."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        inner = next(one for one in arguments if one is not type(None))
        return None if node is None else value(inner, node, path)
    if origin is tuple:
        if not isinstance(node, list | tuple):
            raise ValueError(f"{path}: a list is expected")
        return tuple(value(arguments[0], one, f"{path}.{place}") for place, one in enumerate(node))
    if origin is not None:
        if not isinstance(node, Mapping):
            raise ValueError(f"{path}: an object is expected")
        return {key: value(arguments[1], one, f"{path}.{key}") for key, one in node.items()}
    if is_dataclass(kind):
        return read(cast(type, kind), node, f"{path}.")
    if kind is float and isinstance(node, int | float) and not isinstance(node, bool) and isfinite(node):
        return float(node)
    if kind is not float and isinstance(node, kind) and not (kind is int and isinstance(node, bool)):
        return node
    raise ValueError(f"{path}: {kind.__name__} is expected, not {node!r}")
