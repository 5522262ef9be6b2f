"""A sales channel of the operator, and how complex an offering it can handle (product.md P17).

Knows the channel; must not know what is sold in it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from catalog.complexity import Complexity
from catalog.documents.values import Path, ValueReader
from catalog.documents.written import Json, known, period
from catalog.period import ALWAYS, Period
from catalog.text import Text


@dataclass(frozen=True, slots=True)
class Channel:
    """What is more complex than it `handles` is not sold here; it goes on as a lead."""

    code: str
    name: Text
    handles: Complexity = Complexity.COMPLEX
    is_electronic: bool = False
    valid: Period = ALWAYS
    etag: int = field(default=1, compare=False)


def read(reader: ValueReader, value: object, path: Path) -> Channel | None:
    """A channel as a catalog document has it."""
    node = reader.mapping(value, path, frozenset({"code", "name", "handles", "isElectronic", "validFor"}))
    code, name = reader.code(node, "code", path), reader.text(node, "name", path, required=True)
    handles = reader.enum(node, "handles", path, Complexity, Complexity.COMPLEX)
    electronic, valid = reader.flag(node, "isElectronic", path, False), reader.period(node, path)
    return reader.build(path, lambda: Channel(code, name, handles, electronic, valid))


def write(one: Channel) -> Json:
    """A channel as a catalog document has it."""
    return known(
        code=one.code,
        name=one.name.to_json(),
        handles=one.handles.value,
        isElectronic=one.is_electronic or None,
        validFor=period(one.valid),
    )
