"""Which offerings of a list, and in which order.

Knows conditions and keys of offerings; must not know which list they narrow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from functools import reduce
from operator import or_
from typing import Any

import strawberry

from api.graphql.common import Connection, View, connect, order_key
from api.graphql.filters import BooleanFilter, NumberFilter, OrderDirection, StringFilter
from catalog.columns import Column, Field
from catalog.market import within
from catalog.monthly_fee import monthly_fee
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

    def selected(self, view: View, among: int | None = None) -> int:
        """The rows of the moment's columns that it accepts, of those of `among`; absent: of all."""
        found = view.moment.columns.every if among is None else among
        for rows in self._own(view):
            found &= rows
        for inner in self.and_ or ():
            found = inner.selected(view, found)
        for test in self._tests():
            found = _tested(test, view, found)
        if self.or_ is not None:
            found = reduce(or_, (inner.selected(view, found) for inner in self.or_), 0)
        return found & ~self.not_.selected(view, found) if self.not_ else found

    def _own(self, view: View) -> Iterator[int]:
        """The rows of every condition that a column answers."""
        columns = view.moment.columns
        if self.family is not None:
            yield _having(columns[Field.FAMILY], self.family)
        if self.category is not None:
            yield _having(columns[Field.CATEGORY], self.category)
        if (channel := self.channel) is not None:
            yield columns[Field.CHANNEL].having(lambda code: code is None or channel.accepts(code))
        if self.complexity is not None:
            yield _having(columns[Field.COMPLEXITY], self.complexity)
        if self.step is not None:
            yield columns[Field.STEP].having(self.step.accepts)
        if self.monthly_fee is not None:
            yield columns[Field.MONTHLY_FEE].having(self.monthly_fee.accepts)
        if (place := self.place) is not None:
            yield columns[Field.PLACE].having(lambda region: within(place, region))
        if (market := self.market_segment) is not None:
            yield columns[Field.MARKET].having(lambda code: code is not None and market.accepts(code))
        if self.is_bundle is not None:
            yield columns[Field.IS_BUNDLE].having(self.is_bundle.accepts)
        if self.is_sellable is not None:
            sellable = sellable_rows(view)
            yield sellable if self.is_sellable.eq else columns.every & ~sellable

    def _tests(self) -> Iterator[Test]:
        """The conditions on what nearly every offering has a value of its own for."""
        if (code := self.code) is not None:
            yield lambda one: code.accepts(one.code)
        if (name := self.name) is not None:
            yield lambda one: name.accepts_any((one.name.zh, one.name.en))
        if (specification := self.product_specification) is not None:
            yield lambda one: specification.accepts(one.specification)


def _having(column: Column, condition: StringFilter) -> int:
    if condition.eq is not None and condition.in_ is None and condition.contains is None:
        return column.bits.get(condition.eq, 0)
    return column.having(condition.accepts)


def _tested(test: Test, view: View, rows: int) -> int:
    columns = view.moment.columns
    return columns.rows(one.code for one in columns.offerings(rows) if test(one))


def sellable_rows(view: View) -> int:
    """The rows that `is_sellable` holds for: whatever is in force is launched."""
    columns = view.moment.columns
    found = columns[Field.IS_SELLABLE].bits.get(True, 0)
    if (channel := view.channel) is not None:
        open_ = columns[Field.OPEN_CHANNEL].bits
        found &= open_.get(None, 0) | open_.get(channel, 0)
    if (place := view.place) is not None:
        found &= columns[Field.PLACE].having(lambda region: within(place, region))
    if (market := view.market) is not None:
        markets = columns[Field.MARKET].bits
        found &= markets.get(None, 0) | markets.get(market, 0)
    return found


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
    found = offerings
    if where is not None:
        columns = view.moment.columns
        among = columns.every if offerings is view.moment.ordered else columns.rows(one.code for one in offerings)
        found = list(columns.offerings(where.selected(view, among)))

    def key(one: Offering) -> tuple[Any, ...]:
        return _key(one, order, view)

    if order:
        found = sorted(found, key=lambda one: order_key(key(one), descending))
    return connect(found, make, first, after, key, descending)
