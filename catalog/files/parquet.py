"""Reading Parquet files in bounded pieces, each row with its number.

Knows Parquet's types; must not know what a column means.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from catalog.files.columns import BadFile
from catalog.files.source import Rows

PARQUET_ROWS = 65_536


class ParquetSource:
    """A Parquet file, read in batches within its row groups."""

    def __init__(self, path: Path) -> None:
        try:
            self._file = pq.ParquetFile(path, buffer_size=1 << 20)
        except (pa.ArrowException, OSError) as error:
            raise BadFile(
                f"{path} is no complete Parquet file; it may have been cut off: copy or export it again.",
                f"{path} 不是完整的 Parquet 文件，可能被截断；请重新复制或导出。",
            ) from error
        self._path = path
        self.header: list[str] = list(self._file.schema_arrow.names)
        self.rows_about: int = self._file.metadata.num_rows
        self.rows_total: int | None = self.rows_about
        self._check_types(self._file.schema_arrow)

    def _check_types(self, schema: Any) -> None:
        for field in schema:
            if not _plain(field.type) and not (field.name == "tags" and pa.types.is_list(field.type)):
                name, kind = field.name, field.type
                raise BadFile(
                    f"column {name!r} has the Parquet type {kind}; write text, numbers, booleans, dates or timestamps.",
                    f"列 {name!r} 的 Parquet 类型为 {kind}；请使用文本、数字、布尔、日期或时间戳。",
                )

    def pieces(self) -> Iterator[Rows]:
        done, total = 0, max(self.rows_about, 1)
        try:
            for batch in self._file.iter_batches(batch_size=PARQUET_ROWS):
                lines = np.arange(done + 1, done + batch.num_rows + 1, dtype=np.int64)
                done += batch.num_rows
                yield Rows(lines, [_flat(column) for column in batch.columns], (), done / total)
        except (pa.ArrowException, OSError) as error:
            raise BadFile(
                f"{self._path} is damaged after row {done}; copy or export it again.",
                f"{self._path} 在第 {done} 行之后损坏；请重新复制或导出。",
            ) from error


def _plain(kind: Any) -> bool:
    if pa.types.is_dictionary(kind):
        return _plain(kind.value_type)
    return not (pa.types.is_nested(kind) or pa.types.is_time(kind) or pa.types.is_duration(kind))


def _flat(column: Any) -> Any:
    if pa.types.is_list(column.type):
        return pa.array(
            [None if tags is None else ";".join(map(str, tags)) for tags in column.to_pylist()], pa.string()
        )
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_large_string(column.type) or pa.types.is_string_view(column.type):
        return column.cast(pa.string())
    return column.cast(pa.binary()) if pa.types.is_large_binary(column.type) else column
