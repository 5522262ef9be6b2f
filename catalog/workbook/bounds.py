"""What a file may be to be opened as a workbook: an .xlsx of sane size, without macros.

Knows the container; must not know sheets. Nothing is unpacked to find out.
"""

from __future__ import annotations

import zipfile
from io import BytesIO

from catalog.errors import CatalogError

MAX_FILE = 100 * 1024**2
MAX_UNPACKED = 600 * 1024**2
MAX_PARTS = 2_000
MAX_ROWS = 500_000
MAX_COLUMNS = 120
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


class UnreadableWorkbook(CatalogError):
    """A file that is no workbook that we open; the message says what to do."""


def is_workbook(raw: bytes) -> bool:
    """Whether the bytes are a spreadsheet rather than text."""
    return raw.startswith((_ZIP, _OLE))


def check(raw: bytes, name: str) -> None:
    """Raises UnreadableWorkbook for what is not opened."""
    if raw.startswith(_OLE):
        raise UnreadableWorkbook(
            f"{name} is an old .xls or has a password; save it as .xlsx without one 请另存为无密码的 .xlsx"
        )
    if len(raw) > MAX_FILE:
        raise UnreadableWorkbook(f"{name} is larger than {MAX_FILE >> 20} MB; use JSON 文件过大，请改用 JSON")
    try:
        with zipfile.ZipFile(BytesIO(raw)) as parts:
            inside = parts.infolist()
    except zipfile.BadZipFile:
        raise UnreadableWorkbook(f"{name} is damaged; save it again in Excel 文件已损坏，请重新保存") from None
    if len(inside) > MAX_PARTS or sum(part.file_size for part in inside) > MAX_UNPACKED:
        raise UnreadableWorkbook(
            f"{name} unpacks to more than {MAX_UNPACKED >> 20} MB; use JSON 解压后过大，请改用 JSON"
        )
    names = {part.filename for part in inside}
    if any("vbaproject" in part.casefold() or "macrosheets" in part.casefold() for part in names):
        raise UnreadableWorkbook(f"{name} has macros; save it as .xlsx 文件含宏，请另存为 .xlsx")
    if "xl/workbook.xml" not in names:
        raise UnreadableWorkbook(f"{name} is a zip file but no .xlsx workbook 不是 .xlsx 工作簿")
