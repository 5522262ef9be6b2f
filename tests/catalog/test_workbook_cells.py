"""What people type into cells, and what is no workbook at all."""

from __future__ import annotations

import zipfile
from datetime import date, datetime, time
from io import BytesIO

import pytest
from catalogs import ZONE
from openpyxl import load_workbook
from workbooks import by_hand, edited, put, sheet

from catalog.documents import document
from catalog.documents.exporting import written
from catalog.documents.file_form import Form, open_bytes
from catalog.workbook import bounds, cells
from catalog.workbook.bounds import UnreadableWorkbook
from catalog.workbook.columns import Kind
from catalog.workbook.sheets import SHEETS
from catalog.workbook.table import sheet_of

CATALOG = {
    "categories": [{"code": "=cmd|x", "name": {"zh": "+1", "en": "@home"}}],
    "offerings": [
        {"code": "007", "version": 1, "etag": 1, "name": {"zh": "-流量", "en": "=1+1"}, "category": ["=cmd|x"]}
    ],
}


@pytest.mark.parametrize(
    ("kind", "typed", "meant"),
    [
        (Kind.DECIMAL, 19.9, "19.9"),
        (Kind.DECIMAL, 0.1 + 0.2, "0.3"),
        (Kind.DECIMAL, 1e-4, "0.0001"),
        (Kind.DECIMAL, 100, "100"),
        (Kind.DECIMAL, " 19.90 ", "19.90"),
        (Kind.DECIMAL, 123456789012.345, "123456789012.345"),
        (Kind.TEXT, 10086, "10086"),
        (Kind.TEXT, 10086.0, "10086"),
        (Kind.TEXT, "  A ", "A"),
        (Kind.WHOLE, 3.0, 3),
        (Kind.WHOLE, "12", 12),
        (Kind.WHOLE, 1.5, 1.5),
        (Kind.LIMIT, "不限", None),
        (Kind.LIMIT, "ANY", None),
        (Kind.LIMIT, 4, 4),
        (Kind.FLAG, "是", True),
        (Kind.FLAG, 0, False),
        (Kind.FLAG, "maybe", "maybe"),
        (Kind.TIME, datetime(2026, 3, 1), "2026-03-01T00:00:00+08:00"),
        (Kind.TIME, date(2026, 3, 1), "2026-03-01"),
        (Kind.TIME, "2026/3/1", "2026-03-01T00:00:00+08:00"),
        (Kind.TIME, "2026年3月1日", "2026-03-01T00:00:00+08:00"),
        (Kind.TIME, "2026/2/30", "2026/2/30"),
        (Kind.TIME, "soon", "soon"),
        (Kind.HOUR, time(23), "23:00:00"),
        (Kind.LIST, "HALL; 10086；APP;", ["HALL", "10086", "APP"]),
        (Kind.LIST, 10086, ["10086"]),
        (Kind.LIST, '["a;b"]', ["a;b"]),
        (Kind.DAYS, "1;7", [1, 7]),
        (Kind.JSON, '{"all": []}', {"all": []}),
        (Kind.TEXT, "  ", cells.MISSING),
    ],
)
def test_a_cell_means_what_it_shows(kind, typed, meant):
    assert cells.read(kind, typed, ZONE) == meant


@pytest.mark.parametrize("wrong", ["{", "NaN", "[" * 100_000])
def test_json_that_is_none_is_told(wrong):
    with pytest.raises(cells.Unreadable):
        cells.read(Kind.JSON, wrong, ZONE)


def problems_of(raw: bytes) -> dict[str, str]:
    found = open_bytes(raw, "catalog.xlsx", ZONE)
    _, problems = found.read(ZONE, lambda name, node: None)
    return {problem.place: problem.code for problem in problems}


def test_every_wrong_cell_is_named_by_its_address_all_at_once():
    raw = by_hand(
        offerings=[
            ["code", "name.zh", "step", "margin", "valid.from", "sellable", "colour", "familly"],
            ["A", "甲", "two", "x", "soon", "maybe", None, None],
            [None, "乙", None, None, None, None, None, None],
        ],
        prices=[
            ["offering", "code", "type", "price", "more"],
            ["A", "m", "FREE", "1,5", "[1]"],
            ["Z", "m", None, None, None],
        ],
    )
    assert problems_of(raw) == {
        "'offerings'!G1": "UNKNOWN_COLUMN",
        "'offerings'!H1": "UNKNOWN_COLUMN",
        "'offerings'!C2": "NOT_A_WHOLE_NUMBER",
        "'offerings'!D2": "NOT_A_DECIMAL",
        "'offerings'!E2": "NOT_A_TIME",
        "'offerings'!F2": "NOT_A_BOOLEAN",
        "'offerings'!A3": "MISSING",
        "'prices'!E2": "NOT_AN_OBJECT",
        "'prices'!A3": "UNKNOWN_PARENT",
        "'prices'!C2": "UNKNOWN_VALUE",
        "'prices'!D2": "NOT_A_DECIMAL",
    }


def test_an_unknown_column_says_what_was_probably_meant():
    found = open_bytes(by_hand(offerings=[["code", "familly"]]), "catalog.xlsx", ZONE)
    assert "did you mean family" in found.problems[0].message.en


def test_a_formula_an_error_and_a_percentage_are_refused_where_they_stand():
    def edit(book):
        page = sheet(book, "prices")
        page.append(["007", 1, "m", "RECURRING", None, None, "=1+1"])
        page.append(["007", 1, "n", "RECURRING", None, None, 5])
        page.cell(3, 7).value = "#REF!"
        page.cell(3, 7).data_type = "e"
        page.append(["007", 1, "o", "RECURRING", None, None, 0.5])
        page.cell(4, 7).number_format = "0%"

    found = problems_of(edited(written(Form.WORKBOOK, CATALOG, ZONE), edit))
    here = {place: code for place, code in found.items() if "!G" in place}
    assert here == {
        "'价格 prices'!G2": "FORMULA",
        "'价格 prices'!G3": "ERROR_VALUE",
        "'价格 prices'!G4": "PERCENT_FORMAT",
    }


def test_what_begins_like_a_formula_is_a_text_and_none():
    raw = written(Form.WORKBOOK, CATALOG, ZONE)
    book = load_workbook(BytesIO(raw))
    named = {cell.value: cell for row in sheet(book, "offerings").iter_rows() for cell in row}
    assert (named["=1+1"].data_type, named["=1+1"].quotePrefix) == ("s", True)
    assert named["-流量"].data_type == "s"
    read, problems = document.read(open_bytes(raw, "catalog.xlsx", ZONE).node, ZONE)
    assert problems == ()
    assert read.offerings[0].name.en == "=1+1"


def test_drop_downs_offer_what_there_is_and_notes_explain():
    book = load_workbook(BytesIO(written(Form.WORKBOOK, CATALOG, ZONE)))
    assert book.worksheets[0].title == "说明 readme"
    assert book["_lists"].sheet_state == "hidden"
    assert next(book["_lists"].values) == ("offerings", "categories", "channels", "specifications")
    page = sheet(book, "offerings")
    formulas = {one.formula1 for one in page.data_validations.dataValidation}
    assert '"SIMPLE,STANDARD,COMPLEX"' in formulas
    assert page.freeze_panes == "B2"
    assert "空为所有渠道" in next(cell for cell in page[1] if cell.value == "渠道\nchannel").comment.text


def test_columns_may_stand_in_any_order_and_sheets_be_called_in_either_language():
    raw = by_hand(
        产品=[["名称（中）", "代码"], ["甲", "A"]],
        prices=[["type", "offering", "code", "price"], ["ONE_TIME", "A", "m", 5]],
    )
    read, problems = document.read(open_bytes(raw, "x", ZONE).node, ZONE)
    assert problems == ()
    assert (read.offerings[0].name.zh, str(read.offerings[0].prices[0].price)) == ("甲", "5.0000")
    assert [sheet_of(f"{one.label} {one.name}") for one in SHEETS] == list(SHEETS)


def packed(**parts: bytes) -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as into:
        for name, content in parts.items():
            into.writestr(name.replace("__", "/"), content)
    return target.getvalue()


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"\xd0\xcf\x11\xe0rest", "password"),
        (b"PK\x03\x04 not really", "damaged"),
        (packed(readme=b"x"), "no .xlsx workbook"),
        (packed(**{"xl__workbook.xml": b"x", "xl__vbaProject.bin": b"x"}), "macros"),
        (packed(**{"xl__workbook.xml": b"x"}), "cannot be read"),
        (by_hand(Sheet1=[["a"]]), "none of our sheets"),
    ],
)
def test_what_is_no_workbook_says_what_to_do(raw, said):
    with pytest.raises(UnreadableWorkbook, match=said):
        open_bytes(raw, "catalog.xlsx", ZONE)


def test_a_file_that_unpacks_to_too_much_is_not_unpacked(monkeypatch):
    raw = packed(**{"xl__workbook.xml": b"x", "xl__sheet1.xml": b"0" * 2_000_000})
    monkeypatch.setattr(bounds, "MAX_UNPACKED", 1_000_000)
    with pytest.raises(UnreadableWorkbook, match="unpacks to more"):
        open_bytes(raw, "catalog.xlsx", ZONE)


def test_a_sheet_with_too_many_rows_is_not_read_to_its_end(monkeypatch):
    monkeypatch.setattr(bounds, "MAX_ROWS", 5)
    with pytest.raises(UnreadableWorkbook, match="more than 5 rows"):
        open_bytes(by_hand(offerings=[["code"], *([f"A{i}"] for i in range(9))]), "catalog.xlsx", ZONE)


def test_a_text_that_no_cell_holds_is_no_silent_loss():
    long = {"offerings": [{"code": "A", "version": 1, "name": {"en": "x" * 40_000}}]}
    with pytest.raises(Exception, match="fits no cell"):
        written(Form.WORKBOOK, long, ZONE)


def test_an_amount_with_more_digits_than_a_spreadsheet_keeps_stays_exact():
    price = {"code": "m", "priceType": "ONE_TIME", "price": {"unit": "CNY", "value": "99999999999999.9999"}}
    node = {"offerings": [{"code": "A", "version": 1, "name": {"en": "A"}, "productOfferingPrice": [price]}]}
    raw = edited(written(Form.WORKBOOK, node, ZONE), put("offerings", 2, "family", "F"))
    read, _ = document.read(open_bytes(raw, "x", ZONE).node, ZONE)
    assert str(read.offerings[0].prices[0].price) == "99999999999999.9999"
