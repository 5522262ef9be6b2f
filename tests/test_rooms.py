"""The house keeps its rooms: who may import whom, and which modules know nothing but values."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# The shell of each room: statements, files and the order of steps. Everything else in it is pure.
SHELL = {
    "catalog": {
        "customer_edit_store",
        "customer_service",
        "customer_store",
        "desk.approval_service",
        "desk.approval_store",
        "desk.bulk_edit_service",
        "desk.bulk_edit_store",
        "desk.draft_service",
        "desk.editing_desk",
        "desk.editing_service",
        "desk.holder_move_service",
        "desk.holder_move_store",
        "desk.registry_service",
        "desk.schedule_store",
        "documents.catalog_file",
        "documents.exporting",
        "feeds.change_store",
        "feeds.hand_over_service",
        "feeds.hand_over_store",
        "feeds.webhook_store",
        "files.csv",
        "files.opening",
        "files.parquet",
        "files.publishing",
        "files.rejects",
        "files.sniff",
        "files.store",
        "history",
        "importing",
        "linting.lint_service",
        "market_service",
        "market_store",
        "price_rows",
        "registry_store",
        "retire_impact_store",
        "service",
        "solution_register",
        "solutions.service",
        "solutions.store",
        "store",
        "tag_store",
        "trial_service",
        "version_store",
    },
    "recommender": {
        "artifact",
        "campaign_store",
        "copying",
        "everybody",
        "insight.panel_store",
        "insight.refresh",
        "insight.store",
        "judging",
        "machine",
        "market_store",
        "model_store",
        "outcome_store",
        "processes",
        "profile_store",
        "reading",
        "scoring_store",
        "service",
        "source",
        "store",
        "train",
    },
}
OUTSIDE = {"asyncpg", "sql", "asyncio", "os", "time", "socket", "subprocess", "secrets", "random", "pathlib", "logging"}
CLOCKS = {"now", "today", "utcnow"}


def name_within(path: Path, room: str) -> str:
    """catalog/files/store.py → files.store"""
    return ".".join(path.relative_to(ROOT / room).with_suffix("").parts)


def pure_modules() -> Iterator[Path]:
    for room, shell in SHELL.items():
        yield from (path for path in sorted((ROOT / room).rglob("*.py")) if name_within(path, room) not in shell)


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]


@pytest.mark.parametrize("path", list(pure_modules()), ids=lambda path: f"{path.parent.name}.{path.stem}")
def test_the_core_knows_no_database_no_clock_and_no_environment(path):
    tree = ast.parse(path.read_text("utf-8"))
    assert set(imported(tree)) & OUTSIDE == set()
    clocks = [node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in CLOCKS]
    assert clocks == []


def test_the_shell_is_what_it_says():
    there = {room: {name_within(path, room) for path in (ROOT / room).rglob("*.py")} for room in SHELL}
    missing = [f"{room}.{name}" for room, names in SHELL.items() for name in names - there[room]]
    assert missing == [], "these modules are gone; take them off the list"


def importers(library: str) -> set[str]:
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for room in ("api", "catalog", "recommender", "sql")
        for path in (ROOT / room).rglob("*.py")
        if library in set(imported(ast.parse(path.read_text("utf-8"))))
    }


def test_implicit_belongs_to_one_module():
    assert importers("implicit") == {"recommender.models.libimplicit"}


def test_asyncpg_belongs_to_sql_and_to_those_who_hold_a_transaction():
    outside = {name for name in importers("asyncpg") if not name.startswith("sql.")}
    shell = {f"{room}.{name}" for room, names in SHELL.items() for name in names}
    # The doctor looks at a server that a pool may not even open.
    assert outside - shell == {"api.doctor.database"}


def test_strawberry_starlette_and_uvicorn_belong_to_api():
    for library in ("strawberry", "starlette", "uvicorn", "graphql"):
        assert {name.split(".")[0] for name in importers(library)} == {"api"}


def test_every_module_opens_with_what_it_knows_and_must_not_know():
    silent = [
        str(path.relative_to(ROOT))
        for room in ("api", "catalog", "recommender", "sql")
        for path in (ROOT / room).rglob("*.py")
        if not (ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "").strip()
    ]
    assert silent == []


def test_the_layers_of_pyproject_hold():
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports"))], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
