"""Tables written as an Excel file: headers in both languages, drop-downs, notes, frozen first rows.

Knows Excel's cells; must not know what the tables mean. A text that begins like a formula is a text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation

from catalog.errors import CatalogError
from catalog.workbook.columns import Column, Kind, Sheet
from catalog.workbook.guide import guide
from catalog.workbook.sheets import SHEETS
from catalog.workbook.table import letters

LONGEST = 32_767
LISTS = "_lists"
_FORMATS = {Kind.DECIMAL: "0.00##", Kind.WHOLE: "0", Kind.LIMIT: "0", Kind.TIME: "yyyy-mm-dd hh:mm:ss"}
_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_HEADER = Font(bold=True, color="FFFFFF")
_HEADER_FILL, _OURS_FILL = PatternFill("solid", fgColor="1F4E78"), PatternFill("solid", fgColor="D9D9D9")
_WRAP = Alignment(wrap_text=True, vertical="top")
# Rows below the last that drop-downs reach, for what is typed in anew.
_SPARE = 1_000
Progress = Callable[[int], None]


class TooLongForExcel(CatalogError):
    """A text that no cell holds; the message says where and what to do."""


def write(rows: Mapping[str, Sequence[Sequence[Any]]], progress: Progress = lambda _: None) -> bytes:
    """The workbook; `progress` hears how many rows were written so far."""
    _refuse_long(rows)
    book = Workbook(write_only=True)
    _write_guide(book)
    lists = _lists(rows)
    done = 0
    for sheet in SHEETS:
        page = book.create_sheet(sheet.title)
        _prepare(page, sheet, len(rows[sheet.name]), lists)
        for row in _cells(page, sheet, rows[sheet.name]):
            page.append(row)
            done += 1
            if done % 1_000 == 0:
                progress(done)
    _write_lists(book, lists)
    progress(done)
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def _write_guide(book: Any) -> None:
    page = book.create_sheet("说明 readme")
    page.column_dimensions["A"].width = page.column_dimensions["B"].width = 70
    for number, (zh, en) in enumerate(guide()):
        row = [WriteOnlyCell(page, zh), WriteOnlyCell(page, en)]
        for cell in row:
            cell.alignment = _WRAP
            if number == 0:
                cell.font = Font(bold=True, size=14)
        page.append(row)


def _lists(rows: Mapping[str, Sequence[Sequence[Any]]]) -> dict[str, list[str]]:
    """What drop-downs offer: the codes of every sheet that a column refers to."""
    referred = sorted({column.refers for sheet in SHEETS for column in sheet.header if column.refers})
    names = {
        sheet.name: [column.name for column in sheet.header].index("code") for sheet in SHEETS if sheet.name in referred
    }
    return {name: list(dict.fromkeys(str(row[at]) for row in rows[name] if row[at])) for name, at in names.items()}


def _write_lists(book: Any, lists: Mapping[str, Sequence[str]]) -> None:
    page = book.create_sheet(LISTS)
    page.sheet_state = "hidden"
    page.append(list(lists))
    for number in range(max((len(codes) for codes in lists.values()), default=0)):
        page.append(
            [_say(WriteOnlyCell(page), codes[number]) if number < len(codes) else None for codes in lists.values()]
        )


def _prepare(page: Any, sheet: Sheet, count: int, lists: Mapping[str, Sequence[str]]) -> None:
    page.freeze_panes = "B2" if sheet.above is None else "C2"
    header = []
    for position, column in enumerate(sheet.header):
        letter = letters(position)
        dimension = page.column_dimensions[letter]
        dimension.width = _width(column)
        dimension.number_format = _FORMATS.get(column.kind, "@")
        header.append(_heading(page, column))
        choice = _choice(column, lists)
        if choice:
            page.data_validations.append(choice)
            choice.add(f"{letter}2:{letter}{count + 1 + _SPARE}")
    page.auto_filter.ref = f"A1:{letters(len(header) - 1)}{count + 1}"
    page.append(header)


def _width(column: Column) -> int:
    if column.name.endswith((".zh", ".en")) or column.kind in (Kind.LIST, Kind.JSON):
        return 28
    return 20 if column.kind is Kind.TIME or column.refers or column.options else 14


def _heading(page: Any, column: Column) -> Any:
    cell = WriteOnlyCell(page, f"{column.label}\n{column.name}")
    cell.font, cell.fill, cell.alignment = _HEADER, _HEADER_FILL, _WRAP
    notes = [column.help.zh, column.help.en, str(column.kind.value), "/".join(column.options)]
    cell.comment = Comment("\n".join(note for note in notes if note), "Jishi", height=120, width=260)
    return cell


def _choice(column: Column, lists: Mapping[str, Sequence[str]]) -> DataValidation | None:
    if column.kind is Kind.FLAG:
        return DataValidation("list", formula1='"TRUE,FALSE"', allow_blank=True, showErrorMessage=True)
    if column.options:
        return DataValidation("list", formula1=f'"{",".join(column.options)}"', allow_blank=True, showErrorMessage=True)
    codes = lists.get(column.refers or "", ())
    if not codes:
        return None
    at = letters(list(lists).index(column.refers or ""))
    # What is new in this very workbook is not in the list, so it offers and does not insist.
    return DataValidation("list", formula1=f"{LISTS}!${at}$2:${at}${len(codes) + 1}", allow_blank=True)


def _cells(page: Any, sheet: Sheet, rows: Iterable[Sequence[Any]]) -> Iterable[list[Any]]:
    """Rows of cells. A cell is used again for the next row: it is written before that is asked for."""
    moulds = [_mould(page, column) for column in sheet.header]
    for row in rows:
        yield [None if value is None else _filled(mould, value) for mould, value in zip(moulds, row, strict=True)]


def _mould(page: Any, column: Column) -> tuple[Any, Any]:
    """(The cell of a column, the same for a text that begins like a formula.)"""
    pair = WriteOnlyCell(page), WriteOnlyCell(page)
    for cell in pair:
        cell.number_format = _FORMATS.get(column.kind, "@")
        if column.is_ours:
            cell.fill = _OURS_FILL
    pair[1].quotePrefix = True
    return pair


def _filled(mould: tuple[Any, Any], value: Any) -> Any:
    if isinstance(value, str):
        return _say(mould[value.startswith(("=", "+", "-", "@"))], value)
    cell = mould[0]
    cell._value = value
    cell.data_type = "b" if isinstance(value, bool) else "d" if isinstance(value, datetime) else "n"
    if isinstance(value, Decimal):
        cell._value = float(value) if value % 1 else int(value)
    return cell


def _say(cell: Any, value: str) -> Any:
    cell._value, cell.data_type = _escaped(value), "s"
    return cell


def _escaped(value: str) -> str:
    return _ESCAPE.sub("_x005F_", value)


def _refuse_long(rows: Mapping[str, Sequence[Sequence[Any]]]) -> None:
    """A text that fits no cell would be cut in silence."""
    for sheet in SHEETS:
        for number, row in enumerate(rows[sheet.name], start=2):
            longest = max((len(_escaped(value)) for value in row if isinstance(value, str)), default=0)
            if longest > LONGEST:
                raise TooLongForExcel(
                    f"'{sheet.title}' row {number}: a text of {longest} characters fits no cell; export JSON "
                    "文本过长，请导出 JSON"
                )
