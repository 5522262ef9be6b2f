"""An Excel file read into tables, row by row, within bounds.

Knows Excel's cells; must not know what the tables mean together. Formulas are refused: what they show is not in the
file for sure.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from openpyxl import load_workbook

from catalog.errors import Problem
from catalog.text import Text
from catalog.workbook import bounds
from catalog.workbook.bounds import UnreadableWorkbook
from catalog.workbook.columns import Column, Kind
from catalog.workbook.table import Line, Table, address, columns_of, letters, line, sheet_of

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
# More wrong cells than anybody reads in one go.
_MANY = 1_000


def read(raw: bytes, name: str) -> tuple[list[Table], list[Problem]]:
    """The sheets of ours that the workbook has, and what is wrong with its headers and cells.

    Raises UnreadableWorkbook for what is no workbook that we open.
    """
    bounds.check(raw, name)
    try:
        with warnings.catch_warnings():
            # About styles and extensions of other programs, which nobody here looks at.
            warnings.simplefilter("ignore")
            book = load_workbook(BytesIO(raw), read_only=True, data_only=False, keep_links=False)
            return _tables(book, name)
    except UnreadableWorkbook:
        raise
    except Exception as error:  # openpyxl tells a damaged part by whatever it stumbles over
        raise UnreadableWorkbook(
            f"{name} cannot be read ({type(error).__name__}: {error}); save it again in Excel 无法读取，请重新保存"
        ) from error


def _tables(book: Any, name: str) -> tuple[list[Table], list[Problem]]:
    tables: list[Table] = []
    problems: list[Problem] = []
    for page in book.worksheets:
        sheet = sheet_of(page.title)
        if sheet is None or any(table.sheet is sheet for table in tables):
            continue
        page.reset_dimensions()
        rows = page.iter_rows(max_row=bounds.MAX_ROWS + 1, max_col=bounds.MAX_COLUMNS)
        header = [_said(cell.value) for cell in next(rows, ())]
        columns, wrong = columns_of(sheet, page.title, header)
        problems += wrong
        tables.append(Table(sheet, page.title, columns, tuple(_lines(page.title, rows, columns, problems))))
    book.close()
    if not tables:
        raise UnreadableWorkbook(
            f"{name} has none of our sheets; start from an export: jishi export catalog FILE.xlsx 没有可识别的工作表"
        )
    return tables, problems


def _lines(title: str, rows: Iterator[Any], columns: dict[int, Column], problems: list[Problem]) -> Iterator[Line]:
    for number, row in enumerate(rows, start=2):
        if number > bounds.MAX_ROWS:
            raise UnreadableWorkbook(f"{title} has more than {bounds.MAX_ROWS} rows; use JSON 行数过多，请改用 JSON")
        found = line(number, [_value(cell) for cell in row], columns)
        if found is None:
            continue
        for position in columns:
            wrong = _wrong(row[position], columns[position]) if position < len(row) else None
            if wrong and len(problems) < _MANY:
                code, en, zh = wrong
                problems.append(Problem((address(title, number, letters(position)),), code, Text(zh, en)))
        yield found


def _value(cell: Any) -> Any:
    value = cell.value
    return _said(value) if isinstance(value, str) else value


def _said(value: Any) -> Any:
    """Excel writes what looks like its own escapes as escapes."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), value) if isinstance(value, str) else value


def _wrong(cell: Any, column: Column) -> tuple[str, str, str] | None:
    kind = getattr(cell, "data_type", None)
    if kind == "f":
        return "FORMULA", "is a formula; copy it and paste its value", "是公式，请复制后选择性粘贴为数值"
    if kind == "e":
        return "ERROR_VALUE", f"shows {cell.value}; mend it", "单元格显示错误值"
    if column.kind is Kind.DECIMAL and kind == "n" and "%" in (cell.number_format or ""):
        return "PERCENT_FORMAT", "is formatted as a percentage; format it as a number", "为百分比格式，请改为数值格式"
    return None
