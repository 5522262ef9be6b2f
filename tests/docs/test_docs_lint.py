"""The guide to lint has every code, and says of each what the program says."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.linting import RULES

GUIDE = Path(__file__).parents[2] / "docs" / "lint.md"


def rows() -> dict[str, str]:
    lines = GUIDE.read_text("utf-8").splitlines()
    return {line.split("`")[1]: line for line in lines if line.startswith("| `")}


def test_every_code_has_its_row_and_no_row_is_of_a_code_that_is_gone():
    assert list(rows()) == list(RULES)


@pytest.mark.parametrize("code", RULES)
def test_a_row_says_how_bad_it_is_what_it_finds_and_what_to_do(code):
    rule = RULES[code]
    said = [
        f"| `{code}` ",
        f" {rule.severity} ",
        f" {rule.what.en} {rule.what.zh} ",
        f" {rule.remedy.en} {rule.remedy.zh} |",
    ]
    assert rows()[code] == "|".join(said)
