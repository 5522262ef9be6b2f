"""What the retirement of an offering would touch, as GraphQL shows it.

Knows what is asked for it; must not know how holders are counted, nor show any.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from api.graphql.common import After, Connection, ContextInput, First, Money, View, connect, view_of
from api.graphql.context import JishiInfo
from api.graphql.node import LifecycleStatusEnum
from api.graphql.offering import ProductOffering
from catalog import retire_impact, retire_impact_store
from catalog.offering import Offering
from catalog.price import Money as MoneyValue
from catalog.retire_impact import Held, Use, UseKind

UseKindEnum = strawberry.enum(
    UseKind,
    name="OfferingUseKind",
    description="BUNDLE and TRIAL break, REQUIRES is sold to its holders alone, COPY and RELATED go on. 引用方式。",
)


@strawberry.type(description="A version of another offering that uses this one. 引用。")
class OfferingUse:
    use: strawberry.Private[Use]
    view: strawberry.Private[View]

    @strawberry.field(description="How it uses this one. 引用方式。")
    def kind(self) -> UseKindEnum:  # type: ignore[valid-type]
        return self.use.kind

    @strawberry.field(description="The code of the other. 代码。")
    def code(self) -> str:
        return self.use.version.code

    @strawberry.field(description="What people call it. 名称。")
    def name(self) -> str:
        return self.view.say(self.use.version.name)

    @strawberry.field(description="Its version. 版本。")
    def version(self) -> int:
        return self.use.version.version

    @strawberry.field(description="The stage of that version. 生命周期状态。")
    def lifecycle_status(self) -> LifecycleStatusEnum:  # type: ignore[valid-type]
        return self.use.version.lifecycle_status


@strawberry.type(description="How many of something there are. 计数。")
class KeyedCount:
    key: str
    count: int


@strawberry.type(description="Who holds an offering, as counts. 持有情况。")
class OfferingHolders:
    held: strawberry.Private[Held]
    currency: strawberry.Private[str]

    @strawberry.field(description="How many hold it. 持有数。")
    def count(self) -> int:
        return self.held.holders

    @strawberry.field(description="The truth is at least this, in 97 of 100 cases. 下限。")
    def low(self) -> int:
        return self.held.low

    @strawberry.field(description="The truth is at most this, in 97 of 100 cases. 上限。")
    def high(self) -> int:
        return self.held.high

    @strawberry.field(description="Whether it was counted in a sample. 是否估计。")
    def is_estimated(self) -> bool:
        return self.held.is_estimated

    @strawberry.field(description="By status. 按状态。")
    def by_status(self) -> list[KeyedCount]:
        return [KeyedCount(key=key, count=count) for key, count in self.held.by_status.items()]

    @strawberry.field(description="By origin: bought, forced by a bundle, given, tried. 按来源。")
    def by_origin(self) -> list[KeyedCount]:
        return [KeyedCount(key=key, count=count) for key, count in self.held.by_origin.items()]

    @strawberry.field(description="What they pay a month for it, as agreed or else by the list. 月收入。")
    def monthly_revenue(self) -> Money:
        return Money.of(MoneyValue(self.currency, self.held.revenue))


@strawberry.type(description="What the retirement of an offering would touch. 下线影响。")
class RetireImpact:
    offering: strawberry.Private[Offering]
    view: strawberry.Private[View]

    @strawberry.field(description="The offering. 产品。")
    def code(self) -> str:
        return self.offering.code

    @strawberry.field(description="When it would be retired. 下线时间。")
    def at(self) -> datetime:
        return self.view.at

    @strawberry.field(description="The versions of others that use it, by code. 引用它的产品。")
    def uses(self, first: First, after: After = None) -> Connection[OfferingUse]:
        found = list(retire_impact.uses(self.offering.code, self.view.moment.snapshot, self.view.at))
        return connect(
            found,
            lambda one: OfferingUse(use=one, view=self.view),
            first,
            after,
            lambda one: (one.version.code, one.version.version),
        )

    @strawberry.field(description="What its holders could have instead, in force then, by code. 替代产品。")
    def alternatives(self, first: First, after: After = None) -> Connection[ProductOffering]:
        found = retire_impact.alternatives(self.offering.code, self.view.moment.snapshot, self.view.at)
        return connect(found, lambda one: ProductOffering.of(one, self.view), first, after, lambda one: (one.code,))

    @strawberry.field(description="The codes of solutions that are made of it. 所属方案。")
    def solution(self) -> list[str]:
        return list(retire_impact.solutions(self.offering.code, self.view.moment.snapshot, self.view.at))

    @strawberry.field(description="The codes of markets that it or a copy of it is meant for. 所属市场。")
    def market_segment(self) -> list[str]:
        return list(retire_impact.markets(self.offering.code, self.view.moment.snapshot, self.view.at))

    @strawberry.field(description="Who holds it now, within the caller's region. 持有情况。")
    async def holders(self, info: JishiInfo) -> OfferingHolders:
        context = info.context
        limit, db = context.principal.limit, context.services.db
        rows, share = await retire_impact_store.holders(db, self.offering.id, context.at, limit)
        code, snapshot = self.offering.code, self.view.moment.snapshot
        counted = retire_impact.held(rows, share, snapshot.versions.get(code, ()))
        return OfferingHolders(held=counted, currency=retire_impact.currency(code, snapshot))


@strawberry.type
class RetireImpactQuery:
    @strawberry.field(description="What the retirement of an offering would touch. 下线影响。")
    def retire_impact(
        self,
        info: JishiInfo,
        code: str,
        at: Annotated[datetime | None, strawberry.argument(description="When; absent: now. 下线时间。")] = None,
    ) -> RetireImpact | None:
        view = view_of(info.context, ContextInput(as_of=at))
        found = view.moment.snapshot.latest(code)
        return RetireImpact(offering=found, view=view) if found else None
