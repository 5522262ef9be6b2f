"""A catalog document laid out in sheets: one row a node, one cell a value.

Knows documents and columns; must not know Excel. Whatever has no column goes into the row's last cell, so nothing of a
document is lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import tzinfo
from typing import Any

from catalog.workbook import cells
from catalog.workbook.columns import Column, Kind, Sheet
from catalog.workbook.sheets import SHEETS

Json = dict[str, Any]
Row = list[Any]


def rows(document: Mapping[str, Any], zone: tzinfo) -> dict[str, list[Row]]:
    """The rows of every sheet, in the order of `Sheet.header`; times are local to `zone`."""
    laid_out: dict[str, list[Row]] = {sheet.name: [] for sheet in SHEETS}
    for sheet in SHEETS:
        if sheet.above is None:
            for node in document.get(sheet.lists[0], ()):
                _lay_out(sheet, opened(deepcopy(dict(node))), [], laid_out, zone)
    return laid_out


def below(sheet: Sheet) -> Iterator[Sheet]:
    """The sheets whose rows belong to rows of this one."""
    return (one for one in SHEETS if one.above == sheet.name)


def opened(offering: Json) -> Json:
    """Channels with dates of their own in a list of their own."""
    uses = offering.get("channel")
    if isinstance(uses, list) and any(isinstance(use, dict) for use in uses):
        offering["channel"] = [use for use in uses if isinstance(use, str)]
        offering["channelDates"] = [use for use in uses if isinstance(use, dict)]
    return offering


def closed(offering: Json) -> Json:
    """The offering with its channels in one list again."""
    dated = offering.pop("channelDates", None)
    if dated:
        offering["channel"] = [*offering.get("channel", ()), *dated]
    return offering


def _lay_out(sheet: Sheet, node: Json, parents: Row, laid_out: dict[str, list[Row]], zone: tzinfo) -> None:
    children = [(child, node.pop(child.lists[-1], None) or []) for child in below(sheet)]
    names = [*parents, *(_named(sheet, node))]
    row = [*parents, *(_cell(node, column, zone) for column in sheet.columns)]
    left = _pruned(node)
    laid_out[sheet.name].append([*row, cells.shown(Kind.JSON, left, zone) if left else None])
    for child, nodes in children:
        for inner in nodes:
            _lay_out(child, inner, names[: len(child.parents)], laid_out, zone)


def _named(sheet: Sheet, node: Json) -> Row:
    """What rows below call this one: an offering by code and version, anything else by its first column."""
    columns = {column.name: column for column in sheet.columns}
    own = sheet.identity if sheet.name == "offerings" else sheet.identity[:1]
    return [_at(node, columns[name].path) for name in own]


def _at(node: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        node = node.get(key) if isinstance(node, dict) else None
    return node


def _cell(node: Json, column: Column, zone: tzinfo) -> Any:
    """Takes the column's value out of the node and shows it; None when there is none."""
    inner: Any = node
    for key in column.path[:-1]:
        inner = inner.get(key)
        if not isinstance(inner, dict):
            return None
    if column.path[-1] not in inner:
        return None
    return cells.shown(column.kind, inner.pop(column.path[-1]), zone)


def _pruned(value: Json) -> Json:
    """What is left of a node once its objects that were emptied are gone."""
    kept = {key: _pruned(inner) if isinstance(inner, dict) else inner for key, inner in value.items()}
    return {key: inner for key, inner in kept.items() if inner not in ({}, [], None)}
