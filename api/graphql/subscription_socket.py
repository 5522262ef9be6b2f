"""Subscriptions over a WebSocket, by the protocol graphql-transport-ws.

Knows the protocol's messages and close codes; must not know what is subscribed to. Nothing waits in memory for a slow
client: events are made as fast as it takes them, and one that takes none for a while is let go.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, cast

import orjson
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from api.auth import AuthError, Principal
from api.graphql import wire
from api.graphql.errors import Expected
from api.graphql.exchange import Exchange
from api.graphql.subscription_desk import Desk, TooMany, entries

PROTOCOL = "graphql-transport-ws"
BAD, FORBIDDEN, LATE, TWICE, TAKEN, CROWDED = 4400, 4403, 4408, 4429, 4409, 1013


class _Close(Exception):
    """The connection ends with this code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


@dataclass(frozen=True, slots=True)
class SubscriptionSocket:
    """An ASGI application for one address. The token stands in `connection_init`: {"payload": {"token": "…"}}."""

    desk: Desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        socket = WebSocket(scope, receive, send)
        if PROTOCOL not in scope.get("subprotocols", ()):
            await socket.close(4406, f"the subprotocol is {PROTOCOL}")
            return
        await socket.accept(PROTOCOL)
        line = _Line(self.desk, socket, Exchange.of(scope))
        try:
            await line.serve()
        except _Close as end:
            await _close(socket, end.code, end.reason)
        except (WebSocketDisconnect, OSError, RuntimeError):
            return  # the client went away, perhaps while it was written to
        finally:
            await line.end()


async def _close(socket: WebSocket, code: int, reason: str) -> None:
    try:
        async with asyncio.timeout(1):
            await socket.close(code, reason)
    except (TimeoutError, RuntimeError, OSError, WebSocketDisconnect):
        return


@dataclass(slots=True)
class _Line:
    """One connection and the subscriptions on it."""

    desk: Desk
    socket: WebSocket
    exchange: Exchange
    running: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    stuck: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self) -> None:
        principal = await self._greeted()
        try:
            with self.desk.seat(principal):
                await self._send({"type": "connection_ack"})
                while True:
                    await self._take(await self._next(principal), principal)
        except TooMany as error:
            raise _Close(CROWDED, error.text["en"]) from None

    async def end(self) -> None:
        tasks = list(self.running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _greeted(self) -> Principal:
        """Who has introduced themselves; the connection ends when nobody does in time."""
        try:
            async with asyncio.timeout(self.desk.bounds.init_seconds):
                message = await self._message()
        except TimeoutError:
            raise _Close(LATE, "connection_init did not come in time") from None
        if message.get("type") != "connection_init":
            raise _Close(4401, "begin with connection_init")
        endpoint = self.desk.endpoint
        try:
            return endpoint.verifier.verify(_token(message, self.exchange), at=endpoint.clock())
        except AuthError:
            raise _Close(FORBIDDEN, "the token is not valid; ask for a new one") from None

    async def _next(self, principal: Principal) -> Mapping[str, Any]:
        """The next message. Nobody stays beyond the token's end, nor without a subscription."""
        left = (principal.expires_at - self.desk.endpoint.clock()).total_seconds()
        idle = self.desk.bounds.idle_seconds if not self.running else left
        message = asyncio.ensure_future(self._message())
        stuck = asyncio.ensure_future(self.stuck.wait())
        try:
            done, _ = await asyncio.wait(
                {message, stuck}, timeout=max(0.0, min(left, idle)), return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            stuck.cancel()
            if not message.done():
                message.cancel()
        if stuck in done:
            raise _Close(1008, "events were not taken in time; go on behind the last sequence")
        if message in done:
            return message.result()
        if left <= idle:
            raise _Close(FORBIDDEN, "the token has expired; connect with a new one")
        if self.running:
            return {"type": "pong"}
        raise _Close(1000, "nothing is subscribed to")

    async def _take(self, message: Mapping[str, Any], principal: Principal) -> None:
        kind, name = message.get("type"), message.get("id")
        if kind == "ping":
            await self._send({"type": "pong"})
        elif kind == "subscribe" and isinstance(name, str) and 0 < len(name) <= 128:
            self._subscribe(name, message.get("payload"), principal)
        elif kind == "complete" and isinstance(name, str):
            task = self.running.pop(name, None)
            if task:
                task.cancel()
        elif kind == "connection_init":
            raise _Close(TWICE, "connection_init came twice")
        elif kind != "pong":
            raise _Close(BAD, "the message has no type that is known here")

    def _subscribe(self, name: str, payload: object, principal: Principal) -> None:
        if name in self.running:
            raise _Close(TAKEN, "the id is taken by another subscription")
        if len(self.running) >= self.desk.bounds.of_connection:
            raise _Close(CROWDED, "too many subscriptions on one connection")
        task = asyncio.create_task(self._run(name, payload, principal), name="subscription")
        self.running[name] = task
        task.add_done_callback(lambda done: self._over(name, done))

    def _over(self, name: str, done: asyncio.Task[None]) -> None:
        if self.running.get(name) is done:
            del self.running[name]
        if not done.cancelled() and done.exception() is not None:
            self.stuck.set()

    async def _run(self, name: str, payload: object, principal: Principal) -> None:
        exchange = Exchange(self.exchange.headers, self.exchange.request_id, self.exchange.language)
        limits = self.desk.endpoint.limits
        try:
            text = orjson.dumps(payload)
            request = wire.from_body(text, max_depth=limits.value_depth, max_values=limits.values)
            events = await self.desk.open(request, principal, self.socket.scope, exchange)
            async with aclosing(cast(Any, events)):
                async for event in events:
                    await self._send({"id": name, "type": "next", "payload": event})
        except (TimeoutError, WebSocketDisconnect, OSError):
            raise
        except Exception as error:
            shown = entries(error, exchange)
            if isinstance(error, Expected):
                self.desk.endpoint.metrics.failed(error.code)
            await self._send({"id": name, "type": "error", "payload": shown})
            return
        await self._send({"id": name, "type": "complete"})

    async def _message(self) -> Mapping[str, Any]:
        raw = await self.socket.receive()
        if raw["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(raw.get("code", 1000))
        text = raw.get("text") or ""
        if not text or len(text) > self.desk.bounds.message_bytes:
            raise _Close(BAD, f"a message is JSON text of at most {self.desk.bounds.message_bytes} characters")
        try:
            message = orjson.loads(text)
        except (ValueError, RecursionError):
            message = None
        if not isinstance(message, dict):
            raise _Close(BAD, "a message is one JSON object")
        return message

    async def _send(self, message: Mapping[str, Any]) -> None:
        async with asyncio.timeout(self.desk.bounds.send_seconds):
            await self.socket.send_text(orjson.dumps(message).decode())


def _token(message: Mapping[str, Any], exchange: Exchange) -> str:
    payload = message.get("payload")
    given = payload.get("token") or payload.get("Authorization") if isinstance(payload, dict) else None
    if isinstance(given, str):
        return given.removeprefix("Bearer ").strip()
    return exchange.token() or ""
