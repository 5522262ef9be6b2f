"""The rule of each type of value: Arrow texts in, typed Arrow values out, null where the rule is broken.

Knows what a valid date, number or phone number is; must not know columns of cells, faults or files.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from catalog.files.columns import Column
from catalog.text import Text

Mask = npt.NDArray[np.bool_]
Parse = Callable[[Any, Column, ZoneInfo], tuple[Any, Text]]

_EARLIEST = pa.scalar(-2208988800000000 - 86400000000, pa.timestamp("us", "UTC"))
_LATEST = pa.scalar(253402300799999999, pa.timestamp("us", "UTC"))
_TRUE = ("true", "t", "yes", "y", "1", "是")
_FALSE = ("false", "f", "no", "n", "0", "否")


def mask(booleans: Any) -> Mask:
    """Arrow booleans as a mask, null as false."""
    return np.asarray(pc.fill_null(booleans, False).to_numpy(zero_copy_only=False), dtype=np.bool_)


def keep_where(keep: Mask, values: Any) -> Any:
    """The values where `keep` is true, null elsewhere."""
    return values if keep.all() else pc.if_else(pa.array(keep), values, pa.scalar(None, values.type))


def is_plain(texts: Any) -> bool:
    """Whether all is printable ASCII, seen at a glance at the bytes; most columns are, and need no closer look."""
    buffer = texts.buffers()[2]
    data = np.frombuffer(buffer, dtype=np.uint8) if buffer else np.zeros(0, dtype=np.uint8)
    return not data.size or bool(data.min() >= 0x20 and data.max() < 0x7F)


def _by_value(texts: Any, convert: Callable[[str], str | None]) -> Any:
    """`convert` of each text, for the few rules that Arrow has no word for; null stays null."""
    return pa.array([None if text is None else convert(text) for text in texts.to_pylist()], pa.string())


def _matching(texts: Any, pattern: str) -> Any:
    return keep_where(mask(pc.match_substring_regex(texts, pattern)), texts)


def _cast(texts: Any, type: Any) -> Any:
    """Cast with null for what cannot be: by halves, because Arrow gives up a whole array at its first bad value."""
    try:
        return texts.cast(type)
    except pa.ArrowInvalid:
        if len(texts) == 1:
            return pa.nulls(1, type)
        half = len(texts) // 2
        return pa.concat_arrays([_cast(texts[:half], type), _cast(texts[half:], type)])


def _narrow(texts: Any) -> Any:
    return texts if is_plain(texts) else pc.utf8_normalize(texts, form="NFKC")


def _code(texts: Any, column: Column, zone: ZoneInfo) -> tuple[Any, Text]:
    short, _ = _text(texts, column, zone)
    wide = not is_plain(texts) and mask(pc.match_substring_regex(texts, r"[\x{FF01}-\x{FF5E}\x{3000}]"))
    return keep_where(~np.asarray(wide), short), Text(
        f"编码最多 {column.longest} 个字符，且不能含全角字符",
        f"a code has at most {column.longest} characters, none of them full-width",
    )


def _text(texts: Any, column: Column, _: ZoneInfo) -> tuple[Any, Text]:
    short = mask(pc.less_equal(pc.utf8_length(texts), column.longest))
    return keep_where(short, texts), Text(f"最多 {column.longest} 个字符", f"longer than {column.longest} characters")


def _choice(texts: Any, column: Column, _: ZoneInfo) -> tuple[Any, Text]:
    found = pc.index_in(pc.utf8_lower(texts), value_set=pa.array([option.lower() for option in column.options]))
    options = ", ".join(column.options)
    return pa.array(column.options, pa.string()).take(found), Text(
        f"应为其中之一：{options}", f"must be one of {options}"
    )


def _instant(texts: Any, _: Column, zone: ZoneInfo) -> tuple[Any, Text]:
    reason = Text("不是有效的时间；应为 2024-01-31 或 2024-01-31T08:00:00（1900 至 9999 年）",
                  "not a time that exists; write 2024-01-31 or 2024-01-31T08:00:00 (years 1900 to 9999)")  # fmt: skip
    texts = _matching(
        _narrow(texts), r"^(19|[2-9]\d)\d\d-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d(:?\d\d)?)?)?$"
    )
    texts = pc.replace_substring_regex(texts, r"(\.\d{6})\d+", r"\1")
    offset = mask(pc.match_substring_regex(texts, r":\d\d.*(Z|[+-]\d\d(:?\d\d)?)$"))
    times = _cast(keep_where(~offset, texts), pa.timestamp("us"))
    times = pc.assume_timezone(times, timezone=zone.key, ambiguous="earliest", nonexistent="latest")
    times = times.cast(pa.timestamp("us", "UTC"))
    if offset.any():
        times = pc.coalesce(times, _cast(keep_where(offset, texts), pa.timestamp("us", "UTC")))
    inside = pc.and_(pc.greater_equal(times, _EARLIEST), pc.less_equal(times, _LATEST))
    return keep_where(mask(inside), times), reason


def _date(texts: Any, column: Column, zone: ZoneInfo) -> tuple[Any, Text]:
    times, _ = _instant(texts, column, zone)
    days = pc.local_timestamp(times.cast(pa.timestamp("us", zone.key))).cast(pa.date32(), safe=False)
    return days, Text("不是有效的日期；应为 2024-01-31", "not a date that exists; write 2024-01-31")


def _month(texts: Any, column: Column, zone: ZoneInfo) -> tuple[Any, Text]:
    texts = pc.replace_substring_regex(_narrow(texts), r"^(\d{4}-\d\d)$", r"\1-01")
    days, _ = _date(texts, column, zone)
    first = pc.replace_substring_regex(days.cast(pa.string()), r"\d\d$", "01")
    return first.cast(pa.date32()), Text("不是有效的月份；应为 2024-01", "not a month; write 2024-01")


def _whole(texts: Any, column: Column, _: ZoneInfo) -> tuple[Any, Text]:
    texts = pc.replace_substring_regex(_matching(_narrow(texts), r"^[+-]?\d{1,15}(\.0+)?$"), r"^\+|\.0+$", "")
    numbers = texts.cast(pa.int64())
    inside = pc.and_(pc.greater_equal(numbers, column.low), pc.less_equal(numbers, column.high))
    return keep_where(mask(inside), numbers), Text(
        f"应为 {column.low} 到 {column.high} 的整数", f"must be a whole number from {column.low} to {column.high}"
    )


def _number(texts: Any, _: Column, __: ZoneInfo) -> tuple[Any, Text]:
    numbers = _cast(_matching(_narrow(texts), r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"), pa.float64())
    return keep_where(mask(pc.is_finite(numbers)), numbers), Text("不是数字", "not a number; write 1234.5")


def _decimal(texts: Any, _: Column, __: ZoneInfo) -> tuple[Any, Text]:
    """Whole ten-thousandths, because money is exact and int64 is what COPY takes without a detour."""
    plain = _matching(_narrow(texts), r"^[+-]?\d{1,14}(\.\d{1,4}0*)?$").to_pylist()
    scaled = pa.array([None if text is None else int(Decimal(text).scaleb(4)) for text in plain], pa.int64())
    return scaled, Text(
        "应为最多四位小数的数字，不含千位分隔符",
        "must be a number with at most four decimals and no separators; write 1234.5",
    )


def _numeric(texts: Any, column: Column, zone: ZoneInfo) -> tuple[Any, Text]:
    numbers, reason = _number(texts, column, zone)
    return numbers.cast(pa.string()), reason


def _boolean(texts: Any, _: Column, __: ZoneInfo) -> tuple[Any, Text]:
    found = pc.index_in(pc.utf8_lower(_narrow(texts)), value_set=pa.array(_TRUE + _FALSE))
    return pc.less(found, len(_TRUE)), Text("应为 true 或 false", "must be true or false")


def _msisdn(texts: Any, _: Column, __: ZoneInfo) -> tuple[Any, Text]:
    return _matching(_narrow(texts), r"^\+?\d{5,20}$"), Text(
        "不是电话号码：5 到 20 位数字，可带 +", "not a phone number: 5 to 20 digits, with or without +"
    )


def _tags(texts: Any, column: Column, zone: ZoneInfo) -> tuple[Any, Text]:
    short, reason = _text(texts, column, zone)
    return _by_value(short, _tag_array), reason


def _tag_array(text: str) -> str:
    # PostgreSQL's text of an array, each element quoted; the order of tags means nothing.
    tags = sorted({tag.strip() for tag in text.replace("；", ";").split(";")} - {""})
    return "{" + ",".join('"' + tag.replace("\\", "\\\\").replace('"', '\\"') + '"' for tag in tags) + "}"


def _place(texts: Any, column: Column, zone: ZoneInfo) -> tuple[Any, Text]:
    short, _ = _text(texts, column, zone)
    return _matching(short, r"^[^/\s]+(/[^/\s]+)*$"), Text(
        "应为编码路径，如 shanxi/taiyuan/xiaodian", "must be a path of codes such as shanxi/taiyuan/xiaodian"
    )


def _uuid(texts: Any, _: Column, __: ZoneInfo) -> tuple[Any, Text]:
    pattern = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
    return _matching(pc.utf8_lower(texts), pattern), Text("不是 UUID", "not a UUID; leave it empty to have one made")


def _fact(texts: Any, column: Column, zone: ZoneInfo) -> tuple[Any, Text]:
    short, reason = _text(texts, column, zone)
    return _by_value(short, _fact_json), reason


def _fact_json(text: str) -> str:
    narrow = unicodedata.normalize("NFKC", text)
    if narrow.lower() in ("true", "false"):
        return narrow.lower()
    number = _number(pa.array([narrow]), _FACT, _UTC)[0][0].as_py() if narrow[-1:].isdigit() else None
    return orjson.dumps(text if number is None else int(number) if number.is_integer() else number).decode()


def _categorical(texts: Any, column: Column, zone: ZoneInfo) -> tuple[Any, Text]:
    short, reason = _text(texts, column, zone)
    return _by_value(short, lambda text: orjson.dumps(text).decode()), reason


_UTC = ZoneInfo("UTC")
_FACT = Column("fact", "fact", Text())
PARSERS: Mapping[str, Parse] = {
    "code": _code, "text": _text, "choice": _choice, "instant": _instant, "date": _date, "month": _month,
    "whole": _whole, "number": _number, "decimal": _decimal, "boolean": _boolean, "msisdn": _msisdn, "tags": _tags,
    "place": _place, "uuid": _uuid, "fact": _fact, "categorical": _categorical, "numeric": _numeric,
}  # fmt: skip
