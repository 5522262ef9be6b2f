"""Plays as GraphQL shows them: what to do, for whom it is meant, and what it costs and brings.

Knows a play and its wording; must not know how customers are matched with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from enum import Enum

import strawberry
from strawberry.scalars import JSON

from api import recommending
from api.graphql.common import First, Language, View, checked_first
from api.graphql.context import Context, JishiInfo
from api.graphql.insight_words import text
from api.graphql.offering import ProductOffering
from api.graphql.situation import situation
from catalog.customer import Customer
from catalog.offering import Offering
from recommender.insight.definition import Play as PlayValue
from recommender.insight.plays import Worth

CENT = Decimal("0.01")


@strawberry.enum(description="Which of the matrices of plays. 打法矩阵。")
class PlayMatrix(Enum):
    KEEPING = strawberry.enum_value("KEEPING", description="Value × risk of leaving. 价值 × 离网风险。")
    VOICE = strawberry.enum_value("VOICE", description="Calling segment × offer. 通话分群 × 产品。")
    SERVICES = strawberry.enum_value("SERVICES", description="Life-cycle stage × offer. 生命周期 × 产品。")
    DATA = strawberry.enum_value("DATA", description="By data use. 按流量使用。")
    MOMENT = strawberry.enum_value("MOMENT", description="Opened by a moment. 按时机。")


@strawberry.type(description="Something to do with customers of a kind. 打法。")
class Play:
    play: strawberry.Private[PlayValue]
    view: strawberry.Private[View]

    @strawberry.field(description="Its code. 代码。")
    def code(self) -> str:
        return self.play.code

    @strawberry.field(description="The matrix it stands in. 所属矩阵。")
    def matrix(self) -> PlayMatrix:
        return PlayMatrix(self.play.matrix)

    @strawberry.field(description="Its name. 名称。")
    def name(self, language: Language | None = None) -> str:
        return self.view.say(text(self.play.name), language)

    @strawberry.field(description="What to do and say. 做法。")
    def text(self, language: Language | None = None) -> str:
        return self.view.say(text(self.play.text), language)

    @strawberry.field(description="Kinds of customer it is for. 适用客户类型。")
    def kinds(self) -> list[str]:
        return list(self.play.kinds)

    @strawberry.field(description="For whom it is meant: facet → values, all of which must hold. 适用条件。")
    def meant_for(self) -> JSON:
        return JSON({facet: list(values) for facet, values in self.play.when.items()})

    @strawberry.field(description="Families of offerings that it brings. 相关产品族。")
    def families(self) -> list[str]:
        return list(self.play.families)

    @strawberry.field(description="Categories of offerings that it brings. 相关类目。")
    def categories(self) -> list[str]:
        return list(self.play.categories)


class Offers:
    """What one customer may buy, higher steps first, then the likeliest; found once for all plays of an answer."""

    def __init__(self, customer: Customer, view: View) -> None:
        self._customer, self._view = customer, view
        self._found: asyncio.Task[list[Offering]] | None = None

    async def of(self, context: Context, play: PlayValue) -> list[Offering]:
        """Those of the families and categories that a play brings."""
        if self._found is None:
            self._found = asyncio.create_task(self._all(context))
        return [
            one for one in await self._found if one.family in play.families or set(one.category) & {*play.categories}
        ]

    async def _all(self, context: Context) -> list[Offering]:
        view, customer = self._view, self._customer
        recommender = context.services.models.current
        if recommender is None:
            return []
        here = await situation(context, view, customer)
        # A list in its own order, whole: which of it is shown, the play says.
        policy = replace(context.services.policy, explore=0.0, per_category=0)
        many = len(recommender.items)
        higher, others = (
            ask(customer, view.moment, recommender, here=here, at=view.at, n=many, policy=policy)
            for ask in (recommending.upgrades, recommending.for_customer)
        )
        return list({item.offering.code: item.offering for item in (*higher.items, *others.items)}.values())


@strawberry.type(description="A play for one customer, its cost checked. 针对客户的打法。")
class CustomerPlay:
    play: Play
    worth: strawberry.Private[Worth | None]
    offers: strawberry.Private[Offers]

    @strawberry.field(
        description="What it brings that this customer may buy here and now: higher steps of what is held first, then "
        "the likeliest. 可办理的相关产品。"
    )
    async def product_offering(self, info: JishiInfo, first: First) -> list[ProductOffering]:
        checked_first(first)
        found = await self.offers.of(info.context, self.play.play)
        return [ProductOffering.of(one, self.play.view) for one in found[:first]]

    @strawberry.field(description="What it costs; null: nothing to speak of. 成本。")
    def cost(self) -> Decimal | None:
        return Decimal(self.worth.cost).quantize(CENT) if self.worth else None

    @strawberry.field(
        description="What it is expected to keep: revenue × margin × horizon × risk × the share it keeps. 预期挽回。"
    )
    def expected_gain(self) -> Decimal | None:
        return Decimal(self.worth.gain).quantize(CENT) if self.worth else None


@strawberry.type(description="A play and how many customers it is for. 打法与覆盖客户数。")
class PlayReach:
    play: Play
    customers: int = strawberry.field(description="Customers it is for, after its cost was checked. 覆盖客户数。")


def reaches(plays: tuple[PlayValue, ...], counted: Mapping[str, int], view: View) -> list[PlayReach]:
    """In the definition's order; a play that was added since the refresh has none yet."""
    return [PlayReach(play=Play(play=one, view=view), customers=counted.get(one.code, 0)) for one in plays]
