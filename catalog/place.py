"""A place of the operator's tree: province, city, district, campus (TMF620 place).

Knows paths; must not know who lives there. The path of codes from the root is the place's own code.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from catalog.documents.values import Path, ValueReader
from catalog.documents.written import Json, known, period
from catalog.period import ALWAYS, Period
from catalog.text import Text


@dataclass(frozen=True, slots=True)
class Place:
    """`code` is the path, like shanxi/taiyuan/xiaodian; the place above is what stands before its last slash."""

    code: str
    name: Text
    kind: str | None = None
    valid: Period = ALWAYS
    etag: int = field(default=1, compare=False)

    def __post_init__(self) -> None:
        if not all(step.strip() for step in self.code.split("/")):
            raise ValueError(f"the path {self.code!r} has an empty step")

    @property
    def parent(self) -> str | None:
        """The path of the place above, None for a root."""
        return self.code.rpartition("/")[0] or None


def read(reader: ValueReader, value: object, path: Path) -> Place | None:
    """A place as a catalog document has it."""
    node = reader.mapping(value, path, frozenset({"code", "name", "kind", "validFor"}))
    code, name = reader.code(node, "code", path), reader.text(node, "name", path, required=True)
    kind, valid = reader.string(node, "kind", path), reader.period(node, path)
    return reader.build(path, lambda: Place(code, name, kind, valid))


def write(one: Place) -> Json:
    """A place as a catalog document has it."""
    return known(code=one.code, name=one.name.to_json(), kind=one.kind, validFor=period(one.valid))
