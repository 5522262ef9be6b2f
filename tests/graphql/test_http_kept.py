"""Answers of the real catalog that are kept: what may be among them, and how an edit elsewhere reaches them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from inspect import isawaitable
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import httpx
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
    parse,
)
from starlette.applications import Starlette

from api.auth import ROLES, Issuer
from api.graphql.access import RULES
from api.graphql.rules import required_fields
from api.graphql.schema import schema
from api.graphql.standing import NOT, ROOTS, standing_fields
from api.settings import Settings
from catalog.customer_store import Caller
from catalog.documents.catalog_file import import_catalog
from catalog.offering import Offering
from catalog.period import Period
from catalog.price import Quantity
from catalog.snapshot import Snapshot
from catalog.term import Term, TermKind
from catalog.text import Text
from sql.pool import Database

STANDING = standing_fields(schema._schema)
TYPES = schema._schema.type_map
ARGUMENTS = {"first": "3", "code": '"WLAN"'}


def selections(type_: GraphQLObjectType, path: tuple[str, ...]) -> Iterator[str]:
    """Every standing field below an object, none of its types twice on one path."""
    for name, field in type_.fields.items():
        inner = get_named_type(field.type)
        if f"{type_.name}.{name}" not in STANDING or inner.name in path:
            continue
        required = [f"{key}: {ARGUMENTS[key]}" for key, one in field.args.items() if is_required_argument(one)]
        arguments = f"({', '.join(required)})" if required else ""
        if is_leaf_type(inner):
            yield name + arguments
        elif isinstance(inner, GraphQLObjectType) and (below := " ".join(selections(inner, (*path, inner.name)))):
            yield f"{name}{arguments} {{ {below} }}"


def documents() -> Iterator[str]:
    query = TYPES["Query"]
    assert isinstance(query, GraphQLObjectType)
    for root in ROOTS:
        field = query.fields[root]
        given = [f"{key}: {ARGUMENTS[key]}" for key in field.args if key in ARGUMENTS]
        if root == "productOfferingSearch":
            facets = get_named_type(field.args["facets"].type)
            assert isinstance(facets, GraphQLEnumType)
            given.append(f"facets: [{', '.join(facets.values)}]")
        inner = get_named_type(field.type)
        assert isinstance(inner, GraphQLObjectType)
        yield f"{{ {root}({', '.join(given)}) {{ {' '.join(selections(inner, (inner.name,)))} }} }}"


class Narrow:
    """A context of a request that has nothing of its own but what the key of a kept answer is made of."""

    def __init__(self, snapshot: Snapshot, at: datetime) -> None:
        self.snapshot, self.at, self.language = snapshot, at, "zh"
        self.principal = SimpleNamespace(role="admin", limit=None)

    def snapshot_at(self, at: datetime) -> Snapshot:
        return self.snapshot

    def has(self, at: datetime) -> bool:
        return True


async def test_what_is_kept_reads_nothing_but_the_catalog_the_language_the_role_and_the_region(app: Starlette) -> None:
    """No database, no subject, no request and no time within two boundaries: what the context lacks would fail."""
    from graphql import execute

    snapshot = app.state.services.catalog.current
    now = datetime.now(UTC)
    reached: set[str] = set()
    for text in documents():
        ast = parse(text)
        answers = []
        for at in (now, now + timedelta(hours=7)):
            assert snapshot.moment(at) is snapshot.moment(now)
            found = execute(
                schema._schema,
                ast,
                context_value=Narrow(snapshot, at),
                executor_class=schema.execution_context_class,
            )
            assert not isawaitable(found)
            assert not found.errors
            answers.append(found.data)
        assert answers[0] == answers[1]
        reached |= required_fields(schema._schema, ast, ast.definitions[0])  # type: ignore[arg-type]
    assert {name for name in STANDING if name.startswith("Query.")} <= reached
    # What only inner objects of a type have that stands on the path already is reached from another root.
    assert len(STANDING - reached) / len(STANDING) < 0.05


def test_no_field_of_a_person_a_market_or_a_version_in_design_is_kept() -> None:
    types = {name.partition(".")[0] for name in STANDING}
    assert types.isdisjoint({"Customer", "Product", "Recommendation", "Quote", "MarketSegment", "Mutation", "Node"})
    assert not STANDING & set(NOT)
    asked_of_somebody = {
        f"Query.{name}"
        for name, field in TYPES["Query"].fields.items()  # type: ignore[attr-defined]
        if any("customer" in arg.lower() or "msisdn" in arg.lower() for arg in field.args)
    }
    assert asked_of_somebody
    assert not STANDING & asked_of_somebody


def test_an_argument_of_what_is_kept_names_nobody_but_the_context_s_customer_whom_the_catalog_does_not_read() -> None:
    for root in ROOTS:
        for argument in TYPES["Query"].fields[root].args.values():  # type: ignore[attr-defined]
            inner = get_named_type(argument.type)
            names = set(inner.fields) if isinstance(inner, GraphQLInputObjectType) else set()
            assert not names & {"msisdn", "subject", "customer"}


def test_a_term_that_ends_is_an_instant_at_which_answers_end() -> None:
    end = datetime(2027, 1, 1, tzinfo=UTC)
    term = Term("year", TermKind.BINDING, Quantity(1, "year"), valid=Period(None, end))  # type: ignore[arg-type]
    offering = Offering("A", Text("甲", "A"), terms=(term,))
    snapshot = Snapshot(1, {"A": (offering,)}, {}, {})
    assert snapshot.until(datetime(2026, 12, 31, tzinfo=UTC)) == end


async def client(app: Starlette, settings: Settings, role: str) -> httpx.AsyncClient:
    bearer = Issuer.at(settings.home).token(
        subject=role, role=role, region="*", customer="C1", lifetime=timedelta(hours=1), at=datetime.now(UTC)
    )
    headers = {"Authorization": f"Bearer {bearer}"}
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://jishi", headers=headers)


def hits(text: str) -> float:
    mark = 'jishi_cache_total{cache="response",result="hit"'
    line = next((one for one in text.splitlines() if one.startswith(mark)), "0")
    return float(line.rpartition(" ")[2])


async def test_an_edit_in_another_process_is_seen_by_who_asked_before(
    app: Starlette, operator: Database, settings: Settings, tmp_path: Path
) -> None:
    name = {"zh": "新校园无线", "en": "New campus WLAN"}
    other = {"offerings": [{"code": "WLAN", "name": name, "category": ["wlan"]}]}
    path = tmp_path / "other.json"
    path.write_text(json.dumps(other, ensure_ascii=False), encoding="utf-8")
    query = {"query": '{ productOffering(code: "WLAN") { name(language: EN) } }'}
    async with await client(app, settings, "storefront") as shop:
        before = [(await shop.get("/graphql", params=query)) for _ in range(2)]
        assert {one.json()["data"]["productOffering"]["name"] for one in before} == {"Campus WLAN"}
        assert hits((await shop.get("/metrics")).text) == 1
        editor = Caller("test", "operator", None, "import")
        await import_catalog(operator, path, datetime.now(UTC), ZoneInfo("Asia/Shanghai"), editor)
        for _ in range(400):
            await asyncio.sleep(0.05)
            after = (await shop.get("/graphql", params=query)).json()
            if after["data"]["productOffering"]["name"] == "New campus WLAN":
                break
        else:
            raise AssertionError(after)
        known = {"If-None-Match": before[0].headers["etag"]}
        assert (await shop.get("/graphql", params=query, headers=known)).status_code == 200


async def test_roles_with_other_rights_never_share_an_answer(app: Starlette, settings: Settings) -> None:
    """Each role asks for all that it may, twice and in turns; what is denied stays denied."""
    query = '{ productOffering(code: "WLAN") { code margin } }'
    plain = '{ channels(first: 9, everything: true) { totalCount } productOffering(code: "WLAN") { code } }'
    for _ in range(2):
        for role in ROLES:
            async with await client(app, settings, role) as caller:
                answer = (await caller.post("/graphql", json={"query": query})).json()
                may = role in RULES["ProductOffering.margin"]
                assert ("data" in answer) == may
                assert "data" in (await caller.post("/graphql", json={"query": plain})).json()


async def test_personal_answers_are_never_kept(app: Starlette, settings: Settings) -> None:
    query = '{ customer(id: "C1") { id } productOffering(code: "WLAN") { code } }'
    async with await client(app, settings, "customer") as somebody:
        for _ in range(2):
            answer = await somebody.post("/graphql", json={"query": query})
            assert answer.json()["data"]["productOffering"] == {"code": "WLAN"}
        text = (await somebody.get("/metrics")).text
        assert 'jishi_cache_entries{cache="response"} 0.0' in text
        assert hits(text) == 0
