"""Reading CSV files in bounded pieces, each row with its line number.

Knows bytes, quotes and line ends; must not know what a column means.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pacsv

from catalog.files.columns import BadFile
from catalog.files.sniff import check_start, decoder_for
from catalog.files.source import Broken, Rows
from catalog.text import Text

BLOCK = 4 << 20
_LONGEST_LINE = 8 << 20
_USUAL_LINE = 64

BROKEN = Text("引号不成对，或单元格内有换行", "unbalanced quote, or a line break inside a cell")


class CsvSource:
    """A CSV file, read in blocks of whole lines. A cell never contains a line break, so that a stray quote costs one
    line and not all that follow."""

    def __init__(self, path: Path, encoding: str) -> None:
        self._path, self._size = path, path.stat().st_size
        self._encoding = encoding
        self.rows_total: int | None = None
        self.rows_about = self._size // _USUAL_LINE
        with path.open("rb") as file:
            first = check_start(path, file.read(1 << 20), encoding)
        self.header: list[str] = _header(path, first)

    def pieces(self) -> Iterator[Rows]:
        line = 1
        for block, part in self._blocks():
            if line == 1:
                block = block.partition(b"\n")[2]
                line = 2
            count = block.count(b"\n")
            yield self._rows(block, line, part)
            line += count

    def _blocks(self) -> Iterator[tuple[bytes, float]]:
        """Whole lines in UTF-8, each ended by a line feed alone."""
        decode = decoder_for(self._path, self._encoding)
        rest = b""
        with self._path.open("rb") as file:
            while data := file.read(BLOCK):
                part = file.tell() / max(self._size, 1)
                whole, feed, rest_of_block = (rest + decode(data, False)).rpartition(b"\n")
                rest = rest_of_block
                if feed:
                    yield (whole + feed).replace(b"\r\n", b"\n"), part
                if len(rest) > _LONGEST_LINE:
                    raise BadFile(
                        f"{self._path} has a line of more than 8 MB; it is no CSV file, or its line ends are lost.",
                        f"{self._path} 中有超过 8 MB 的行；它不是 CSV 文件，或换行符已丢失。",
                    )
        rest += decode(b"", True)
        if rest:
            yield (rest + b"\n").replace(b"\r\n", b"\n"), 1.0

    def _rows(self, block: bytes, first: int, part: float) -> Rows:
        data = np.frombuffer(block, dtype=np.uint8)
        ends = np.flatnonzero(data == ord("\n"))
        starts = np.concatenate([[0], ends[:-1] + 1])[: len(ends)]
        lines = np.arange(first, first + len(ends), dtype=np.int64)
        odd = _per_line(data, '"', ends) % 2 == 1 if b'"' in block else np.zeros(len(ends), dtype=np.bool_)
        if b"\r" in block:
            odd |= _per_line(data, "\r", ends) > 0
        keep = ~odd & (ends > starts)
        broken = [_broken(block[starts[i] : ends[i]], int(lines[i])) for i in np.flatnonzero(odd)]
        columns, lines = self._cells(data, starts, ends, lines, keep, broken)
        return Rows(lines, columns, tuple(sorted(broken, key=lambda one: one.line)), part)

    def _cells(
        self, data: npt.NDArray[np.uint8], starts: Any, ends: Any, lines: Any, keep: Any, broken: list[Broken]
    ) -> tuple[Sequence[Any], npt.NDArray[np.int64]]:
        """The cells of the lines kept. When quotes still join lines, the half with the culprit is halved again."""
        text = data if keep.all() else data[np.repeat(keep, ends - starts + 1)]
        starts, ends, lines = starts[keep], ends[keep], lines[keep]
        found = _parse(text, self.header, lines)
        if found is not None:
            columns, good, wrong = found
            broken.extend(wrong)
            return columns, good
        if len(lines) == 1:
            broken.append(_broken(text.tobytes().rstrip(b"\n"), int(lines[0])))
            return _parse(text[:0], self.header, lines[:0])[:2]  # type: ignore[index]
        # Offsets count from the first kept line again.
        sizes = ends - starts + 1
        stops = np.cumsum(sizes)
        half = len(lines) // 2
        parts = []
        for chosen in (slice(0, half), slice(half, None)):
            base = stops[chosen][0] - sizes[chosen][0]
            piece = text[base : stops[chosen][-1]]
            last = stops[chosen] - 1 - base
            parts.append(self._cells(piece, last + 1 - sizes[chosen], last, lines[chosen],
                                     np.ones(len(last), dtype=np.bool_), broken))  # fmt: skip
        (left, left_lines), (right, right_lines) = parts
        return [pa.concat_arrays([a, b]) for a, b in zip(left, right, strict=True)], np.concatenate(
            [left_lines, right_lines]
        )


def _header(path: Path, line: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([line]))]
    except csv.Error as error:
        raise BadFile(
            f"the first line of {path} is no CSV header ({error}); save the file as CSV UTF-8.",
            f"{path} 的首行不是 CSV 表头；请另存为 CSV UTF-8。",
        ) from error


def _per_line(data: Any, character: str, ends: Any) -> Any:
    return np.bincount(np.searchsorted(ends, np.flatnonzero(data == ord(character))), minlength=len(ends))


def _broken(line: bytes, number: int, reason: Text = BROKEN) -> Broken:
    cells = tuple(cell.strip(' "\r') for cell in line[:4096].decode(errors="replace").split(","))
    return Broken(number, cells, reason)


def _parse(text: Any, header: list[str], lines: Any) -> tuple[list[Any], Any, list[Broken]] | None:
    """Columns, line numbers and lines with the wrong number of cells; None when lines have run into one another."""
    names = [str(position) for position in range(len(header))]
    if not len(lines):
        return [pa.array([], pa.binary()) for _ in names], lines, []
    wrong: list[tuple[int, str, int]] = []
    # A row of our own at the end: an open quote in the last line would swallow it.
    last = b",".join([b"-"] * len(names)) + b"\n"

    def on_wrong(row: Any) -> str:
        wrong.append((row.number, row.text, row.actual_columns))
        return "skip"

    try:
        table = pacsv.read_csv(
            pa.BufferReader(pa.py_buffer(text.tobytes() + last)),
            read_options=pacsv.ReadOptions(column_names=names, use_threads=False, block_size=len(text) + len(last) + 1),
            parse_options=pacsv.ParseOptions(invalid_row_handler=on_wrong, ignore_empty_lines=False),
            convert_options=pacsv.ConvertOptions(column_types={name: pa.binary() for name in names}, check_utf8=False),
        )
    except pa.ArrowInvalid:
        return None
    if table.num_rows + len(wrong) != len(lines) + 1:
        return None
    table = table.slice(0, table.num_rows - 1)
    good = np.ones(len(lines), dtype=np.bool_)
    good[[number - 1 for number, _, _ in wrong]] = False
    broken = [
        _broken(row.encode(), int(lines[number - 1]), _count(actual, len(names))) for number, row, actual in wrong
    ]
    return [column.combine_chunks() for column in table.columns], lines[good], broken


def _count(found: int, expected: int) -> Text:
    return Text(f"应有 {expected} 个单元格，实有 {found} 个", f"{found} cells where the header has {expected}")
