"""What a file opened for import is to the rest: a header, and pieces of rows with their lines.

Knows lines and cells; must not know file formats, nor what a column means.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from catalog.text import Text


@dataclass(frozen=True, slots=True)
class Broken:
    """A line that is no row: `cells` is what can be read of it, without trust."""

    line: int
    cells: tuple[str, ...]
    reason: Text


@dataclass(frozen=True, slots=True)
class Rows:
    """One piece of a file. `columns` are Arrow arrays by header position; `lines` the line number of each row: the
    header of a CSV file is line 1, the first row of a Parquet file is row 1. `part` is how much of the file has been
    read up to here, 0 to 1."""

    lines: npt.NDArray[np.int64]
    columns: Sequence[Any]
    broken: tuple[Broken, ...]
    part: float


class Source(Protocol):
    """A file opened for import."""

    header: list[str]
    rows_total: int | None
    rows_about: int
    """How many rows there are, or about how many."""

    def pieces(self) -> Iterator[Rows]:
        """The rows in file order; the same file always falls into the same pieces. BadFile when it is damaged."""
