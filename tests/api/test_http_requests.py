"""What is a well-formed request, which media type answers it, and with which status code."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from http_standin import Caller, code
from hypothesis import given
from hypothesis import strategies as st

from api.graphql import wire
from api.graphql.errors import Expected

Call = Callable[..., Caller]
RESPONSE_JSON = "application/graphql-response+json"
PLAIN_JSON = "application/json"


async def post(caller: Caller, content: bytes, **headers: str) -> httpx.Response:
    default = {"Content-Type": PLAIN_JSON}
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return await caller.http.post("/graphql", content=content, headers=default | given)


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        (RESPONSE_JSON, RESPONSE_JSON),
        (PLAIN_JSON, PLAIN_JSON),
        ("*/*", PLAIN_JSON),
        ("application/*", PLAIN_JSON),
        ("", PLAIN_JSON),
        (f"{RESPONSE_JSON}, {PLAIN_JSON};q=0.9", RESPONSE_JSON),
        (f"{RESPONSE_JSON};q=0.1, {PLAIN_JSON}", PLAIN_JSON),
        (f"text/html, {PLAIN_JSON.upper()}; charset=utf-8", PLAIN_JSON),
        (f"{PLAIN_JSON};q=0, */*;q=0.1", PLAIN_JSON),
        ("text/html", None),
        (f"{RESPONSE_JSON};q=0", None),
        (f"{RESPONSE_JSON};q=much", None),
    ],
)
async def test_the_answer_has_the_media_type_that_the_caller_prefers(
    caller: Call, accept: str, answered: str | None
) -> None:
    response = await caller().ask("{ whoami }", headers={"Accept": accept})
    assert response.status_code == (200 if answered else 406)
    assert response.headers["content-type"] == f"{answered or PLAIN_JSON}; charset=utf-8"


@pytest.mark.parametrize(
    "content_type", ["text/plain", "", "application/graphql", "multipart/form-data", "application/json; charset=gbk"]
)
async def test_only_json_in_utf8_is_read(caller: Call, content_type: str) -> None:
    response = await post(caller(), b'{"query": "{ whoami }"}', Content_Type=content_type)
    assert response.status_code == 415


async def test_json_may_name_its_charset_but_may_not_be_compressed(caller: Call) -> None:
    body = b'{"query": "{ whoami }"}'
    assert (await post(caller(), body, Content_Type='application/json; charset="UTF-8"')).status_code == 200
    assert (await post(caller(), body, Content_Encoding="gzip")).status_code == 415


MALFORMED = {
    "nothing": b"",
    "half an object": b'{"query": ',
    "invalid UTF-8": b'{"query": "{ whoami }\xff"}',
    "UTF-16": '{"query": "{ whoami }"}'.encode("utf-16"),
    "half a surrogate pair": b'{"query": "{ whoami }", "variables": {"a": "\\ud800"}}',
    "a repeated key": b'{"query": "{ whoami }", "query": "{ offering { code } }"}',
    "a repeated key of a variable": b'{"query": "{ whoami }", "variables": {"a": {"b": 1, "b": 2}}}',
    "nested 100,000 deep": b'{"query": "{ whoami }", "variables": {"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}}",
    "an integer of 5,000 digits": b'{"query": "{ whoami }", "variables": {"a": ' + b"9" * 5000 + b"}}",
    "an integer of 20 digits": b'{"query": "{ whoami }", "variables": {"a": ' + b"9" * 20 + b"}}",
    "an endless float": b'{"query": "{ whoami }", "variables": {"a": 1e999}}',
    "NaN": b'{"query": "{ whoami }", "variables": {"a": NaN}}',
    "a batch": b'[{"query": "{ whoami }"}]',
    "a text": b'"{ whoami }"',
    "no query": b'{"qeury": "{ whoami }"}',
    "an empty query": b'{"query": ""}',
    "a query that is no text": b'{"query": ["{ whoami }"]}',
    "variables that are no object": b'{"query": "{ whoami }", "variables": []}',
    "an operation name that is no text": b'{"query": "{ whoami }", "operationName": 1}',
    "extensions that are no object": b'{"query": "{ whoami }", "extensions": false}',
}


@pytest.mark.parametrize("what", MALFORMED)
@pytest.mark.parametrize("accept", [RESPONSE_JSON, PLAIN_JSON])
async def test_a_malformed_body_is_the_callers_fault(caller: Call, what: str, accept: str) -> None:
    response = await post(caller(), MALFORMED[what], Accept=accept)
    assert (response.status_code, code(response)) == (400, "BAD_REQUEST")
    assert "data" not in response.json()


async def test_variables_nested_too_deep_or_too_many_are_refused_before_they_are_coerced(caller: Call) -> None:
    deep: Any = 1
    for _ in range(40):
        deep = [deep]
    for value, limit in ((deep, "variable_depth"), ([1] * 6000, "values")):
        response = await caller().ask("{ whoami }", {"a": value})
        assert response.status_code == 400
        assert response.json()["errors"][0]["extensions"]["limit"] == limit


async def test_a_body_over_the_limit_is_not_read_to_its_end(caller: Call) -> None:
    sent = 0

    async def endless() -> Any:
        nonlocal sent
        while True:
            sent += 65536
            yield b" " * 65536

    response = await caller().http.post("/graphql", content=endless(), headers={"Content-Type": PLAIN_JSON})
    assert response.status_code == 413
    assert sent < 2**20
    declared = await post(caller(), b"{}", Content_Length=str(10**9))
    assert declared.status_code == 413


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("{", "PARSE_ERROR"),
        ("type Query { a: Int }", "VALIDATION_ERROR"),
        ("{ nothing }", "VALIDATION_ERROR"),
        ("{ offerings(first: 5000) { totalCount } }", "LIMIT_EXCEEDED"),
        ("query A { whoami } query B { whoami }", "BAD_REQUEST"),
        ("query ($id: ID!) { node(id: $id) { id } }", "BAD_REQUEST"),
        ("subscription { whoami }", "VALIDATION_ERROR"),
        ("fragment A on Query { whoami }", "VALIDATION_ERROR"),
    ],
)
async def test_a_bad_document_has_no_data_and_its_status_depends_on_the_media_type(
    caller: Call, document: str, expected: str
) -> None:
    for accept, status in ((RESPONSE_JSON, 400), (PLAIN_JSON, 200)):
        response = await caller().ask(document, headers={"Accept": accept})
        assert (response.status_code, code(response), "data" in response.json()) == (status, expected, False)


async def test_the_operation_is_chosen_by_its_name(caller: Call) -> None:
    body = {"query": "query A { whoami } query B { offering { code } }", "operationName": "B"}
    response = await caller().http.post("/graphql", json=body)
    assert response.json() == {"data": {"offering": {"code": "DATA_10G"}}}


async def test_get_answers_queries_and_never_mutations(caller: Call) -> None:
    http = caller().http
    asked = {
        "query": "query ($id: ID!) { node(id: $id) { id } }",
        "variables": json.dumps({"id": "1"}),
        "extensions": "",
    }
    assert (await http.get("/graphql", params=asked)).json() == {"data": {"node": {"id": "1"}}}
    for accept in (RESPONSE_JSON, PLAIN_JSON):
        mutation = {"query": 'mutation { rename(code: "a", name: "b") { code } }'}
        response = await http.get("/graphql", params=mutation, headers={"Accept": accept})
        assert (response.status_code, response.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(
    "query_string",
    [
        "",
        "query=",
        "query={whoami}&query={whoami}",
        "query={whoami}&variables=[1]",
        "query={whoami}&variables={",
        "query=%ff",
    ],
)
async def test_a_malformed_query_string_is_the_callers_fault(caller: Call, query_string: str) -> None:
    response = await caller().http.get("/graphql?" + query_string)
    assert (response.status_code, code(response)) == (400, "BAD_REQUEST")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
async def test_other_methods_are_not_served(caller: Call, method: str) -> None:
    response = await caller().http.request(method, "/graphql")
    assert (response.status_code, response.headers["allow"]) == (405, "GET, POST")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)
parameters = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("query", "operationName", "variables", "extensions"), json_values)
)


@given(st.binary(max_size=200) | (json_values | parameters).map(lambda value: json.dumps(value).encode()))
def test_whatever_the_body_holds_it_is_read_or_refused(body: bytes) -> None:
    try:
        request = wire.from_body(body, max_depth=32, max_values=5000)
    except Expected:
        return
    assert request.query
    assert json.loads(body)["query"] == request.query


@given(
    st.binary(max_size=100)
    | st.text(max_size=50).map(lambda text: urlencode({"query": text, "variables": text}).encode())
)
def test_whatever_the_query_string_holds_it_is_read_or_refused(query_string: bytes) -> None:
    with suppress(Expected):
        assert wire.from_query_string(query_string, max_depth=32, max_values=5000).query


@given(st.text(max_size=60))
def test_whatever_the_headers_hold_a_media_type_and_a_language_come_out(header: str) -> None:
    assert wire.response_type(header) in (None, RESPONSE_JSON, PLAIN_JSON)
    assert wire.language(header) in ("zh", "en")
    assert wire.is_json(header) in (True, False)
