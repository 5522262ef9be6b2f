"""Other systems follow the catalog: page by page, as it happens, and without missing anything in between."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from socket import create_server

import httpx
import pytest
import uvicorn
from edit_support import editing
from websockets.asyncio.client import connect

from api.auth import Issuer
from api.server import Server

FEED = """query($first: Int!, $after: String, $where: CatalogChangeWhere) {
  catalogChanges(first: $first, after: $after, where: $where) {
    nodes { sequence revision subject entity code version action before after }
    pageInfo { hasNextPage endCursor } totalCount } }"""
SCHEDULED = """query($until: DateTime) { scheduledCatalogChanges(first: 10, until: $until) {
  nodes { at entity code version turn } } }"""
FOLLOW = """subscription($after: ID, $where: CatalogChangeWhere) { catalogChanged(after: $after, where: $where) {
  sequence code action } }"""
PROTOCOL = "graphql-transport-ws"


@pytest.fixture
async def do(app, settings):
    async with editing(app, settings) as ask:
        yield ask


async def make(do, code):
    made = await do("createProductOffering", code=code, name={"en": code}, category=["vas"])
    assert made["userErrors"] == [], made
    return made["object"]


async def feed(ask, **asked):
    answer = await ask(FEED, "operator", **{"first": 100} | asked)
    assert "errors" not in answer, answer
    return answer["data"]["catalogChanges"]


async def test_an_edit_tells_what_was_what_is_and_who_did_it(ask, do):
    made = await make(do, "NEW")
    await do("editProductOffering", made, name={"en": "Newer"})
    await do("editProductOffering", made, name={"en": "Too late"})
    found = await feed(ask, where={"code": {"eq": "NEW"}})
    assert [(one["action"], one["version"], one["subject"]) for one in found["nodes"]] == [
        ("offering.create", 1, "pm"),
        ("offering.edit", 1, "pm"),
    ]
    assert found["nodes"][1]["before"] == {"name": {"en": "NEW"}}
    assert found["nodes"][1]["after"]["name"]["en"] == "Newer"
    assert found["totalCount"] == 2


async def test_a_launch_on_its_date_is_told_when_it_is_planned_and_known_to_come(ask, do):
    made = await make(do, "SOON")
    at = (datetime.now(UTC) + timedelta(days=3)).replace(microsecond=0)
    for stage in ("IN_TEST", "ACTIVE"):
        made = (await do("advanceProductOffering", made, to=stage))["object"]
    done = await do("advanceProductOffering", made, to="LAUNCHED", at=at.isoformat())
    assert done["userErrors"] == []
    changes = await feed(ask, where={"code": {"eq": "SOON"}})
    assert changes["nodes"][-1]["after"]["lifecycleStatus"] == "LAUNCHED"

    async def coming():
        return (await ask(SCHEDULED, "operator", until=None))["data"]["scheduledCatalogChanges"]["nodes"]

    async with asyncio.timeout(5):
        while not (found := await coming()):  # noqa: ASYNC110 -- the snapshot is swapped a moment later
            await asyncio.sleep(0.05)
    assert [(one["code"], one["turn"], datetime.fromisoformat(one["at"])) for one in found] == [("SOON", "STARTS", at)]
    early = await ask(SCHEDULED, "operator", until=(at - timedelta(days=1)).isoformat())
    assert early["data"]["scheduledCatalogChanges"]["nodes"] == []


async def test_pages_follow_each_other_without_gap_or_repetition(ask):
    whole = await feed(ask)
    pages, after = [], None
    while True:
        page = await feed(ask, first=3, after=after)
        pages += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert pages == whole["nodes"]
    assert len(pages) == whole["totalCount"] > 9


async def test_a_cursor_that_is_none_is_said_to_be_none(ask):
    for cursor in ("x", "-1", "9" * 30, ""):
        answer = await ask(FEED, "operator", first=1, after=cursor)
        assert answer["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


async def test_what_is_being_prepared_is_not_for_everybody(ask):
    for role in ("storefront", "customer", "agent", "developer"):
        claims = {"customer": "C1"} if role == "customer" else {}
        answer = await ask(FEED, role, first=1, **claims)
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


@asynccontextmanager
async def served(app) -> AsyncIterator[str]:
    """The application on a port of its own, in this loop."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, lifespan="off", ws_ping_interval=None))
    running = asyncio.create_task(server.serve())
    async with asyncio.timeout(10):
        while not server.started:  # noqa: ASYNC110 -- uvicorn tells nobody
            await asyncio.sleep(0.01)
    host, port = server.servers[0].sockets[0].getsockname()[:2]
    yield f"{host}:{port}"
    server.should_exit = True
    await running


@pytest.fixture
async def address(app) -> AsyncIterator[str]:
    async with served(app) as found:
        yield found


@pytest.fixture
def token(settings):
    def token(role="operator", lifetime=3600.0):
        at = datetime.now(UTC)
        return Issuer.at(settings.home).token(
            subject=role,
            role=role,
            lifetime=timedelta(seconds=lifetime),
            at=at,
            region="*" if role == "agent" else None,
        )

    return token


@asynccontextmanager
async def line(address: str, token: str):
    async with connect(f"ws://{address}/graphql", subprotocols=[PROTOCOL]) as socket:
        await say(socket, type="connection_init", payload={"token": token})
        assert (await hear(socket))["type"] == "connection_ack"
        yield socket


async def say(socket, **message):
    await socket.send(json.dumps(message))


async def hear(socket):
    async with asyncio.timeout(10):
        return json.loads(await socket.recv())


async def follow(socket, name="1", **variables):
    await say(socket, id=name, type="subscribe", payload={"query": FOLLOW, "variables": variables})


async def closed(socket) -> int:
    """The code with which the other end closes, whatever it says before."""
    async with asyncio.timeout(10):
        await socket.wait_closed()
    return socket.close_code


async def test_a_follower_hears_of_each_change_as_it_is_committed(address, token, do):
    async with line(address, token()) as socket:
        await follow(socket, where={"entity": {"eq": "product_offering"}})
        await asyncio.sleep(0.1)
        await make(do, "FIRST")
        await make(do, "SECOND")
        heard = [await hear(socket), await hear(socket)]
    assert [one["payload"]["data"]["catalogChanged"]["code"] for one in heard] == ["FIRST", "SECOND"]
    assert {(one["id"], one["type"]) for one in heard} == {("1", "next")}


async def test_a_follower_who_comes_back_goes_on_behind_the_last_it_saw(address, token, do, ask):
    last = (await feed(ask))["nodes"][-1]["sequence"]
    await make(do, "WHILE_AWAY")
    async with line(address, token()) as socket:
        await follow(socket, after=last)
        heard = [await hear(socket)]
        await make(do, "BACK")
        heard.append(await hear(socket))
    assert [one["payload"]["data"]["catalogChanged"]["code"] for one in heard] == ["WHILE_AWAY", "BACK"]


async def test_a_subscription_ends_when_it_is_told_to_and_the_line_stays(address, token):
    async with line(address, token()) as socket:
        await follow(socket, after="0")
        await hear(socket)
        await say(socket, id="1", type="complete")
        await say(socket, type="ping")
        async with asyncio.timeout(10):
            while (await hear(socket))["type"] != "pong":
                pass


async def test_what_a_role_may_not_follow_is_refused_as_in_a_query(address, token):
    async with line(address, token("agent")) as socket:
        await follow(socket)
        heard = await hear(socket)
    assert (heard["type"], heard["payload"][0]["extensions"]["code"]) == ("error", "FORBIDDEN")


WRONG = {
    "{ webhooks(first: 1) { totalCount } }": "BAD_REQUEST",
    "subscription { nothing }": "VALIDATION_ERROR",
    "subscription {": "PARSE_ERROR",
    "subscription { a: catalogChanged { code } b: catalogChanged { code } }": "VALIDATION_ERROR",
    'subscription { catalogChanged(after: "x") { code } }': "BAD_REQUEST",
    "": "BAD_REQUEST",
}


async def test_a_document_is_checked_before_it_is_followed(address, token):
    async with line(address, token()) as socket:
        for number, (query, code) in enumerate(WRONG.items()):
            await say(socket, id=str(number), type="subscribe", payload={"query": query})
            heard = await hear(socket)
            errors = heard["payload"] if heard["type"] == "error" else heard["payload"]["errors"]
            assert (heard["id"], errors[0]["extensions"]["code"]) == (str(number), code)
            if heard["type"] == "next":
                assert (await hear(socket))["type"] == "complete"


async def test_nobody_gets_in_without_a_token_of_ours(address, token):
    for given in ({}, {"token": "x.y.z"}, {"token": token(lifetime=-60)}):
        async with connect(f"ws://{address}/graphql", subprotocols=[PROTOCOL]) as socket:
            await say(socket, type="connection_init", payload=given)
            assert await closed(socket) == 4403


async def test_nobody_stays_when_the_token_has_ended(address, token):
    async with line(address, token(lifetime=2.0)) as socket:
        await follow(socket)
        assert await closed(socket) == 4403


SUBSCRIBE = json.dumps(
    {"id": "a", "type": "subscribe", "payload": {"query": "subscription { catalogChanged { code } }"}}
)
BREACHES = [
    (["nonsense"], 4400),
    (["[1]"], 4400),
    (['{"type": "unheard"}'], 4400),
    (['{"type": "connection_init"}'], 4429),
    ([SUBSCRIBE] * 2, 4409),
    ([json.dumps({"type": "ping", "payload": {"x": "y" * 70_000}})], 4400),
]


async def test_a_line_that_breaks_the_protocol_is_closed_with_its_code(address, token):
    for messages, code in BREACHES:
        async with line(address, token()) as socket:
            for message in messages:
                await socket.send(message)
            assert await closed(socket) == code


async def test_a_subject_has_so_many_lines_and_no_more(address, token):
    lines = [await connect(f"ws://{address}/graphql", subprotocols=[PROTOCOL]) for _ in range(21)]
    for socket in lines:
        await say(socket, type="connection_init", payload={"token": token()})
    for socket in lines[:20]:
        assert (await hear(socket))["type"] == "connection_ack"
    assert await closed(lines[20]) == 1013
    await lines[0].close()
    await asyncio.sleep(0.1)
    async with line(address, token()):
        pass
    for socket in lines[1:20]:
        await socket.close()


async def test_the_same_feed_flows_as_server_sent_events(address, token, do):
    async with httpx.AsyncClient(base_url=f"http://{address}", timeout=10) as client:
        headers = {"Authorization": f"Bearer {token()}", "Accept": "text/event-stream"}
        body = {"query": FOLLOW, "variables": {"where": {"code": {"eq": "STREAMED"}}}}
        async with client.stream("POST", "/graphql/stream", json=body, headers=headers) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            await make(do, "STREAMED")
            lines = answer.aiter_lines()
            assert await anext(lines) == "event: next"
            event = json.loads((await anext(lines)).removeprefix("data: "))
        assert event["data"]["catalogChanged"]["code"] == "STREAMED"
        refused = await client.post("/graphql/stream", json=body)
        assert refused.status_code == 401
        forbidden = await client.post(
            "/graphql/stream", json=body, headers={"Authorization": f"Bearer {token('agent')}"}
        )
        assert (forbidden.status_code, forbidden.json()["errors"][0]["extensions"]["code"]) == (403, "FORBIDDEN")


async def test_an_open_stream_ends_when_the_server_stops_and_does_not_say_that_it_is_complete(app, token, do):
    ready, bound = asyncio.Event(), create_server(("127.0.0.1", 0))
    app.router.lifespan_context = lambda _: nullcontext()  # it runs already
    server = Server(app, ready.set)
    running = asyncio.create_task(server.serve(sockets=[bound]))
    await asyncio.wait_for(ready.wait(), 10)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{bound.getsockname()[1]}", timeout=30) as client:
        headers = {"Authorization": f"Bearer {token()}"}
        body = {"query": FOLLOW, "variables": {"where": {"code": {"eq": "LAST"}}}}
        async with client.stream("POST", "/graphql/stream", json=body, headers=headers) as answer:
            await make(do, "LAST")
            lines = answer.aiter_lines()
            assert await anext(lines) == "event: next"
            server.should_exit = True
            # One that is cut off in the end, when its time is over, breaks in the middle.
            assert "event: complete" not in [one async for one in lines]
    await running
