"""Closed by default: without a token nothing is answered, and a role reaches exactly the fields its rules name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from http_standin import RULES, SCHEMA, Caller, code, endpoint, token

from api.graphql.http import GraphQLEndpoint
from api.graphql.limits import Limits

Call = Callable[..., Caller]


@pytest.mark.parametrize("authorization", [None, "", "Basic bGk6eA==", "Bearer", "Bearer ", "Bearer nonsense"])
async def test_without_a_good_token_nobody_comes_in(served: GraphQLEndpoint, authorization: str | None) -> None:
    caller = Caller(served, None)
    headers = {"Authorization": authorization} if authorization is not None else {}
    for response in (
        await caller.ask("{ whoami }", headers=headers),
        await caller.http.get("/graphql", params={"query": "{ __typename }"}, headers=headers),
    ):
        assert (response.status_code, code(response)) == (401, "UNAUTHENTICATED")
        assert response.headers["www-authenticate"].startswith("Bearer")


async def test_two_authorization_headers_are_one_too_many(served: GraphQLEndpoint, tmp_path: Path) -> None:
    bearer = token(endpoint(tmp_path)[1])
    headers = [("Authorization", f"Bearer {bearer}"), ("Authorization", f"Bearer {bearer}")]
    response = await Caller(served, None).http.post("/graphql", json={"query": "{ whoami }"}, headers=headers)
    assert response.status_code == 401


async def test_a_token_opens_until_it_expires(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    served, issuer = endpoint(tmp_path, clock=lambda: now)
    caller = Caller(served, token(issuer))
    assert (await caller.ask("{ whoami }")).json() == {"data": {"whoami": "somebody developer"}}
    now += timedelta(hours=2)
    assert (await caller.ask("{ whoami }")).status_code == 401


@pytest.mark.parametrize(
    "document",
    [
        '{ customer(id: "1") { msisdn } }',
        "{ found { ... on Customer { msisdn } } }",
        "{ found { ...A } } fragment A on Customer { held { ...B } } fragment B on Offering { code }",
        "query A { whoami } query B { found { ... on Customer { msisdn } } }",
        '{ node(id: "1") { ... on Customer { msisdn } } }',
    ],
)
async def test_one_forbidden_field_refuses_the_whole_document_and_is_named(caller: Call, document: str) -> None:
    name = "B" if "query B" in document else None
    body = {"query": document, "operationName": name}
    accept = {"Accept": "application/graphql-response+json"}
    response = await caller("storefront").http.post("/graphql", json=body, headers=accept)
    assert (response.status_code, code(response), "data" in response.json()) == (403, "FORBIDDEN", False)
    assert response.json()["errors"][0]["extensions"]["field"] in response.json()["errors"][0]["message"]
    assert (await caller("agent").http.post("/graphql", json=body)).json()["data"]


async def test_a_field_without_a_rule_is_closed_to_everybody(tmp_path: Path) -> None:
    served, issuer = endpoint(tmp_path, rules={name: roles for name, roles in RULES.items() if name != "Query.*"})
    response = await Caller(served, token(issuer, "admin")).ask("{ whoami }")
    assert (response.status_code, code(response)) == (403, "FORBIDDEN")


@pytest.mark.parametrize("document", ["{ __schema { queryType { name } } }", '{ __type(name: "Customer") { name } }'])
async def test_introspection_is_for_developers(caller: Call, document: str) -> None:
    assert code(await caller("storefront").ask(document)) == "FORBIDDEN"
    assert (await caller("developer").ask(document)).json()["data"]
    assert (await caller("storefront").ask("{ __typename }")).json() == {"data": {"__typename": "Query"}}


async def test_only_developers_are_told_what_they_may_have_meant(caller: Call) -> None:
    for document in (
        "{ whoam }",
        "{ offering { cod } }",
        "{ offering(cod: 1) { code } }",
        "{ found { ... on Custome { id } } }",
    ):
        hints = [(await caller(role).ask(document)).json()["errors"][0] for role in ("developer", "storefront")]
        assert ["Did you mean" in hint["message"] for hint in hints] == [True, False]
        assert ["locations" in hint for hint in hints] == [True, False]


async def test_each_role_has_its_rate_and_is_told_when_to_come_back(tmp_path: Path) -> None:
    limits = replace(Limits(), requests_per_second={"agent": 2, "admin": 100})
    now = datetime.now(UTC)
    served, issuer = endpoint(tmp_path, limits=limits, clock=lambda: now)
    agent, admin = (Caller(served, token(issuer, role)) for role in ("agent", "admin"))
    answers = [(await agent.ask("{ whoami }")).status_code for _ in range(6)]
    assert answers == [200, 200, 200, 200, 429, 429]
    assert (await agent.ask("{ whoami }")).headers["retry-after"] == "1"
    assert (await admin.ask("{ whoami }")).status_code == 200
    now += timedelta(seconds=1)
    assert (await agent.ask("{ whoami }")).status_code == 200


def test_the_stand_in_schema_is_ruled_completely() -> None:
    from api.graphql.rules import stray_rules, unruled_fields

    assert unruled_fields(SCHEMA._schema, RULES) == []
    assert stray_rules(SCHEMA._schema, RULES) == []
