"""A document's shape is judged before validation, in one walk over what was written, not what it multiplies to."""

from __future__ import annotations

import pytest
from graphql import get_introspection_query, parse
from hypothesis import given
from hypothesis import strategies as st

from api.graphql.errors import LimitExceeded, ValidationFailed
from api.graphql.limits import Limits, check_document

LIMITS = Limits()


def refused_for(text: str, limits: Limits = LIMITS) -> str | None:
    try:
        check_document(parse(text), limits)
    except LimitExceeded as error:
        return str(error.detail["limit"])
    return None


def nested(levels: int, leaf: str = "code") -> str:
    return "{ parts " * (levels - 1) + "{ " + leaf + " }" * levels


@pytest.mark.parametrize(
    ("at_the_limit", "beyond", "limit"),
    [
        (nested(12), nested(13), "depth"),
        (
            "{ __schema { types " + nested(18, "name").replace("parts", "ofType") + "} }",
            "{ __schema { types " + nested(19, "name").replace("parts", "ofType") + "} }",
            "introspection_depth",
        ),
        ("{ ... " * 39 + "{ a }" + "}" * 39, "{ ... " * 40 + "{ a }" + "}" * 40, "nesting"),
        (
            "{" + " ".join(f"a{n}: whoami" for n in range(30)) + "}",
            "{" + " ".join(f"a{n}: whoami" for n in range(31)) + "}",
            "aliases",
        ),
        ("{ whoami " + "@a " * 50 + "}", "{ whoami " + "@a " * 51 + "}", "directives"),
        ("query ($a: Int " + "@a " * 50 + ") { a }", "query ($a: Int " + "@a " * 50 + ") @a { a }", "directives"),
        (
            "mutation { ...A ...A b } fragment A on Mutation { c d }",
            "mutation { ...A ...A ...A } fragment A on Mutation { ... on Mutation { c d } }",
            "root_mutation_fields",
        ),
        ("{" + "a " * 100 + "}", "{" + "a " * 101 + "}", "overlaps"),
        (
            " ".join(f"query q{n} {{ a }}" for n in range(10)),
            " ".join(f"query q{n} {{ a }}" for n in range(11)),
            "operations",
        ),
        (
            "{ a }" + " ".join(f"fragment f{n} on A {{ a{n} }}" for n in range(40)),
            "{ a }" + " ".join(f"fragment f{n} on A {{ a{n} }}" for n in range(41)),
            "fragments",
        ),
    ],
)
def test_each_limit_allows_what_reaches_it_and_refuses_one_more(at_the_limit: str, beyond: str, limit: str) -> None:
    assert (refused_for(at_the_limit), refused_for(beyond)) == (None, limit)


def test_the_standard_introspection_query_passes_whatever_the_depth_of_ordinary_fields() -> None:
    assert refused_for(get_introspection_query(input_value_deprecation=True), Limits(depth=1)) is None


def test_a_fragment_deepens_the_place_it_is_spread_at() -> None:
    assert refused_for("{ a { ...F } } fragment F on T " + nested(11)) is None
    assert refused_for("{ a { ...F } } fragment F on T " + nested(12)) == "depth"
    assert refused_for("{ a } fragment F on T " + nested(13)) == "depth", (
        "a fragment that nobody spreads is checked too"
    )


@pytest.mark.parametrize(
    "text",
    [
        "{ ...A } fragment A on Q { ...A }",
        "{ ...A } fragment A on Q { b { ...B } } fragment B on Q { ... { ...A } }",
        "{ a } fragment A on Q { ...B } fragment B on Q { ...C } fragment C on Q { ...B }",
    ],
)
def test_fragments_in_a_circle_are_refused(text: str) -> None:
    with pytest.raises(ValidationFailed, match="circle"):
        check_document(parse(text), LIMITS)


def doubling(levels: int) -> str:
    """Fragments that each use the next twice, one level deeper: 2^levels fields when expanded."""
    chain = " ".join(f"fragment F{n} on T {{ a {{ ...F{n + 1} }} b {{ ...F{n + 1} }} }}" for n in range(levels))
    return f"{{ ...F0 }} {chain} fragment F{levels} on T {{ c }}"


def test_doubling_fragments_cost_the_check_no_more_than_their_text() -> None:
    generous = Limits(depth=100, nesting=200, fragments=100, overlaps=10**6)
    visited = [check_document(parse(doubling(levels)), generous) for levels in (10, 20, 40)]
    assert visited == [4 * levels + 2 for levels in (10, 20, 40)]


selection = st.deferred(lambda: st.sampled_from(["a", "b", "x: a", "...F", "... { c }"]) | nesting)
nesting = st.lists(selection, min_size=1, max_size=3).map(lambda inner: "a {" + " ".join(inner) + "}")


@given(st.lists(selection, min_size=1, max_size=6), st.lists(selection, min_size=1, max_size=6))
def test_the_walk_never_visits_more_nodes_than_the_document_has_tokens(query: list[str], fragment: list[str]) -> None:
    inner = " ".join(fragment).replace("...F", "d")
    document = parse("{" + " ".join(query) + "} fragment F on T {" + inner + "}")
    generous = Limits(depth=10**3, nesting=10**3, overlaps=10**6, aliases=10**3)
    assert check_document(document, generous) <= document.token_count
