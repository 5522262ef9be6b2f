"""The root fields of the registers: specifications, channels, places, policies.

Knows how arguments become a choice from the snapshot; must not touch the database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum
from functools import partial
from typing import Annotated, Any, TypeVar

import strawberry

from api.graphql.access import PRODUCT
from api.graphql.common import After, Connection, ContextInput, First, View, connect, order_key, view_of
from api.graphql.context import JishiInfo
from api.graphql.filters import OrderDirection, StringFilter, Test, holds
from api.graphql.node import Node
from api.graphql.registers import Channel, Place, Policy
from api.graphql.specification import ProductSpecification
from catalog.market import within

N = TypeVar("N")


@strawberry.input(description="Which entries of a register. 登记项筛选条件。")
class RegisterWhere:
    and_: list[RegisterWhere] | None = strawberry.field(default=None, name="and", description="All. 全部满足。")
    or_: list[RegisterWhere] | None = strawberry.field(default=None, name="or", description="One. 任一满足。")
    not_: RegisterWhere | None = strawberry.field(default=None, name="not", description="Not. 不满足。")
    code: StringFilter | None = None
    name: StringFilter | None = strawberry.field(default=None, description="The name in either language. 名称。")
    within: str | None = strawberry.field(
        default=None, description="Of places: this path or one below it. 地点范围，含下级。"
    )

    def accepts(self, one: Any) -> bool:
        return holds(
            self._own(one),
            [partial(inner.accepts, one) for inner in self.and_ or ()],
            None if self.or_ is None else [partial(inner.accepts, one) for inner in self.or_],
            partial(self.not_.accepts, one) if self.not_ else None,
        )

    def _own(self, one: Any) -> list[Test]:
        return [
            lambda: self.code is None or self.code.accepts(one.code),
            lambda: self.name is None or self.name.accepts_any((one.name.zh, one.name.en)),
            lambda: within(one.code, self.within),
        ]


@strawberry.enum(description="What to order a register by. 排序字段。")
class RegisterOrderField(Enum):
    CODE = "code"
    NAME = "name"


@strawberry.input(description="One level of an order. 排序。")
class RegisterOrder:
    field: RegisterOrderField
    direction: OrderDirection = OrderDirection.ASC


Everything = Annotated[
    bool,
    strawberry.argument(description="Also what has ended or not begun; for those who edit. 含已失效和未生效。"),
]


def _entries(
    info: JishiInfo,
    name: str,
    make: Callable[[Any, View], N],
    first: int,
    after: str | None,
    where: RegisterWhere | None,
    order_by: list[RegisterOrder] | None,
    context: ContextInput | None,
    everything: bool,
) -> Connection[N]:
    view = view_of(info.context, context)
    order = order_by or []
    descending = [level.direction is OrderDirection.DESC for level in order]
    known: Iterable[Any] = getattr(view.moment.snapshot, name).values()
    shown = everything and info.context.principal.role in PRODUCT
    found = [one for one in known if (shown or one.valid.contains(view.at)) and (where is None or where.accepts(one))]

    def key(one: Any) -> tuple[Any, ...]:
        values = {RegisterOrderField.CODE: one.code, RegisterOrderField.NAME: one.name.said(view.language)}
        return (*(values[level.field] for level in order), one.code)

    found.sort(key=lambda one: order_key(key(one), descending))
    return connect(found, lambda one: make(one, view), first, after, key, descending)


def _entry(
    info: JishiInfo, name: str, make: Callable[[Any, View], N], code: str, context: ContextInput | None
) -> N | None:
    view = view_of(info.context, context)
    found = getattr(view.moment.snapshot, name).get(code)
    is_shown = found is not None and (found.valid.contains(view.at) or info.context.principal.role in PRODUCT)
    return make(found, view) if is_shown else None


# By the kind in a global id: the register in a snapshot, and how one of its entries is shown.
REGISTERS: dict[str, tuple[str, Callable[[Any, View], Node]]] = {
    "ProductSpecification": ("specifications", ProductSpecification.of),
    "Channel": ("channels", Channel.of),
    "Place": ("places", Place.of),
    "Policy": ("policies", Policy.of),
}


def register_node(info: JishiInfo, kind: str, code: str, context: ContextInput | None) -> Node | None:
    """The entry whose global id has this kind and code; policies for those only who may read them."""
    if kind == "Policy" and info.context.principal.role not in PRODUCT:
        return None
    return _entry(info, *REGISTERS[kind], code, context)


@strawberry.type
class RegisterQuery:
    @strawberry.field(description="One specification by code. 查产品规格。")
    def product_specification(
        self, info: JishiInfo, code: str, context: ContextInput | None = None
    ) -> ProductSpecification | None:
        return _entry(info, "specifications", ProductSpecification.of, code, context)

    @strawberry.field(description="Specifications, filtered and in order. 产品规格列表。")
    def product_specifications(
        self,
        info: JishiInfo,
        first: First,
        after: After = None,
        where: RegisterWhere | None = None,
        order_by: list[RegisterOrder] | None = None,
        context: ContextInput | None = None,
        everything: Everything = False,
    ) -> Connection[ProductSpecification]:
        asked = (first, after, where, order_by, context, everything)
        return _entries(info, "specifications", ProductSpecification.of, *asked)

    @strawberry.field(description="One channel by code. 查渠道。")
    def channel(self, info: JishiInfo, code: str, context: ContextInput | None = None) -> Channel | None:
        return _entry(info, "channels", Channel.of, code, context)

    @strawberry.field(description="Channels, filtered and in order. 渠道列表。")
    def channels(
        self,
        info: JishiInfo,
        first: First,
        after: After = None,
        where: RegisterWhere | None = None,
        order_by: list[RegisterOrder] | None = None,
        context: ContextInput | None = None,
        everything: Everything = False,
    ) -> Connection[Channel]:
        return _entries(info, "channels", Channel.of, first, after, where, order_by, context, everything)

    @strawberry.field(description="One place by its path. 查地点。")
    def place(self, info: JishiInfo, code: str, context: ContextInput | None = None) -> Place | None:
        return _entry(info, "places", Place.of, code, context)

    @strawberry.field(description="Places, filtered and in order. 地点列表。")
    def places(
        self,
        info: JishiInfo,
        first: First,
        after: After = None,
        where: RegisterWhere | None = None,
        order_by: list[RegisterOrder] | None = None,
        context: ContextInput | None = None,
        everything: Everything = False,
    ) -> Connection[Place]:
        return _entries(info, "places", Place.of, first, after, where, order_by, context, everything)

    @strawberry.field(description="One policy by code. 查受理规则。")
    def policy(self, info: JishiInfo, code: str, context: ContextInput | None = None) -> Policy | None:
        return _entry(info, "policies", Policy.of, code, context)

    @strawberry.field(description="Policies, filtered and in order. 受理规则列表。")
    def policies(
        self,
        info: JishiInfo,
        first: First,
        after: After = None,
        where: RegisterWhere | None = None,
        order_by: list[RegisterOrder] | None = None,
        context: ContextInput | None = None,
        everything: Everything = False,
    ) -> Connection[Policy]:
        return _entries(info, "policies", Policy.of, first, after, where, order_by, context, everything)
