"""Opening a file for import, whatever its format.

Knows how opening fails; must not know what is in the file.
"""

from __future__ import annotations

from pathlib import Path

from catalog.files.columns import BadFile
from catalog.files.csv import CsvSource
from catalog.files.parquet import ParquetSource
from catalog.files.source import Source


def open_source(path: Path, encoding: str = "utf-8") -> Source:
    """A CSV or Parquet file, told apart by its content; BadFile for anything else."""
    if path.exists() and not path.is_file() and not path.is_dir():
        # It is read more than once: for its hash, its header and its rows.
        raise BadFile(
            f"{path} is a pipe or a device; save it as a file first.", f"{path} 是管道或设备；请先保存为文件。"
        )
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except FileNotFoundError:
        raise BadFile(f"there is no file {path}; check the path.", f"没有文件 {path}；请检查路径。") from None
    except IsADirectoryError:
        raise BadFile(f"{path} is a directory; name one file.", f"{path} 是目录；请指定一个文件。") from None
    except OSError as error:
        raise BadFile(
            f"{path} cannot be read ({error.strerror}); check its permissions.",
            f"无法读取 {path}（{error.strerror}）；请检查权限。",
        ) from error
    if start == b"PAR1" or path.suffix.lower() == ".parquet":
        return ParquetSource(path)
    return CsvSource(path, encoding)
