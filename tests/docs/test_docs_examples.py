"""What the docs show is what the product does: their queries are valid, their tables are the code's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from graphql import OperationDefinitionNode, parse, validate

from api.cli import COMMANDS
from api.graphql.access import RULES
from api.graphql.rules import check, required_fields
from api.graphql.schema import schema
from catalog.importing import KINDS, columns

ROOT = Path(__file__).parents[2]
PAGES = [*ROOT.glob("README*.md"), *(ROOT / "docs").rglob("*.md")]
QUERY = re.compile(r"^```graphql(?: +role=(\w+))?\n(.*?)^```", re.MULTILINE | re.DOTALL)
EXAMPLES = [
    pytest.param(role or "admin", text, id=f"{page.name}:{page.read_text('utf-8')[: found.start()].count(chr(10)) + 1}")
    for page in PAGES
    for found in QUERY.finditer(page.read_text("utf-8"))
    for role, text in [found.groups()]
]


@pytest.mark.parametrize(("role", "text"), EXAMPLES)
def test_every_query_in_the_docs_is_valid_and_allowed_to_its_reader(role, text):
    document = parse(text)
    assert [error.message for error in validate(schema._schema, document)] == []
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    for operation in operations:
        assert check(RULES, role, required_fields(schema._schema, document, operation)) == []


def table(kind: str) -> str:
    """The columns of a kind as the import knows them."""
    rows = [
        f"| `{one.name}`{'*' if one.required else ''} | {one.help.en} | {one.help.zh} | "
        f"{', '.join(one.options) or (f'`{one.example}`' if one.example else '')} |"
        for one in columns(kind)
    ]
    return "\n".join(("| column | meaning | 含义 | values or example |", "|---|---|---|---|", *rows))


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_on_imports_lists_the_columns_of_every_kind(kind):
    assert table(kind) in (ROOT / "docs" / "imports.md").read_text("utf-8")


def test_every_link_between_the_docs_leads_somewhere():
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in PAGES
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
        if not (page.parent / target).exists()
    ]
    assert broken == []


def test_every_command_is_in_the_page_on_operations():
    page = (ROOT / "docs" / "operations.md").read_text("utf-8")
    assert [name for name in COMMANDS if f"`jishi {name}" not in page] == []
