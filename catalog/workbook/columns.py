"""What a sheet and a column are: where a cell's value stands in a catalog document, and how it is written.

Knows shapes; must not know which sheets there are, nor Excel itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, StrEnum

from catalog.text import EMPTY, Text

Path = tuple[str, ...]


class Kind(StrEnum):
    """How a cell is written. LIMIT is a whole number or `any`; LIST is codes with ; between them."""

    TEXT = "text"
    DECIMAL = "decimal"
    WHOLE = "whole number"
    LIMIT = "whole number, or any"
    FLAG = "TRUE or FALSE"
    TIME = "date, or date and time"
    HOUR = "time of day"
    LIST = "codes with ; between"
    DAYS = "numbers with ; between"
    JSON = "JSON"


@dataclass(frozen=True, slots=True)
class Column:
    """`path` leads from the row's node of the document to the value. `refers` names the sheet whose codes it takes."""

    name: str
    label: str
    path: Path
    kind: Kind = Kind.TEXT
    options: tuple[str, ...] = ()
    refers: str | None = None
    help: Text = EMPTY
    is_ours: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet with a row for each node of one list of the document.

    `lists` leads to the list: ("offerings", "productOfferingPrice"). `parents` are the columns that name the row of the
    sheet `above` that it belongs to; `identity` those that tell it from the others there.
    """

    name: str
    label: str
    lists: Path
    columns: tuple[Column, ...]
    identity: tuple[str, ...]
    above: str | None = None
    parents: tuple[Column, ...] = ()
    help: Text = EMPTY

    @property
    def title(self) -> str:
        return f"{self.label} {self.name}"

    @property
    def header(self) -> tuple[Column, ...]:
        """All columns in their order; the last holds what has no column of its own."""
        return (*self.parents, *self.columns, MORE)


MORE = Column(
    "more", "其他", (), Kind.JSON, help=Text("没有单独列的内容（JSON）", "what has no column of its own, as JSON")
)


def text(name: str, label: str, path: str = "", zh: str = "", en: str = "", *, refers: str | None = None) -> Column:
    return Column(name, label, _path(name, path), refers=refers, help=Text(zh or None, en or None))


def enum(name: str, label: str, kind: type[Enum] | Iterable[str], path: str = "", zh: str = "", en: str = "") -> Column:
    options = tuple(str(one.value) if isinstance(one, Enum) else one for one in kind)
    return Column(name, label, _path(name, path), options=options, help=Text(zh or None, en or None))


def value(
    kind: Kind, name: str, label: str, path: str = "", zh: str = "", en: str = "", *, refers: str | None = None
) -> Column:
    return Column(name, label, _path(name, path), kind, refers=refers, help=Text(zh or None, en or None))


def both(name: str, label: str) -> tuple[Column, Column]:
    """A text in two columns, one a language."""
    return text(f"{name}.zh", f"{label}（中）"), text(f"{name}.en", f"{label}（英）")


def dates(name: str = "valid", label: str = "有效") -> tuple[Column, Column]:
    """A period in two columns; the end is not included."""
    return (
        value(Kind.TIME, f"{name}.from", f"{label}起", "validFor.startDateTime", "空为一直", "always, when empty"),
        value(
            Kind.TIME,
            f"{name}.to",
            f"{label}止",
            "validFor.endDateTime",
            "不含当时；空为永久",
            "up to, not including; for ever when empty",
        ),
    )


def amount(name: str, label: str, path: str, zh: str = "", en: str = "") -> tuple[Column, Column]:
    """Money in two columns."""
    return (
        value(Kind.DECIMAL, name, label, f"{path}.value", zh, en),
        text(f"{name}.currency", f"{label}币种", f"{path}.unit"),
    )


def count(name: str, label: str, path: str, zh: str = "", en: str = "") -> tuple[Column, Column]:
    """A quantity in two columns."""
    return (
        value(Kind.DECIMAL, name, label, f"{path}.amount", zh, en),
        text(f"{name}.units", f"{label}单位", f"{path}.units"),
    )


def _path(name: str, path: str) -> Path:
    return tuple((path or name).split("."))
