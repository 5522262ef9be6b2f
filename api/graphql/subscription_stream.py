"""Subscriptions as server-sent events: one POST, one answer that does not end.

Knows the format of an event stream; must not know what is subscribed to.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, cast

import orjson
from starlette.types import Receive, Scope, Send

from api.auth import Principal
from api.graphql import wire
from api.graphql.exchange import Exchange, Gone, Refusal
from api.graphql.subscription_desk import Desk, entries

HEARTBEAT = 15.0
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]


@dataclass(frozen=True, slots=True)
class SubscriptionStream:
    """An ASGI application for one address; the body is that of any GraphQL request."""

    desk: Desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = Exchange.of(scope)
        exchange.media_type = wire.RESPONSE_JSON
        endpoint = self.desk.endpoint
        try:
            if scope["method"] != "POST":
                raise Refusal(405, en="use POST", zh="请使用 POST", headers=((b"allow", b"POST"),))
            principal = exchange.principal = endpoint.authenticate(exchange, endpoint.clock())
            request = await endpoint.read(scope, receive, exchange)
            with self.desk.seat(principal):
                events = await self.desk.open(request, principal, scope, exchange)
                await self._stream(events, principal, receive, send, exchange)
            return
        except Gone:
            return
        except Exception as error:
            content = orjson.dumps(endpoint.failure(error, exchange))
        await exchange.send(send, content)

    async def _stream(
        self,
        events: AsyncIterator[dict[str, Any]],
        principal: Principal,
        receive: Receive,
        send: Send,
        exchange: Exchange,
    ) -> None:
        """Until the client goes away, the token ends, the subscription does, or this process stops."""
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        left = (principal.expires_at - self.desk.endpoint.clock()).total_seconds()
        writing = asyncio.create_task(self._write(events, send, exchange))
        gone = asyncio.create_task(_until_gone(receive))
        stopping = asyncio.create_task(self.desk.stopping.wait())
        tasks = {writing, gone, stopping}
        try:
            await asyncio.wait(tasks, timeout=max(0.0, left), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if not gone.cancelled():
            return
        # A stream that breaks off is taken up again by its client, from another process; a complete one is not.
        await self._put(send, b"event: complete\ndata:\n\n" if stopping.cancelled() else b"", more=False)

    async def _write(self, events: AsyncIterator[dict[str, Any]], send: Send, exchange: Exchange) -> None:
        try:
            async with aclosing(cast(Any, events)):
                following = asyncio.ensure_future(anext(events))
                try:
                    while True:
                        done, _ = await asyncio.wait({following}, timeout=HEARTBEAT)
                        if not done:
                            await self._put(send, b": still here\n\n")
                            continue
                        await self._put(send, b"event: next\ndata: " + orjson.dumps(following.result()) + b"\n\n")
                        following = asyncio.ensure_future(anext(events))
                finally:
                    following.cancel()
                    await asyncio.gather(following, return_exceptions=True)
        except StopAsyncIteration:
            return
        except (TimeoutError, OSError):
            raise
        except Exception as error:
            body = orjson.dumps({"errors": entries(error, exchange)})
            await self._put(send, b"event: next\ndata: " + body + b"\n\n")

    async def _put(self, send: Send, content: bytes, *, more: bool = True) -> None:
        async with asyncio.timeout(self.desk.bounds.send_seconds):
            await send({"type": "http.response.body", "body": content, "more_body": more})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
