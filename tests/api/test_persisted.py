"""Documents that front-ends upload: what a manifest may look like, and who may send what afterwards."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from http_standin import Caller, code, endpoint, token
from hypothesis import given
from hypothesis import strategies as st

from api.graphql.http import GraphQLEndpoint
from api.graphql.persisted import held_to_uploads
from api.persisted import PREFIX, BadManifest, Change, Named, digest_of, planned, read_manifest
from api.plans.plans import Plans
from api.roles import ROLES

WHO = "query Who { whoami }"
RENAME = 'mutation Rename { rename(code: "A", name: "B") { code } }'
WHO_ID = PREFIX + digest_of(WHO)
NOW = datetime(2026, 5, 1, tzinfo=UTC)


def named(text: str, id_: str = "", app: str = "shop") -> Named:
    return Named(app, id_ or PREFIX + digest_of(text), digest_of(text), text, NOW)


def manifest(value: Any) -> dict[str, str]:
    return read_manifest(json.dumps(value).encode())


@pytest.mark.parametrize(
    "value",
    [
        {WHO_ID: WHO},
        {digest_of(WHO): WHO},
        {
            "format": "apollo-persisted-query-manifest",
            "version": 1,
            "operations": [{"id": digest_of(WHO), "body": WHO}],
        },
        [{"id": WHO_ID, "text": WHO}],
    ],
    ids=["map", "bare hash", "apollo", "list"],
)
def test_a_manifest_may_have_any_of_the_common_shapes(value: Any) -> None:
    assert manifest(value) == {WHO_ID: WHO}


def test_ids_that_are_no_hash_of_ours_stay_as_the_build_made_them() -> None:
    assert manifest({"0123456789abcdef0123456789abcdef": WHO, "0" * 64: WHO, "x-shop:who": WHO}).keys() == {
        "0123456789abcdef0123456789abcdef",
        "0" * 64,
        "x-shop:who",
    }


@pytest.mark.parametrize(
    "value",
    [
        "text",
        {"a b": WHO},
        {"md5:12": WHO},
        {"": WHO},
        {"a": ""},
        {"a": 1},
        [{"id": "a"}],
        [{"id": "a", "text": WHO}, {"id": "a", "text": RENAME}],
        {PREFIX + "0" * 64: WHO},
    ],
)
def test_a_manifest_that_cannot_be_right_is_refused_with_its_reason(value: Any) -> None:
    with pytest.raises(BadManifest, match=r"[a-z].*[一-鿿]"):
        manifest(value)


TEXTS = st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(["{a}", "{b}", "{c}"]))


def applied(known: dict[str, str], change: Change) -> dict[str, str]:
    kept = {id_: text for id_, text in known.items() if id_ not in change.removed}
    return {**kept, **change.new, **change.changed}


@given(TEXTS, TEXTS, st.booleans())
def test_a_second_run_changes_nothing_and_pruning_leaves_the_manifest_alone(
    known: dict[str, str], wanted: dict[str, str], prune: bool
) -> None:
    def rows(texts: dict[str, str]) -> list[Named]:
        return [named(text, id_) for id_, text in texts.items()]

    after = applied(known, planned("shop", wanted, rows(known), prune=prune))
    assert after == (wanted if prune else {**known, **wanted})
    again = planned("shop", wanted, rows(after), prune=prune)
    assert not again.is_one
    assert set(again.unchanged) == set(wanted)


def test_an_id_stands_for_one_document_whoever_uploaded_it() -> None:
    assert planned("app", {"who": WHO}, [named(WHO, "who", "shop")], prune=True).new == {"who": WHO}
    with pytest.raises(BadManifest, match="app shop"):
        planned("app", {"who": RENAME}, [named(WHO, "who", "shop")], prune=True)


@pytest.fixture
def uploaded(served: GraphQLEndpoint) -> GraphQLEndpoint:
    served.persisted.take([named(WHO), named(RENAME, "rename"), named("query Bad { nothing }", "bad")])
    return served


async def post(caller: Caller, **body: Any) -> Any:
    return await caller.http.post("/graphql", json=body, headers={"Accept": "application/graphql-response+json"})


async def test_a_request_names_a_document_by_its_hash_or_by_the_build_s_id(
    uploaded: GraphQLEndpoint, tmp_path: Path
) -> None:
    caller = Caller(uploaded, token(endpoint(tmp_path)[1]))
    for body in ({"documentId": WHO_ID}, {"documentId": WHO_ID, "operationName": "Who"}):
        assert (await post(caller, **body)).json() == {"data": {"whoami": "somebody developer"}}
    assert (await post(caller, documentId="rename")).json()["data"]["rename"]["code"] == "DATA_10G"
    by_url = await caller.http.get("/graphql", params={"documentId": WHO_ID})
    assert by_url.json() == {"data": {"whoami": "somebody developer"}}
    assert (await caller.http.get("/graphql", params={"documentId": "rename"})).status_code == 405


async def test_what_was_not_uploaded_or_has_become_invalid_is_one_error(
    uploaded: GraphQLEndpoint, tmp_path: Path
) -> None:
    caller = Caller(uploaded, token(endpoint(tmp_path)[1]))
    unknown = await post(caller, documentId=PREFIX + "0" * 64)
    assert (unknown.status_code, code(unknown), len(unknown.json()["errors"])) == (
        400,
        "PERSISTED_DOCUMENT_NOT_FOUND",
        1,
    )
    await uploaded.persisted.prepare()
    assert code(await post(caller, documentId="bad")) == "VALIDATION_ERROR"
    for body in ({"documentId": WHO_ID, "query": WHO}, {"documentId": 1}, {"documentId": ""}):
        assert code(await post(caller, **body)) == "BAD_REQUEST"


async def test_a_role_that_is_held_to_uploads_can_send_nothing_else(uploaded: GraphQLEndpoint, tmp_path: Path) -> None:
    uploaded.persisted.only = held_to_uploads("storefront,agent")
    issuer = endpoint(tmp_path)[1]
    shop, developer = Caller(uploaded, token(issuer, "storefront")), Caller(uploaded, token(issuer))
    refused = await post(shop, query="{ offering { code } }")
    assert (refused.status_code, code(refused)) == (403, "PERSISTED_DOCUMENTS_ONLY")
    assert "documents sync" in refused.json()["errors"][0]["message"]
    chinese = await shop.http.post("/graphql", json={"query": "{ a }"}, headers={"Accept-Language": "zh"})
    assert "已登记" in chinese.json()["errors"][0]["message"]
    # The text of an uploaded document is that document.
    assert (await post(shop, query=WHO)).status_code == 200
    assert (await post(shop, documentId=WHO_ID)).status_code == 200
    assert (await post(developer, query="{ offering { code } }")).status_code == 200


def test_the_setting_says_which_roles_are_held() -> None:
    assert held_to_uploads("any") == frozenset()
    assert held_to_uploads("persisted") == set(ROLES) - {"developer", "admin"}
    assert held_to_uploads("storefront, customer") == {"storefront", "customer"}


async def test_uploaded_documents_stay_prepared_while_thousands_of_others_pass(
    uploaded: GraphQLEndpoint, tmp_path: Path
) -> None:
    await uploaded.persisted.prepare()
    first = uploaded.documents.known(WHO)
    for number in range(30):
        uploaded.documents.prepare(f"query Q{number} {{ whoami }}", role="developer")
        uploaded.documents._kept.clear()
    assert first is not None
    assert uploaded.documents.known(WHO) is first
    uploaded.persisted.take([])
    assert uploaded.documents.known(WHO) is None
    caller = Caller(uploaded, token(endpoint(tmp_path)[1]))
    assert code(await post(caller, documentId=WHO_ID)) == "PERSISTED_DOCUMENT_NOT_FOUND"


async def test_an_uploaded_document_is_planned_the_first_time_and_any_other_the_second(
    uploaded: GraphQLEndpoint, tmp_path: Path
) -> None:
    uploaded.plans = Plans(uploaded.schema)
    caller, other = Caller(uploaded, token(endpoint(tmp_path)[1])), "query Other { whoami }"
    for body in ({"documentId": WHO_ID}, {"query": other}):
        assert (await post(caller, **body)).json() == {"data": {"whoami": "somebody developer"}}
    planned_ones = [uploaded.documents.known(text) for text in (WHO, other)]
    assert [one and one.operation(None).planned is not None for one in planned_ones] == [True, False]


async def test_what_is_uploaded_is_read_when_it_changed_and_not_before(served: GraphQLEndpoint) -> None:
    reads: list[int] = []

    async def revision() -> int:
        return 1 + len(reads) // 2

    async def documents() -> list[Named]:
        reads.append(1)
        return [named(WHO)]

    for _ in range(3):
        await served.persisted.load(revision, documents)
    assert len(reads) == 1
    reads.append(1)
    await served.persisted.load(revision, documents)
    assert (len(reads), served.persisted.count) == (3, 1)
