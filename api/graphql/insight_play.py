"""Plays as GraphQL shows them: what to do, for whom it is meant, and what it costs and brings.

Knows a play and its wording; must not know how customers are matched with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from enum import Enum

import strawberry
from strawberry.scalars import JSON

from api.graphql.common import Language, View
from api.graphql.insight_words import text
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


@strawberry.type(description="A play for one customer, its cost checked. 针对客户的打法。")
class CustomerPlay:
    play: Play
    worth: strawberry.Private[Worth | None]

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
