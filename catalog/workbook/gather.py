"""The document that the sheets of a workbook spell, and the cell that every value of it came from.

Knows rows and how they belong together; must not know Excel, nor whether a value makes sense: that is for the reader of
documents.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from typing import Any

from catalog.errors import Problem
from catalog.text import Text
from catalog.workbook import cells
from catalog.workbook.columns import MORE, Sheet
from catalog.workbook.flatten import Json, closed
from catalog.workbook.sheets import SHEETS
from catalog.workbook.table import Line, Table, letters

Path = tuple[str | int, ...]
Names = tuple[str, ...]


@dataclass
class Gathered:
    """`places` maps the path of every node to the row that it came from; `tables` are the sheets that there were."""

    document: Json = field(default_factory=dict)
    places: dict[Path, tuple[Table, Line]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    tables: dict[str, Table] = field(default_factory=dict)

    def located(self, problem: Problem) -> Problem:
        """The problem with the cell where it stands, in the place of its path into the document."""
        path = self._as_laid_out(problem.path)
        for length in range(len(path), 0, -1):
            if path[:length] in self.places:
                table, line = self.places[path[:length]]
                return replace(problem, path=(table.address(line.number, _column(table, path[length:])),))
        return problem

    def _as_laid_out(self, path: Path) -> Path:
        """A channel with dates stands in a sheet of its own, and after the others in the document's list."""
        if len(path) < 4 or path[2] != "channel" or not isinstance(path[3], int):
            return path
        uses = self.document["offerings"][path[1]]["channel"]
        before = sum(isinstance(use, str) for use in uses)
        return path if path[3] < before else (*path[:2], "channelDates", path[3] - before, *path[4:])


def _column(table: Table, path: Path) -> str:
    """The letters of the column that holds this value, or part of it; the first column when none does."""
    steps = tuple(step for step in path if isinstance(step, str))
    best, found = 0, "A"
    for position, column in table.columns.items():
        shared = sum(1 for _ in _common(column.path, steps))
        if shared > best:
            best, found = shared, letters(position)
    return found


def _common(one: tuple[str, ...], other: tuple[str, ...]) -> Iterator[str]:
    for left, right in zip(one, other, strict=False):
        if left != right:
            return
        yield left


@dataclass
class _Known:
    """The nodes of one sheet by what rows below call them."""

    exact: dict[Names, tuple[Json, Path]] = field(default_factory=dict)
    any_version: dict[Names, list[Names]] = field(default_factory=lambda: defaultdict(list))

    def add(self, names: Names, node: Json, path: Path) -> None:
        self.exact[names] = node, path
        self.any_version[(names[0], *names[2:])].append(names)

    def find(self, names: Names, sheet: Sheet) -> tuple[Json, Path] | None:
        """A version that is left out, on either side, means the only one there is."""
        if names in self.exact or sheet.parents[1:2] == () or sheet.parents[1].name != "version":
            return self.exact.get(names)
        same = [known for known in self.any_version[(names[0], *names[2:])] if "" in (known[1], names[1])]
        return self.exact[same[0]] if len(same) == 1 else None


def gather(tables: Iterable[Table], zone: tzinfo) -> Gathered:
    """Every row in its place of the document; a row that belongs to none is a problem."""
    found = Gathered(tables={table.sheet.name: table for table in tables})
    known = {sheet.name: _Known() for sheet in SHEETS}
    for sheet in SHEETS:
        table = found.tables.get(sheet.name)
        for line in table.lines if table else ():
            _place(found, found.tables[sheet.name], line, known, zone)
    for offering in found.document.get("offerings", ()):
        closed(offering)
    return found


def _place(found: Gathered, table: Table, line: Line, known: dict[str, _Known], zone: tzinfo) -> None:
    sheet = table.sheet
    values = dict(_values(found, table, line, zone))
    parents = tuple(_name(values.get(column.name)) for column in sheet.parents)
    above = (found.document, ()) if sheet.above is None else known[sheet.above].find(parents, sheet)
    if above is None:
        said = " ".join(name for name in parents if name) or "-"
        message = Text(
            f"上级表中没有 {said}，或需注明版本", f"there is no {said} in {sheet.above}, or it needs a version"
        )
        found.problems.append(Problem((table.address(line.number),), "UNKNOWN_PARENT", message))
        return
    nodes = above[0].setdefault(sheet.lists[-1], [])
    place: Path = (*above[1], sheet.lists[-1], len(nodes))
    node: Json = dict(values.get(MORE.name, {}))
    for column in sheet.columns:
        if column.name in values:
            _put(node, column.path, values[column.name])
    nodes.append(node)
    found.places[place] = table, line
    own = sheet.identity if sheet.name == "offerings" else sheet.identity[:1]
    known[sheet.name].add((*parents, *(_name(values.get(name)) for name in own)), node, place)


def _values(found: Gathered, table: Table, line: Line, zone: tzinfo) -> Iterator[tuple[str, Any]]:
    for column, letter, value in line.cells:
        try:
            read = cells.read(column.kind, value, zone)
            if column is MORE and read is not cells.MISSING and not isinstance(read, dict):
                raise cells.Unreadable("NOT_AN_OBJECT", "must be a JSON object", "必须是 JSON 对象")
        except cells.Unreadable as problem:
            path = (table.address(line.number, letter),)
            found.problems.append(Problem(path, problem.code, Text(problem.zh, problem.en)))
            continue
        if read is not cells.MISSING:
            yield column.name, read


def _name(value: Any) -> str:
    return "" if value is None else cells.plain(value)


def _put(node: Json, path: tuple[str, ...], value: Any) -> None:
    for key in path[:-1]:
        inner = node.get(key)
        if not isinstance(inner, dict):
            inner = node[key] = {}
        node = inner
    node[path[-1]] = value
