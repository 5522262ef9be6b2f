"""The schema is the one that front-ends were promised, and no field of it is without a rule."""

from __future__ import annotations

from pathlib import Path

from graphql import build_schema
from graphql.utilities import find_breaking_changes

from api.graphql.access import RULES
from api.graphql.rules import stray_rules, unruled_fields
from api.graphql.schema import schema

COMMITTED = Path(__file__).parents[2] / "schema.graphql"


def test_the_committed_schema_is_the_schema():
    committed, current = COMMITTED.read_text(encoding="utf-8"), schema.as_str() + "\n"
    broken = find_breaking_changes(build_schema(committed), build_schema(current))
    assert [change.description for change in broken] == [], "these changes break front-ends"
    assert committed == current, "the schema has grown; run: jishi schema > schema.graphql"


def test_every_field_has_a_rule_and_every_rule_a_field():
    assert unruled_fields(schema._schema, RULES) == []
    assert stray_rules(schema._schema, RULES) == []


def test_everything_a_front_end_reads_is_described_in_both_languages():
    undescribed = [
        f"{name}.{field}"
        for name, kind in schema._schema.type_map.items()
        if not name.startswith("__")
        for field, definition in getattr(kind, "fields", {}).items()
        if name in ("Query", "Mutation", "ProductOffering", "Customer", "Recommendation", "MarketSegment")
        and not any("\u4e00" <= character <= "\u9fff" for character in definition.description or "")
    ]
    assert undescribed == []
