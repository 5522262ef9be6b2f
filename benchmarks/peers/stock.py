"""Strawberry as its guide has it, over asyncpg: types, DataLoaders for each request, caches of documents.

Knows the plain tables and verifies the token; must not know Jishi.
"""

from __future__ import annotations

import base64
import json
import os
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

import asyncpg
import jwt
import strawberry
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader
from strawberry.extensions import ParserCache, ValidationCache

STATEMENTS = {
    name.strip(): text.strip()
    for name, _, text in (
        part.partition("\n") for part in Path(__file__).with_name("statements.sql").read_text().split("-- name:")[1:]
    )
}
KEY = json.loads(Path(os.environ["PEER_KEY"]).read_text())
PUBLIC = jwt.PyJWK(KEY["jwk"], "EdDSA").key
Info = strawberry.Info[dict[str, Any], None]
_known: dict[str, float] = {}


class State:
    pool: asyncpg.Pool


@strawberry.input
class ContextInput:
    place: str | None = None


@strawberry.input
class StringFilter:
    eq: str | None = None


@strawberry.input
class NumberRange:
    min: Decimal | None = None
    max: Decimal | None = None


@strawberry.input
class NumberFilter:
    range: NumberRange | None = None


@strawberry.input
class ProductOfferingWhere:
    category: StringFilter | None = None
    monthly_fee: NumberFilter | None = None


@strawberry.enum
class FacetField(Enum):
    CATEGORY = "CATEGORY"
    FAMILY = "FAMILY"
    CHANNEL = "CHANNEL"
    COMPLEXITY = "COMPLEXITY"
    KIND = "KIND"
    MONTHLY_FEE = "MONTHLY_FEE"


@strawberry.type
class Money:
    unit: str
    value: str


@strawberry.type
class ProductOfferingPrice:
    code: str
    name: str | None
    price_type: str
    recurring_charge_period: str | None
    price: Money | None


@strawberry.type
class Category:
    code: str
    name: str


@strawberry.type
class BundledProductOffering:
    offering: strawberry.Private[str]
    number_rel_offer_default: int

    @strawberry.field
    async def product_offering(self, info: Info) -> ProductOffering | None:
        return await info.context["offerings"].load(self.offering)


@strawberry.type
class ProductOffering:
    code: str
    name: str
    description: str | None
    lifecycle_status: str
    is_bundle: bool

    @strawberry.field
    async def category(self, info: Info) -> list[Category]:
        return await info.context["categories"].load(self.code)

    @strawberry.field
    async def product_offering_price(self, info: Info) -> list[ProductOfferingPrice]:
        return await info.context["prices"].load(self.code)

    @strawberry.field
    async def bundled_product_offering(self, info: Info) -> list[BundledProductOffering]:
        return await info.context["parts"].load(self.code)


@strawberry.type
class PageInfo:
    has_next_page: bool
    end_cursor: str | None


@strawberry.type
class ProductOfferingConnection:
    nodes: list[ProductOffering]
    page_info: PageInfo


@strawberry.type
class FacetValue:
    value: str
    name: str
    count: int


@strawberry.type
class Facet:
    field: FacetField
    values: list[FacetValue]


@strawberry.type
class ProductOfferingHit:
    product_offering: ProductOffering


@strawberry.type
class ProductOfferingSearch:
    total_count: int
    hits: list[ProductOfferingHit]
    facets: list[Facet]


@strawberry.type
class Solution:
    code: str
    name: str
    description: str | None


@strawberry.type
class AppliedOffering:
    template: str
    code: str
    is_copy: bool


@strawberry.type
class SolutionApplication:
    solution: Solution | None
    offering: list[AppliedOffering]


@strawberry.type
class MarketSegment:
    code: str
    kind: str
    name: str
    place: str | None
    size: int | None

    @strawberry.field
    async def solutions(self, info: Info) -> list[SolutionApplication]:
        return await info.context["applications"].load(self.code)


@strawberry.type
class Query:
    @strawberry.field
    async def product_offering(
        self, code: str | None = None, context: ContextInput | None = None
    ) -> ProductOffering | None:
        row = await State.pool.fetchrow(STATEMENTS["offering"], code)
        return ProductOffering(**row) if row else None

    @strawberry.field
    async def product_offerings(self, first: int, after: str | None = None) -> ProductOfferingConnection:
        rows = await State.pool.fetch(STATEMENTS["page"], first, _read(after))
        nodes = [ProductOffering(**row) for row in rows[:first]]
        end = _cursor(nodes[-1].code) if nodes else None
        return ProductOfferingConnection(
            nodes=nodes, page_info=PageInfo(has_next_page=len(rows) > first, end_cursor=end)
        )

    @strawberry.field
    async def product_offering_search(
        self, first: int, where: ProductOfferingWhere, facets: list[FacetField], query: str = ""
    ) -> ProductOfferingSearch:
        category, fee = where.category or StringFilter(), (where.monthly_fee or NumberFilter()).range or NumberRange()
        wanted = category.eq, fee.min, fee.max
        found = await State.pool.fetch(STATEMENTS["found"], *wanted, first)
        counted = await State.pool.fetch(STATEMENTS["facets"], *wanted)
        hits = [
            ProductOfferingHit(
                product_offering=ProductOffering(**{name: value for name, value in row.items() if name != "total"})
            )
            for row in found
        ]
        return ProductOfferingSearch(
            total_count=found[0]["total"] if found else 0,
            hits=hits,
            facets=[
                Facet(
                    field=field,
                    values=[
                        FacetValue(value=row["value"], name=row["name"], count=row["count"])
                        for row in counted
                        if row["field"] == field.value
                    ],
                )
                for field in facets
            ],
        )

    @strawberry.field
    async def market_segment(self, code: str, context: ContextInput | None = None) -> MarketSegment | None:
        row = await State.pool.fetchrow(STATEMENTS["market"], code)
        return MarketSegment(**row) if row else None


def _read(cursor: str | None) -> str:
    return json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))[0] if cursor else ""


def _cursor(code: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([code], separators=(",", ":")).encode()).decode().rstrip("=")


def _many(statement: str, key: str, make: Callable[[asyncpg.Record], Any]) -> DataLoader[str, list[Any]]:
    async def load(codes: Sequence[str]) -> list[list[Any]]:
        found: dict[str, list[Any]] = {code: [] for code in codes}
        for row in await State.pool.fetch(STATEMENTS[statement], list(codes)):
            found[row[key]].append(make(row))
        return [found[code] for code in codes]

    return DataLoader(load_fn=load)


def _price(row: asyncpg.Record) -> ProductOfferingPrice:
    money = None if row["value"] is None else Money(unit=row["unit"], value=row["value"])
    return ProductOfferingPrice(
        code=row["code"],
        name=row["name"],
        price_type=row["price_type"],
        recurring_charge_period=row["recurring_charge_period"],
        price=money,
    )


async def _offerings(codes: Sequence[str]) -> list[ProductOffering | None]:
    found = {row["code"]: row for row in await State.pool.fetch(STATEMENTS["offerings"], list(codes))}
    return [ProductOffering(**found[code]) if code in found else None for code in codes]


async def _applications(codes: Sequence[str]) -> list[list[SolutionApplication]]:
    solutions = await State.pool.fetch(STATEMENTS["solutions"], list(codes))
    applied = await State.pool.fetch(STATEMENTS["applied"], list(codes))
    return [
        [
            SolutionApplication(
                solution=Solution(code=row["code"], name=row["name"], description=row["description"]),
                offering=[
                    AppliedOffering(template=part["template"], code=part["code"], is_copy=part["is_copy"])
                    for part in applied
                    if part["market"] == code and part["solution"] == row["code"]
                ],
            )
            for row in solutions
            if row["market"] == code
        ]
        for code in codes
    ]


def _verified(token: str) -> None:
    """Signature, issuer, audience and times, once for each token, then from memory until it expires."""
    expires = _known.get(token)
    if expires is None:
        claims = jwt.decode(token, PUBLIC, algorithms=["EdDSA"], audience=KEY["audience"], issuer=KEY["issuer"])
        expires = _known[token] = claims["exp"]
    if expires <= time.time():
        raise HTTPException(401)


class Endpoint(GraphQL[dict[str, Any], None]):
    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> dict[str, Any]:
        _verified(request.headers.get("authorization", "").removeprefix("Bearer "))
        return {
            "offerings": DataLoader(load_fn=_offerings),
            "prices": _many("prices", "offering", _price),
            "categories": _many("categories", "offering", lambda row: Category(code=row["code"], name=row["name"])),
            "parts": _many(
                "parts",
                "bundle",
                lambda row: BundledProductOffering(
                    offering=row["offering"], number_rel_offer_default=row["number_rel_offer_default"]
                ),
            ),
            "applications": DataLoader(load_fn=_applications),
        }


@asynccontextmanager
async def _lifespan(_: Starlette) -> AsyncIterator[None]:
    settings = {"search_path": "peers", "jit": "off"}
    dsn, kept = os.environ["PEER_DSN"], {"max_size": 10, "max_inactive_connection_lifetime": 0.0}
    async with asyncpg.create_pool(dsn, server_settings=settings, **kept) as State.pool:
        yield


schema = strawberry.Schema(Query, extensions=[ParserCache(maxsize=1000), ValidationCache(maxsize=1000)])
app = Starlette(lifespan=_lifespan, routes=[Route("/graphql", Endpoint(schema))])
