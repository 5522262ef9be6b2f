"""Arrays of the generator as columns of a file: words by position, days as dates, numbers rounded.

Knows Arrow; must not know what a column means.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Array = npt.NDArray[Any]


def pick(words: Sequence[str] | Any, at: Array, mask: Array | None = None) -> Any:
    """The words at the positions `at`, missing under `mask`. The words, which must differ from each other, stay a
    dictionary, which Parquet writes as it is."""
    return pa.DictionaryArray.from_arrays(pa.array(at.astype(np.int32), mask=mask), pa.array(words, pa.string()))


def spell(words: Sequence[str], at: Array) -> Any:
    """The words at the positions `at`, written out."""
    return pa.array(words, pa.string()).take(pa.array(at))


def join(*parts: Any) -> Any:
    """Texts put together, row by row."""
    return pc.binary_join_element_wise(*parts, "")


def customer_codes(number: Array) -> Any:
    """C0000001 and so on; numbers beyond seven digits simply grow longer."""
    return join("C", padded(number, 7))


def padded(number: Array, digits: int) -> Any:
    return pc.utf8_lpad(pa.array(number).cast(pa.string()), digits, "0")


def dates(day: Array, zero: date) -> Any:
    """Days of the story as dates; NaN and infinities are missing."""
    known = np.isfinite(day)
    days = np.floor(np.where(known, day, 0)).astype(np.int64) + since_epoch(zero)
    return pa.array(days.astype("datetime64[D]"), mask=~known)


def since_epoch(day: date) -> int:
    """Days from 1970-01-01."""
    return (day - date(1970, 1, 1)).days


def rounded(values: Array, decimals: int) -> Any:
    return pa.array(np.round(values.astype(np.float64), decimals))
