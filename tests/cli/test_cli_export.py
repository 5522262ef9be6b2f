"""`jishi export` and `jishi import catalog`, as a product manager and an operator run them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_support import FirstStart, jishi
from openpyxl import load_workbook


@pytest.fixture(scope="module")
def workbook(first: FirstStart, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("files") / "catalog.xlsx"
    done = jishi(first.home, "export", "catalog", path, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["form"] == "xlsx"
    return path


@pytest.mark.parametrize("ending", ["json", "tmf620.json"])
def test_what_was_exported_changes_nothing(first: FirstStart, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"catalog.{ending}"
    assert jishi(first.home, "export", "catalog", path).returncode == 0
    done = jishi(first.home, "import", "catalog", path)
    assert (done.returncode, done.stdout) == (0, "")
    assert "nothing was changed" in done.stderr


def test_one_cell_is_one_draft_and_the_report_says_so(first: FirstStart, workbook: Path, tmp_path: Path) -> None:
    book = load_workbook(workbook)
    page = book["价格 prices"]
    column = next(cell.column for cell in page[1] if cell.value == "金额\nprice")
    row = next(number for number in range(2, page.max_row) if page.cell(number, column).value)
    code, before = page.cell(row, 1).value, page.cell(row, column).value
    page.cell(row, column).value = before + 1
    edited = tmp_path / "edited.xlsx"
    book.save(edited)
    tried = jishi(first.home, "import", "catalog", edited, "--dry-run", "--json")
    assert tried.returncode == 0, tried.stderr
    report = json.loads(tried.stdout)
    assert (report["as"], report["dry_run"], report["offerings_changed"]) == ("draft", True, 1)
    (draft,) = report["drafts"]
    assert (draft["code"], draft["version"], len(draft["changed"])) == (code, 2, 1)
    assert "nothing of this was written" in tried.stderr
    assert f"{code} version 2 (of 1)" in tried.stderr


def test_a_file_is_not_replaced_unasked_and_its_name_says_its_form(first: FirstStart, workbook: Path) -> None:
    before = workbook.read_bytes()
    refused = jishi(first.home, "export", "catalog", workbook)
    assert (refused.returncode, "--overwrite" in refused.stderr) == (1, True)
    assert workbook.read_bytes() == before
    odd = jishi(first.home, "export", "catalog", workbook.with_suffix(".csv"))
    assert (odd.returncode, ".tmf620.json" in odd.stderr) == (1, True)
    assert list(workbook.parent.iterdir()) == [workbook]


def test_what_a_foreign_file_says_without_a_place_is_kept_beside_it(first: FirstStart, tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    one = {"@type": "ProductOffering", "id": "X-1", "name": "X", "agreement": [{"id": "a1"}]}
    path.write_text(json.dumps([one]))
    done = jishi(first.home, "import", "catalog", path, "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "productOffering.agreement (1)" in done.stderr
    kept = json.loads((tmp_path / "other.json.unplaced.json").read_text())
    assert kept == {"productOffering": {"X-1": {"agreement": [{"id": "a1"}]}}}
