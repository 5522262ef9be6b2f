"""A bad model never serves: the one before it serves on, in a running server and in one that starts."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

import asyncpg
import pytest
import trial_person
from trial_home import Home, Server
from trial_http import Client
from trial_models import Stored, bad_models, of_an_old_catalog

RECOMMEND = """{ recommendation(customerId: "C1", first: 5) { modelVersion
  recommendationItem { score productOffering { code } } } }"""


class Models:
    """The table of models, as somebody with a database console reaches it."""

    def __init__(self, connection: asyncpg.Connection[asyncpg.Record]) -> None:
        self.connection = connection

    async def good(self) -> Stored:
        row = await self.connection.fetchrow("select artifact, manifest from model where version = 1")
        assert row
        return row["artifact"], json.loads(row["manifest"])

    async def keep(self, stored: Stored) -> int:
        insert = (
            "insert into model (created_at, manifest, artifact, sha256) values (now(), $1, $2, $3) returning version"
        )
        version = await self.connection.fetchval(insert, json.dumps(stored[1]), stored[0], stored[1]["sha256"])
        assert isinstance(version, int)
        return version

    async def force(self, version: int, previous: int | None) -> None:
        """Past every check of the product."""
        update = "update model_serving set version = $1, previous = $2, since = now()"
        await self.connection.execute(update, version, previous)
        await self.connection.execute("select pg_notify('model', $1)", str(version))


async def recommended(server: Server) -> Any:
    client = Client(server.home.port, server.home.token("agent"))
    answer = await client.ask(RECOMMEND)
    client.close()
    assert not answer.get("errors"), answer
    return answer["data"]["recommendation"]


async def refusals(server: Server, count: int) -> None:
    """Returns when the log tells of so many refused models."""
    deadline = time.monotonic() + 20
    while server.log.read_text().count('"model refused"') < count:
        assert time.monotonic() < deadline, server.log.read_text()[-2000:]
        await asyncio.sleep(0.02)


async def test_a_bad_model_never_serves(home: Home, figure: Callable[[str, str, str], None]) -> None:
    connection = await asyncpg.connect(home.dsn)
    models = Models(connection)
    server = await asyncio.to_thread(home.serve().wait_until_ready)
    before = await recommended(server)
    assert before["modelVersion"] == 1
    bad = bad_models(*await models.good())
    for count, (name, stored) in enumerate(bad.items(), start=1):
        version = await models.keep(stored)
        said = await asyncio.to_thread(trial_person.inside, home, "models", "promote", str(version))
        assert "cannot serve" in trial_person.complaint(said), name
        await models.force(version, previous=1)
        await refusals(server, count)
        assert await recommended(server) == before, name
        assert server.health("/readyz")[0] == 200
    await connection.close()
    figure(
        "A bad model never serves",
        f"{', '.join(bad)}: promoted by command, and forced into the table under a running server",
        f"{len(bad)} of {len(bad)} refused; the model before served on",
    )


async def one_that_starts(home: Home, models: Models, bad: int) -> None:
    server = await asyncio.to_thread(home.serve().wait_until_ready)
    assert (await recommended(server))["modelVersion"] == 1, "the one before the bad one"
    server.kill()
    await models.force(bad, previous=None)
    server = await asyncio.to_thread(home.serve().wait_until_ready)
    status, body, _ = server.health("/readyz")
    assert status == 503
    assert "cannot serve" in body["reason"]
    assert "jishi train" in body["reason"]
    assert server.health("/livez")[0] == 200
    await models.force(1, previous=None)
    deadline = time.monotonic() + 20
    while server.health("/readyz")[0] != 200:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


@pytest.mark.slow
async def test_a_server_that_starts_on_a_bad_model_serves_the_one_before_or_says_why_not(home: Home) -> None:
    connection = await asyncpg.connect(home.dsn)
    models = Models(connection)
    bad = await models.keep(bad_models(*await models.good())["bit flip"])
    await models.force(bad, previous=1)
    await one_that_starts(home, models, bad)
    await connection.close()


@pytest.mark.slow
async def test_a_model_of_an_old_catalog_recommends_only_what_there_is(home: Home) -> None:
    connection = await asyncpg.connect(home.dsn)
    models = Models(connection)
    version = await models.keep(of_an_old_catalog(*await models.good(), gone="MUSIC"))
    said = await asyncio.to_thread(trial_person.inside, home, "models", "promote", str(version))
    assert said.code == 0, said
    await connection.close()
    server = await asyncio.to_thread(home.serve().wait_until_ready)
    found = await recommended(server)
    codes = [item["productOffering"]["code"] for item in found["recommendationItem"]]
    assert found["modelVersion"] == version
    assert codes
    assert not [code for code in codes if code.startswith("GONE")]
