"""The one composition root: settings become a pool, services, the schema's endpoint and routes.

Knows every part and how they fit; must not hold a rule of any of them.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import Receive, Scope, Send

from api import health, logs, persisted_store, services
from api.auth import Issuer, Principal, TrustedKey, Verifier, trusted_keys
from api.catalog_files import CatalogFiles
from api.clock import utc_now
from api.closed_loop import policy_of
from api.database import connected
from api.graphql.access import RULES
from api.graphql.context import Context
from api.graphql.http import GraphQLEndpoint
from api.graphql.persisted import Persisted, held_to_uploads
from api.graphql.responses import Responses
from api.graphql.schema import schema
from api.graphql.standing import standing_fields
from api.graphql.subscription_desk import Desk
from api.graphql.subscription_socket import SubscriptionSocket
from api.graphql.subscription_stream import SubscriptionStream
from api.metrics import Metrics
from api.plans.plans import Plans
from api.services import Services
from api.settings import Settings, read
from api.webhooks import Sender, sending
from api.webhooks_post import Poster
from catalog.feeds.webhook import Reach
from catalog.snapshot import Snapshot
from sql.pool import Database


def create() -> Starlette:
    """The application of one server process, from the environment; uvicorn's factory."""
    logs.configure()
    return build(read())


def build(settings: Settings, db: Database | None = None, metrics: Metrics | None = None) -> Starlette:
    """The application over `db`, or over the database that the settings name, opened while it runs."""
    metrics = metrics or Metrics()
    reach = Reach(settings.webhook_networks, settings.webhook_insecure)

    def make_context(principal: Principal, request_id: str, at: datetime, method: str, language: str) -> Context:
        found: Services = application.state.services
        return Context(
            principal=principal,
            request_id=request_id,
            at=at,
            method=method,
            language=language,
            services=found,
            snapshot=found.catalog.current,
            zone=settings.timezone,
            second_person=settings.approval == "launch",
        )

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with (
            _database(settings, db) as opened,
            services.running(
                opened, settings.home, policy=policy_of(settings), reach=reach, told=metrics.models
            ) as running,
            sending(Sender(opened, running.feed, Poster(reach), running.webhook_key, utc_now, metrics)),
            _following_documents(opened, endpoint.persisted),
        ):
            application.state.services = running
            try:
                yield
            finally:
                logs.flush()

    def ready() -> str | None:
        found: Services | None = getattr(application.state, "services", None)
        return found.missing() if found else "starting"

    plans = Plans(schema)
    endpoint = GraphQLEndpoint(
        schema,
        Verifier(_keys(settings)),
        RULES,
        make_context,
        utc_now,
        metrics=metrics,
        plans=plans,
        responses=_responses(settings, metrics, lambda: application.state.services.catalog.current),
        fresh_seconds=settings.fresh_seconds,
    )
    endpoint.persisted.only = held_to_uploads(settings.documents)
    endpoint.persisted.on_change = endpoint.responses.clear if endpoint.responses else lambda: None
    metrics.count("memo", lambda: (plans.memo.hits, plans.memo.misses))
    metrics.watch("jishi_documents", "Uploaded documents", lambda: {"persisted": endpoint.persisted.count})
    desk = Desk(endpoint)
    files = CatalogFiles(endpoint, lambda: application.state.services, settings.timezone)
    routes: list[BaseRoute] = [
        Route("/graphql", endpoint),
        WebSocketRoute("/graphql", SubscriptionSocket(desk)),
        Route("/graphql/stream", SubscriptionStream(desk)),
        Route("/export/{name}", files),
        Route("/import/catalog", files),
        *health.routes(metrics, ready),
    ]
    application = Application(endpoint, routes=routes, lifespan=lifespan)
    # Whoever stops the process sets it.
    application.state.stopping = desk.stopping
    return application


class Application(Starlette):
    """Starlette, with a shorter way to the one address that nearly every request is for."""

    def __init__(self, endpoint: GraphQLEndpoint, **given: Any) -> None:
        super().__init__(**given)
        self._endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == "/graphql":
            await self._endpoint(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def _responses(settings: Settings, metrics: Metrics, catalog: Callable[[], Snapshot]) -> Responses | None:
    """Where answers out of the catalog are kept; None when no memory is given to it."""
    if settings.answers_mb == 0:
        return None
    kept = Responses(standing_fields(schema._schema), catalog, settings.answers_mb * 2**20)
    metrics.watch("jishi_cache_bytes", "Bytes that a cache holds", lambda: {"response": kept.bytes})
    metrics.watch("jishi_cache_entries", "What a cache holds", lambda: {"response": kept.count})
    metrics.watch("jishi_cache_evictions", "Entries a cache gave up for others", lambda: {"response": kept.evictions})
    return kept


@asynccontextmanager
async def _following_documents(db: Database, persisted: Persisted) -> AsyncIterator[None]:
    """What is uploaded becomes known here; requests are answered while it is prepared."""

    async def load() -> None:
        await persisted.load(lambda: persisted_store.revision(db), lambda: persisted_store.documents(db))

    async def refresh(_payload: str = "") -> None:
        await load()
        await persisted.prepare()

    await load()
    listener = db.listen(persisted_store.CHANNEL, refresh, poll=services.POLL_SECONDS)
    try:
        yield
    finally:
        await listener.close()


@asynccontextmanager
async def _database(settings: Settings, db: Database | None) -> AsyncIterator[Database]:
    if db is not None:
        yield db
        return
    async with connected(settings) as opened:
        yield opened


def _keys(settings: Settings) -> Iterable[TrustedKey]:
    """The operator's identity provider when it is named, else the local issuer."""
    if settings.jwks and settings.issuer:
        document: Any = json.loads(settings.jwks.read_text())
        return trusted_keys(document, issuer=settings.issuer)
    return [Issuer.at(settings.home).trusted_key()]
