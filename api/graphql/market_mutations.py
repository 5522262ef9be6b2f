"""The register of cluster markets, kept by product managers: a market is made, changed and ended.

Knows inputs and payloads; must not know what makes a market valid.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import strawberry
from strawberry import UNSET
from strawberry.scalars import JSON

from api.graphql.common import UserError, view_of
from api.graphql.context import Context, JishiInfo
from api.graphql.edits import NAIVE, KeyedInput, Response, once, user_error, wrong_texts
from api.graphql.market import MarketKindEnum, MarketSegment
from api.graphql.offering_inputs import given, naive_times
from api.graphql.price_inputs import TextInput, TimePeriodInput
from catalog import market_edit, market_service, market_store
from catalog.errors import EditRefused
from catalog.market import MarketSegment as MarketValue
from sql.pool import Connection


@strawberry.input
class MarketFields(KeyedInput):
    """The fields that making and changing a market share."""

    place: str | None = strawberry.field(default=UNSET, description="Province/city/district, as codes. 所在地。")
    size: int | None = strawberry.field(default=UNSET, description="How many people are there. 规模。")
    potential: Decimal | None = strawberry.field(default=UNSET, description="What it might bring. 潜力。")
    facts: JSON | None = strawberry.field(
        default=UNSET, description="Facts that changed, like {wlan: true}; null forgets one. 覆盖等事实。"
    )
    valid_for: TimePeriodInput | None = UNSET


@strawberry.input(description="A new cluster market. 新聚类市场。")
class CreateMarketSegmentInput(MarketFields):
    code: str = strawberry.field(description="Its key for ever. 代码。")
    kind: MarketKindEnum  # type: ignore[valid-type]
    name: TextInput


@strawberry.input
class MarketTargetInput(KeyedInput):
    """The market an edit is about, and what it was based on."""

    code: str = strawberry.field(description="The code of the market. 市场代码。")
    etag: str = strawberry.field(description="As it was read; when somebody was faster, nothing happens. 版本标记。")


@strawberry.input(description="Changes of a cluster market; what is left out stays. 修改聚类市场。")
class EditMarketSegmentInput(MarketTargetInput, MarketFields):
    kind: MarketKindEnum | None = UNSET  # type: ignore[valid-type]
    name: TextInput | None = UNSET


@strawberry.input(description="The end of a cluster market. 结束聚类市场。")
class EndMarketSegmentInput(MarketTargetInput):
    at: datetime | None = strawberry.field(default=None, description="When; absent: now. 结束时间。")


@strawberry.type(description="What became of a cluster market. 聚类市场修改结果。")
class MarketSegmentPayload:
    object: MarketSegment | None = strawberry.field(
        description="The market as it is now: after the edit, or as somebody faster left it. 当前内容。"
    )
    user_errors: list[UserError]


Act = Callable[[Connection], Awaitable[MarketValue]]


def _etag(asked: MarketTargetInput) -> int:
    # An etag that is no number was never handed out, and is as stale as any.
    return int(asked.etag) if asked.etag.isdecimal() and len(asked.etag) < 19 else 0


async def _landed(context: Context, name: str, asked: Any, act: Act) -> MarketSegmentPayload:
    """Runs the edit in its one transaction, and answers with the market as it is afterwards."""
    errors = [user_error(context, path, "NO_TIME_ZONE", NAIVE) for path in naive_times(asked)]
    errors += wrong_texts(context, code=asked.code)
    if errors:
        return MarketSegmentPayload(object=None, user_errors=errors)

    async def keep(conn: Connection) -> Response:
        return {"code": (await act(conn)).code}

    try:
        response = await once(context, name, asked, keep)
    except EditRefused as refused:
        told = [user_error(context, one.path, one.code, one.message) for one in refused.problems]
        stale = any(one.code == "CONFLICT" for one in refused.problems)
        return MarketSegmentPayload(object=await _now(context, asked.code) if stale else None, user_errors=told)
    if isinstance(response, list):
        return MarketSegmentPayload(object=None, user_errors=response)
    return MarketSegmentPayload(object=await _now(context, asked.code), user_errors=[])


async def _now(context: Context, code: str) -> MarketSegment | None:
    """The market as PostgreSQL has it; the snapshot of this request is from before the edit."""
    async with context.services.db.connection() as conn:
        found = await market_store.of_code(conn, code)
    return MarketSegment.of(found, view_of(context, None)) if found else None


@strawberry.type
class MarketMutation:
    @strawberry.mutation(description="Adds a cluster market to the register. 新建聚类市场。")
    async def create_market_segment(self, info: JishiInfo, input: CreateMarketSegmentInput) -> MarketSegmentPayload:
        context = info.context

        async def act(conn: Connection) -> MarketValue:
            wanted = market_edit.new(given(input, ["idempotency_key"]))
            return await market_service.create(conn, wanted, context.caller, context.at)

        return await _landed(context, "createMarketSegment", input, act)

    @strawberry.mutation(description="Changes a cluster market; absent stays, null empties. 修改聚类市场。")
    async def edit_market_segment(self, info: JishiInfo, input: EditMarketSegmentInput) -> MarketSegmentPayload:
        fields = given(input, ["idempotency_key", "code", "etag"])

        def core(one: MarketValue) -> MarketValue:
            return market_edit.patched(one, fields)

        return await _edited(info.context, "editMarketSegment", input, "market.edit", core)

    @strawberry.mutation(description="Ends a cluster market, now or later; it stays known. 结束聚类市场。")
    async def end_market_segment(self, info: JishiInfo, input: EndMarketSegmentInput) -> MarketSegmentPayload:
        context = info.context

        def core(one: MarketValue) -> MarketValue:
            return market_edit.ended(one, input.at or context.at)

        return await _edited(context, "endMarketSegment", input, "market.end", core)


async def _edited(
    context: Context, name: str, asked: MarketTargetInput, action: str, core: market_service.Core
) -> MarketSegmentPayload:
    async def act(conn: Connection) -> MarketValue:
        return await market_service.edit(conn, asked.code, _etag(asked), context.caller, context.at, action, core)

    return await _landed(context, name, asked, act)
