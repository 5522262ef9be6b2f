"""A hostile document is refused or answered at once, with no status of 500, and the next caller is served."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from http_standin import Caller, endpoint, token

from api.graphql.limits import Limits

Call = Callable[..., Caller]


def chain(levels: int, link: str, last: str, on: str = "Offering") -> str:
    """Fragments F0 … Fn; `link` stands for the next one as `@`."""
    links = " ".join(f"fragment F{n} on {on} {{ {link.replace('@', f'...F{n + 1}')} }}" for n in range(levels))
    return f"{links} fragment F{levels} on {on} {{ {last} }}"


def many(count: int, each: str) -> str:
    return " ".join(each.replace("#", str(n)) for n in range(count))


PAGE = "{ offerings(first: 100) { edges { node { @ } } } }"
HOSTILE = {
    "nested 5,000 deep": "{a" * 5000 + "}" * 5000,
    "nested 150 deep": "{ offering " + "{ parts " * 150 + "{ code" + "}" * 152,
    "a list nested 600 deep": "{ offering(code: " + "[" * 600 + "]" * 600 + ") { code } }",
    "aliases": "{" + many(600, "a#: whoami") + "}",
    "directives": "{ whoami " + "@skip(if: false) " * 300 + "}",
    "fragments doubling to 2^20": "{ offering { ...F0 } }" + chain(20, "parts { @ } b: parts { @ }", "code"),
    "fragments doubling to 2^11": "{ offering { ...F0 } }"
    + chain(11, "parts { @ } related(first: 1) { edges { node { @ } } }", "code"),
    "spreads doubling to 2^24": "{ ...F0 }" + chain(24, "@ @", "whoami", "Query"),
    "fragments in a circle": "{ offering { ...F0 } }" + chain(2, "parts { @ }", "...F0"),
    "one field repeated": "{" + "offering { code } " * 490 + "}",
    "one field repeated, nested": "{" + "offering { parts { code } } " * 49 + "}",
    "fragments compared in pairs": "{"
    + many(39, "offering { ...F# }")
    + "}"
    + many(39, "fragment F# on Offering { code name }"),
    "one spread repeated": "{ offering {" + "...A " * 900 + "} } fragment A on Offering { code }",
    "fan-out 100 × 100 × 10": PAGE.replace("@", "related(first: 100) { edges { node { parts { code } } } }"),
    "a giant list": "{ offeringsByCode(codes: [" + '"a",' * 1900 + "]) { code } }",
    "a long text": '{ offering(code: "' + "a" * 60_000 + '") { code } }',
    "a block of short lines": '{ offering(code: """' + "\n a" * 20_000 + '""") { code } }',
    "escapes": '{ offering(code: "' + "\\u0041" * 10_000 + '") { code } }',
    "comments": "#\n" * 30_000 + "{ whoami }",
    "a document of 250 kB": " " * 250_000 + "{ whoami }",
    "unknown fields": "{" + many(600, "f#") + "}",
    "unknown arguments": "{ offering(" + many(600, "a#: 1") + ") { code } }",
    "unused variables": "query (" + many(480, "$v#: Int") + ") { whoami }",
    "many operations": many(380, "query q# { whoami }"),
    "introspection in circles": "{ __schema { types {" + "fields { type { " * 3 + "name" + "} }" * 3 + "} } }",
    "introspection doubling": "{ __schema { types { ...F0 } } }"
    + chain(13, "ofType { @ } b: ofType { @ }", "name", "__Type"),
    "mutations repeated by alias": "mutation {" + many(6, 'a#: rename(code: "a", name: "b") { code }') + "}",
    "mutations repeated by fragment": "mutation { ...A ...B ...C } fragment A on Mutation {"
    + many(2, 'a#: rename(code: "a", name: "b") { code }')
    + "} fragment B on Mutation { ...A } fragment C on Mutation { ...A }",
    "introspection repeated by alias": "{ __schema {" + many(4, "a#: types { name }") + "} }",
    "introspection repeated at the root": "{" + many(6, "a#: __schema { types { name } }") + "}",
    "the longest list of many fields": PAGE.replace("@", many(30, "a#: code") + " code name id"),
}
ANSWERED = {
    "one field repeated, nested",
    "fragments compared in pairs",
    "one spread repeated",
    "a giant list",
    "a long text",
    "a block of short lines",
    "escapes",
    "the longest list of many fields",
}


@pytest.mark.parametrize("what", HOSTILE)
async def test_a_hostile_document_costs_little(caller: Call, what: str) -> None:
    """The bound is wide, as machines that test are busy; what it must catch takes seconds or for ever."""
    for role in ("storefront", "product_manager", "developer"):
        person = caller(role)
        started = time.process_time()
        response = await person.ask(HOSTILE[what])
        spent = time.process_time() - started
        print(f"{what}, {role}: {response.status_code}, {1000 * spent:.0f} ms")
        assert spent < 0.5
        assert response.status_code < 500
        if what not in ANSWERED:
            assert response.status_code in (400, 403)
        assert (await person.ask("{ whoami }")).status_code == 200


async def test_a_refused_document_fills_no_memory(tmp_path: Path) -> None:
    served, issuer = endpoint(tmp_path)
    person = Caller(served, token(issuer))
    for number in range(50):
        await person.ask("{" + "parts {" * 20 + f"a{number}" + "}" * 21)
    assert (len(served.documents._kept), served.documents._bytes) == (0, 0)


async def test_the_memory_of_documents_is_bounded_and_keeps_the_latest(tmp_path: Path) -> None:
    served, issuer = endpoint(tmp_path, limits=replace(Limits(), document_cache_bytes=50_000))
    person, documents = Caller(served, token(issuer)), served.documents
    texts = [f"query q{number} {{ whoami }}" for number in range(100)]
    for text in texts:
        await person.ask(text)
    assert documents._bytes <= 50_000
    assert documents._bytes == sum(document.size for document in documents._kept.values())
    assert list(documents._kept)[-1] == texts[-1]
    assert texts[0] not in documents._kept
