"""What PostgreSQL copies out comes as the arrays that its rows say."""

from __future__ import annotations

import struct
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender import copying
from sql.pool import Database

AT = datetime(2026, 5, 1, 12, 30, 0, 250_000, tzinfo=UTC)


async def test_rows_of_one_width_are_read_as_they_are(db: Database) -> None:
    rows = copying.layout(("number", ">i8"), ("small", ">i4"), ("flag", "?"), ("moment", ">i8"))
    query = (
        "select n::bigint as number, n::int as small, n % 2 = 0 as flag, "
        "case when n = 3 then 'infinity' else $1::timestamptz end as moment from generate_series(1, 3) as n"
    )
    async with db.connection() as connection:
        found = await copying.fixed(connection, rows, query, AT)
        nothing = await copying.fixed(connection, rows, query + " where false", AT)
    assert found["number"].tolist() == found["small"].tolist() == [1, 2, 3]
    assert found["flag"].tolist() == [False, True, False]
    at = int(AT.timestamp())
    assert copying.seconds_of(found["moment"]).tolist() == [at, at, np.iinfo(np.int64).max]
    assert copying.seconds_of(found["moment"], up=True).tolist()[0] == at + 1
    assert found["moment"].tolist()[0] == copying.moment_of(AT)
    assert len(nothing) == 0


async def test_null_is_no_text_and_an_empty_text_is_one(db: Database) -> None:
    schema = pa.schema([("number", pa.int64()), ("word", pa.string()), ("flag", pa.bool_())])
    query = "select * from (values (1, null, true), (2, '', false), (3, $1, null)) as told (number, word, flag)"
    words = 'with "quotes", commas,\nlines and 中文'
    async with db.connection() as connection:
        found = await copying.text(connection, schema, query, words)
        nothing = await copying.text(connection, schema, query + " where false", words)
    assert found.to_pydict() == {"number": [1, 2, 3], "word": [None, "", words], "flag": [True, False, None]}
    assert nothing.num_rows == 0


async def test_objects_stand_on_lines_of_their_own(db: Database) -> None:
    # The bytes of this number look like the end of an object and the head of a row.
    number = int.from_bytes(b"}\x00\x02\x00\x00\x00\x08\x01")
    query = "select n, jsonb_build_object('n', n, 'w', repeat('中', 3)) from unnest($1::bigint[]) as n"
    async with db.connection() as connection:
        for numbers in ([7, 8], [7, number, 8], []):
            found = await copying.lines(connection, copying.layout(("number", ">i8")), query, numbers)
            assert found.rows["number"].tolist() == numbers
            told = [line.strip().decode() for line in bytes(found.json).split(b"\n") if line.strip()]
            assert told == [f'{{"n": {one}, "w": "中中中"}}' for one in numbers]
            assert found.longest >= max(map(len, told), default=0)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(-(2**63), 2**63 - 1), st.dictionaries(st.sampled_from("ab"), st.integers(0, 9)))))
def test_rows_are_found_whatever_their_numbers_are(told: list[tuple[int, dict[str, int]]]) -> None:
    layout, buffer, starts = copying.layout(("number", ">i8")), bytearray(19), []
    for number, known in told:
        text = str(known).encode()
        starts.append(len(buffer))
        buffer += struct.pack(">hiqib", 2, 8, number, len(text) + 1, 1) + text
    buffer += b"\xff\xff"
    assert copying._starts(buffer, layout).tolist() == starts


@pytest.mark.parametrize("up", [False, True])
def test_ends_of_time_stay_what_they_are(up: bool) -> None:
    ends = np.array([np.iinfo(np.int64).min, np.iinfo(np.int64).max])
    assert copying.seconds_of(ends, up=up).tolist() == ends.tolist()
