"""`jishi score`: everybody as files, and on from where it was stopped."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from cli_support import FirstStart, Running, jishi

Start = Callable[..., Running]
AT = "2026-11-01T00:00:00+08:00"


def digests(folder: Path) -> dict[str, str]:
    return {one.name: sha256(one.read_bytes()).hexdigest() for one in sorted(folder.glob("*.parquet"))}


def test_a_scoring_that_was_killed_goes_on_and_ends_as_if_it_had_not_been(
    first: FirstStart, start: Start, tmp_path: Path
) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    done = jishi(first.home, "score", "--out", whole, "--at", AT, "--part", 40, "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["customers"], report["resumed"]) == (500, 0)
    table = pq.read_table(whole)
    assert table.num_rows == report["rows"]
    assert len(set(table["customer"].to_pylist())) == 500

    running = start("score", "--out", broken, "--at", AT, "--part", 40, "--jobs", 1)
    running.until(lambda: len(digests(broken)) >= 3)
    running.stop(signal.SIGKILL)
    left = digests(broken)
    assert not json.loads((broken / "_manifest.json").read_text())["complete"]
    done = jishi(first.home, "score", "--out", broken, "--at", AT, "--part", 40, "--json")
    assert json.loads(done.stdout)["resumed"] >= 2
    assert "going on" in done.stderr
    assert digests(broken) == digests(whole)
    assert left.items() <= digests(broken).items()


def test_other_options_begin_anew(first: FirstStart, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for top in (3, 2):
        done = jishi(first.home, "score", "--out", out, "--top", top, "--reasons", "--json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["resumed"] == 0
        assert max(pq.read_table(out)["priority"].to_pylist()) == top


@pytest.mark.parametrize("arguments", [[], ["--out", "x", "--at", "tomorrow"]])
def test_what_cannot_be_done_is_said(first: FirstStart, tmp_path: Path, arguments: list[str]) -> None:
    done = jishi(first.home, "score", *arguments)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


def test_markets_are_reckoned_and_written(first: FirstStart, tmp_path: Path) -> None:
    done = jishi(first.home, "score", "--markets", "--out", tmp_path / "out", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    table = pq.read_table(tmp_path / "out" / "markets.parquet").to_pylist()
    assert len(table) == report["items"]
    assert report["markets"] > 0
    assert all(row["eligible"] == 0 or row["eligible"] >= 5 for row in table if not row["borrowed_from"])
