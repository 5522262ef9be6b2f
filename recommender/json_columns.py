"""Very many small JSON objects as columns, one for each declared attribute.

It knows lines of JSON and the kinds of attributes; it must not know whose they are.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.json

from recommender.inputs import AttributeKind, Column, columnar, seconds
from recommender.interactions import IntArray

# Arrow reads this many bytes at a time.
_BLOCK = 4 << 20


def columns(
    lines: memoryview, longest: int, kinds: Mapping[str, AttributeKind], *, blank: bool = True
) -> dict[str, Column]:
    """As `inputs.columnar` of the objects, one a line of at most `longest` bytes; lines of nothing are no objects.

    With `blank` an empty text is none. Arrow reads values of the declared kind; where any is of another, all are read
    one by one, as ever.
    """
    if not len(lines):
        return columnar([], kinds)
    schema = pa.schema([(name, pa.float64() if kind == "numeric" else pa.string()) for name, kind in kinds.items()])
    try:
        table = pyarrow.json.read_json(
            pa.py_buffer(lines),
            read_options=pyarrow.json.ReadOptions(use_threads=False, block_size=max(_BLOCK, 2 * longest)),
            parse_options=pyarrow.json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore"),
        )
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return columnar([orjson.loads(line) for line in bytes(lines).split(b"\n") if line.strip()], kinds)
    return {name: _column(table.column(name), kind, blank) for name, kind in kinds.items()}


def _column(values: pa.ChunkedArray, kind: AttributeKind, blank: bool) -> Column:
    if kind == "numeric":
        return Column(kind, values.to_numpy(), np.empty(0, dtype=np.int64), ())
    codes, words = coded(values, blank=blank)
    if kind == "categorical":
        return Column(kind, np.empty(0), codes, words)
    moments = np.array([*(seconds(word) for word in words), np.nan])
    return Column(kind, moments[codes], np.empty(0, dtype=np.int64), ())


def coded(values: pa.ChunkedArray, *, blank: bool = True) -> tuple[IntArray, tuple[str, ...]]:
    """Codes into words; what is missing is -1, and with `blank` what is empty too."""
    found = values.combine_chunks().dictionary_encode()
    if isinstance(found, pa.ChunkedArray):
        found = found.combine_chunks()
    words = found.dictionary.to_pylist()
    codes = found.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    if blank and "" in words:
        codes[codes == words.index("")] = -1
    return codes, tuple(words)
