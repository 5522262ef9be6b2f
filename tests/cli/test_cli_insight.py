"""`jishi insight` on the command line: a refresh, and the operator's own definition."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api.cli import main
from api.commands.insight import after_training
from recommender.insight import store
from sql.pool import Database


@pytest.fixture
def run(dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("JISHI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("JISHI_DATABASE_URL", dsn)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, ["insight", *arguments])

    return run


def test_without_customers_it_says_what_to_do(run) -> None:
    done = run()
    assert done.exit_code == 1
    assert "import them first" in done.stderr


def test_a_definition_is_printed_changed_given_back_and_taken_away_again(run, tmp_path: Path) -> None:
    content = json.loads(run("definition").stdout)
    content["churn"]["days"] = 60
    own = tmp_path / "own.json"
    own.write_text(json.dumps(content), encoding="utf-8")
    assert run("define", str(own)).exit_code == 0
    assert json.loads(run("definition").stdout)["churn"]["days"] == 60
    assert run("define", "--built-in").exit_code == 0
    assert json.loads(run("definition").stdout)["churn"]["days"] == 90


def test_a_definition_that_cannot_be_used_is_refused_and_changes_nothing(run, tmp_path: Path) -> None:
    own = tmp_path / "own.json"
    own.write_text('{"churn": {}}', encoding="utf-8")
    done = run("define", str(own))
    assert done.exit_code == 1
    assert "revenueAttribute: is missing" in done.stderr
    own.write_text("{", encoding="utf-8")
    assert "is no JSON" in run("define", str(own)).stderr
    assert json.loads(run("definition").stdout)["churn"]["days"] == 90


def test_a_refresh_that_fails_after_a_training_is_told_and_hurts_nobody(
    dsn: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async def work() -> int | None:
        db = await Database.open(dsn)
        await store.put_definition(db, {"churn": {}}, datetime.now(UTC))
        found = await after_training(db, lambda message: None)
        await db.close()
        return found

    assert asyncio.run(work()) is None
    assert "the model is as it is" in capsys.readouterr().err
