"""Whatever is asked of the catalog, a plan and the stock executor give the same answer, byte for byte, and its errors.

Documents are made up by a seed; hypothesis chooses seeds, and gives the one that fails.
"""

from __future__ import annotations

import asyncio
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plans_comparing import FEW, Comparison
from plans_documents import Author
from plans_operator import LATER, NOW, SOON, context

from api.graphql.common import global_id
from api.graphql.schema import schema
from api.plans.memo import Memo
from catalog.snapshot import Snapshot

# These make something up or ask for a model, which is not in memory here; their own tests compare them.
APART = {"recommendation", "marketRecommendation", "campaignForecast", "catalogLint"}
ROOTS = [name for name in schema._schema.query_type.fields if name not in APART]  # type: ignore[union-attr]
# Half of what is asked is about the catalog itself.
CATALOG = ["productOffering", "productOfferings", "productOfferingSearch", "category", "categories", "node", "channels"]
CATALOG += ["places", "policies", "marketSegments", "marketSegment", "solutions", "quote"]
SEEDS = st.integers(0, 2**40)
MANY = settings(FEW, max_examples=10_000)


def words(known: Snapshot) -> dict[str, list[str]]:
    codes = sorted(known.versions)
    ids = [global_id("ProductOffering", codes[0]), global_id("Category", sorted(known.categories)[0]), "nothing"]
    ids += [global_id("Channel", "HALL"), global_id("MarketSegment", "CAMPUS"), global_id("Place", "shanxi")]
    return {
        "": [*codes[:3], "shanxi", "wlan", ""],
        "code": [*codes[::9], *sorted(known.categories)[:4], "CAMPUS", *sorted(known.solutions)[:2]],
        "id": ids,
        "query": ["套餐", "5G", "tc", "bundle", "zzzz"],
        "channel": ["ONLINE", "HALL"],
        "place": ["shanxi", "shanxi/datong"],
        "contains": ["5", "套餐", "a"],
    }


@pytest.fixture(scope="session")
def known_words(demo: Snapshot) -> dict[str, list[str]]:
    return words(demo)


def check(comparison: Comparison, known_words: dict[str, list[str]], seed: int) -> None:
    dice = Random(seed)
    written = Author(schema._schema, dice, dice.choice((CATALOG, CATALOG, ROOTS)), known_words).write()
    document = comparison.document(written.text)
    if document is None:
        return
    difference = comparison.differ(document, written.variables)
    assert difference is None, f"{written.text}\n{written.variables}\n{difference}"


def comparing(demo: Snapshot, runner: asyncio.Runner, seed: int, memo: Memo | None = None) -> Comparison:
    dice = Random(-seed)
    at = dice.choice((NOW, NOW, SOON, LATER))
    here = context(demo, at=at, language=dice.choice(("zh", "en")), role=dice.choice(("admin", "storefront")))
    return Comparison(schema, here, runner, *([memo.remember] if memo else []))


@FEW
@given(seed=SEEDS)
def test_a_plan_answers_as_the_stock_executor_does(
    demo: Snapshot, runner: asyncio.Runner, known_words: dict[str, list[str]], seed: int
) -> None:
    check(comparing(demo, runner, seed), known_words, seed)


def test_a_plan_with_the_memo_answers_as_the_stock_executor_does(
    demo: Snapshot, runner: asyncio.Runner, known_words: dict[str, list[str]]
) -> None:
    memo = Memo()

    @FEW
    @given(seed=SEEDS)
    def differential(seed: int) -> None:
        check(comparing(demo, runner, seed, memo), known_words, seed)

    differential()
    assert memo.misses


@pytest.mark.slow
@MANY
@given(seed=SEEDS)
def test_a_plan_answers_as_the_stock_executor_does_over_very_many_documents(
    demo: Snapshot, runner: asyncio.Runner, known_words: dict[str, list[str]], seed: int
) -> None:
    check(comparing(demo, runner, seed), known_words, seed)


@pytest.mark.slow
def test_a_plan_with_the_memo_answers_as_the_stock_executor_does_over_very_many_documents(
    demo: Snapshot, runner: asyncio.Runner, known_words: dict[str, list[str]]
) -> None:
    # Small enough to be tidied again and again.
    memo = Memo(limit=200_000)

    @MANY
    @given(seed=SEEDS)
    def differential(seed: int) -> None:
        check(comparing(demo, runner, seed, memo), known_words, seed)

    differential()
    assert memo.hits
    assert memo.size <= memo.limit


def test_what_documents_are_made_up_is_mostly_planned(
    demo: Snapshot, runner: asyncio.Runner, known_words: dict[str, list[str]]
) -> None:
    comparison = Comparison(schema, context(demo), runner)
    valid = 0
    for seed in range(40):
        written = Author(schema._schema, Random(seed), CATALOG, known_words).write()
        document = comparison.document(written.text)
        valid += document is not None
        assert document is None or comparison.differ(document, written.variables) is None
    assert valid > 30
    # What is left has variables that are not of their type.
    assert comparison.planned > 0.9 * valid
    assert 0 < comparison.with_errors < comparison.planned
