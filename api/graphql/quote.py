"""The bill of a month under one plan or several, line by line, and the effect of a rating unit.

Knows how a bill is shown and where offerings of any version are found; must not reckon.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated

import strawberry

from api.graphql.access import PRODUCT
from api.graphql.bill import QuoteBill
from api.graphql.common import ContextInput, UserError, View, view_of
from api.graphql.context import Context, JishiInfo
from api.graphql.errors import BadRequest
from api.graphql.quote_inputs import (
    Known,
    QuotePlanInput,
    QuoteUsageInput,
    check_sizes,
    checked_time,
    plans_of,
    usage_of,
)
from catalog import version_store
from catalog.eligibility import ENDED
from catalog.lifecycle import EDITABLE
from catalog.offering import Offering
from catalog.quoting import quote_text, rating_effect
from catalog.quoting.holding import QuoteRefused
from catalog.quoting.quote import cheapest, quote

MAX_LENGTHS, MAX_SECONDS = 3_600, 86_400


@strawberry.type(description="The same use under each plan, in their order. 报价。")
class Quote:
    bill: list[QuoteBill] = strawberry.field(description="One for each plan. 各方案账单。")
    cheapest: int | None = strawberry.field(
        description="The place of the cheapest plan that has a price for all the use, from 0. 最便宜的方案。"
    )
    rounding: str | None = strawberry.field(description="How amounts were rounded. 舍入规则。")
    user_errors: list[UserError]


@strawberry.type(description="What a rating unit does to what is billed. 计费单元的影响。")
class RatingEffect:
    increment: int = strawberry.field(description="The rating unit in seconds. 计费单元（秒）。")
    billed_seconds: float = strawberry.field(description="Billed for a call on average. 平均计费时长。")
    revenue_index: float = strawberry.field(description="Revenue, where rating by the second is 100. 收入指数。")


@strawberry.input(description="How many calls last so long. 通话时长分布。")
class CallLengthInput:
    seconds: int
    calls: float = 1.0


Plans = Annotated[list[QuotePlanInput], strawberry.argument(description="The plans to compare. 待比较的方案。")]
At = Annotated[
    datetime | None, strawberry.argument(description="In the month of the bill; absent: context.asOf, or now. 账期。")
]
Lengths = Annotated[list[CallLengthInput], strawberry.argument(description="The calls of some time. 通话时长分布。")]
Increments = Annotated[list[int], strawberry.argument(description="Rating units in seconds. 计费单元（秒）。")]


@strawberry.type
class QuoteQuery:
    @strawberry.field(description="The exact bill of a month, for the same use under one plan or several. 报价。")
    async def quote(
        self,
        info: JishiInfo,
        plans: Plans,
        usage: list[QuoteUsageInput] | None = None,
        at: At = None,
        context: ContextInput | None = None,
    ) -> Quote:
        asked = context or ContextInput()
        try:
            moment = checked_time(at or asked.as_of or info.context.at, ("at",))
            view = view_of(info.context, replace(asked, as_of=moment))
            check_sizes(plans, usage or [])
            known, parts = await _offerings(info.context, plans, view)
            wanted, used = plans_of(plans, known), usage_of(usage or [])
            bills = quote(wanted, used, at=moment, zone=info.context.zone, offerings=parts)
        except QuoteRefused as refused:
            message = refused.message.said(info.context.language)
            error = UserError(path=[str(step) for step in refused.path], code=refused.code, message=message)
            return Quote(bill=[], cheapest=None, rounding=None, user_errors=[error])
        shown = [QuoteBill(bill=one, view=view, name=plan.name) for plan, one in zip(wanted, bills, strict=True)]
        best = cheapest(bills)
        return Quote(
            bill=shown,
            cheapest=None if bills[best].unrated else best,
            rounding=view.say(quote_text.ROUNDING),
            user_errors=[],
        )

    @strawberry.field(description="How billed time and revenue change with the rating unit. 计费单元的影响。")
    def rating_effect(self, call_lengths: Lengths, increments: Increments) -> list[RatingEffect]:
        if len(call_lengths) > MAX_LENGTHS or len(increments) > 100:
            raise BadRequest(en="give at most 3600 lengths and 100 units", zh="最多 3600 个时长和 100 个计费单元")
        if (
            not all(1 <= one.seconds <= MAX_SECONDS and 0 < one.calls < 1e12 for one in call_lengths)
            or not call_lengths
        ):
            raise BadRequest(en="calls last 1 to 86400 seconds, and there are some", zh="通话时长须为 1 到 86400 秒")
        if not all(1 <= one <= MAX_SECONDS for one in increments):
            raise BadRequest(en="a rating unit is 1 to 86400 seconds", zh="计费单元须为 1 到 86400 秒")
        lengths: dict[int, float] = {}
        for one in call_lengths:
            lengths[one.seconds] = lengths.get(one.seconds, 0.0) + one.calls
        found = rating_effect.rating_effect(lengths, increments)
        return [
            RatingEffect(increment=one.increment, billed_seconds=one.billed_seconds, revenue_index=one.revenue_index)
            for one in found
        ]


async def _offerings(context: Context, plans: list[QuotePlanInput], view: View) -> tuple[Known, Mapping[str, Offering]]:
    """What the items name, in force or in the version that is held, and the offerings that may stand in bundles."""
    in_force = view.moment.offerings
    asked = {item.code for plan in plans for item in plan.items}
    known: dict[tuple[str, int | None], Offering] = {(code, None): in_force[code] for code in asked if code in in_force}
    held = {item.code for plan in plans for item in plan.items if item.version is not None}
    if not held:
        return known, in_force
    async with context.services.db.connection() as conn, conn.transaction(isolation="repeatable_read", readonly=True):
        found = [one for code in sorted(held) for one in await version_store.of_code(conn, code)]
    # A version in design is nobody's but its makers'.
    may = [one for one in found if one.lifecycle_status not in EDITABLE or context.principal.role in PRODUCT]
    known |= {(one.code, one.version): one for one in may}
    snapshot = view.moment.snapshot
    ended = ((code, snapshot.latest(code)) for code in snapshot.versions)
    return known, {code: one for code, one in ended if one and one.lifecycle_status in ENDED} | dict(in_force)
