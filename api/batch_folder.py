"""A folder of Parquet parts and the manifest that says what is in it, so that an interrupted scoring goes on.

Knows files and hashes; must not know how a part comes about.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from api.settings import BadSetting

# Readers of Parquet folders pass over what begins with an underscore.
MANIFEST = "_manifest.json"
_PART = re.compile(r"part-\d{6}\.parquet(\.unfinished)?")


class BadFolder(BadSetting):
    """The folder holds something else; nothing of it is touched."""


@dataclass(frozen=True, slots=True)
class Part:
    """One finished file: customers with ids in [first, end), and how many rows they have in it."""

    file: str
    first: int
    end: int
    customers: int
    rows: int
    sha256: str


class Folder:
    """`about` is what all parts have in common; parts of another `about` are never mixed with these."""

    def __init__(self, path: Path, about: dict[str, Any], parts: Mapping[int, Part], *, is_complete: bool) -> None:
        self.path, self.about = path, about
        self.parts, self.is_complete = dict(parts), is_complete

    def keep(self, number: int, part: Part) -> None:
        """A part is finished; from now on it is not made again."""
        self.parts[number] = part
        self._write()

    def complete(self) -> None:
        self.is_complete = True
        self._write()

    def _write(self) -> None:
        parts = [asdict(self.parts[number]) | {"number": number} for number in sorted(self.parts)]
        content = {**self.about, "complete": self.is_complete, "parts": parts}
        unfinished = self.path / f"{MANIFEST}.unfinished"
        unfinished.write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2))
        unfinished.rename(self.path / MANIFEST)


def begun(path: Path) -> dict[str, Any] | None:
    """What an unfinished scoring in this folder wrote down; None when there is none to go on with."""
    found = _manifest(path)
    return found if found and not found["complete"] else None


def going_on(path: Path, found: Mapping[str, Any]) -> Folder:
    """The folder as it was left: parts whose file is whole count, the others are made again."""
    about = {key: value for key, value in found.items() if key not in ("parts", "complete")}
    parts = {}
    for entry in found["parts"]:
        part = Part(**{name: entry[name] for name in Part.__slots__})
        file = path / part.file
        if file.is_file() and digest(file) == part.sha256:
            parts[int(entry["number"])] = part
    return Folder(path, about, parts, is_complete=False)


def anew(path: Path, about: dict[str, Any]) -> Folder:
    """An empty folder; parts of an earlier scoring are removed. Raises BadFolder where it holds anything else."""
    path.mkdir(parents=True, exist_ok=True)
    others = [one for one in path.iterdir() if not (_PART.fullmatch(one.name) or one.name.startswith(MANIFEST))]
    if others and _manifest(path) is None:
        raise BadFolder(f"{path} holds {others[0].name}; name an empty folder 目录中有其他文件，请指定空目录")
    (path / MANIFEST).unlink(missing_ok=True)
    for one in path.iterdir():
        if _PART.fullmatch(one.name):
            one.unlink()
    folder = Folder(path, about, {}, is_complete=False)
    folder._write()
    return folder


def write_part(path: Path, number: int, table: pa.Table, first: int, end: int, customers: int) -> Part:
    """The table as a file that is whole or not there."""
    name = f"part-{number:06}.parquet"
    unfinished = path / f"{name}.unfinished"
    # What repeats is numbered; scores and chances hardly do, and nobody looks for rows by their bounds.
    texts = [name for name in table.column_names if name not in ("score", "probability", "reasons")]
    pq.write_table(table, unfinished, compression="zstd", use_dictionary=texts, write_statistics=False)
    part = Part(name, first, end, customers, table.num_rows, digest(unfinished))
    unfinished.rename(path / name)
    return part


def digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _manifest(path: Path) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = orjson.loads((path / MANIFEST).read_bytes())
    except (FileNotFoundError, NotADirectoryError, orjson.JSONDecodeError):
        return None
    return found if "parts" in found and "complete" in found else None
