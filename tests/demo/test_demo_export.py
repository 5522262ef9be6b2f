"""The demo operator's catalog goes out and comes back as it was, in every form."""

from __future__ import annotations

import json
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from api.demo import catalog as demo_catalog
from catalog.documents import document
from catalog.documents.exporting import written
from catalog.documents.file_form import Form, open_bytes
from catalog.documents.whole import whole

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture(scope="module")
def built() -> document.CatalogDocument:
    found, problems = document.read(json.loads(json.dumps(demo_catalog.build(date(2026, 3, 15)))), ZONE)
    assert problems == ()
    return found


@pytest.mark.parametrize("form", list(Form))
def test_the_demo_operator_reads_back_as_it_was_written(built: document.CatalogDocument, form: Form) -> None:
    node = whole(built.offerings, built.categories, built.attributes, built.entries)
    found = open_bytes(written(form, node, ZONE), "catalog", ZONE)
    assert (found.form, found.problems, found.unplaced) == (form, (), {})
    read, problems = document.read(found.node, ZONE)
    assert problems == ()
    assert {one.code: one for one in read.offerings} == {one.code: one for one in built.offerings}
    assert set(read.categories) == set(built.categories)
    assert (read.attributes, read.entries) == (built.attributes, built.entries)
