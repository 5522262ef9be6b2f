"""A workbook in a test's hands: exported, edited cell by cell as a person would, landed again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from typing import Any

from catalogs import AT, ZONE
from openpyxl import Workbook, load_workbook

from catalog.customer_store import Caller
from catalog.desk.editing_desk import Editor
from catalog.documents import exporting
from catalog.documents.catalog_file import LandAs, Landed, land
from catalog.documents.exporting import Selection
from catalog.documents.file_form import Form
from sql.pool import Database

CALLER = Caller("wang", "product_manager", None, "r1")


async def exported(db: Database, form: Form = Form.WORKBOOK, at: datetime = AT, **choice: Any) -> bytes:
    node = await exporting.document(db, Selection(at, **choice), etags=form is Form.WORKBOOK)
    return exporting.written(form, node, ZONE)


async def landed(
    db: Database, raw: bytes, land_as: LandAs | None = None, *, at: datetime = AT, name: str = "file", **choice: Any
) -> Landed:
    return await land(db, raw, name, Editor(CALLER, None, at), ZONE, land_as, **choice)


def sheet(book: Workbook, name: str) -> Any:
    return next(page for page in book.worksheets if page.title.endswith(f" {name}"))


def column(page: Any, name: str) -> int:
    """The position of a column, from 1."""
    return next(cell.column for cell in page[1] if str(cell.value).endswith(f"\n{name}"))


def cell(book: Workbook, name: str, row: int, field: str) -> Any:
    page = sheet(book, name)
    return page.cell(row, column(page, field))


def edited(raw: bytes, *edits: Callable[[Workbook], None]) -> bytes:
    book = load_workbook(BytesIO(raw))
    for edit in edits:
        edit(book)
    return saved(book)


def saved(book: Workbook) -> bytes:
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def put(name: str, row: int, field: str, value: Any) -> Callable[[Workbook], None]:
    """One cell typed over."""

    def edit(book: Workbook) -> None:
        cell(book, name, row, field).value = value

    return edit


def row_of(raw: bytes, name: str, **fields: Any) -> int:
    """The first row with these values."""
    page = sheet(load_workbook(BytesIO(raw)), name)
    places = {column(page, field): value for field, value in fields.items()}
    return next(
        number
        for number in range(2, page.max_row + 1)
        if all(page.cell(number, place).value == value for place, value in places.items())
    )


def by_hand(**sheets: list[list[Any]]) -> bytes:
    """A workbook as somebody writes one from nothing: plain headers, no drop-downs."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(row)
    return saved(book)
