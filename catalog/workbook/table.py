"""A sheet as it was read: which columns it has, and its rows with the address of every cell.

Knows headers and addresses; must not know Excel, nor what the rows mean together.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalog.errors import Problem
from catalog.text import Text
from catalog.workbook.columns import Column, Sheet
from catalog.workbook.sheets import SHEETS


@dataclass(frozen=True, slots=True)
class Line:
    """A row: its number, and (column, letters, value) of its cells that are not blank."""

    number: int
    cells: tuple[tuple[Column, str, Any], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """`columns` maps the position of a column to what it is; a sheet that has none is left alone."""

    sheet: Sheet
    title: str
    columns: Mapping[int, Column]
    lines: tuple[Line, ...]

    @property
    def absent(self) -> tuple[Column, ...]:
        """The columns that it has not; what stands there in the catalog stays."""
        there = {column.name for column in self.columns.values()}
        return tuple(column for column in self.sheet.columns if column.name not in there)

    def address(self, row: int, letters: str = "A") -> str:
        return address(self.title, row, letters)


def address(title: str, row: int, letters: str) -> str:
    """As a spreadsheet writes it: 'prices 价格'!F12."""
    return f"'{title}'!{letters}{row}"


def letters(position: int) -> str:
    """0 → A, 26 → AA."""
    found = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        found = chr(65 + rest) + found
    return found


def sheet_of(title: str) -> Sheet | None:
    """The sheet with this title; its English or its Chinese name alone is enough."""
    words = {title.strip().casefold(), *title.casefold().split()}
    return next((one for one in SHEETS if one.name in words or one.label in words), None)


def columns_of(sheet: Sheet, title: str, header: Sequence[Any]) -> tuple[dict[int, Column], list[Problem]]:
    """Which column stands where, in any order; what nobody knows is a problem, with what was probably meant."""
    by_word = {word.casefold(): column for column in sheet.header for word in (column.name, column.label)}
    found: dict[int, Column] = {}
    problems: list[Problem] = []
    for position, cell in enumerate(header):
        if cell is None or not str(cell).strip():
            continue
        words = [str(cell).strip().casefold(), *str(cell).casefold().split("\n")]
        column = next((by_word[word.strip()] for word in words if word.strip() in by_word), None)
        path = (address(title, 1, letters(position)),)
        if column is None:
            near = difflib.get_close_matches(words[0], by_word, 1)
            hint = f"did you mean {near[0]}" if near else f"known are {', '.join(one.name for one in sheet.header)}"
            message = Text(f"没有名为 {words[0]} 的列", f"there is no column {words[0]}; {hint}")
            problems.append(Problem(path, "UNKNOWN_COLUMN", message))
        elif column in found.values():
            problems.append(
                Problem(path, "DUPLICATE_COLUMN", Text("此列出现两次", f"the column {column.name} stands here twice"))
            )
        else:
            found[position] = column
    return found, problems


def line(number: int, values: Iterable[Any], columns: Mapping[int, Column]) -> Line | None:
    """The row's cells that say something, None for a blank row."""
    cells = tuple(
        (columns[position], letters(position), value)
        for position, value in enumerate(values)
        if position in columns and value is not None and value != ""
    )
    return Line(number, cells) if cells else None
