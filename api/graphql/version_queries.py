"""Versions of an offering at any stage, as product managers prepare them.

Knows that only PostgreSQL has them all, and now; must not change any.
"""

from __future__ import annotations

from enum import Enum

import strawberry

from api.graphql.access import PRODUCT
from api.graphql.common import After, Connection, ContextInput, First, View, connect, view_of
from api.graphql.context import Context, JishiInfo
from api.graphql.filters import NumberFilter, OrderDirection, StringFilter
from api.graphql.offering import ProductOffering
from catalog import version_store
from catalog.offering import Offering


async def _versions(context: Context, code: str) -> tuple[Offering, ...]:
    async with context.services.db.connection() as conn, conn.transaction(isolation="repeatable_read", readonly=True):
        return await version_store.of_code(conn, code)


async def version_by_key(context: Context, key: str, view: View) -> ProductOffering | None:
    """The version whose global id has this key, for those who may read versions at any stage."""
    version, _, code = key.partition(":")
    if context.principal.role not in PRODUCT or not version.isdecimal():
        return None
    found = (one for one in await _versions(context, code) if one.version == int(version))
    return next((ProductOffering.version_of(one, view) for one in found), None)


@strawberry.input(description="Which versions. 版本筛选条件。")
class ProductOfferingVersionWhere:
    lifecycle_status: StringFilter | None = None
    version: NumberFilter | None = None

    def accepts(self, one: Offering) -> bool:
        return (self.lifecycle_status is None or self.lifecycle_status.accepts(one.lifecycle_status.value)) and (
            self.version is None or self.version.accepts(one.version)
        )


@strawberry.enum(description="What to order versions by. 排序字段。")
class ProductOfferingVersionOrderField(Enum):
    VERSION = "version"


@strawberry.input(description="One level of an order. 排序。")
class ProductOfferingVersionOrder:
    field: ProductOfferingVersionOrderField = ProductOfferingVersionOrderField.VERSION
    direction: OrderDirection = OrderDirection.ASC


@strawberry.type
class VersionQuery:
    @strawberry.field(description="One version of an offering at any stage; absent: the newest. 查产品版本。")
    async def product_offering_version(
        self, info: JishiInfo, code: str, version: int | None = None, context: ContextInput | None = None
    ) -> ProductOffering | None:
        view = view_of(info.context, context)
        found = [one for one in await _versions(info.context, code) if version in (None, one.version)]
        return ProductOffering.version_of(found[-1], view) if found else None

    @strawberry.field(description="The versions of an offering, oldest first unless asked otherwise. 产品版本列表。")
    async def product_offering_versions(
        self,
        info: JishiInfo,
        code: str,
        first: First,
        after: After = None,
        where: ProductOfferingVersionWhere | None = None,
        order_by: list[ProductOfferingVersionOrder] | None = None,
        context: ContextInput | None = None,
    ) -> Connection[ProductOffering]:
        view = view_of(info.context, context)
        found = [one for one in await _versions(info.context, code) if where is None or where.accepts(one)]
        # The version is unique, so what an order says after it says nothing.
        descending = any(level.direction is OrderDirection.DESC for level in (order_by or [])[:1])
        found.sort(key=lambda one: one.version, reverse=descending)

        def shown(one: Offering) -> ProductOffering:
            return ProductOffering.version_of(one, view)

        return connect(found, shown, first, after, lambda one: (one.version,), [descending])
