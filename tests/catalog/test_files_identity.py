"""What was exported reads back as it was, in every form, whatever a catalog holds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from catalogs import ZONE
from generated import documents
from hypothesis import HealthCheck, given, settings

from catalog import tmf620
from catalog.documents import document
from catalog.documents.document import CatalogDocument
from catalog.documents.exporting import written
from catalog.documents.file_form import Form, open_bytes
from catalog.documents.whole import whole
from catalog.workbook import flatten

GENEROUS = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def read(node: Any) -> CatalogDocument:
    found, problems = document.read(node, ZONE)
    assert problems == (), [f"{one.place}: {one.message.said('en')}" for one in problems]
    return found


def alike(one: CatalogDocument) -> Any:
    """Without the orders that say nothing."""
    offerings = {
        (offering.code, offering.version): (offering._content(), offering.valid, one.states(at))
        for at, offering in enumerate(one.offerings)
    }
    categories = sorted(one.categories, key=lambda category: category.code)
    return replace(one, offerings=(), stated=(), categories=()), offerings, categories


@GENEROUS
@given(documents())
def test_json_says_what_the_catalog_holds(node):
    found = open_bytes(written(Form.JSON, node, ZONE), "catalog.json", ZONE)
    assert found.form is Form.JSON
    assert found.node == node
    read(node)


@GENEROUS
@given(documents())
def test_a_workbook_reads_back_as_it_was_written(node):
    found = open_bytes(written(Form.WORKBOOK, node, ZONE), "catalog.xlsx", ZONE)
    assert found.form is Form.WORKBOOK
    assert found.problems == ()
    assert alike(read(found.node)) == alike(read(node))


@GENEROUS
@given(documents())
@pytest.mark.parametrize("language", ["zh", "en"])
def test_tmf620_reads_back_as_it_was_written(language, node):
    found = open_bytes(written(Form.TMF620, node, ZONE, language=language), "catalog.json", ZONE)
    if not node.get("offerings") and not node.get("categories") and not node.get("productSpecification"):
        return
    assert found.form is Form.TMF620
    assert found.problems == ()
    assert found.unplaced == {}
    # What an edit was based on is a matter of this system alone.
    for one in (*node.get("offerings", ()), *found.node.get("offerings", ())):
        one.pop("etag", None)
    assert alike(read(found.node)) == alike(read(node))


@given(documents())
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_field_of_a_document_has_a_column(node):
    last = {name: [row[-1] for row in rows if row[-1]] for name, rows in flatten.rows(node, ZONE).items()}
    assert {name: found for name, found in last.items() if found} == {}


def test_writing_leaves_the_document_as_it_is():
    node = {"offerings": [{"code": "A", "name": {"en": "A"}, "channel": ["X", {"id": "Y", "validFor": {}}]}]}
    before = repr(node)
    flatten.rows(node, ZONE)
    tmf620.write(node, "zh")
    assert repr(node) == before


RULES = {
    "policy": [
        {
            "code": "students",
            "name": {"zh": "学生", "en": "Students"},
            "condition": {
                "all": [
                    {"fact": "customer.kind", "eq": "PERSON"},
                    {
                        "any": [
                            {"fact": "customer.tags", "in": ["student"]},
                            {"not": {"fact": "channel.code", "eq": "10086"}},
                        ]
                    },
                ]
            },
            "visibility": "LOCKED",
            "message": {"zh": "仅限学生"},
        }
    ],
    "solution": [
        {
            "code": "CAMPUS",
            "name": {"en": "Campus"},
            "kind": ["CAMPUS"],
            "offering": ["WLAN", {"code": "PACK", "price": [{"code": "monthly", "parameter": "fee"}]}],
            "parameter": [{"code": "fee", "name": {"en": "Fee"}, "type": "MONEY", "default": "10.00"}],
            "requiredFact": ["wlan"],
        }
    ],
    "offerings": [{"code": "A", "name": {"en": "A"}}],
}


@pytest.mark.parametrize("form", list(Form))
def test_policies_and_solutions_are_files_too(form):
    before = read(RULES)
    node = whole(before.offerings, entries=before.entries)
    assert read(open_bytes(written(form, node, ZONE), "catalog", ZONE).node).entries == before.entries
