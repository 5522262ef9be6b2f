"""A retried mutation happens once, and nothing is answered or changed without a row of audit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from trial_home import Home, Server
from trial_http import Client
from trial_tables import fetch
from trial_writers import UPSERT

TIMES = 5


async def upsert(client: Client, key: str, offering: str = "NEWS") -> Any:
    given = {"idempotencyKey": key, "customerId": "C7", "offering": offering, "instance": key}
    while "errors" in (answer := await client.ask(UPSERT, {"input": given})):
        # Beyond the rate of requests; anything else would not pass.
        assert answer["errors"][0]["extensions"]["code"] == "RATE_LIMITED", answer
        await asyncio.sleep(0.2)
    return answer["data"]["upsertProduct"]


async def retried(server: Server, keys: int) -> int:
    """Every key five times at once, then once more for another product; returns the answers given."""
    callers = 20
    clients = [
        [Client(server.home.port, server.home.token("admin", subject=f"caller {caller}")) for _ in range(TIMES)]
        for caller in range(callers)
    ]
    answers = 0

    async def one_caller(caller: int) -> None:
        nonlocal answers
        for turn in range(keys // callers):
            key = f"k{caller}-{turn}"
            same = await asyncio.gather(*(upsert(client, key) for client in clients[caller]))
            assert same == [{"changed": True, "userErrors": []}] * TIMES
            other = await upsert(clients[caller][0], key, "GAMES")
            assert other["changed"] is False
            assert [error["code"] for error in other["userErrors"]] == ["KEY_REUSED"]
            answers += TIMES + 1

    await asyncio.gather(*(one_caller(caller) for caller in range(callers)))
    return answers


async def effects(home: Home) -> tuple[object, ...]:
    assert home.dsn
    query = """select (select count(*) from product where instance like 'k%'),
        (select count(*) from audit where action = 'product.upsert'), (select count(*) from idempotency)"""
    return (await fetch(home.dsn, query))[0]


@pytest.mark.slow
async def test_a_key_that_comes_five_times_at_once_has_one_effect(
    home: Home, figure: Callable[[str, str, str], None]
) -> None:
    keys = 1000
    server = await asyncio.to_thread(home.serve().wait_until_ready)
    answers = await retried(server, keys)
    assert await effects(home) == (keys, keys, keys)
    figure(
        "A retried mutation happens once",
        f"{keys:,} idempotency keys × {TIMES} at the same time, and each once more with other arguments",
        f"{answers:,} answers, {keys:,} effects, {keys:,} audit rows; other arguments refused each time",
    )
    await without_audit_no_answer(server, figure)


async def without_audit_no_answer(server: Server, figure: Callable[[str, str, str], None]) -> None:
    """Every look-up leaves a row; when none can be written, nothing is told and nothing is changed."""
    home = server.home
    assert home.dsn
    agent = Client(home.port, home.token("agent", subject="auditor"))
    looked = '{ customer(id: "C7") { id name } }'
    for _ in range(10):
        assert (await agent.ask(looked))["data"]["customer"]["id"] == "C7"
    rows = "select count(*) from audit where subject = 'auditor' and action = 'customer.read' and entity_id = 'C7'"
    assert await fetch(home.dsn, rows) == [(10,)]
    before = await effects(home)
    await fetch(home.dsn, "alter table audit add constraint closed check (false) not valid")
    told = await agent.ask(looked)
    assert told["data"] in (None, {"customer": None})
    assert [error["extensions"]["code"] for error in told["errors"]] == ["INTERNAL"]
    admin = Client(home.port, home.token("admin", subject="editor"))
    given = {"idempotencyKey": "x", "customerId": "C7", "offering": "NEWS", "instance": "kx"}
    assert "errors" in await admin.ask(UPSERT, {"input": given})
    assert await effects(home) == before
    figure(
        "What happened can be proved",
        "every look-up counted; then audit made impossible",
        "0 missing; no audit, no answer",
    )
