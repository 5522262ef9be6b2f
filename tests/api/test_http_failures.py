"""A failure says what to do when it is expected, and nothing but its id when it is not; a slow answer is given up."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from http_standin import CANCELLED, PHONE, Caller, code, endpoint, token

from api.graphql.http import GraphQLEndpoint
from api.graphql.limits import Limits

Call = Callable[..., Caller]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("{ surprise }", "INTERNAL"),
        ("{ wrongValue }", "INTERNAL"),
        ("{ noDatabase }", "UNAVAILABLE"),
        ("{ refused }", "FORBIDDEN"),
    ],
)
async def test_the_failure_of_a_field_is_masked_and_its_siblings_are_answered(
    caller: Call, document: str, expected: str
) -> None:
    response = await caller().ask(document.replace("}", "whoami }"))
    body = response.json()
    assert (response.status_code, code(response)) == (200, expected)
    assert body["data"]["whoami"] == "somebody developer"
    error = body["errors"][0]
    assert error["path"] == [document.strip("{} ")]
    assert error["extensions"]["requestId"] == response.headers["x-request-id"]
    for secret in (PHONE, "张三", "postgres", "secret", "KeyError"):
        assert secret not in json.dumps(body, ensure_ascii=False)


async def test_an_expected_failure_speaks_the_callers_language(caller: Call) -> None:
    chinese = {"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"}
    assert (await caller().ask("{ refused }", headers=chinese)).json()["errors"][0]["message"] == "无权查看"
    for other in ("en-GB, zh;q=0.5", "fr", "*", ""):
        answer = await caller().ask("{ refused }", headers={"Accept-Language": other})
        assert answer.json()["errors"][0]["message"] == "not yours"


async def test_a_wrong_argument_is_the_callers_and_a_long_one_is_not_sent_back_whole(caller: Call) -> None:
    null = await caller().ask("query ($n: Int = 5) { offerings(first: $n) { totalCount } }", {"n": None})
    assert (null.status_code, code(null)) == (200, "BAD_REQUEST")
    assert "Argument 'first'" in null.json()["errors"][0]["message"]
    long = await caller().ask("query ($n: Int!) { offerings(first: $n) { totalCount } }", {"n": "x" * 10_000})
    assert (code(long), len(long.content) < 2000) == ("BAD_REQUEST", True)


async def test_a_slow_answer_is_cancelled_at_the_deadline_while_others_go_on(tmp_path: Path) -> None:
    served, issuer = endpoint(tmp_path, limits=replace(Limits(), deadline_seconds=0.1))
    caller = Caller(served, token(issuer))
    CANCELLED.clear()
    slow = asyncio.create_task(caller.ask('{ slow b: slow(name: "other") }'))
    await asyncio.sleep(0.01)
    assert (await caller.ask("{ whoami }")).status_code == 200
    assert not slow.done()
    response = await slow
    assert (response.status_code, code(response)) == (504, "DEADLINE_EXCEEDED")
    assert "data" not in response.json()
    assert sorted(CANCELLED) == ["other", "slow"]


async def test_a_context_that_cannot_be_made_is_masked_too(served: GraphQLEndpoint, caller: Call) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError(PHONE)

    served.make_context = broken
    response = await caller().ask("{ whoami }")
    assert (response.status_code, code(response), PHONE in response.text) == (500, "INTERNAL", False)


async def test_a_body_that_never_comes_is_given_up(tmp_path: Path) -> None:
    served, issuer = endpoint(tmp_path, limits=replace(Limits(), body_seconds=0.05))

    async def stalled() -> object:
        yield b'{"query": '
        await asyncio.sleep(5)

    response = await Caller(served, token(issuer)).http.post(
        "/graphql", content=stalled(), headers={"Content-Type": "application/json"}
    )
    assert response.status_code == 408
