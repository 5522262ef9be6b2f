"""How an edit of an entry of a register runs and is told: one transaction, the entry as it is afterwards.

Knows inputs, payloads and who may reach what; must not know which edit it is, nor rules of the catalog.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Generic, TypeVar

import strawberry

from api.graphql.common import UserError, View, view_of
from api.graphql.context import Context
from api.graphql.edits import NAIVE, Response, once, user_error, wrong_texts
from api.graphql.offering_edits import editor
from api.graphql.offering_inputs import given, naive_times
from api.graphql.register_inputs import EndEntryInput, EntryInput, EntryTargetInput
from catalog import store
from catalog.desk import registry_edit, registry_service
from catalog.desk.registry_edit import KINDS, Item
from catalog.errors import EditRefused, Problem
from sql.pool import Connection

N = TypeVar("N")
KEYS = frozenset({"idempotency_key", "code", "etag"})


@strawberry.type(description="What became of an edit of a register. 登记项修改结果。")
class Payload(Generic[N]):
    object: N | None = strawberry.field(
        description="The entry as it is now: after the edit, or as somebody faster left it. 当前内容。"
    )
    user_errors: list[UserError]


Make = Callable[[Any, View], N]
Act = Callable[[Connection], Awaitable[Item]]


async def create(context: Context, kind: str, asked: EntryInput, make: Make[N]) -> Payload[N]:
    async def act(conn: Connection) -> Item:
        wanted = registry_edit.new(KINDS[kind], given(asked, ["idempotency_key"]))
        return await registry_service.create(conn, KINDS[kind], wanted, editor(context), context.snapshot)

    return await _landed(context, kind, "create", asked, act, make)


async def edit(context: Context, kind: str, asked: EntryTargetInput, make: Make[N]) -> Payload[N]:
    fields = given(asked, KEYS)

    def core(one: Item) -> Item:
        return registry_edit.patched(KINDS[kind], one, fields)

    async def act(conn: Connection) -> Item:
        target = (KINDS[kind], asked.code, _etag(asked))
        return await registry_service.edit(conn, *target, editor(context), core, context.snapshot)

    return await _landed(context, kind, "edit", asked, act, make)


async def end(context: Context, kind: str, asked: EndEntryInput, make: Make[N]) -> Payload[N]:
    def core(one: Item) -> Item:
        return registry_edit.ended(one, asked.at or context.at)

    async def act(conn: Connection) -> Item:
        target = (KINDS[kind], asked.code, _etag(asked))
        return await registry_service.end(conn, *target, editor(context), core, context.snapshot)

    return await _landed(context, kind, "end", asked, act, make)


def _etag(asked: EntryTargetInput) -> int:
    # An etag that is no number was never handed out, and is as stale as any.
    return int(asked.etag) if asked.etag.isdecimal() and len(asked.etag) < 19 else 0


async def _landed(context: Context, kind: str, verb: str, asked: Any, act: Act, make: Make[N]) -> Payload[N]:
    errors = [user_error(context, path, "NO_TIME_ZONE", NAIVE) for path in naive_times(asked)]
    errors += wrong_texts(context, code=asked.code)
    if errors:
        return Payload(object=None, user_errors=errors)

    async def keep(conn: Connection) -> Response:
        return {"code": (await act(conn)).code}

    try:
        response = await once(context, f"{verb} {kind}", asked, keep)
    except EditRefused as refused:
        stale = any(one.code == "CONFLICT" for one in refused.problems)
        now = await _now(context, kind, asked.code, make) if stale else None
        return Payload(object=now, user_errors=_told(context, refused.problems, asked))
    if isinstance(response, list):
        return Payload(object=None, user_errors=response)
    return Payload(object=await _now(context, kind, asked.code, make), user_errors=[])


async def _now(context: Context, kind: str, code: str, make: Make[N]) -> N | None:
    """The entry as PostgreSQL has it; the snapshot of this request is from before the edit."""
    async with context.services.db.connection() as conn, conn.transaction(isolation="repeatable_read", readonly=True):
        now = await store.load_within(conn, context.at, context.snapshot)
    found = getattr(now, KINDS[kind].field).get(code)
    view = view_of(context, None)
    return make(found, View(now.moment(view.at), view.at, view.language, view.channel)) if found else None


def _told(context: Context, problems: Iterable[Problem], asked: Any) -> list[UserError]:
    known = given(asked)
    return [
        user_error(context, one.path, one.code, one.message)
        if not one.path or one.path[0] in known
        else UserError(path=["object", *map(str, one.path)], code=one.code, message=one.message.said(context.language))
        for one in problems
    ]
