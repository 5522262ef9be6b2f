"""The issuer's key is made once, whole, and nobody but its owner reads it."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from api.auth import Issuer
from api.keys import KeyFileError, load_or_create


def test_the_key_survives_a_restart_and_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    first = Issuer.at(home)
    assert Issuer.at(home).kid == first.kid
    assert [stat.S_IMODE(file.stat().st_mode) for file in home.iterdir()] == [0o600]
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


def test_processes_that_start_together_end_with_the_same_key(tmp_path: Path) -> None:
    path = tmp_path / "k"
    with ThreadPoolExecutor(8) as threads:
        keys = list(threads.map(lambda number: load_or_create(path, lambda: bytes([number]) * 32), range(8)))
    assert set(keys) == {path.read_bytes()}
    assert [file.name for file in tmp_path.iterdir()] == ["k"]


def test_a_key_that_others_could_read_is_refused_with_the_remedy(tmp_path: Path) -> None:
    Issuer.at(tmp_path)
    (tmp_path / "issuer.key").chmod(0o644)
    with pytest.raises(KeyFileError, match="chmod 600"):
        Issuer.at(tmp_path)
