"""The root fields of cluster markets: one, lists with conditions and orders, and how far they are covered.

Knows how arguments become a choice from the snapshot within the caller's region; must not know members.
"""

from __future__ import annotations

from enum import Enum
from functools import partial
from typing import Any

import strawberry
from strawberry.scalars import JSON

from api.graphql.access import PRODUCT
from api.graphql.common import After, Connection, ContextInput, First, View, connect, order_key, view_of
from api.graphql.context import Context, JishiInfo
from api.graphql.errors import Forbidden
from api.graphql.filters import BooleanFilter, NumberFilter, NumberRange, OrderDirection, StringFilter, Test, holds
from api.graphql.market import MarketKindEnum, MarketSegment
from catalog import market_coverage
from catalog.market import MarketKind, within
from catalog.market import MarketSegment as MarketValue
from catalog.market_coverage import Coverage


@strawberry.input(description='A condition on a fact, like {fact: "wlan", eq: true}. 事实条件。')
class FactFilter:
    fact: str = strawberry.field(description="The name of the fact, like wlan. 事实名称。")
    eq: JSON | None = strawberry.field(default=None, description="Exactly this: true, 3, a text. 等于。")
    range: NumberRange | None = strawberry.field(default=None, description="A number within this range. 区间。")
    is_known: BooleanFilter | None = strawberry.field(default=None, description="Whether anything is known. 是否已知。")

    def accepts(self, one: MarketValue) -> bool:
        value = one.facts.get(self.fact)
        if self.is_known is not None and not self.is_known.accepts(value is not None):
            return False
        wanted: object = self.eq
        # In Python True equals 1; a fact that is true is not the number 1.
        if wanted is not None and (value != wanted or isinstance(value, bool) != isinstance(wanted, bool)):
            return False
        return self.range is None or (is_number(value) and NumberFilter(range=self.range).accepts(value))  # type: ignore[arg-type]


def is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


@strawberry.input(description="Which markets. 市场筛选条件。")
class MarketSegmentWhere:
    and_: list[MarketSegmentWhere] | None = strawberry.field(default=None, name="and", description="All. 全部满足。")
    or_: list[MarketSegmentWhere] | None = strawberry.field(default=None, name="or", description="One. 任一满足。")
    not_: MarketSegmentWhere | None = strawberry.field(default=None, name="not", description="Not. 不满足。")
    code: StringFilter | None = None
    kind: StringFilter | None = None
    name: StringFilter | None = strawberry.field(default=None, description="The name in either language. 名称。")
    place: str | None = strawberry.field(default=None, description="In this place or below it. 所在地，含下级。")
    size: NumberFilter | None = None
    potential: NumberFilter | None = strawberry.field(
        default=None, description="What it might bring; only for those who may read it. 潜力。"
    )
    facts: list[FactFilter] | None = strawberry.field(default=None, description="All of these facts. 事实条件。")

    def accepts(self, one: MarketValue) -> bool:
        return holds(
            self._own(one),
            [partial(inner.accepts, one) for inner in self.and_ or ()],
            None if self.or_ is None else [partial(inner.accepts, one) for inner in self.or_],
            partial(self.not_.accepts, one) if self.not_ else None,
        )

    def weighs_potential(self) -> bool:
        inner = (*(self.and_ or ()), *(self.or_ or ()), *([self.not_] if self.not_ else []))
        return self.potential is not None or any(one.weighs_potential() for one in inner)

    def _own(self, one: MarketValue) -> list[Test]:
        return [
            lambda: self.code is None or self.code.accepts(one.code),
            lambda: self.kind is None or self.kind.accepts(one.kind.value),
            lambda: self.name is None or self.name.accepts_any((one.name.zh, one.name.en)),
            lambda: within(one.place, self.place),
            lambda: self.size is None or self.size.accepts(one.size),
            lambda: self.potential is None or self.potential.accepts(one.potential),
            lambda: all(fact.accepts(one) for fact in self.facts or ()),
        ]


@strawberry.enum(description="What to order markets by. 排序字段。")
class MarketSegmentOrderField(Enum):
    CODE = "code"
    NAME = "name"
    KIND = "kind"
    PLACE = "place"
    SIZE = "size"
    POTENTIAL = "potential"


@strawberry.input(description="One level of an order. 排序。")
class MarketSegmentOrder:
    field: MarketSegmentOrderField
    direction: OrderDirection = OrderDirection.ASC


def _key(one: MarketValue, order: list[MarketSegmentOrder], language: str) -> tuple[Any, ...]:
    """The parts that `order` names, then the code, which makes every key unique."""
    values: dict[MarketSegmentOrderField, Any] = {
        MarketSegmentOrderField.CODE: one.code,
        MarketSegmentOrderField.NAME: one.name.said(language),
        MarketSegmentOrderField.KIND: one.kind.value,
        MarketSegmentOrderField.PLACE: one.place,
        MarketSegmentOrderField.SIZE: one.size,
        # A cursor holds the key as JSON, which has no decimals.
        MarketSegmentOrderField.POTENTIAL: None if one.potential is None else float(one.potential),
    }
    return (*(values[level.field] for level in order), one.code)


@strawberry.type(description="How many markets are covered by what a fact names. 覆盖统计。")
class MarketCoverage:
    found: strawberry.Private[Coverage]

    @strawberry.field(description="How many markets there are. 市场数。")
    def markets(self) -> int:
        return self.found.markets

    @strawberry.field(description="Those where the fact is true, or a number above 0. 已覆盖数。")
    def covered(self) -> int:
        return self.found.covered

    @strawberry.field(description="Those of which the fact is not known. 未知数。")
    def unknown(self) -> int:
        return self.found.unknown

    @strawberry.field(description="Covered of all, 0 to 1; null when there is no market. 覆盖率。")
    def share(self) -> float | None:
        return None if self.found.share is None else float(self.found.share)

    @strawberry.field(description="The people there, where the size is known. 总人数。")
    def people(self) -> int:
        return self.found.people

    @strawberry.field(description="The people in covered markets. 已覆盖人数。")
    def covered_people(self) -> int:
        return self.found.covered_people


@strawberry.type(description="The coverage of one kind of market. 某类市场的覆盖。")
class KindCoverage:
    kind: MarketKindEnum  # type: ignore[valid-type]
    coverage: MarketCoverage


@strawberry.type(description="The coverage of one place. 某地的覆盖。")
class PlaceCoverage:
    place: str | None = strawberry.field(description="One step below the place that was asked for. 所在地。")
    coverage: MarketCoverage


@strawberry.type(description="Coverage in all, per kind and per place. 覆盖统计，含分类与分地。")
class MarketCoverageReport:
    total: MarketCoverage
    by_kind: list[KindCoverage]
    by_place: list[PlaceCoverage]


def _in_force(context: Context, view: View) -> list[MarketValue]:
    """The markets in force within the caller's region, by code."""
    region = context.principal.limit
    found = view.moment.snapshot.markets.values()
    return [one for one in found if one.valid.contains(view.at) and within(one.place, region)]


def _refuse_potential(context: Context, where: MarketSegmentWhere | None, order: list[MarketSegmentOrder]) -> None:
    """Who may not read what a market is worth cannot find it out by conditions or orders either."""
    weighed = (where is not None and where.weighs_potential()) or any(
        level.field is MarketSegmentOrderField.POTENTIAL for level in order
    )
    if weighed and context.principal.role not in PRODUCT:
        raise Forbidden(en="the potential is not for your role; leave it out", zh="您的角色不可按潜力筛选或排序")


@strawberry.type
class MarketQuery:
    @strawberry.field(description="One cluster market by code. 查聚类市场。")
    def market_segment(self, info: JishiInfo, code: str, context: ContextInput | None = None) -> MarketSegment | None:
        return MarketSegment.named(code, info.context, view_of(info.context, context))

    @strawberry.field(description="Cluster markets in the caller's region, by code or in order. 聚类市场列表。")
    def market_segments(
        self,
        info: JishiInfo,
        first: First,
        after: After = None,
        where: MarketSegmentWhere | None = None,
        order_by: list[MarketSegmentOrder] | None = None,
        context: ContextInput | None = None,
    ) -> Connection[MarketSegment]:
        view = view_of(info.context, context)
        order = order_by or []
        _refuse_potential(info.context, where, order)
        descending = [level.direction is OrderDirection.DESC for level in order]
        found = [one for one in _in_force(info.context, view) if where is None or where.accepts(one)]

        def key(one: MarketValue) -> tuple[Any, ...]:
            return _key(one, order, view.language)

        found.sort(key=lambda one: order_key(key(one), descending))
        return connect(found, lambda one: MarketSegment.of(one, view), first, after, key, descending)

    @strawberry.field(
        description="How many markets are covered by what a fact names: 314 campuses, WLAN in 167, 53 %. 市场覆盖统计。"
    )
    def market_coverage(
        self,
        info: JishiInfo,
        fact: str,
        kind: MarketKindEnum | None = None,  # type: ignore[valid-type]
        place: str | None = None,
        context: ContextInput | None = None,
    ) -> MarketCoverageReport:
        view = view_of(info.context, context)
        found = [one for one in _in_force(info.context, view) if kind in (None, one.kind) and within(one.place, place)]
        kinds = market_coverage.by(found, fact, lambda one: one.kind.value)
        places = market_coverage.by(found, fact, lambda one: market_coverage.place_below(one.place, place))
        return MarketCoverageReport(
            total=MarketCoverage(found=market_coverage.coverage(found, fact)),
            by_kind=[
                KindCoverage(kind=MarketKind(name), coverage=MarketCoverage(found=one)) for name, one in kinds if name
            ],
            by_place=[PlaceCoverage(place=name, coverage=MarketCoverage(found=one)) for name, one in places],
        )
