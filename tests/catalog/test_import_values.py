from __future__ import annotations

import struct
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, get_args
from zoneinfo import ZoneInfo

import numpy as np
import orjson
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.files.columns import COLUMNS, Column, ValueType
from catalog.files.copy import binary_copy
from catalog.files.header import resolve
from catalog.files.rows import check, shown
from catalog.files.source import Rows
from catalog.files.values import Parsed, parse
from catalog.text import Text

ZONE = ZoneInfo("Asia/Shanghai")
TYPES = get_args(ValueType)
ALMOST_A_TIME = r"2024-0[0-3]-[0-3]\d([T ]\d\d(:?\d\d(:?\d\d(\.\d{1,8})?)?)?(Z|[+]\d\d(:?\d\d)?)?)?"


def read(type: ValueType, *cells: str | bytes | None, **more: Any) -> Parsed:
    cells_as_bytes = [cell.encode() if isinstance(cell, str) else cell for cell in cells]
    return parse(pa.array(cells_as_bytes, pa.binary()), Column("x", type, Text(), **more), ZONE)


def values(type: ValueType, *cells: str, **more: Any) -> list[Any]:
    return list(read(type, *cells, **more).values.to_pylist())


@settings(deadline=None)
@given(st.sampled_from(TYPES), st.lists(st.binary(max_size=12) | st.text(max_size=12) | st.none(), max_size=12))
def test_no_cell_stops_an_import_each_is_taken_missing_or_refused(
    type: ValueType, cells: list[str | bytes | None]
) -> None:
    cells = [cell if not isinstance(cell, str) else cell.encode("utf-8", "surrogatepass") for cell in cells]
    parsed = read(type, *cells, options=("A", "b"), high=9, required=True)
    refused = np.zeros(len(cells), dtype=np.bool_)
    for fault in parsed.faults:
        refused |= fault.rows
    assert refused.tolist() == [not valid for valid in parsed.values.is_valid().to_pylist()]


@settings(deadline=None)
@given(
    st.sampled_from(TYPES),
    st.text(max_size=12)
    | st.from_regex(r"2024-0[0-3]-[0-3]\d([T ]\d\d(:?\d\d(:?\d\d(\.\d{1,8})?)?)?(Z|[+]\d\d(:?\d\d)?)?)?"),
    st.lists(st.text(max_size=12) | st.sampled_from(["2024-01-01", "１２", "\x01", "3"]), max_size=3),
)
def test_a_value_is_taken_or_refused_whatever_stands_beside_it(type: ValueType, text: str, beside: list[str]) -> None:
    alone = read(type, text, options=("A", "b"), high=9).values.to_pylist()
    assert read(type, *beside, text, options=("A", "b"), high=9).values.to_pylist()[-1:] == alone


@settings(deadline=None)
@given(st.datetimes(datetime(1900, 1, 2), datetime(9999, 12, 30)), st.booleans())
def test_a_time_is_the_operators_unless_it_says_its_offset(when: datetime, with_offset: bool) -> None:
    (found,) = values("instant", when.isoformat(sep=" ") + ("+08:00" if with_offset else ""))
    zone = "+08:00" if with_offset else ZONE
    expected = datetime.fromisoformat(when.isoformat() + "+08:00") if zone == "+08:00" else when.replace(tzinfo=ZONE)
    if when.replace(tzinfo=ZONE).utcoffset() == when.replace(tzinfo=ZONE, fold=1).utcoffset():
        assert found == expected.astimezone(UTC)


@settings(deadline=None)
@given(st.decimals(min_value=-(10**13), max_value=10**13, places=4), st.booleans())
def test_money_is_exact_in_ten_thousandths_and_read_in_chinese_width(amount: Decimal, is_wide: bool) -> None:
    text = f"{amount:f}"
    wide = text.translate(str.maketrans("0123456789.", "０１２３４５６７８９．"))
    assert values("decimal", wide if is_wide else text) == [int(amount * 10_000)]


@pytest.mark.parametrize(
    ("type", "text", "expected"),
    [
        ("instant", "2024-02-29", datetime(2024, 2, 28, 16, tzinfo=UTC)),
        ("instant", "２０２４-０２-２９", datetime(2024, 2, 28, 16, tzinfo=UTC)),
        ("instant", "2023-02-29", None),
        ("instant", "2024-13-01", None),
        ("instant", "2024-01-01T24:00:00", None),
        ("instant", "0001-01-01", None),
        ("instant", "45000", None),
        ("boolean", "是", True),
        ("boolean", "FALSE", False),
        ("boolean", "2", None),
        ("decimal", "1,000.00", None),
        ("decimal", "1.00001", None),
        ("decimal", "1.50000", 15_000),
        ("number", "1e999", None),
        ("number", "nan", None),
        ("code", "Ｃ１", None),
        ("code", " C1 ", "C1"),
        ("msisdn", "+8613800000000", "+8613800000000"),
        ("msisdn", "１３８０００００００００", "138000000000"),
        ("msisdn", "1234", None),
        ("place", "shanxi/taiyuan", "shanxi/taiyuan"),
        ("place", "/shanxi", None),
        ("text", "a\x07b", None),
        ("tags", "b;a；b; ", '{"a","b"}'),
        ("fact", "1", "1"),
        ("fact", "12a", '"12a"'),
        ("categorical", 'a"b', '"a\\"b"'),
    ],
)
def test_values_are_taken_or_refused(type: ValueType, text: str, expected: object) -> None:
    assert values(type, text) == [expected]


@settings(deadline=None)
@given(st.text(min_size=1, max_size=20), st.booleans())
def test_a_mobile_number_is_never_shown_whole(around: str, personal: bool) -> None:
    assert "13812345678" not in shown(around + "13812345678" + around, personal)


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.none() | st.text(max_size=9), st.none() | st.integers(-(2**63), 2**63 - 1), st.none() | st.booleans()
        ),
        max_size=20,
    )
)
def test_binary_copy_writes_every_value_with_its_length_and_null_as_minus_one(rows: list[tuple[Any, ...]]) -> None:
    types = [pa.string(), pa.int64(), pa.bool_()]
    columns = [pa.array([row[index] for row in rows], types[index]) for index in range(3)]
    expected = b""
    for text, number, truth in rows:
        expected += struct.pack(">h", 3)
        for data in (
            None if text is None else text.encode(),
            None if number is None else struct.pack(">q", number),
            None if truth is None else struct.pack("?", truth),
        ):
            expected += struct.pack(">i", -1) if data is None else struct.pack(">i", len(data)) + data
    assert (
        binary_copy(pa.table(columns, names=list("abc"))) == b"PGCOPY\n\xff\r\n\0" + bytes(8) + expected + b"\xff\xff"
    )


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.none() | st.text(max_size=9), st.none() | st.floats(allow_nan=False, allow_infinity=False)))
)
def test_attributes_become_json_with_a_key_only_where_a_value_is_known(rows: list[tuple[Any, ...]]) -> None:
    layout = resolve("customer", ["id", "a:categorical", "b:numeric"], {})
    cells = [
        pa.array([f"C{number}" for number in range(len(rows))], pa.string()),
        pa.array([text for text, _ in rows], pa.string()),
        pa.array([number for _, number in rows], pa.float64()),
    ]
    checked = check(Rows(np.arange(len(rows), dtype=np.int64), cells, (), 1.0), layout, ZONE)
    staged = dict(zip(checked.staged["line"].to_pylist(), checked.staged["attributes"].to_pylist(), strict=True))
    refused = {reject.line for reject in checked.rejects}
    for line, (text, number) in enumerate(rows):
        if line not in refused:
            known = {"a": text.strip() or None if text else None, "b": number}
            assert orjson.loads(staged[line]) == {key: value for key, value in known.items() if value is not None}


def test_every_column_has_help_in_both_languages() -> None:
    for columns in COLUMNS.values():
        assert all(column.help.zh and column.help.en for column in columns)
