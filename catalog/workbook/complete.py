"""What a workbook leaves out stays as it is: sheets and columns that are absent are filled from the catalog.

Knows documents and columns; must not know where the catalog is kept. A blank cell is no absent column: it empties.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from decimal import Decimal, InvalidOperation
from typing import Any

from catalog.workbook.columns import Column, Kind, Sheet
from catalog.workbook.flatten import Json, below, closed, opened
from catalog.workbook.sheets import SHEETS
from catalog.workbook.table import Table

# The node of the catalog that a node of the workbook is about: (the list's name, the node) → its own, or None.
Current = Callable[[str, Json], Json | None]


def complete(document: Json, tables: Mapping[str, Table], current: Current) -> Json:
    """The document with what its workbook did not have; the document given is used up."""
    for sheet in SHEETS:
        if sheet.above is None and sheet.name in tables:
            for node in document.get(sheet.lists[0], ()):
                base = current(sheet.lists[0], node)
                if base is not None:
                    _fill(sheet, opened(node), opened(deepcopy(base)), tables)
                    closed(node)
                    if sheet.name == "offerings":
                        # A file moves no version, so a stage that is left blank is no change.
                        node.setdefault("lifecycleStatus", base.get("lifecycleStatus"))
    return document


def _fill(sheet: Sheet, node: Json, base: Json, tables: Mapping[str, Table]) -> None:
    for column in tables[sheet.name].absent:
        if not column.is_ours:
            _copy(node, base, column.path)
    for child in below(sheet):
        key = child.lists[-1]
        if child.name not in tables:
            if key in base:
                node[key] = base[key]
            continue
        known = {_identity(child, inner): inner for inner in base.get(key, ())}
        for inner in node.get(key, ()):
            if isinstance(inner, dict) and _identity(child, inner) in known:
                _fill(child, inner, known[_identity(child, inner)], tables)


def _identity(sheet: Sheet, node: Json) -> tuple[str, ...]:
    columns: dict[str, Column] = {column.name: column for column in sheet.columns}
    return tuple(_plain(columns[name].kind, _at(node, columns[name].path)) for name in sheet.identity)


def _plain(kind: Kind, value: Any) -> str:
    """0 and 0.0000 are one tier."""
    try:
        return str(Decimal(value).normalize()) if kind is Kind.DECIMAL else str(value)
    except (InvalidOperation, TypeError, ValueError):
        return str(value)


def _at(node: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        node = node.get(key) if isinstance(node, dict) else None
    return node


def _copy(node: Json, base: Json, path: tuple[str, ...]) -> None:
    value = _at(base, path)
    if value is None and not (len(path) == 1 and path[0] in base):
        return
    for key in path[:-1]:
        node = node.setdefault(key, {})
    node[path[-1]] = value
