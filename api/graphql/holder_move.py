"""Moving the holders of one version to another, over GraphQL: planned, cancelled, listed.

Knows types, inputs and the list; must not know a customer, nor when a move makes sense.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import strawberry

from api.graphql.common import After, Connection, First, UserError, checked_first, connect_read, number_behind
from api.graphql.context import Context, JishiInfo
from api.graphql.edits import KeyedInput, Response, once, wrong_texts, wrong_times
from api.graphql.offering_edits import editor, told
from catalog.desk import holder_move, holder_move_service, holder_move_store
from catalog.desk.editing_desk import Desk, at_desk
from catalog.desk.holder_move import MoveState
from catalog.errors import EditRefused
from sql import pool

MoveStateEnum = strawberry.enum(MoveState, description="Planned, due, done or cancelled. 迁移状态。")


@strawberry.type(description="The holders of one version who get another from a day on. 在用客户版本迁移。")
class HolderMove:
    id: strawberry.ID = strawberry.field(description="Its number. 编号。")
    code: str = strawberry.field(description="The offering. 产品代码。")
    from_version: int = strawberry.field(description="Who holds this version … 原版本。")
    to_version: int = strawberry.field(description="… gets this one. 新版本。")
    at: datetime = strawberry.field(description="From when on. 生效时间。")
    state: MoveStateEnum = strawberry.field(description="Where it stands. 状态。")  # type: ignore[valid-type]
    moved: int = strawberry.field(description="Products that were moved so far. 已迁移数量。")
    reason: str | None = strawberry.field(description="Why. 原因。")
    requested_by: str = strawberry.field(description="Who planned it. 申请人。")
    requested_at: datetime
    done_at: datetime | None = strawberry.field(description="When the last was moved. 完成时间。")

    @classmethod
    def of(cls, one: holder_move.HolderMove, now: datetime) -> HolderMove:
        return cls(
            id=strawberry.ID(str(one.id)),
            code=one.code,
            from_version=one.from_version,
            to_version=one.to_version,
            at=one.at,
            state=one.state(now),
            moved=one.moved,
            reason=one.reason,
            requested_by=one.requested_by,
            requested_at=one.requested_at,
            done_at=one.done_at,
        )


@strawberry.input(description="A move of holders to another version; nobody is moved without one. 迁移在用客户。")
class MoveProductOfferingHoldersInput(KeyedInput):
    code: str = strawberry.field(description="The offering. 产品代码。")
    from_version: int = strawberry.field(description="Who holds this version … 原版本。")
    to_version: int = strawberry.field(description="… gets this one, which is in force then. 新版本。")
    at: datetime | None = strawberry.field(default=None, description="From when on; absent: now. 生效时间。")
    reason: str | None = strawberry.field(default=None, description="Why, in a few words. 原因。")


@strawberry.input(description="A move to take back. 取消迁移。")
class CancelHolderMoveInput(KeyedInput):
    id: strawberry.ID = strawberry.field(description="The number of the move. 编号。")


@strawberry.type(description="What became of a move of holders. 迁移计划结果。")
class HolderMovePayload:
    object: HolderMove | None = strawberry.field(description="The move as it is now. 迁移计划。")
    user_errors: list[UserError]


Act = Callable[[Desk], Awaitable[holder_move.HolderMove]]


async def _landed(context: Context, name: str, asked: Any, act: Act) -> HolderMovePayload:
    async def keep(conn: pool.Connection) -> Response:
        async with at_desk(conn, editor(context)) as desk:
            return {"id": (await act(desk)).id}

    try:
        response = await once(context, name, asked, keep)
    except EditRefused as refused:
        return HolderMovePayload(object=None, user_errors=told(context, refused, asked))
    if isinstance(response, list):
        return HolderMovePayload(object=None, user_errors=response)
    async with context.services.db.transaction() as conn:
        found = await holder_move_store.of_id(conn, response["id"])
    return HolderMovePayload(object=HolderMove.of(found, context.at) if found else None, user_errors=[])


@strawberry.type
class HolderMoveMutation:
    @strawberry.mutation(
        description="Plans a move of the holders of one version to another; `jishi move-holders` does it in pieces "
        "once its time has come. 计划将在用客户迁移到另一版本。"
    )
    async def move_product_offering_holders(
        self, info: JishiInfo, input: MoveProductOfferingHoldersInput
    ) -> HolderMovePayload:
        context = info.context
        errors = wrong_texts(context, code=input.code, reason=input.reason) + wrong_times(context, at=input.at)
        if errors:
            return HolderMovePayload(object=None, user_errors=errors)

        async def act(desk: Desk) -> holder_move.HolderMove:
            versions = (input.from_version, input.to_version)
            return await holder_move_service.plan(desk, input.code, *versions, at=input.at, reason=input.reason)

        return await _landed(context, "moveProductOfferingHolders", input, act)

    @strawberry.mutation(description="Takes back a move of holders that has not begun. 取消迁移计划。")
    async def cancel_holder_move(self, info: JishiInfo, input: CancelHolderMoveInput) -> HolderMovePayload:
        number = int(input.id) if input.id.isdecimal() and len(input.id) < 19 else 0

        async def act(desk: Desk) -> holder_move.HolderMove:
            return await holder_move_service.cancel(desk, number)

        return await _landed(info.context, "cancelHolderMove", input, act)


@strawberry.type
class HolderMoveQuery:
    @strawberry.field(description="Moves of holders, newest first; of one offering when it is named. 迁移计划列表。")
    async def holder_moves(
        self, info: JishiInfo, first: First, after: After = None, code: str | None = None
    ) -> Connection[HolderMove]:
        checked_first(first)
        async with info.context.services.db.connection() as conn:
            found = await holder_move_store.page(conn, code, number_behind(after), first + 1)
            total = await holder_move_store.count(conn, code)

        def shown(one: holder_move.HolderMove) -> HolderMove:
            return HolderMove.of(one, info.context.at)

        return connect_read(found, shown, first, after, lambda one: (one.id,), total)
