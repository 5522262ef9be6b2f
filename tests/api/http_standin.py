"""A small schema of offerings and customers, served as the real one is; it must not need a database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import httpx
import strawberry

from api.auth import ROLES, Issuer, Principal, Verifier
from api.graphql.errors import Forbidden
from api.graphql.http import GraphQLEndpoint
from api.graphql.limits import Limits
from api.graphql.rules import Rules
from sql.pool import DatabaseUnavailable

NOW = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)
PHONE = "13812345678"


@strawberry.interface
class Node:
    id: strawberry.ID


@strawberry.type
class Offering(Node):
    code: str
    name: str

    @strawberry.field
    def parts(self) -> list[Offering]:
        return [self]

    @strawberry.field
    def related(self, first: int = 10) -> OfferingConnection:
        return connection(first)


@strawberry.type
class Customer(Node):
    msisdn: str

    @strawberry.field
    def held(self) -> list[Offering]:
        return [OFFERING]


@strawberry.type
class OfferingEdge:
    cursor: str
    node: Offering


@strawberry.type
class OfferingConnection:
    edges: list[OfferingEdge]
    total_count: int


Found = Annotated[Offering | Customer, strawberry.union("Found")]
OFFERING = Offering(id=strawberry.ID("1"), code="DATA_10G", name="流量包")
CANCELLED: list[str] = []


def connection(first: int) -> OfferingConnection:
    return OfferingConnection(
        edges=[OfferingEdge(cursor=str(n), node=OFFERING) for n in range(first)], total_count=first
    )


@strawberry.input
class Filter:
    code: str | None = None
    all: list[Filter] | None = None


@strawberry.type
class Query:
    @strawberry.field
    def offerings(self, first: int, where: Filter | None = None) -> OfferingConnection:
        return connection(first)

    @strawberry.field
    def offerings_by_code(self, codes: list[str]) -> list[Offering]:
        return [OFFERING for _ in codes]

    @strawberry.field
    def offering(self, code: str | None = None) -> Offering | None:
        return OFFERING

    @strawberry.field
    def customer(self, id: strawberry.ID) -> Customer | None:
        return Customer(id=id, msisdn=PHONE)

    @strawberry.field
    def node(self, id: strawberry.ID) -> Node | None:
        return OFFERING

    @strawberry.field
    def found(self) -> list[Found]:
        return [OFFERING]

    @strawberry.field
    def whoami(self, info: strawberry.Info) -> str:
        return f"{info.context.subject} {info.context.role}"

    @strawberry.field
    async def slow(self, name: str = "slow") -> str | None:
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            CANCELLED.append(name)
            raise
        return name

    @strawberry.field
    async def surprise(self) -> str | None:
        raise KeyError(f"Key (msisdn)=({PHONE}) of '张三' already exists")

    @strawberry.field
    def wrong_value(self) -> int | None:
        return PHONE  # type: ignore[return-value]

    @strawberry.field
    async def no_database(self) -> str | None:
        raise DatabaseUnavailable(f"could not connect to postgres://jishi:secret@localhost, {PHONE}")

    @strawberry.field
    def refused(self) -> str | None:
        raise Forbidden(en="not yours", zh="无权查看")


@strawberry.type
class Mutation:
    @strawberry.mutation
    def rename(self, code: str, name: str) -> Offering:
        return OFFERING


SCHEMA = strawberry.Schema(Query, Mutation, types=[Offering, Customer])
ALL = frozenset(ROLES)
RULES: Rules = {
    "Query.*": ALL,
    "Query.customer": frozenset({"agent", "admin", "developer"}),
    "Mutation.*": frozenset({"product_manager", "developer"}),
    "Node.*": ALL,
    "Offering.*": ALL,
    "OfferingConnection.*": ALL,
    "OfferingEdge.*": ALL,
    "Customer.*": frozenset({"agent", "admin", "developer"}),
    "Customer.id": ALL,
}


def token(issuer: Issuer, role: str = "developer", *, subject: str = "somebody", at: datetime | None = None) -> str:
    """A token for an hour from `at`, by default from now."""
    at = at or datetime.now(UTC)
    return issuer.token(subject=subject, role=role, region="shanxi", customer="c1", lifetime=timedelta(hours=1), at=at)


def endpoint(
    home: Path, *, limits: Limits | None = None, rules: Rules = RULES, clock: Callable[[], datetime] | None = None
) -> tuple[GraphQLEndpoint, Issuer]:
    issuer = Issuer.at(home)

    def make_context(principal: Principal, *_: object) -> Principal:
        return principal

    served = GraphQLEndpoint(
        schema=SCHEMA,
        verifier=Verifier([issuer.trusted_key()]),
        rules=rules,
        make_context=make_context,
        clock=clock or (lambda: datetime.now(UTC)),
        limits=limits or Limits(),
    )
    return served, issuer


class Caller:
    """Somebody with a token, who speaks to the endpoint without a wire in between."""

    def __init__(self, served: GraphQLEndpoint, bearer: str | None) -> None:
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(served), base_url="http://jishi", headers=headers)

    async def ask(
        self, query: str, variables: Mapping[str, Any] | None = None, *, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        accept = {"Accept": "application/graphql-response+json"}
        body = {"query": query, "variables": variables}
        return await self.http.post("/graphql", json=body, headers=accept | dict(headers or {}))


def code(response: httpx.Response) -> str:
    return str(response.json()["errors"][0]["extensions"]["code"])
