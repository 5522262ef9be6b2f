"""A schema where things go wrong: what raises, is null, of another class, awaited, or not iterable answers the same."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from random import Random
from typing import Annotated, Any

import pytest
import strawberry
from graphql import parse
from hypothesis import given
from hypothesis import strategies as st
from plans_comparing import FEW, Comparison
from plans_documents import Author
from strawberry.scalars import JSON

WORDS = {"": ["a", "b", ""]}


@strawberry.enum
class Colour(Enum):
    RED = "r"
    GREEN = strawberry.enum_value("g", name="VERT")


@strawberry.input
class Wish:
    colour: Colour = Colour.RED
    words: list[str] = strawberry.field(default_factory=lambda: ["x"])
    inner: Wish | None = None
    number: int | None = 3


@strawberry.interface
class Named:
    name: str


@strawberry.type
class Leaf(Named):
    number: int

    @strawberry.field
    def raises(self) -> str | None:
        raise ValueError("a leaf")

    @strawberry.field
    def raises_hard(self) -> str:
        raise ValueError("a hard leaf")

    @strawberry.field
    async def slow(self) -> int:
        await asyncio.sleep(0)
        return self.number

    @strawberry.field
    async def slow_tree(self) -> Tree | None:
        return tree(self.number + 1)

    @strawberry.field
    async def slow_raises(self) -> int | None:
        raise ValueError("later")


@strawberry.type
class Tree(Named):
    """`extra` is whatever the resolvers below make of it."""

    depth: int

    @strawberry.field
    def leaves(self) -> list[Leaf]:
        return [Leaf(name=f"leaf {number}", number=number) for number in range(self.depth)]

    @strawberry.field
    def some(self) -> list[Leaf | None] | None:
        return [None if number % 2 else Leaf(name="some", number=number) for number in range(self.depth)]

    @strawberry.field
    def things(self) -> list[Thing]:
        return [Leaf(name="thing", number=2**31 * (self.depth > 2)), tree(self.depth - 1), Stone()][: self.depth]

    @strawberry.field
    def any_named(self) -> Named | None:
        return Leaf(name="named", number=1) if self.depth % 2 else tree(0)

    @strawberry.field
    def null(self) -> str:
        return None if self.depth == 1 else "there"  # type: ignore[return-value]

    @strawberry.field
    def wrong_class(self) -> Named | None:
        return "no object"  # type: ignore[return-value]

    @strawberry.field
    def generated(self) -> list[int]:
        return (number for number in range(3))  # type: ignore[return-value]

    @strawberry.field
    def no_list(self) -> list[str] | None:
        return 5  # type: ignore[return-value]

    @strawberry.field
    def tuples(self) -> list[list[int]]:
        return ((1, 2), [3])  # type: ignore[return-value]

    @strawberry.field
    def given_error(self) -> str | None:
        return ValueError("returned")  # type: ignore[return-value]

    @strawberry.field
    def unannounced(self) -> int:
        async def later() -> int:
            return self.depth

        return later()  # type: ignore[return-value]

    @strawberry.field
    def colours(self) -> list[Colour]:
        return list(Colour)

    @strawberry.field
    def number_as_text(self) -> int:
        return "7" if self.depth % 2 else 7.0  # type: ignore[return-value]

    @strawberry.field
    def not_finite(self) -> float | None:
        return float("inf") if self.depth == 2 else 1

    @strawberry.field
    def true_text(self) -> str:
        return True  # type: ignore[return-value]

    @strawberry.field
    def scalars(self) -> Scalars:
        return Scalars()

    @strawberry.field
    def echo(self, info: strawberry.Info, wish: Wish | None = None, times: int = 1, words: list[str] = ["y"]) -> JSON:  # noqa: B006
        shown = (info.field_name, info.variable_values.get("flag0"), info.context["who"])
        return JSON({"wish": repr(wish), "times": times, "words": words, "info": shown})


@strawberry.type
class Stone:
    weight: int = 3

    @strawberry.field
    def trees(self, first: int) -> list[Annotated[Tree, strawberry.lazy("test_plans_hostile")]]:
        return [tree(1)] * first


@strawberry.type
class Scalars:
    decimal: Decimal = Decimal("1.50")
    instant: datetime = datetime(2026, 3, 1, tzinfo=UTC)
    day: date = date(2026, 3, 1)
    json: JSON = strawberry.field(default_factory=lambda: JSON({"a": [1, None]}))
    identity: strawberry.ID = strawberry.ID("7")
    truth: bool = True
    share: float = 2.5


Thing = Annotated[Leaf | Tree | Stone, strawberry.union("Thing")]


def tree(depth: int) -> Tree:
    return Tree(name=f"tree {depth}", depth=max(depth, 0))


@strawberry.type
class Query:
    asked: strawberry.Private[int] = 0

    @strawberry.field
    def tree(self, depth: int = 2) -> Tree | None:
        return tree(depth) if depth >= 0 else None

    @strawberry.field
    def hard_tree(self, depth: int = 1) -> Tree:
        if depth == 3:
            raise ValueError("no tree")
        return tree(depth) if depth >= 0 else None  # type: ignore[return-value]

    @strawberry.field
    async def slow_tree(self, depth: int = 1) -> Tree | None:
        if depth == 3:
            raise ValueError("no tree later")
        return tree(depth)

    @strawberry.field
    def counted(self, info: strawberry.Info) -> Leaf:
        info.context["count"] = info.context.get("count", 0) + 1
        return Leaf(name="counted", number=1)

    @strawberry.field
    def thing(self, colour: Colour, wish: Wish | None = None) -> Thing | None:
        return Stone(weight=len(repr(wish))) if colour is Colour.RED else tree(2)


hostile = strawberry.Schema(Query, types=[Leaf, Tree, Stone])
ROOTS = ["tree", "hardTree", "slowTree", "thing"]


@pytest.fixture
def comparison(runner: asyncio.Runner) -> Comparison:
    return Comparison(hostile, {"who": "me"}, runner)


@FEW
@given(seed=st.integers(0, 2**40))
def test_whatever_goes_wrong_goes_wrong_in_the_same_way(runner: asyncio.Runner, seed: int) -> None:
    comparison = Comparison(hostile, {"who": "me"}, runner)
    written = Author(hostile._schema, Random(seed), ROOTS, WORDS, depth=3).write()
    document = comparison.document(written.text, positions=seed % 2 == 0)
    if document is not None:
        difference = comparison.differ(document, written.variables)
        assert difference is None, f"{written.text}\n{written.variables}\n{difference}"


@pytest.mark.parametrize(
    "text",
    [
        "{ tree { leaves { name raises } } }",
        "{ tree { leaves { name raisesHard } name } }",
        "{ tree { some { raises } some { raisesHard number } } }",
        "{ hardTree { null name } }",
        "{ hardTree(depth: 3) { name } tree { name } }",
        "{ tree { things { ... on Leaf { number } ... on Tree { anyNamed { name } } __typename } } }",
        "{ tree(depth: 3) { things { ... on Leaf { number } } } }",
        "{ tree { wrongClass { name } generated noList tuples givenError } }",
        "{ tree { leaves { slow slowTree { leaves { slow } } } } slowTree { name } }",
        "{ tree { leaves { slowRaises name } } slowTree(depth: 3) { name } hardTree { name } }",
        "{ tree { unannounced name } }",
        "{ tree { colours numberAsText notFinite trueText } }",
        "{ tree { scalars { decimal instant day json identity truth share } } }",
        '{ tree { echo(wish: {colour: VERT, inner: {words: ["q"]}}, times: 2) again: echo } }',
        "{ thing(colour: RED) { ... on Stone { weight trees(first: 2) { name } } } }",
        "{ thing(colour: VERT, wish: {number: null}) { ... on Named { name ... on Tree { depth } } } }",
        "{ b: __typename tree { name } a: __typename }",
    ],
)
def test_a_plan_answers_with_the_same_errors_at_the_same_places(comparison: Comparison, text: str) -> None:
    assert comparison.differ(parse(text), {}) is None
    assert comparison.planned == 1


def test_a_root_is_asked_once_when_something_below_it_fails(runner: asyncio.Runner) -> None:
    context: dict[str, Any] = {"who": "me"}
    comparison = Comparison(hostile, context, runner)
    planned = comparison.by_plan(parse("{ counted { raises raisesHard slowRaises } }"), {})
    assert planned is not None
    assert [error[0] for error in planned.errors] == ["a leaf", "a hard leaf"]
    assert context["count"] == 1


VARIED = "query ($flag: Boolean!, $depth: Int) { tree(depth: $depth) { depth name @include(if: $flag) name depth } }"


@pytest.mark.parametrize("flag", [True, False])
@pytest.mark.parametrize("variables", [{}, {"depth": 1}, {"depth": None}, {"depth": "x"}])
def test_variables_decide_anew_for_each_request(comparison: Comparison, flag: bool, variables: dict[str, Any]) -> None:
    assert comparison.differ(parse(VARIED), {"flag": flag, **variables}) is None


@pytest.mark.parametrize(
    "text",
    ["{ __schema { types { name } } }", '{ __type(name: "Tree") { name } }', "mutation { tree { name } }"],
)
def test_what_plans_do_not_know_is_left_whole(comparison: Comparison, text: str) -> None:
    assert comparison.by_plan(parse(text), {}) is None
