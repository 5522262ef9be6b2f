"""A policy: who may buy what names it, as a condition that is data (TMF679).

Knows the policy itself; must not know a customer, or which offerings name it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from catalog.documents.values import Path, ValueReader
from catalog.documents.written import Json, known, period
from catalog.period import ALWAYS, Period
from catalog.policies.condition import Condition
from catalog.policies.document import read_condition, write_condition
from catalog.text import EMPTY, Text


class Visibility(StrEnum):
    """What a channel does with an offering that the policy refuses: not show it, or show it locked with the reason."""

    HIDDEN = "HIDDEN"
    LOCKED = "LOCKED"


@dataclass(frozen=True, slots=True)
class Policy:
    """`message` is said when `condition` does not hold; without one the checks that failed speak for themselves.

    Before and after its validity a policy asks for nothing.
    """

    code: str
    name: Text
    condition: Condition
    visibility: Visibility = Visibility.HIDDEN
    message: Text = EMPTY
    valid: Period = ALWAYS
    etag: int = field(default=1, compare=False)


def read(reader: ValueReader, value: object, path: Path) -> Policy | None:
    """A policy as a catalog document has it."""
    node = reader.mapping(value, path, frozenset({"code", "name", "condition", "visibility", "message", "validFor"}))
    code, name = reader.code(node, "code", path), reader.text(node, "name", path, required=True)
    condition = read_condition(reader, node.get("condition"), (*path, "condition"))
    visibility = reader.enum(node, "visibility", path, Visibility, Visibility.HIDDEN)
    message, valid = reader.text(node, "message", path), reader.period(node, path)
    if condition is None:
        return None
    return reader.build(path, lambda: Policy(code, name, condition, visibility, message, valid))


def write(one: Policy) -> Json:
    """A policy as a catalog document has it."""
    return known(
        code=one.code,
        name=one.name.to_json(),
        condition=write_condition(one.condition),
        visibility=one.visibility.value,
        message=one.message.to_json(),
        validFor=period(one.valid),
    )
