"""The product managers' guide is a story that really happens: every step in order, on a fresh demo operator.

`JISHI_GUIDE=write python -m pytest -m slow tests/docs/test_docs_guide.py` writes the answers into the page instead.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import guide
import httpx
import pytest

from api import demo
from api.app import build
from api.auth import Issuer
from api.commands import demo_solutions
from api.settings import Settings
from catalog import store as catalog_store
from catalog.customer_store import Caller
from catalog.documents.catalog_file import import_catalog
from catalog.importing import import_file
from sql.pool import Database

PAGE = Path(__file__).parents[2] / "docs" / "product-managers.md"
ZONE = ZoneInfo("Asia/Shanghai")
CATEGORIES = ("wlan", "bundle_people", "entertainment")
Ask = Callable[[str, str], Awaitable[Any]]


async def eventually(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(10):
        while not await holds():  # noqa: ASYNC110 - what is awaited happens in another task
            await asyncio.sleep(0.02)


@pytest.fixture
async def ask(dsn: str, tmp_path: Path) -> AsyncIterator[Ask]:
    """`await ask(role, query)` is the body of the answer of a server with the demo operator's catalog and markets."""
    at = datetime.now(UTC)
    files = demo.write_files(tmp_path / "demo", customers=100, seed=1, until=date.today())
    db = await Database.open(dsn)
    await import_catalog(db, files.catalog, at, ZONE, Caller("demo", "operator", None, "import"))
    await import_file(db, "market", files.market, mode="delta", at=at, zone=ZONE)
    await demo_solutions.bring(db, at=at, zone=ZONE)
    settings = Settings(tmp_path / "home", None, "127.0.0.1", 0, ZONE, None, None)
    app = build(settings, db)
    issuer = Issuer.at(settings.home)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://jishi", timeout=30) as client,
    ):

        async def ask(role: str, query: str) -> Any:
            claims = {"categories": CATEGORIES} if role == "product_manager" else {}
            token = issuer.token(
                subject=f"demo-{role}", role=role, lifetime=timedelta(hours=1), at=datetime.now(UTC), **claims
            )
            headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}
            answer = (await client.post("/graphql", json={"query": query}, headers=headers)).json()

            async def seen() -> bool:
                return bool(app.state.services.catalog.current.revision == await catalog_store.revision(db))

            # Whoever reads the page takes longer than a server to notice what the step before changed.
            await eventually(seen)
            return answer

        yield ask
    await db.close()


@pytest.mark.slow
async def test_every_step_of_the_guide_is_answered_as_the_page_shows(ask: Ask) -> None:
    page = PAGE.read_text("utf-8")
    answers = [(step, await ask(step.role, step.query)) for step in guide.steps(page)]
    if os.environ.get("JISHI_GUIDE") == "write":
        PAGE.write_text(guide.rewritten(page, answers), "utf-8")
        return
    assert answers
    differing = {f"line {step.line}": answer for step, answer in answers if not guide.fits(step.answer, answer)}
    assert differing == {}
