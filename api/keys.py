"""Secret keys kept in the data directory: made once, whole or not at all, and readable by their owner alone.

It must not know what a key is used for.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Callable
from pathlib import Path


class KeyFileError(Exception):
    """A key file that others could read, or that cannot be read; the message says what to do."""


def load_or_create(path: Path, fresh: Callable[[], bytes]) -> bytes:
    """The bytes of the key file; `fresh()` makes them when there is none yet.

    Two processes that start together end with the same key: the file is written under a temporary name and linked into
    place, which fails when another was faster.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        _publish(path, fresh())
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise KeyFileError(f"{path} can be read by others; run chmod 600 {path} 密钥文件可被他人读取，请运行 chmod 600")
    return path.read_bytes()


def _publish(path: Path, key: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        temporary.unlink()
