"""The memo gives back what would be written now, never what was written once."""

from __future__ import annotations

import asyncio
import gc
from dataclasses import replace
from datetime import timedelta
from typing import Any
from weakref import ref

import orjson
import pytest
from graphql import parse
from plans_comparing import Comparison
from plans_operator import LATER, NOW, SOON, context

from api.graphql.common import View
from api.graphql.offering import ProductOffering
from api.graphql.schema import schema
from api.graphql.standing import NOT, OBJECTS
from api.plans.memo import Memo
from api.plans.pure import KINDS, SITUATED
from catalog.snapshot import Snapshot
from catalog.text import Text

LIST = """{ productOfferings(first: 100) { nodes {
    code name description isSellable version productOfferingPrice { code price { value } }
    productOfferingTerm { code } channel { id validFor { startDateTime } } category { code name }
    bundledProductOffering { code productOffering { code name } } policy { code } place { id place { name } } } } }"""
HALL = LIST.replace("first: 100", 'first: 100, context: {channel: "HALL", place: "shanxi/datong"}')


def same(memo: Memo, runner: asyncio.Runner, known: Snapshot, text: str = LIST, **situation: Any) -> bytes:
    """The answer by a plan with the memo, once it was found to be the stock executor's."""
    comparison = Comparison(schema, context(known, **situation), runner, memo.remember)
    assert comparison.differ(parse(text), {}) is None
    found = comparison.by_plan(parse(text), {})
    assert found is not None
    assert not found.errors
    return found.data


def test_every_boundary_of_validity_changes_the_answer_at_its_instant(demo: Snapshot, runner: asyncio.Runner) -> None:
    memo, second = Memo(), timedelta(seconds=1)
    edges = [SOON, SOON + timedelta(days=1), LATER]
    assert set(edges) <= set(demo.boundaries)
    for edge in edges:
        assert same(memo, runner, demo, at=edge - second) != same(memo, runner, demo, at=edge)
        assert same(memo, runner, demo, at=edge - second) != same(memo, runner, demo, at=edge + second)


def test_languages_and_situations_are_apart(demo: Snapshot, runner: asyncio.Runner) -> None:
    memo = Memo()
    answers = {same(memo, runner, demo, text, language=language) for text in (LIST, HALL) for language in ("zh", "en")}
    assert len(answers) == 4


def test_an_edit_shows_at_once_to_whom_begins_after_it(demo: Snapshot, runner: asyncio.Runner) -> None:
    memo = Memo()
    before = same(memo, runner, demo)
    renamed = replace(demo.moment(NOW).ordered[0], name=Text("改名", "Renamed"))
    after = demo.advanced(demo.revision + 1, {renamed.code: (renamed,)}).prepared(NOW, demo)
    assert "改名".encode() in same(memo, runner, after)
    # Who began before the edit still reads the revision that it began with.
    assert same(memo, runner, demo) == before


def test_a_second_request_finds_what_the_first_one_wrote(demo: Snapshot, runner: asyncio.Runner) -> None:
    memo = Memo()
    planned = Comparison(schema, context(demo), runner, memo.remember).planning(parse(LIST))
    first = planned.execute(context(demo), {}, hide_suggestions=True)
    written = memo.misses
    second = planned.execute(context(demo, at=NOW + timedelta(seconds=5)), {}, hide_suggestions=True)
    assert written == memo.misses > 0
    assert memo.hits > 0
    assert orjson.dumps(first.data) == orjson.dumps(second.data)  # type: ignore[union-attr]


def test_what_is_kept_goes_with_its_moment(demo: Snapshot, runner: asyncio.Runner) -> None:
    memo = Memo()
    known = demo.advanced(demo.revision + 1, {}).prepared(NOW, demo)
    same(memo, runner, known)
    assert memo.size
    moment = ref(known.moment(NOW))
    known.close()
    del known
    gc.collect()
    assert moment() is None
    assert memo.size == 0


def test_the_memo_stays_within_its_bytes(demo: Snapshot, runner: asyncio.Runner) -> None:
    memo = Memo(limit=20_000)
    for language in ("zh", "en", "zh"):
        same(memo, runner, demo, language=language)
        assert 0 < memo.size <= memo.limit


def test_a_version_asked_for_by_number_is_not_taken_for_what_is_in_force(
    demo: Snapshot, runner: asyncio.Runner
) -> None:
    memo = Memo()
    one = next(found for found in demo.moment(NOW).offerings.values() if found.prices)
    view = View(demo.moment(NOW), NOW, "zh")
    around = memo.remember("ProductOffering", {"ProductOffering"}, {"ProductOffering.id"}, 9)
    assert around is not None
    written = around(lambda offering, _: {"id": offering.id})
    run = Comparison(schema, context(demo), runner).run()
    shown = [orjson.dumps(written(make(one, view), run)) for make in (ProductOffering.of, ProductOffering.version_of)]
    assert shown[0] != shown[1]


def test_no_type_that_is_kept_asks_for_the_request() -> None:
    types = schema._schema.type_map
    for name in OBJECTS:
        for key, one in types[name].fields.items():  # type: ignore[attr-defined]
            field = one.extensions["strawberry-definition"]
            assert not field.is_async, f"{name}.{key}"
            assert field.base_resolver is None or field.base_resolver.info_parameter is None, f"{name}.{key}"
            # What it is given beyond a language may make it depend on the situation.
            wider = set(one.args) - {"language"}
            assert not wider or f"{name}.{key}" in SITUATED, f"{name}.{key}"
    assert set(KINDS) <= OBJECTS
    assert all(path.partition(".")[0] in OBJECTS for path in SITUATED | NOT)


@pytest.mark.parametrize("types", [{"ProductOffering", "Customer"}, {"ProductOffering", "MarketSegment"}])
def test_what_reaches_anything_else_is_not_kept(types: set[str]) -> None:
    assert Memo().remember("ProductOffering", types, set(), 9) is None
