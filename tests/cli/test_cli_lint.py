"""`jishi lint` says what is wrong, of what is there and of a file before it lands, and exits as CI wants it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cli_support import environment
from click.testing import CliRunner, Result

from api.cli import main


def called(dsn: str, home: Path, *arguments: object) -> Result:
    surroundings = environment(home, JISHI_DATABASE_URL=dsn)
    return CliRunner(env=surroundings).invoke(main, [str(argument) for argument in arguments])


def written(folder: Path, *offerings: dict[str, Any]) -> Path:
    named = [{"name": {"zh": one["code"], "en": one["code"]}, **one} for one in offerings]
    file = folder / "catalog.json"
    file.write_text(json.dumps({"offerings": named}), "utf-8")
    return file


PART = {"code": "PART", "channel": ["HALL"]}
BUNDLE = {"code": "BUNDLE", "bundledProductOffering": [{"code": "PART"}], "channel": ["HALL"]}


def test_a_file_with_an_error_is_named_by_its_place_and_does_not_land(dsn: str, home: Path, tmp_path: Path) -> None:
    file = written(tmp_path, PART, {**BUNDLE, "channel": ["HALL", "ONLINE"]})
    for command in (["lint"], ["import", "catalog"]):
        refused = called(dsn, home, *command, file)
        assert refused.exit_code == 1
        assert "offerings[1].bundledProductOffering[0].code" in refused.stderr
        assert "narrow the channels" in refused.stderr
    assert json.loads(called(dsn, home, "lint", "--json").stdout) == []


def test_a_file_is_looked_through_before_it_lands_and_nothing_is_written(dsn: str, home: Path, tmp_path: Path) -> None:
    file = written(tmp_path, PART, BUNDLE)
    done = called(dsn, home, "lint", file)
    assert done.exit_code == 0, done.stderr
    assert "W NO_PRICE productOfferingPrice" in done.stdout
    assert json.loads(called(dsn, home, "lint", "--json").stdout) == []
    landed = called(dsn, home, "import", "catalog", file)
    assert "NO_PRICE" in landed.stderr
    found = json.loads(called(dsn, home, "lint", "--json").stdout)
    assert {one["productOffering"] for one in found} == {"PART", "BUNDLE"}


def test_a_file_that_would_break_a_bundle_in_many_years_is_refused_with_the_day(
    dsn: str, home: Path, tmp_path: Path
) -> None:
    ends = {**PART, "validFor": {"endDateTime": "2099-05-01"}}
    assert called(dsn, home, "import", "catalog", written(tmp_path, PART, BUNDLE)).exit_code == 0
    refused = called(dsn, home, "import", "catalog", written(tmp_path, ends))
    assert refused.exit_code == 1
    assert "BUNDLE" in refused.stderr
    assert "2099-04-30T16:00:00+00:00" in refused.stderr
