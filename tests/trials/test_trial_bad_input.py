"""Bad input costs a message that says what to do, and nothing else."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import trial_files
import trial_person
from trial_bad_files import ACCEPTED, REFUSED, REJECTED, Make
from trial_home import Home, Said
from trial_tables import fingerprint

Jishi = Callable[..., Said]


HOW = ["inside", pytest.param("process", marks=pytest.mark.slow)]


def command_line(how: str, home: Home) -> Jishi:
    """The commands over the small operator: in this process, and for the full rounds as processes of their own."""
    if how == "process":
        return home.run
    return lambda *arguments, **environment: trial_person.inside(home, *arguments, **environment)


@pytest.fixture(params=HOW)
def jishi(request: pytest.FixtureRequest, home: Home) -> Jishi:
    return command_line(request.param, home)


@pytest.fixture(scope="module")
def steady(
    fresh_database: Callable[[str], AbstractContextManager[str]], trial_database: str
) -> Iterator[tuple[Home, object]]:
    """A home whose data nothing in this module changes, and what is in it."""
    with fresh_database(trial_database) as dsn:
        home = Home(dsn)
        yield home, state(home)
        home.remove()


def state(home: Home) -> object:
    assert home.dsn
    return asyncio.run(fingerprint(home.dsn))


@pytest.mark.parametrize(("kind", "make", "names"), [one[1:] for one in REFUSED], ids=[one[0] for one in REFUSED])
@pytest.mark.parametrize("how", HOW)
def test_a_file_of_no_use_is_refused_whole_and_changes_nothing(
    how: str, steady: tuple[Home, object], tmp_path: Path, kind: str, make: Make, names: str
) -> None:
    home, before = steady
    path = make(tmp_path)
    said = command_line(how, home)("import", kind, str(path))
    assert names in trial_person.complaint(said)
    assert state(home) == before
    assert not (tmp_path / f"{path.name}.rejects.csv").exists()


@pytest.mark.parametrize(
    ("kind", "make", "column", "reason", "landing"), [one[1:] for one in REJECTED], ids=[one[0] for one in REJECTED]
)
def test_a_bad_row_costs_itself_and_is_named_by_line_column_and_reason(
    jishi: Jishi, home: Home, tmp_path: Path, kind: str, make: Make, column: str, reason: str, landing: int
) -> None:
    path = make(tmp_path)
    said = jishi("import", kind, str(path), "--json")
    assert (said.code, "Traceback" in said.err) == (0, False), said
    assert f'"rows_changed": {landing}' in said.out
    with (tmp_path / f"{path.name}.rejects.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["column"] == column or not column
    assert reason in rows[0]["reason"]
    assert int(rows[0]["line"]) > 1
    assert rows[0]["reason_zh"]
    before = state(home)
    again = jishi("import", kind, str(path))
    assert again.code == 0
    assert state(home) == before, "a second run of the file changes nothing"


@pytest.mark.parametrize(("kind", "make", "landing"), [one[1:] for one in ACCEPTED], ids=[one[0] for one in ACCEPTED])
def test_what_is_merely_odd_is_taken(
    jishi: Jishi, home: Home, tmp_path: Path, kind: str, make: Make, landing: int
) -> None:
    said = jishi("import", kind, str(make(tmp_path)), "--json")
    assert said.code == 0, said
    assert f'"rows_changed": {landing}' in said.out
    assert '"rows_rejected": 0' in said.out


def test_a_formula_in_a_rejected_cell_is_inert(jishi: Jishi, home: Home, tmp_path: Path) -> None:
    formulas = ["=HYPERLINK(1)", "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", " =1+1", "＝1+1", "\r=1"]
    rows = [["customer_id", "offering", "month", "active_days"], *(["C1", "WLAN", "2026-01", one] for one in formulas)]
    path = trial_files.write_csv(tmp_path / "formulas.csv", rows)
    said = jishi("import", "usage", str(path))
    assert said.code == 0, said
    with (tmp_path / "formulas.csv.rejects.csv").open(encoding="utf-8-sig", newline="") as file:
        values = [row["value"] for row in csv.DictReader(file)]
    assert len(values) >= len(formulas) - 1
    assert not [value for value in values if value.strip().startswith(("=", "+", "-", "@", "＝"))], values
