"""Arrow tables as PostgreSQL's binary COPY format, whole columns at a time.

Knows the bytes of that format (PostgreSQL documentation, COPY, "Binary Format"); must not know what a column means.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

_SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER = b"\xff\xff"
_NULL = b"\xff\xff\xff\xff"
_EPOCH_MICROSECONDS = 946_684_800_000_000
_EPOCH_DAYS = 10_957


def binary_copy(table: Any) -> bytes:
    """The rows of a table for `copy … from stdin (format binary)`, into columns of these types: int64 bigint, float64
    double precision, bool boolean, string text (or an enum), date32 date, timestamp of microseconds timestamptz; or
    dictionaries of these, whose values are written out once. Less than 2 GB."""
    if not table.num_rows:
        return _SIGNATURE + _TRAILER
    width = pa.scalar(table.num_columns.to_bytes(2, "big"), pa.binary())
    joined = pc.binary_join_element_wise(width, *(_fields(column.combine_chunks()) for column in table.columns), b"")
    size: int = pc.sum(pc.binary_length(joined)).as_py()
    return _SIGNATURE + bytes(joined.buffers()[2])[:size] + _TRAILER


def _fields(array: Any) -> Any:
    """The bytes of each value behind their number, minus one for null."""
    if pa.types.is_dictionary(array.type):
        distinct = pa.concat_arrays([_fields(array.dictionary), pa.array([_NULL], pa.binary())])
        return distinct.take(array.indices.fill_null(len(distinct) - 1))
    data, sizes = _field(array)
    present = np.asarray(array.is_valid().to_numpy(zero_copy_only=False), dtype=np.bool_)
    return pc.binary_join_element_wise(_fixed(np.where(present, sizes, -1).astype(">i4")), data, b"")


def _field(array: Any) -> tuple[Any, Any]:
    """The bytes of each value, none for null, and how many they are."""
    kind = array.type
    if pa.types.is_string(kind):
        data = pc.fill_null(array.cast(pa.binary()), b"")
        return data, pc.binary_length(data).to_numpy()
    if pa.types.is_timestamp(kind):
        return _numbers(array.cast(pa.int64()), ">i8", _EPOCH_MICROSECONDS)
    if pa.types.is_date32(kind):
        return _numbers(array.cast(pa.int32()), ">i4", _EPOCH_DAYS)
    if pa.types.is_boolean(kind):
        return _numbers(array.cast(pa.int8()), "i1", 0)
    return _numbers(array, ">f8" if pa.types.is_floating(kind) else ">i8", 0)


def _numbers(array: Any, form: str, epoch: int) -> tuple[Any, int]:
    present = np.asarray(array.is_valid().to_numpy(zero_copy_only=False), dtype=np.bool_)
    values = pc.fill_null(array, 0).to_numpy(zero_copy_only=False)
    encoded = (values - values.dtype.type(epoch)).astype(form)
    size = encoded.dtype.itemsize
    if present.all():
        return _fixed(encoded), size
    offsets = np.concatenate([[0], np.cumsum(present * size)]).astype(np.int32)
    return _binary(offsets, encoded[present]), size


def _fixed(values: npt.NDArray[Any]) -> Any:
    return _binary(np.arange(len(values) + 1, dtype=np.int32) * np.int32(values.dtype.itemsize), values)


def _binary(offsets: npt.NDArray[np.int32], values: npt.NDArray[Any]) -> Any:
    data = np.ascontiguousarray(values).view(np.uint8)
    return pa.Array.from_buffers(pa.binary(), len(offsets) - 1, [None, pa.py_buffer(offsets), pa.py_buffer(data)])
