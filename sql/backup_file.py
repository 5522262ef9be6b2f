"""A backup's file: a tar with PostgreSQL's own dump and a manifest of what a restored database must hold.

It knows bytes on a disk, and must not know how they are made or brought back.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import tarfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

FORMAT = 1
DUMP, MANIFEST = "jishi.dump", "manifest.json"
PIECE = 1 << 20


class BadBackup(Exception):
    """A file that cannot be written or brought back as a backup; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Print:
    """A table's rows, and a sum of hashes over them that does not depend on their order."""

    rows: int
    hash: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds. `created_at` is ISO 8601 in UTC; `sha256` and `size` (bytes) are the dump's."""

    format: int
    created_at: str
    code: str
    server: str
    database: str
    migrations: tuple[str, ...]
    tables: Mapping[str, Print]
    size: int
    sha256: str

    def to_json(self) -> bytes:
        return json.dumps(asdict(self), indent=1, ensure_ascii=False).encode()

    @classmethod
    def from_json(cls, text: bytes) -> Manifest:
        """Raises BadBackup."""
        try:
            fields: dict[str, Any] = json.loads(text)
            if fields["format"] != FORMAT:
                raise BadBackup(
                    f"the backup's format is {fields['format']} and this version reads {FORMAT}; restore it with the "
                    "version of Jishi that made it 备份格式不同，请用生成它的版本恢复"
                )
            tables = {name: Print(**table) for name, table in fields.pop("tables").items()}
            return cls(tables=tables, migrations=tuple(fields.pop("migrations")), **fields)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadBackup(f"the backup's manifest cannot be read ({error}) 备份清单无法读取") from error


class Writer:
    """Takes the dump piece by piece; the length in its header is filled in at the end."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._digest, self.size = file, hashlib.sha256(), 0
        file.write(bytes(tarfile.BLOCKSIZE))

    def write(self, piece: bytes) -> None:
        self._file.write(piece)
        self._digest.update(piece)
        self.size += len(piece)

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def finish(self, manifest: Manifest) -> None:
        """Add the manifest and close the archive."""
        self._file.write(bytes(-self.size % tarfile.BLOCKSIZE))
        text = manifest.to_json()
        self._file.write(_header(MANIFEST, len(text)) + text + bytes(-len(text) % tarfile.BLOCKSIZE))
        self._file.write(bytes(2 * tarfile.BLOCKSIZE))
        self._file.seek(0)
        self._file.write(_header(DUMP, self.size))


def _header(name: str, size: int) -> bytes:
    about = tarfile.TarInfo(name)
    about.size, about.mode = size, 0o600
    return about.tobuf(tarfile.GNU_FORMAT)


@contextmanager
def writing(path: Path) -> Iterator[Writer]:
    """A backup that stands at `path` once the block ends well, and leaves nothing behind otherwise.

    Only its owner can read it.
    """
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}.unfinished")
    descriptor = os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield Writer(file)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
        _keep_name(path.parent)
    finally:
        unfinished.unlink(missing_ok=True)


def _keep_name(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def reading(path: Path) -> Iterator[tuple[Manifest, IO[bytes]]]:
    """The manifest and the dump of a backup. Raises BadBackup when it is none, or cut short."""
    with contextlib.ExitStack() as stack:
        try:
            archive = stack.enter_context(tarfile.open(path, "r:"))
            manifest, dump = (archive.extractfile(archive.getmember(name)) for name in (MANIFEST, DUMP))
        except (tarfile.TarError, KeyError, EOFError) as error:
            raise BadBackup(
                f"{path} is no backup of Jishi, or it was cut short; take another one 该文件不是完整的备份"
            ) from error
        if manifest is None or dump is None:
            raise BadBackup(f"{path} is no backup of Jishi; take another one 该文件不是备份")
        yield Manifest.from_json(manifest.read(1 << 26)), dump


def check(manifest: Manifest, dump: IO[bytes], tell: Callable[[int], None]) -> None:
    """Read the whole dump and compare it with the manifest. Raises BadBackup; `tell` hears of bytes read."""
    digest = hashlib.sha256()
    while piece := dump.read(PIECE):
        digest.update(piece)
        tell(len(piece))
    if digest.hexdigest() != manifest.sha256:
        raise BadBackup("the backup's bytes were changed since it was made; take another one 备份内容已损坏，请换一份")
    dump.seek(0)
