"""One recommendation written plainly: strawberry, asyncpg and implicit as their guides have them, over Jishi's tables.

Knows who holds what and verifies the token; must not know Jishi's rules, reasons or probabilities, which it leaves out.

    PEER_DSN=… PEER_HOME=… uvicorn benchmarks.peers.plain_customer:app --port …
"""

from __future__ import annotations

import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import jwt
import numpy as np
import orjson
import strawberry
from implicit.nearest_neighbours import BM25Recommender
from scipy.sparse import csr_matrix
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.extensions import ParserCache, ValidationCache
from threadpoolctl import threadpool_limits

from api.auth import AUDIENCE, LOCAL_ISSUER, Issuer

# The model learns from so many customers at most: it has one row for each item, however many customers there are.
MOST = 200_000
KEY = Issuer.at(Path(os.environ["PEER_HOME"])).private.public_key()
PAIRS = "select customer_id, offering_id from product where customer_id <= $1 and termination_date is null"
OFFERINGS = """select o.id, o.code, v.name, v.is_sellable
               from offering o join offering_version v on v.offering_id = o.id
               where v.lifecycle_status = 'LAUNCHED' and v.valid @> now() and o.template_id is null order by o.id"""
CUSTOMER = "select id, place from customer where code = $1"
HELD = """select offering_id from product
          where customer_id = $1 and start_date <= $2 and (termination_date is null or termination_date > $2)"""
AUDIT = """insert into audit (at, subject, role, action, entity, entity_id, request_id)
           values ($1, $2, $3, 'recommendation.read', 'customer', $4, $5)"""
_known: dict[str, dict[str, Any]] = {}


class State:
    pool: asyncpg.Pool
    model: BM25Recommender
    offerings: list[asyncpg.Record]
    place: dict[int, int]
    closed: np.ndarray


@strawberry.type
class Offering:
    code: str
    name: str


@strawberry.type
class Item:
    priority: int
    score: float
    product_offering: Offering


@strawberry.type
class Recommendation:
    id: strawberry.ID
    recommendation_item: list[Item]


@strawberry.type
class Query:
    @strawberry.field
    async def recommendation(
        self, info: strawberry.Info[dict[str, Any], None], customer_id: strawberry.ID, first: int
    ) -> Recommendation | None:
        claims, now, answer = info.context["claims"], datetime.now(UTC), str(uuid.uuid4())
        async with State.pool.acquire() as connection, connection.transaction():
            customer = await connection.fetchrow(CUSTOMER, customer_id)
            if customer is None:
                return None
            rows = await connection.fetch(HELD, customer["id"], now)
            await connection.execute(AUDIT, now, claims["sub"], claims["role"], customer_id, answer)
        held = [State.place[row["offering_id"]] for row in rows if row["offering_id"] in State.place]
        user = csr_matrix((np.ones(len(held)), ([0] * len(held), held)), shape=(1, len(State.offerings)))
        found = State.model.recommend(0, user, N=first, filter_already_liked_items=True, filter_items=State.closed)
        items = [
            Item(priority=place, score=float(score), product_offering=_offering(int(number)))
            for place, (number, score) in enumerate(zip(*found, strict=True), start=1)
            if number >= 0
        ]
        return Recommendation(id=strawberry.ID(answer), recommendation_item=items)


def _offering(number: int) -> Offering:
    row = State.offerings[number]
    return Offering(code=row["code"], name=row["name"]["zh"])


class Verified(GraphQL[dict[str, Any], None]):
    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> dict[str, Any]:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token not in _known:
            try:
                _known[token] = jwt.decode(token, KEY, algorithms=["EdDSA"], audience=AUDIENCE, issuer=LOCAL_ISSUER)
            except jwt.PyJWTError as error:
                raise HTTPException(401) from error
        return {"claims": _known[token]}


async def _prepare(connection: asyncpg.Connection) -> None:
    await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=orjson.dumps, decoder=orjson.loads)


@asynccontextmanager
async def _running(_: Starlette) -> AsyncIterator[None]:
    async with asyncpg.create_pool(os.environ["PEER_DSN"], max_size=10, init=_prepare) as pool:
        State.pool, State.offerings = pool, await pool.fetch(OFFERINGS)
        State.place = {row["id"]: place for place, row in enumerate(State.offerings)}
        State.closed = np.array(
            [place for place, row in enumerate(State.offerings) if not row["is_sellable"]], dtype=int
        )
        pairs = [row for row in await pool.fetch(PAIRS, MOST) if row["offering_id"] in State.place]
        users = np.unique([row["customer_id"] for row in pairs], return_inverse=True)[1]
        items = np.array([State.place[row["offering_id"]] for row in pairs])
        State.model = BM25Recommender(K=50, num_threads=1)
        with threadpool_limits(1, "blas"):
            shape = (int(users.max()) + 1, len(State.offerings))
            State.model.fit(csr_matrix((np.ones(len(items)), (users, items)), shape=shape), show_progress=False)
        yield


schema = strawberry.Schema(Query, extensions=[ParserCache(maxsize=100), ValidationCache(maxsize=100)])
app = Starlette(routes=[Route("/graphql", Verified(schema))], lifespan=_running)
