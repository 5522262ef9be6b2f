from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from cli_support import ROOT, FirstStart, environment, jishi

from api.cli import COMMANDS, main


def test_help_lists_every_command_with_the_first_sentence_of_its_own_help() -> None:
    for name, (_, _, summary) in COMMANDS.items():
        command = main.get_command(click.Context(main), name)
        assert command is not None
        assert command.name == name
        assert (command.help or "").splitlines()[0] == summary


@pytest.mark.parametrize("arguments", [["--help"], ["config"], ["token", "--role", "analyst"], ["up", "--help"]])
def test_small_commands_import_nothing_heavy(home: Path, arguments: list[str]) -> None:
    heavy = "numpy scipy pyarrow implicit strawberry pypinyin"
    script = f"""
import sys
from api.cli import main
try:
    main({arguments!r})
finally:
    print([name for name in {heavy.split()!r} if name in sys.modules], file=sys.stderr)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment(home), capture_output=True, text=True, check=True
    )
    assert done.stderr.strip().endswith("[]")


def test_a_token_stands_alone_on_stdout(first: FirstStart) -> None:
    done = jishi(first.home, "token", "--role", "analyst")
    assert re.fullmatch(r"eyJ[\w-]+\.[\w-]+\.[\w-]+\n", done.stdout)
    assert (done.returncode, done.stderr) == (0, "")


def test_settings_say_where_they_come_from_and_no_password(home: Path) -> None:
    dsn = "postgresql://jishi:s3cr@t/x@db.test/jishi?sslmode=require"
    done = jishi(home, "config", "--json", JISHI_DATABASE_URL=dsn, JISHI_PORT="9000")
    found = {one["name"]: one for one in json.loads(done.stdout)}
    assert found["JISHI_DATABASE_URL"]["value"] == "postgresql://jishi:***@db.test/jishi?sslmode=require"
    assert found["JISHI_PORT"]["value"] == "9000"
    assert found["JISHI_PORT"]["source"] == found["JISHI_HOME"]["source"] == "environment"
    assert found["JISHI_TIMEZONE"]["source"] == "default"
    assert "s3cr" not in done.stdout + done.stderr
    assert not home.exists()


def test_a_slip_in_the_name_of_a_setting_is_noticed(home: Path) -> None:
    done = jishi(home, "config", JISHI_DATABSE_URL="x")
    assert "JISHI_DATABASE_URL" in done.stderr
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [("JISHI_PORT", "eighty"), ("JISHI_PORT", "70000"), ("JISHI_WORKERS", "0"), ("JISHI_TIMEZONE", "Mars/Olympus")],
)
def test_a_setting_that_cannot_be_used_is_named(home: Path, name: str, value: str) -> None:
    done = jishi(home, "config", **{name: value})
    assert done.returncode == 1
    assert name in done.stderr
    assert done.stdout == ""


def test_doctor_finds_a_healthy_installation_healthy(first: FirstStart) -> None:
    done = jishi(first.home, "doctor", "--json", JISHI_PORT="0")
    report = json.loads(done.stdout)
    status = {check["check"]: check["status"] for check in report["checks"]}
    assert status.items() >= dict.fromkeys(("python", "packages", "home", "keys", "database", "catalog"), "OK").items()
    assert status["migrations"] == status["model"] == status["imports"] == "OK"
    assert done.returncode == 0


def test_doctor_names_what_is_broken_and_what_to_do_in_both_languages(first: FirstStart) -> None:
    key = first.home / "item.key"
    key.chmod(0o644)
    try:
        done = jishi(first.home, "doctor", "--json", JISHI_PORT="0")
    finally:
        key.chmod(0o600)
    report = json.loads(done.stdout)
    broken = [check for check in report["checks"] if check["status"] == "FAIL"]
    assert [check["check"] for check in broken] == ["keys"]
    assert f"run chmod 600 {key}" in broken[0]["remedy"]["en"]
    assert "请运行" in broken[0]["remedy"]["zh"]
    assert done.returncode == 1


def test_doctor_makes_nothing_where_nothing_is_yet(home: Path) -> None:
    done = jishi(home, "doctor", JISHI_PORT="0")
    assert done.returncode == 0
    assert "jishi up" in done.stdout
    assert not home.exists()


def test_doctor_says_that_the_database_cannot_be_reached(home: Path) -> None:
    done = jishi(home, "doctor", JISHI_PORT="0", JISHI_DATABASE_URL="postgresql://a:secret@127.0.0.1:1/b")
    assert done.returncode == 1
    assert re.search(r"^FAIL +database", done.stdout, re.MULTILINE)
    assert "secret" not in done.stdout + done.stderr


def test_pending_migrations_are_told_and_applied(bare_dsn: str, home: Path) -> None:
    pending = jishi(home, "migrate", "--check", JISHI_DATABASE_URL=bare_dsn)
    assert pending.returncode == 1
    names = sorted(path.stem for path in (ROOT / "sql" / "migrations").glob("*.sql"))
    assert pending.stdout.split() == names
    doctor = jishi(home, "doctor", JISHI_DATABASE_URL=bare_dsn, JISHI_PORT="0")
    assert re.search(r"^WARN +migrations", doctor.stdout, re.MULTILINE)
    applied = jishi(home, "migrate", JISHI_DATABASE_URL=bare_dsn)
    assert (applied.returncode, applied.stdout.split()) == (0, names)
    again = jishi(home, "migrate", "--check", JISHI_DATABASE_URL=bare_dsn)
    assert (again.returncode, again.stdout) == (0, "")


def test_models_are_listed_for_people_and_for_programs(first: FirstStart) -> None:
    listed = json.loads(jishi(first.home, "models", "list", "--json").stdout)
    assert [model["is_serving"] for model in listed].count(True) == 1
    assert "with history" in jishi(first.home, "models", "list").stdout


def test_a_backup_comes_back_elsewhere_equal_row_for_row(first: FirstStart, home: Path, tmp_path: Path) -> None:
    file = tmp_path / "night.jishi"
    saved = jishi(first.home, "backup", file, "--json")
    assert saved.returncode == 0, saved.stderr
    assert json.loads(saved.stdout)["tables"]["public.customer"]["rows"] == 500
    assert jishi(first.home, "backup", file).returncode == 1
    refused = jishi(first.home, "restore", file)
    assert refused.returncode == 1
    assert "--replace" in refused.stderr
    restored = jishi(home, "restore", file, "--json")
    assert restored.returncode == 0, restored.stderr
    assert json.loads(restored.stdout)["equal"] is True
    doctor = jishi(home, "doctor", "--json", JISHI_PORT="0")
    assert json.loads(doctor.stdout)["status"] == "OK"


def test_a_file_that_is_no_backup_is_refused(home: Path, tmp_path: Path) -> None:
    (tmp_path / "f").write_text("hello")
    done = jishi(home, "restore", "--check", tmp_path / "f")
    assert done.returncode == 1
    assert "no backup" in done.stderr
    assert not home.exists()


def test_a_backup_into_a_folder_that_is_not_there_is_refused(first: FirstStart) -> None:
    done = jishi(first.home, "backup", "/nowhere/at/all")
    assert done.returncode == 1
    assert "/nowhere/at" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_command_is_a_mistake_of_use(home: Path) -> None:
    done = jishi(home, "dance")
    assert done.returncode == 2
    assert done.stdout == ""
