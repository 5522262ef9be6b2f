"""What a front-end's build uploads is asked for by id, in every server process, until it is taken away."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result
from starlette.applications import Starlette

from api import persisted_store
from api.auth import Issuer
from api.cli import main
from api.persisted import PREFIX, digest_of
from api.settings import Settings
from catalog.customer_store import Caller
from sql.pool import Database

WLAN = 'query Wlan { productOffering(code: "WLAN") { code } }'
MUSIC = "query Music($code: String!) { productOffering(code: $code) { code } }"
BUILD = Caller("build", "operator", None, "test")

Run = Callable[..., Result]


async def answered(shop: httpx.AsyncClient, text: str, status: int) -> dict[str, Any]:
    """The answer to the document's id, as soon as it has this status."""
    for _ in range(400):
        answer = await shop.get("/graphql", params={"documentId": PREFIX + digest_of(text)})
        if answer.status_code == status:
            return dict(answer.json())
        await asyncio.sleep(0.05)
    raise AssertionError(answer.text)


async def test_a_running_server_learns_of_an_upload_and_of_a_removal(
    app: Starlette, operator: Database, settings: Settings
) -> None:
    token = Issuer.at(settings.home).token(
        subject="shop", role="storefront", lifetime=timedelta(hours=1), at=datetime.now(UTC)
    )
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/graphql-response+json"}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://jishi", headers=headers) as shop:
        await answered(shop, WLAN, 400)
        wanted = {PREFIX + digest_of(WLAN): WLAN, "music": MUSIC}
        asked = {"prune": False, "dry_run": False, "caller": BUILD, "at": datetime.now(UTC)}
        await persisted_store.sync(operator, "shop", wanted, **asked)
        assert (await answered(shop, WLAN, 200))["data"] == {"productOffering": {"code": "WLAN"}}
        by_id = await shop.post("/graphql", json={"documentId": "music", "variables": {"code": "MUSIC"}})
        assert by_id.json()["data"] == {"productOffering": {"code": "MUSIC"}}
        assert 'jishi_documents{cache="persisted"} 2.0' in (await shop.get("/metrics")).text
        gone = await persisted_store.remove(operator, "shop", [*wanted], caller=BUILD, at=datetime.now(UTC))
        assert set(gone) == set(wanted)
        await answered(shop, WLAN, 400)
        told = await operator.fetch("select action, subject, detail from audit where entity = 'document' order by id")
        assert [(row["action"], row["subject"]) for row in told] == [
            ("documents.sync", "build"),
            ("documents.remove", "build"),
        ]


@pytest.fixture
def run(dsn: str, tmp_path: Path) -> Run:
    environment = {"JISHI_HOME": str(tmp_path / "home"), "JISHI_DATABASE_URL": dsn}
    return lambda *arguments: CliRunner().invoke(main, ["documents", *map(str, arguments)], env=environment)


def test_a_build_uploads_its_manifest_as_often_as_it_likes(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps({digest_of(WLAN): WLAN, "music": MUSIC}))

    def counts(*options: str) -> list[Any]:
        done = json.loads(run("sync", path, "--json", *options).stdout)
        return [done[name] for name in ("new", "changed", "unchanged", "removed")]

    assert counts("--dry-run") == [2, 0, 0, 0]
    assert counts() == [2, 0, 0, 0]
    assert counts() == [0, 0, 2, 0]
    assert counts("--app", "other") == [2, 0, 0, 0]
    path.write_text(json.dumps({"music": MUSIC}))
    assert counts() == [0, 0, 1, 0]
    assert counts("--prune") == [0, 0, 1, 1]
    rows = json.loads(run("list", "--json").stdout)
    assert [(row["app"], row["id"], row["operations"]) for row in rows] == [
        ("default", "music", "query Music"),
        ("other", "music", "query Music"),
        ("other", PREFIX + digest_of(WLAN), "query Wlan"),
    ]
    assert run("remove", "music", "--app", "other").exit_code == 0
    assert run("remove", "music", "--app", "other").exit_code == 1
    assert "query Music" in run("list", "--app", "default").stdout


def test_one_document_that_cannot_be_served_keeps_all_others_out(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps({"good": WLAN, "bad": "query Bad { productOfering { code } }", "cut": WLAN[:-1]}))
    refused = run("sync", path)
    assert refused.exit_code == 1
    assert "bad: Cannot query field 'productOfering'" in refused.stderr
    assert "(line 1, column 13)" in refused.stderr
    assert "2 of 3 documents cannot be served" in refused.stderr
    assert json.loads(run("list", "--json").stdout) == []
    path.write_text("[1")
    assert "no JSON" in run("sync", path).stderr
