"""What PostgreSQL copies out as arrays: rows of one width, rows that end in JSON, and text as columns of Arrow.

It knows the formats of COPY, and makes no Python object of a row; it must not know what the columns mean.
"""

from __future__ import annotations

import struct
from array import array
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv

import sql
from sql.pool import Connection

QUERIES = sql.queries("recommender")
Rows = npt.NDArray[np.void]
Layout = np.dtype[np.void]
Form = Literal["binary", "csv"]

# Reading everybody is bulk work; the pool's limit is for answers.
PATIENCE = 3600.0
# Binary COPY: a head, per row a field count and each field behind its length, and a tail.
_HEAD, _TAIL = 19, 2
_BOOLEANS = {"true_values": ["t"], "false_values": ["f"]}


def layout(*fields: tuple[str, str]) -> Layout:
    """Rows of fields that are never null, by name and (big-endian) type; a timestamp is >i8, see `seconds_of`."""
    parts = [part for name, kind in fields for part in ((f"{name}_length", ">i4"), (name, kind))]
    return np.dtype([("fields", ">i2"), *parts])


async def alone(connection: Connection) -> None:
    """Each process that reads has a backend of its own, so none of them asks for helpers; sums may take more memory."""
    await connection.fetch(QUERIES.alone, timeout=PATIENCE)


async def fixed(connection: Connection, rows: Layout, query: str, *args: object) -> Rows:
    """All rows, in the order in which they came."""
    buffer = await _copied(connection, "binary", query, *args)
    return np.frombuffer(buffer, dtype=rows, offset=_HEAD, count=(len(buffer) - _HEAD - _TAIL) // rows.itemsize)


async def text(connection: Connection, schema: pa.Schema, query: str, *args: object) -> pa.Table:
    """All rows as columns: null is null, and an empty text is a text."""
    buffer = await _copied(connection, "csv", query, *args)
    if not buffer:
        return schema.empty_table()
    return pyarrow.csv.read_csv(
        pa.py_buffer(buffer),
        read_options=pyarrow.csv.ReadOptions(use_threads=False, column_names=schema.names),
        parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=schema,
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            **_BOOLEANS,
        ),
    )


@dataclass(frozen=True, slots=True)
class Lines:
    """Rows of fixed fields, and `json`: of each one object on a line of its own, of `longest` bytes at most."""

    rows: Rows
    json: memoryview
    longest: int


async def lines(connection: Connection, rows: Layout, query: str, *args: object) -> Lines:
    """Of a query whose last column is jsonb, `rows` describing the others."""
    buffer = await _copied(connection, "binary", query, *args)
    starts = _starts(buffer, rows)
    raw = np.frombuffer(buffer, dtype=np.uint8)
    fields = np.empty((len(starts), rows.itemsize), dtype=np.uint8)
    for place in range(rows.itemsize):
        fields[:, place] = raw[starts + place]
    # Blank out what stands before the text of each row, the length and version of the jsonb among it.
    for place in range(rows.itemsize + 5):
        raw[starts + place] = ord(" ")
    raw[starts] = ord("\n")
    longest = int(np.diff(starts, append=len(buffer)).max(initial=0))
    return Lines(fields.view(rows).reshape(-1), memoryview(buffer)[_HEAD : len(buffer) - _TAIL], longest)


def _starts(buffer: bytearray, rows: Layout) -> npt.NDArray[np.int64]:
    """Where rows begin: after each brace that closes an object, if what follows looks like the head of a row.

    A number may look like that too, once in a very long while; then the lengths of the rows do not lead from one to the
    next, and they are followed instead, at ten times the cost.
    """
    width, end = rows.itemsize, len(buffer) - _TAIL
    if end <= _HEAD:
        return np.empty(0, dtype=np.int64)
    raw = np.frombuffer(buffer, dtype=np.uint8)
    head = raw[_HEAD : _HEAD + 6]
    found = np.flatnonzero(raw[: end - 6] == ord("}")) + 1
    for place, byte in enumerate(head.tolist()):
        found = found[raw[found + place] == byte]
    starts = np.concatenate(([_HEAD], found[found > _HEAD]))
    length = np.zeros(len(starts), dtype=np.int64)
    for place in range(4):
        length = length << 8 | raw[np.minimum(starts + width + place, end)]
    led = starts + width + 4 + length
    return starts if np.array_equal(led, np.append(starts[1:], end)) else _followed(buffer, width)


def _followed(buffer: bytearray, width: int) -> npt.NDArray[np.int64]:
    """Where rows begin, each as long as its last field says."""
    starts, at, end, length = array("q"), _HEAD, len(buffer) - _TAIL, struct.Struct(">i").unpack_from
    while at < end:
        starts.append(at)
        at += width + 4 + length(buffer, at + width)[0]
    return np.frombuffer(starts, dtype=np.int64)


async def _copied(connection: Connection, form: Form, query: str, *args: object) -> bytearray:
    buffer = bytearray()

    async def take(data: bytes) -> None:
        buffer.extend(data)

    await connection.copy_from_query(query, *args, output=take, format=form, timeout=PATIENCE)
    return buffer


_EPOCH = 946_684_800
_FOREVER = (np.iinfo(np.int64).min, np.iinfo(np.int64).max)


def seconds_of(moments: npt.NDArray[np.integer], *, up: bool = False) -> npt.NDArray[np.int64]:
    """Timestamps (microseconds since 2000) as whole seconds since 1970, rounded down or `up`; ±infinity stay ends."""
    plain = moments.astype(np.int64)
    found = -(-plain // 1_000_000) if up else plain // 1_000_000
    found += _EPOCH
    for end in _FOREVER:
        found[plain == end] = end
    return found


def moment_of(at: datetime) -> int:
    """A time as PostgreSQL sends it."""
    return (at - datetime(2000, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
