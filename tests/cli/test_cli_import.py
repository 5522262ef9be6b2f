from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_support import environment, jishi
from click.testing import CliRunner, Result

from api.cli import main

# What each kind refers to comes before it.
ORDER = ("catalog", "market", "customer", "member", "product", "usage", "outcome")


def called(dsn: str, home: Path, *arguments: object) -> Result:
    """A command inside this process, which is quicker; stdout and stderr stay apart."""
    surroundings = environment(home, JISHI_DATABASE_URL=dsn)
    return CliRunner(env=surroundings).invoke(main, [str(argument) for argument in arguments])


def test_the_templates_of_all_kinds_can_be_imported_one_after_the_other(dsn: str, home: Path, tmp_path: Path) -> None:
    for kind in ORDER:
        template = called(dsn, home, "import", kind, "--template")
        assert template.stderr == ""
        file = tmp_path / f"{kind}.{'json' if kind == 'catalog' else 'csv'}"
        file.write_text(template.stdout, "utf-8")
        done = called(dsn, home, "import", kind, file, "--json")
        assert done.exit_code == 0, done.stderr
        report = json.loads(done.stdout)
        assert report["rows_rejected"] == 0, (kind, Path(f"{file}.rejects.csv").read_text())
        assert not report["unchanged"], kind
        again = json.loads(called(dsn, home, "import", kind, file, "--json").stdout)
        assert again["unchanged"], kind


def test_a_template_needs_no_database_and_stands_alone_on_stdout(home: Path) -> None:
    done = jishi(home, "import", "customer", "--template", JISHI_DATABASE_URL="postgresql://a:b@127.0.0.1:1/c")
    assert done.returncode == 0
    assert done.stdout.startswith("id,")
    assert done.stderr == ""
    assert not home.exists()


def test_rows_that_cannot_be_used_are_told_and_the_others_land(dsn: str, home: Path, tmp_path: Path) -> None:
    file = tmp_path / "customers.csv"
    file.write_text("id,kind,joined_at\nC1,PERSON,2020-01-01\nC2,CAT,2020-01-01\nC3,PERSON,31/12/2020\n")
    done = called(dsn, home, "import", "customer", file)
    assert done.exit_code == 0
    assert done.stdout == ""
    assert "3 rows read, 1 changed, 2 rejected" in done.stderr
    rejects = (tmp_path / "customers.csv.rejects.csv").read_text("utf-8-sig")
    assert "CAT" in rejects
    assert "31/12/2020" in rejects


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["import", "customer"], 1, "--template"),
        (["import", "customer", "/nowhere.csv"], 1, "/nowhere.csv"),
        (["import", "dog", "x.csv"], 2, "dog"),
        (["import", "customer", "/nowhere.csv", "--at", "yesterday"], 1, "--at"),
    ],
)
def test_a_call_that_makes_no_sense_says_what_to_do(
    dsn: str, home: Path, arguments: list[str], code: int, said: str
) -> None:
    done = called(dsn, home, *arguments)
    assert done.exit_code == code
    assert said in done.stderr
    assert done.stdout == ""
