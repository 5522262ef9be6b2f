"""A policy: who may buy what names it, as a condition that is data (TMF679).

Knows the policy itself; must not know a customer, or which offerings name it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from catalog.document_values import Path, ValueReader
from catalog.period import ALWAYS, Period
from catalog.text import EMPTY, Text
from catalog.written import Json, known, period


class Visibility(StrEnum):
    """What a channel does with an offering that the policy refuses: not show it, or show it locked with the reason."""

    HIDDEN = "HIDDEN"
    LOCKED = "LOCKED"


@dataclass(frozen=True, slots=True)
class Policy:
    """`condition` is {"all": […]}, {"any": […]}, {"not": {…}} or one test; `message` is said when it does not hold."""

    code: str
    name: Text
    condition: Mapping[str, Any]
    visibility: Visibility = Visibility.HIDDEN
    message: Text = EMPTY
    valid: Period = ALWAYS
    etag: int = field(default=1, compare=False)


def read(reader: ValueReader, value: object, path: Path) -> Policy | None:
    """A policy as a catalog document has it."""
    node = reader.mapping(value, path, frozenset({"code", "name", "condition", "visibility", "message", "validFor"}))
    code, name = reader.code(node, "code", path), reader.text(node, "name", path, required=True)
    condition = node.get("condition")
    if not isinstance(condition, Mapping):
        reader.wrong((*path, "condition"), "NOT_AN_OBJECT", "must be a JSON object", "必须是 JSON 对象")
        return None
    visibility = reader.enum(node, "visibility", path, Visibility, Visibility.HIDDEN)
    message, valid = reader.text(node, "message", path), reader.period(node, path)
    return reader.build(path, lambda: Policy(code, name, condition, visibility, message, valid))


def write(one: Policy) -> Json:
    """A policy as a catalog document has it."""
    return known(
        code=one.code,
        name=one.name.to_json(),
        condition=dict(one.condition),
        visibility=one.visibility.value,
        message=one.message.to_json(),
        validFor=period(one.valid),
    )
