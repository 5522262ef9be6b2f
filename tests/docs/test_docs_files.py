"""The page on files lists the sheets and columns that the workbook has."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.workbook.columns import Sheet
from catalog.workbook.guide import guide
from catalog.workbook.sheets import SHEETS

PAGE = (Path(__file__).parents[2] / "docs" / "files.md").read_text("utf-8")


def table(sheet: Sheet) -> str:
    """The columns of a sheet as the workbook knows them."""
    rows = [
        f"| `{one.name}` | {one.label} | {one.help.en or ''} | {one.help.zh or ''} | "
        f"{', '.join(one.options) or (f'code of {one.refers}' if one.refers else one.kind.value)} |"
        for one in (*sheet.parents, *sheet.columns)
    ]
    head = f"### {sheet.title}\n\n{sheet.help.en}. {sheet.help.zh}。\n\n| column | 列 | meaning | 含义 | values |"
    return "\n".join((head, "|---|---|---|---|---|", *rows))


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_the_page_lists_the_columns_of_every_sheet(sheet):
    assert table(sheet) in PAGE


def test_every_column_has_a_name_in_both_languages_of_its_own():
    for sheet in SHEETS:
        names = [word for column in sheet.header for word in (column.name, column.label)]
        assert len(names) == len(set(names)), sheet.name


def test_the_first_sheet_tells_of_every_other():
    told = "\n".join(zh for zh, _ in guide())
    assert [sheet.name for sheet in SHEETS if sheet.title not in told] == []
