"""Lists of what was accepted, and the feed that an order system follows.

Knows who may see which hand-over and how lists are read; must not know how one comes about.
"""

from __future__ import annotations

from datetime import datetime

import strawberry

from api.graphql.change import any_of
from api.graphql.common import After, Connection, ContextInput, First, checked_first, view_of
from api.graphql.context import Context, JishiInfo
from api.graphql.errors import BadRequest
from api.graphql.filters import StringFilter
from api.graphql.hand_over_kind import HandOverKindEnum
from api.graphql.handed_over import HandedOver, HandOverEvent, StatusEnum
from api.graphql.keyset import number, numbered_page
from catalog.customer_store import write_audit
from catalog.feeds import hand_over_store
from catalog.feeds.hand_over import HandOver as HandOverValue
from catalog.feeds.hand_over import HandOverKind, HandOverStatus
from catalog.feeds.hand_over_store import Wanted


@strawberry.input(description="Which hand-overs; all that is given must hold. 单据筛选。")
class HandOverWhere:
    customer_id: strawberry.ID | None = None
    status: list[StatusEnum] | None = None  # type: ignore[valid-type]
    kind: HandOverKindEnum | None = None  # type: ignore[valid-type]
    product_offering: StringFilter | None = strawberry.field(default=None, description="By eq. 产品代码。")
    since: datetime | None = strawberry.field(default=None, description="Accepted from then on. 起始时间。")
    until: datetime | None = strawberry.field(default=None, description="Accepted before then. 截止时间。")


def wanted_of(context: Context, where: HandOverWhere | None) -> Wanted:
    """What the caller asks for, within what the caller may see.

    A customer sees their own. An agent sees what they accepted or have to follow up, in their region; of a customer
    whom they name, everything.
    """
    asked, principal = where or HandOverWhere(), context.principal
    for moment in (asked.since, asked.until):
        if moment is not None and moment.tzinfo is None:
            raise BadRequest(en="a time needs its offset, like 2026-03-01T00:00:00+08:00", zh="时间需要带时区")
    offerings = any_of(asked.product_offering)
    if offerings is not None and len(offerings) != 1:
        raise BadRequest(en="name one productOffering by eq", zh="请用 eq 指定一个产品")
    customer: str | None = asked.customer_id
    if principal.role == "customer":
        customer = principal.customer if customer in (None, principal.customer) else ""
    own = principal.subject if principal.role == "agent" and asked.customer_id is None else None
    return Wanted(
        region=principal.limit,
        customer=customer,
        subject=own,
        statuses=None if asked.status is None else [HandOverStatus(one).value for one in asked.status],
        kinds=None if asked.kind is None else [HandOverKind(asked.kind).value],
        offering=offerings[0] if offerings else None,
        since=asked.since,
        until=asked.until,
    )


@strawberry.type
class HandOverQuery:
    @strawberry.field(description="What was accepted, the latest first. 订单与商机列表。")
    async def hand_overs(
        self,
        info: JishiInfo,
        first: First,
        after: After = None,
        where: HandOverWhere | None = None,
        oldest_first: bool = False,
        context: ContextInput | None = None,
    ) -> Connection[HandedOver]:
        request, view = info.context, view_of(info.context, context)
        wanted, behind = wanted_of(request, where), number(after)
        checked_first(first)
        async with request.services.db.transaction() as conn:
            found = await hand_over_store.page(conn, wanted, behind, first + 1, descending=not oldest_first)
            detail = {"customers": sorted({one.customer for one in found[:first]})}
            await write_audit(conn, request.caller, request.at, "hand_over.list", "hand_over", "", detail)

        async def count() -> int:
            return await hand_over_store.count(request.services.db, wanted)

        def shown(one: HandOverValue) -> HandedOver:
            return HandedOver(one=one, view=view)

        return numbered_page(found, shown, lambda one: one.id, first, after, count)

    @strawberry.field(description="One hand-over by number. 查单据。")
    async def hand_over(
        self, info: JishiInfo, id: strawberry.ID, context: ContextInput | None = None
    ) -> HandedOver | None:
        view = view_of(info.context, context)
        found = await _by_number(info.context, id)
        return HandedOver(one=found, view=view) if found else None

    @strawberry.field(description="Everything that happened to hand-overs, the oldest first. 单据事件流水。")
    async def hand_over_events(
        self, info: JishiInfo, first: First, after: After = None, context: ContextInput | None = None
    ) -> Connection[HandOverEvent]:
        db, view = info.context.services.db, view_of(info.context, context)
        found = await hand_over_store.events(db, number(after) or 0, None, checked_first(first) + 1)

        async def count() -> int:
            return await hand_over_store.count_events(db)

        return numbered_page(
            found, lambda one: HandOverEvent(event=one, view=view), lambda one: one.sequence, first, after, count
        )


async def _by_number(context: Context, text: str) -> HandOverValue | None:
    """The hand-over, when the caller may see it; looking at one is audited. One that is hidden looks missing."""
    if not text.isascii() or not text.isdecimal() or len(text) > 18:
        return None
    principal = context.principal
    async with context.services.db.transaction() as conn:
        found = await hand_over_store.one(conn, int(text), principal.limit)
        if found is None or (principal.role == "customer" and found.customer != principal.customer):
            return None
        await write_audit(conn, context.caller, context.at, "customer.hand_over", "customer", found.customer, {})
    return found
