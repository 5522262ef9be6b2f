"""What goes to PostgreSQL is the same bytes, whether a value is written out once or for each of its rows."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.files.copy import binary_copy

COLUMNS = {
    pa.string(): st.text(max_size=6),
    pa.int64(): st.integers(-(2**63) + 1, 2**63 - 1),
    pa.float64(): st.floats(allow_nan=False),
    pa.bool_(): st.booleans(),
    pa.date32(): st.dates(date(1900, 1, 1), date(9999, 12, 31)),
    pa.timestamp("us", "UTC"): st.datetimes(datetime(1900, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC)),
}


@settings(deadline=None)
@given(st.data(), st.integers(0, 12))
def test_distinct_values_and_values_in_their_places_are_the_same_bytes(data: st.DataObject, rows: int) -> None:
    arrays = [
        pa.array(data.draw(st.lists(st.none() | values, min_size=rows, max_size=rows)), kind)
        for kind, values in COLUMNS.items()
    ]
    names = [str(kind) for kind in COLUMNS]
    plain = pa.table(arrays, names)
    by_value = pa.table([array.dictionary_encode() for array in arrays], names)
    assert binary_copy(by_value) == binary_copy(plain)


def test_a_row_is_its_width_and_each_value_behind_its_size() -> None:
    table = pa.table({"n": pa.array([1, None], pa.int64()), "t": pa.array(["ab", ""], pa.string())})
    rows = b"\0\2" + b"\0\0\0\10" + (1).to_bytes(8, "big") + b"\0\0\0\2ab"
    rows += b"\0\2" + b"\xff\xff\xff\xff" + b"\0\0\0\0"
    assert binary_copy(table) == b"PGCOPY\n\xff\r\n\0" + bytes(8) + rows + b"\xff\xff"
