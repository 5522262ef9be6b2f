"""Which offerings of a list, and in which order.

Knows conditions and keys of offerings; must not know which list they narrow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from typing import Any

import strawberry

from api.graphql.common import Connection, View, connect, order_key
from api.graphql.filters import BooleanFilter, NumberFilter, OrderDirection, StringFilter
from catalog.facets import monthly_fee
from catalog.market import within
from catalog.offering import Offering

Test = Callable[[Offering], bool]


@strawberry.input(description="Which offerings. 产品筛选条件。")
class ProductOfferingWhere:
    and_: list[ProductOfferingWhere] | None = strawberry.field(default=None, name="and", description="All. 全部满足。")
    or_: list[ProductOfferingWhere] | None = strawberry.field(default=None, name="or", description="One. 任一满足。")
    not_: ProductOfferingWhere | None = strawberry.field(default=None, name="not", description="Not. 不满足。")
    code: StringFilter | None = None
    name: StringFilter | None = strawberry.field(default=None, description="The name in either language. 名称。")
    family: StringFilter | None = None
    category: StringFilter | None = strawberry.field(
        default=None, description="The code of a category it stands in, or of one above. 类目，含上级。"
    )
    channel: StringFilter | None = strawberry.field(default=None, description="A channel that sells it. 渠道。")
    complexity: StringFilter | None = None
    step: NumberFilter | None = None
    monthly_fee: NumberFilter | None = strawberry.field(
        default=None, description="Its own monthly fee; what has none is left out. 月费。"
    )
    place: str | None = strawberry.field(default=None, description="Sold in this place. 在此地销售。")
    market_segment: StringFilter | None = strawberry.field(
        default=None, description="A market that it is made for. 专属聚类市场。"
    )
    product_specification: StringFilter | None = None
    is_bundle: BooleanFilter | None = None
    is_sellable: BooleanFilter | None = strawberry.field(
        default=None, description="Whether it may be bought in the context's channel. 是否可售。"
    )

    def accepts(self, one: Offering, view: View) -> bool:
        return self.compiled(view)(one)

    def compiled(self, view: View) -> Test:
        """The whole condition as one test of an offering; what is not asked for costs nothing."""
        tests = [*self._own(view), *(inner.compiled(view) for inner in self.and_ or ())]
        if self.or_ is not None:
            tests.append(one_of([inner.compiled(view) for inner in self.or_]))
        if self.not_:
            tests.append(negated(self.not_.compiled(view)))
        return tests[0] if len(tests) == 1 else lambda one: all(test(one) for test in tests)

    def _own(self, view: View) -> Iterator[Test]:
        above = view.moment.snapshot.path
        if (code := self.code) is not None:
            yield lambda one: code.accepts(one.code)
        if (name := self.name) is not None:
            yield lambda one: name.accepts_any((one.name.zh, one.name.en))
        if (family := self.family) is not None:
            yield lambda one: family.accepts(one.family)
        if (category := self.category) is not None:
            yield lambda one: category.accepts_any(code for inner in one.category for code in above(inner))
        if (channel := self.channel) is not None:
            yield lambda one: not one.channel or channel.accepts_any(use.channel for use in one.channel)
        if (complexity := self.complexity) is not None:
            yield lambda one: complexity.accepts(one.complexity.value)
        if (step := self.step) is not None:
            yield lambda one: step.accepts(one.step)
        if (fee := self.monthly_fee) is not None:
            yield lambda one: fee.accepts(monthly_fee(one, view.at))
        if (place := self.place) is not None:
            yield lambda one: not one.place or any(within(place, region) for region in one.place)
        if (market := self.market_segment) is not None:
            yield lambda one: market.accepts_any(one.market_segment)
        if (specification := self.product_specification) is not None:
            yield lambda one: specification.accepts(one.specification)
        if (bundle := self.is_bundle) is not None:
            yield lambda one: bundle.accepts(one.is_bundle)
        if (sellable := self.is_sellable) is not None:
            yield lambda one: sellable.accepts(is_sellable(one, view))


def one_of(tests: Sequence[Test]) -> Test:
    return lambda one: any(test(one) for test in tests)


def negated(test: Test) -> Test:
    return lambda one: not test(one)


def is_sellable(one: Offering, view: View) -> bool:
    """Whether it is sold at all in the context's channel, place and market; who may buy it is for qualification."""
    return (
        (one.is_sellable and one.is_launched(view.at) and one.is_open(view.channel, view.at))
        and (view.place is None or not one.place or any(within(view.place, place) for place in one.place))
        and (view.market is None or not one.market_segment or view.market in one.market_segment)
    )


@strawberry.enum(description="What to order offerings by. 排序字段。")
class ProductOfferingOrderField(Enum):
    CODE = "code"
    NAME = "name"
    FAMILY = "family"
    STEP = "step"
    MONTHLY_FEE = "monthly_fee"
    LAST_UPDATE = "last_update"


@strawberry.input(description="One level of an order. 排序。")
class ProductOfferingOrder:
    field: ProductOfferingOrderField
    direction: OrderDirection = OrderDirection.ASC


def _key(one: Offering, order: list[ProductOfferingOrder], view: View) -> tuple[Any, ...]:
    """The parts that `order` names, then the code, which makes every key unique."""
    return (*(_part(one, level.field, view) for level in order), one.code)


def _part(one: Offering, field: ProductOfferingOrderField, view: View) -> Any:
    if field is ProductOfferingOrderField.NAME:
        return one.name.said(view.language)
    if field is ProductOfferingOrderField.MONTHLY_FEE:
        fee = monthly_fee(one, view.at)
        # A cursor holds the key as JSON, which has no decimals.
        return None if fee is None else float(fee)
    if field is ProductOfferingOrderField.LAST_UPDATE:
        return one.last_update.isoformat()
    return getattr(one, field.value)


def listed(
    offerings: Sequence[Offering],
    make: Any,
    view: View,
    first: int,
    after: str | None,
    where: ProductOfferingWhere | None,
    order_by: list[ProductOfferingOrder] | None,
) -> Connection[Any]:
    """The page of `offerings`, which come by code, that `where` accepts, in the order asked for."""
    order = order_by or []
    descending = [level.direction is OrderDirection.DESC for level in order]
    found = offerings if where is None else list(filter(where.compiled(view), offerings))

    def key(one: Offering) -> tuple[Any, ...]:
        return _key(one, order, view)

    if order:
        found = sorted(found, key=lambda one: order_key(key(one), descending))
    return connect(found, make, first, after, key, descending)
