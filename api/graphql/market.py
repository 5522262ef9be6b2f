"""Cluster markets as GraphQL shows them.

Knows one market and how many belong to it; must not know a single member.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry.scalars import JSON

from api.graphql.common import Language, TimePeriod, View, global_id
from api.graphql.context import Context, JishiInfo
from api.graphql.node import Node
from catalog import customer_store
from catalog.market import MarketKind, within
from catalog.market import MarketSegment as MarketValue

if TYPE_CHECKING:
    from api.graphql.solution import SolutionApplication

MarketKindEnum = strawberry.enum(MarketKind, description="What kind of cluster market. 聚类市场类型。")


@strawberry.type(description="A group of customers with a shared need: a campus, a park, a market (聚类市场).")
class MarketSegment(Node):
    market: strawberry.Private[MarketValue]
    view: strawberry.Private[View]

    @classmethod
    def of(cls, market: MarketValue, view: View) -> MarketSegment:
        return cls(id=global_id("MarketSegment", market.code), market=market, view=view)

    @classmethod
    def named(cls, code: str, context: Context, view: View) -> MarketSegment | None:
        """The market with this code, when it is in force and within the caller's region."""
        found = view.moment.snapshot.markets.get(code)
        if found is None or not found.valid.contains(view.at) or not within(found.place, context.principal.limit):
            return None
        return cls.of(found, view)

    @strawberry.field(description="The key for imports and people. 代码。")
    def code(self) -> str:
        return self.market.code

    @strawberry.field(description="Campus, park, market, village, building or other. 类型。")
    def kind(self) -> MarketKindEnum:  # type: ignore[valid-type]
        return self.market.kind

    @strawberry.field(description="What people call it. 名称。")
    def name(self, language: Language | None = None) -> str:
        return self.view.say(self.market.name, language)

    @strawberry.field(description="Province/city/district. 所在地。")
    def place(self) -> str | None:
        return self.market.place

    @strawberry.field(description="How many people are there, members or not. 规模。")
    def size(self) -> int | None:
        return self.market.size

    @strawberry.field(description="What it might bring, as the operator reckons. 潜力。")
    def potential(self) -> Decimal | None:
        return self.market.potential

    @strawberry.field(description="What delivery depends on, like {wlan: true}. 覆盖等事实。")
    def facts(self) -> JSON:
        return JSON(dict(self.market.facts))

    @strawberry.field(description="When it is there; edits change it. 有效期。")
    def valid_for(self) -> TimePeriod:
        return TimePeriod.of(self.market.valid)

    @strawberry.field(description="What an edit is based on. 版本标记。")
    def etag(self) -> str:
        return str(self.market.etag)

    @strawberry.field(description="How many customers belong to it. 成员数。")
    async def member_count(self, info: JishiInfo) -> int:
        return await customer_store.market_size(info.context.services.db, self.market.id, self.view.at)

    @strawberry.field(description="The solutions that were brought to it, by code. 已应用的方案。")
    async def solutions(
        self, info: JishiInfo
    ) -> list[Annotated[SolutionApplication, strawberry.lazy("api.graphql.solution")]]:
        # A solution knows its markets, so that it can only be known here when it is asked for.
        from api.graphql.solution import SolutionApplication, applications_of

        found = await applications_of(info.context, None, [self.market.code])
        return [SolutionApplication(one=one, view=self.view) for one in found]
