"""What kind of file this is, judged by its first megabyte: encodings, Excel, gzip, other separators.

Knows how files go wrong on their way here; must not know columns or values.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable
from pathlib import Path

from catalog.files.columns import BadFile

_MAGIC = (
    (b"PK\x03\x04", "an Excel or zip file; save the sheet as CSV UTF-8", "Excel 或 zip 文件；请另存为 CSV UTF-8"),
    (b"\x1f\x8b", "a gzip file; unpack it with gunzip", "gzip 文件；请先用 gunzip 解压"),
    (b"\xff\xfe", "UTF-16 text; save it as CSV UTF-8", "UTF-16 文本；请另存为 CSV UTF-8"),
    (b"\xfe\xff", "UTF-16 text; save it as CSV UTF-8", "UTF-16 文本；请另存为 CSV UTF-8"),
)  # fmt: skip


def check_start(path: Path, sample: bytes, encoding: str) -> str:
    """The header line of a CSV file whose first megabyte is `sample`; BadFile when this is no CSV file."""
    for magic, en, zh in _MAGIC:
        if sample.startswith(magic):
            raise BadFile(f"{path} is {en}.", f"{path} 是{zh}。")
    text = decoder_for(path, encoding)(sample, False)
    if not text.strip():
        raise BadFile(f"{path} is empty; it needs a header line.", f"{path} 是空文件；至少需要表头。")
    first = text.partition(b"\n")[0].rstrip(b"\r")
    if b"\0" in first or b"\r" in first or first.count(b'"') % 2:
        raise BadFile(
            f"the first line of {path} is no CSV header; save the file as CSV UTF-8.",
            f"{path} 的首行不是 CSV 表头；请另存为 CSV UTF-8。",
        )
    _check_utf8(path, text)
    header = first.decode()
    if "," not in header:
        for separator, name in ((";", "';'"), ("\t", "tab"), ("|", "'|'")):
            if separator in header:
                raise BadFile(
                    f"{path} is separated by {name}; save it with commas.", f"{path} 以 {name} 分隔；请改用逗号分隔。"
                )
    return header


def decoder_for(path: Path, encoding: str) -> Callable[[bytes, bool], bytes]:
    """A function that turns the file's bytes, block by block, into UTF-8 without a byte order mark."""
    try:
        codec = codecs.lookup(encoding).name
    except LookupError:
        raise BadFile(
            f"there is no encoding {encoding!r}; use utf-8 or gb18030.",
            f"没有编码 {encoding!r}；请用 utf-8 或 gb18030。",
        ) from None
    if codec in ("utf-8", "utf-8-sig"):
        return _drop_mark()
    decoder = codecs.getincrementaldecoder("gb18030" if codec in ("gbk", "gb2312") else codec)()

    def decode(data: bytes, final: bool) -> bytes:
        try:
            return decoder.decode(data, final).encode()
        except (UnicodeDecodeError, UnicodeEncodeError) as error:
            raise BadFile(
                f"{path} is not {encoding} text; name its encoding with --encoding.",
                f"{path} 不是 {encoding} 编码；请用 --encoding 指定其编码。",
            ) from error

    return decode


def _drop_mark() -> Callable[[bytes, bool], bytes]:
    started = False

    def decode(data: bytes, final: bool) -> bytes:
        nonlocal started
        if started:
            return data
        started = True
        return data.removeprefix(codecs.BOM_UTF8)

    return decode


def _check_utf8(path: Path, text: bytes) -> None:
    """A single bad line costs itself, but where most lines with Chinese are no UTF-8, the file has another encoding."""
    lines = [line for line in text.split(b"\n")[:-1] or [text] if not line.isascii()]
    bad = [line for line in lines if not _is(line, "utf-8")]
    if _is(text.partition(b"\n")[0], "utf-8") and len(bad) * 2 <= len(lines):
        return
    if all(_is(line, "gb18030") for line in bad):
        raise BadFile(
            f"{path} is GBK and not UTF-8; add --encoding gb18030, or convert it: iconv -f GB18030 -t UTF-8.",
            f"{path} 是 GBK 编码而非 UTF-8；请加 --encoding gb18030，或先转换：iconv -f GB18030 -t UTF-8。",
        )
    raise BadFile(f"{path} is not UTF-8 text; save it as CSV UTF-8.", f"{path} 不是 UTF-8 文本；请另存为 CSV UTF-8。")


def _is(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
