"""The root fields of solutions: one, lists, previews of bringing them to markets, and where they are used.

Knows how arguments become a choice; must not change anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import Enum
from functools import partial
from typing import Annotated, Any

import strawberry

from api.graphql.common import After, Connection, ContextInput, First, View, connect, order_key, view_of
from api.graphql.context import Context, JishiInfo
from api.graphql.errors import BadRequest
from api.graphql.filters import OrderDirection, StringFilter, Test, holds
from api.graphql.market import MarketSegment
from api.graphql.offering import ProductOffering
from api.graphql.offering_edits import editor
from api.graphql.solution import Solution, applications_of
from api.graphql.solution_inputs import SolutionMarketInput, SolutionParameterValueInput, asked
from api.graphql.solution_plan import SolutionPreview
from catalog.market import MarketKind, within
from catalog.offering import Offering
from catalog.solution import Solution as SolutionValue
from catalog.solutions import service as solution_service
from catalog.solutions import store as solution_store
from catalog.solutions.rows import MAX_ROWS
from catalog.solutions.service import Wanted

Launch = Annotated[bool, strawberry.argument(description="As if what is brought were launched. 按上线预览。")]
At = Annotated[datetime | None, strawberry.argument(description="When it would be launched; absent: now. 上线时间。")]


@strawberry.input(description="Which solutions. 方案筛选条件。")
class SolutionWhere:
    and_: list[SolutionWhere] | None = strawberry.field(default=None, name="and", description="All. 全部满足。")
    or_: list[SolutionWhere] | None = strawberry.field(default=None, name="or", description="One. 任一满足。")
    not_: SolutionWhere | None = strawberry.field(default=None, name="not", description="Not. 不满足。")
    code: StringFilter | None = None
    name: StringFilter | None = strawberry.field(default=None, description="The name in either language. 名称。")
    kind: StringFilter | None = strawberry.field(
        default=None, description="A kind of market that it is made for. 适用市场类型。"
    )
    offering: StringFilter | None = strawberry.field(default=None, description="An offering in it. 包含的产品。")

    def accepts(self, one: SolutionValue) -> bool:
        return holds(
            self._own(one),
            [partial(inner.accepts, one) for inner in self.and_ or ()],
            None if self.or_ is None else [partial(inner.accepts, one) for inner in self.or_],
            partial(self.not_.accepts, one) if self.not_ else None,
        )

    def _own(self, one: SolutionValue) -> list[Test]:
        kinds = [kind.value for kind in one.kinds or MarketKind]
        return [
            lambda: self.code is None or self.code.accepts(one.code),
            lambda: self.name is None or self.name.accepts_any((one.name.zh, one.name.en)),
            lambda: self.kind is None or self.kind.accepts_any(kinds),
            lambda: self.offering is None or self.offering.accepts_any(one.offering),
        ]


@strawberry.enum(description="What to order solutions by. 排序字段。")
class SolutionOrderField(Enum):
    CODE = "code"
    NAME = "name"


@strawberry.input(description="One level of an order. 排序。")
class SolutionOrder:
    field: SolutionOrderField
    direction: OrderDirection = OrderDirection.ASC


@strawberry.type(description="Where a solution or an offering is used. 使用情况。")
class WhereUsed:
    markets: strawberry.Private[list[str]]
    held_in: strawberry.Private[list[Offering]]
    made: strawberry.Private[list[Offering]]
    named_by: strawberry.Private[list[SolutionValue]]
    view: strawberry.Private[View]

    @strawberry.field(description="The markets that got it, or are the only ones to have it. 聚类市场。")
    def market_segments(self, info: JishiInfo, first: First, after: After = None) -> Connection[MarketSegment]:
        known, region = info.context.snapshot.markets, info.context.principal.limit
        found = [known[code] for code in self.markets if code in known and within(known[code].place, region)]
        return connect(found, lambda one: MarketSegment.of(one, self.view), first, after, lambda one: (one.code,))

    @strawberry.field(description="The bundles in force that contain it. 包含它的捆绑包。")
    def bundles(self, first: First, after: After = None) -> Connection[ProductOffering]:
        return self._offerings(self.held_in, first, after)

    @strawberry.field(description="The markets' copies, at any stage. 市场副本。")
    def copies(self, first: First, after: After = None) -> Connection[ProductOffering]:
        return self._offerings(self.made, first, after)

    @strawberry.field(description="The solutions that it is a part of. 所属方案。")
    def solutions(self, first: First, after: After = None) -> Connection[Solution]:
        return connect(
            self.named_by, lambda one: Solution(one=one, view=self.view), first, after, lambda one: (one.code,)
        )

    def _offerings(self, found: list[Offering], first: int, after: str | None) -> Connection[ProductOffering]:
        def shown(one: Offering) -> ProductOffering:
            return ProductOffering.version_of(one, self.view)

        return connect(found, shown, first, after, lambda one: (one.code,))


@strawberry.type
class SolutionQuery:
    @strawberry.field(description="One solution by code. 查方案。")
    def solution(self, info: JishiInfo, code: str, context: ContextInput | None = None) -> Solution | None:
        view = view_of(info.context, context)
        found = view.moment.snapshot.solutions.get(code)
        return Solution(one=found, view=view) if found and found.valid.contains(view.at) else None

    @strawberry.field(description="Solutions in force, filtered and in order. 方案列表。")
    def solutions(
        self,
        info: JishiInfo,
        first: First,
        after: After = None,
        where: SolutionWhere | None = None,
        order_by: list[SolutionOrder] | None = None,
        context: ContextInput | None = None,
    ) -> Connection[Solution]:
        view = view_of(info.context, context)
        order = order_by or []
        descending = [level.direction is OrderDirection.DESC for level in order]
        known: Iterable[SolutionValue] = view.moment.snapshot.solutions.values()
        found = [one for one in known if one.valid.contains(view.at) and (where is None or where.accepts(one))]

        def key(one: SolutionValue) -> tuple[Any, ...]:
            values = {SolutionOrderField.CODE: one.code, SolutionOrderField.NAME: one.name.said(view.language)}
            return (*(values[level.field] for level in order), one.code)

        found.sort(key=lambda one: order_key(key(one), descending))
        return connect(found, lambda one: Solution(one=one, view=view), first, after, key, descending)

    @strawberry.field(description="What bringing a solution to markets would do; nothing is done. 预览方案应用。")
    async def solution_preview(
        self,
        info: JishiInfo,
        solution: str,
        markets: list[SolutionMarketInput],
        parameter: list[SolutionParameterValueInput] | None = None,
        launch: Launch = False,
        at: At = None,
    ) -> SolutionPreview | None:
        rows = asked(markets, parameter or [])
        return await _previewed(
            info.context, Wanted(solution, rows, info.context.zone, launch, _aware(at, info.context))
        )

    @strawberry.field(
        description="What rolling a solution out again would do: where markets drifted from it, and what of them is "
        "kept. 预览方案变更的推广。"
    )
    async def roll_out_preview(
        self,
        info: JishiInfo,
        solution: str,
        markets: list[str] | None = None,
        launch: Launch = False,
        at: At = None,
    ) -> SolutionPreview | None:
        rows: list[tuple[str, dict[str, str | None]]] = [(market, {}) for market in markets or ()]
        zone = info.context.zone
        return await _previewed(
            info.context, Wanted(solution, rows, zone, launch, _aware(at, info.context), again=True)
        )

    @strawberry.field(description="Where a solution or an offering is used; name one of them. 使用情况查询。")
    async def where_used(
        self,
        info: JishiInfo,
        solution: str | None = None,
        offering: str | None = None,
        context: ContextInput | None = None,
    ) -> WhereUsed:
        view = view_of(info.context, context)
        if (solution is None) == (offering is None):
            raise BadRequest(en="name a solution or an offering", zh="请指明方案或产品之一")
        if offering is not None:
            return await _used_offering(info.context, offering, view)
        applied = await applications_of(info.context, solution, None)
        copies = sorted(part.code for one in applied for part in one.parts.values() if part.code)
        return WhereUsed(
            markets=[one.market for one in applied],
            held_in=[],
            made=[one for code in copies if (one := view.moment.snapshot.latest(code))],
            named_by=[],
            view=view,
        )


def _aware(at: datetime | None, context: Context) -> datetime | None:
    if at is not None and at.tzinfo is None:
        raise BadRequest(en="at needs a time zone, like 2026-03-01T00:00:00+08:00", zh="at 需要带时区")
    if at is not None and at < context.at:
        raise BadRequest(en="at lies in the past; leave it out for now", zh="at 已过，立即上线请省略")
    return at


async def _previewed(context: Context, wanted: Wanted) -> SolutionPreview | None:
    if len(wanted.markets) > MAX_ROWS:
        raise BadRequest(en=f"name at most {MAX_ROWS} markets at once", zh=f"一次最多 {MAX_ROWS} 个市场")
    db = context.services.db
    async with db.connection() as conn, conn.transaction(isolation="repeatable_read", readonly=True):
        found = await solution_service.preview(conn, wanted, editor(context))
    if found is None:
        return None
    return SolutionPreview(
        rows=found.rows,
        templates=dict(found.templates),
        view=view_of(context, None),
        etag=str(found.solution.etag),
    )


async def _used_offering(context: Context, code: str, view: View) -> WhereUsed:
    snapshot = view.moment.snapshot
    async with context.services.db.connection() as conn:
        uses = await solution_store.uses(conn, code)
    newest = snapshot.latest(code)
    limited = newest.market_segment if newest else ()
    copies = {found[-1].code: found[-1] for found in snapshot.versions.values() if found and found[-1].template == code}
    named = {one.solution for one in uses} | {one.code for one in snapshot.solutions.values() if code in one.offering}
    return WhereUsed(
        markets=sorted({one.market for one in uses} | set(limited)),
        held_in=sorted(view.moment.bundles_of.get(code, ()), key=lambda one: one.code),
        made=[copies[name] for name in sorted(copies)],
        named_by=[snapshot.solutions[name] for name in sorted(named) if name in snapshot.solutions],
        view=view,
    )
