"""Values of import files, a column at a time: text or native Arrow values in, typed Arrow values and faults out.

Knows distinct values, encodings and faults; must not know rows, files or the database.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from catalog.files.columns import Column
from catalog.files.types import PARSERS, Mask, is_plain, keep_where, mask
from catalog.text import Text

REQUIRED = Text("必填列为空", "this column is required")
NOT_UTF8 = Text("不是 UTF-8 编码", "not UTF-8 text")
_CONTROL = r"[\x00-\x1f\x7f]"
CONTROL = Text("含控制字符", "contains a control character")


@dataclass(frozen=True, slots=True)
class Fault:
    """Rows of one column that are wrong for one reason; `rows` is a mask over the rows."""

    rows: Mask
    reason: Text


@dataclass(frozen=True, slots=True)
class Parsed:
    """A column's typed values (null where missing or wrong) by distinct value, its values as text for reports, and
    what is wrong."""

    encoded: Any
    shown: Any
    faults: tuple[Fault, ...]

    @property
    def values(self) -> Any:
        return self.encoded.dictionary_decode()


def parse(values: Any, column: Column, zone: ZoneInfo) -> Parsed:
    """Check and convert one column. `values` is any Arrow array; an empty cell, NaN and null are all missing.

    Numbers, dates and phone numbers in Chinese width are normalised (NFKC); codes in Chinese width are refused,
    because two spellings of one customer must not become two customers. A time without an offset is `zone`'s.
    Work is done once per distinct value.
    """
    encoded = values if pa.types.is_dictionary(values.type) else values.dictionary_encode()
    rows = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    distinct = encoded.dictionary
    text, not_utf8 = _clean(_as_text(distinct, column))
    control = np.zeros(len(text), dtype=np.bool_) if is_plain(text) else mask(pc.match_substring_regex(text, _CONTROL))
    usable = keep_where(~control, text)
    converted, reason = PARSERS[column.type](usable, column, zone)
    wrong = mask(pc.is_valid(usable)) & ~mask(pc.is_valid(converted))
    missing = ~mask(pc.is_valid(text)) & ~not_utf8
    faults = [Fault(_spread(one, rows), why) for one, why in
              ((not_utf8, NOT_UTF8), (control, CONTROL), (wrong, reason)) if one.any()]  # fmt: skip
    if column.required:
        empty = _spread(missing, rows) | (rows < 0)
        if empty.any():
            faults.append(Fault(empty, REQUIRED))
    indices = pa.array(rows, mask=rows < 0)
    encoded, shown = (pa.DictionaryArray.from_arrays(indices, each) for each in (converted, _shown(distinct)))
    return Parsed(encoded, shown, tuple(faults))


def _shown(distinct: Any) -> Any:
    if not pa.types.is_binary(distinct.type):
        return distinct.cast(pa.string())
    try:
        return distinct.cast(pa.string())
    except pa.ArrowInvalid:
        return pa.array([None if v is None else v.decode(errors="backslashreplace") for v in distinct.to_pylist()])


def _as_text(distinct: Any, column: Column) -> Any:
    """Native Parquet values as the text that a CSV file would have for them; binary stays binary."""
    kind = distinct.type
    if pa.types.is_binary(kind) or pa.types.is_string(kind):
        return distinct
    if pa.types.is_floating(kind):
        return _float_text(distinct.cast(pa.float64()), column)
    if pa.types.is_timestamp(kind):
        return distinct.cast(pa.timestamp("us", "UTC" if kind.tz else None), safe=False).cast(pa.string())
    if pa.types.is_date(kind):
        return distinct.cast(pa.date32()).cast(pa.string())
    return distinct.cast(pa.string())


def _float_text(distinct: Any, column: Column) -> Any:
    # A whole number that pandas turned into a float because of a gap is a whole number again.
    numbers = distinct.to_numpy(zero_copy_only=False)
    if column.type == "decimal":
        numbers = np.round(numbers, 4)
    texts = [None if np.isnan(n) else str(int(n)) if n.is_integer() and abs(n) < 2**53 else
             f"{n:.4f}" if column.type == "decimal" else repr(n) for n in numbers.tolist()]  # fmt: skip
    return pa.array(texts, pa.string())


def _clean(distinct: Any) -> tuple[Any, Mask]:
    """Trimmed text with null for the empty, and a mask of what is not UTF-8."""
    bad = np.zeros(len(distinct), dtype=np.bool_)
    try:
        text = distinct.cast(pa.string())
    except pa.ArrowInvalid:
        texts = [_decoded(value) for value in distinct.to_pylist()]
        bad = np.array([value is False for value in texts], dtype=np.bool_)
        text = pa.array([value or None for value in texts], pa.string())
    text = pc.utf8_trim_whitespace(text)
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text), bad


def _decoded(value: bytes | None) -> str | bool | None:
    try:
        return None if value is None else value.decode()
    except UnicodeDecodeError:
        return False


def _spread(mask: Mask, rows: npt.NDArray[Any]) -> Mask:
    spread: Mask = np.append(mask, False)[rows]
    return spread
