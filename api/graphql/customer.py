"""Customers as GraphQL shows them: one at a time, audited, numbers and names masked.

Knows what of a customer may leave; must not know what to recommend.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import strawberry
from strawberry.scalars import JSON

from api.auth import Principal
from api.graphql.common import After, Connection, ContextInput, First, View, connect, view_of
from api.graphql.context import Context, JishiInfo
from api.graphql.errors import BadRequest
from api.graphql.insight_customer import CustomerInsight, insight_of
from api.graphql.market import MarketSegment
from api.graphql.offering import ProductOffering, offering_held
from catalog import customer as core
from catalog import customer_store


@strawberry.type(description="A subscription: an offering that a customer holds or held (TMF637 Product). 订购的产品。")
class Product:
    product: strawberry.Private[core.Product]
    view: strawberry.Private[View]

    @strawberry.field(description="What is held, as it is now or as it last was. 产品。")
    def product_offering(self) -> ProductOffering | None:
        code = self.view.moment.snapshot.codes_by_id.get(self.product.offering_id)
        return offering_held(code, self.view) if code else None

    @strawberry.field(description="The version held, as told or moved to; null: that of its start. 持有版本。")
    def offering_version(self) -> int | None:
        return self.product.version

    @strawberry.field(description="TMF637 status, like active or terminated. 状态。")
    def status(self) -> str:
        return self.product.status

    @strawberry.field(description="How it came: VOLUNTARY, BUNDLE, GIFT or TRIAL. 来源。")
    def origin(self) -> str:
        return self.product.origin

    @strawberry.field(description="Since when; null: not known. 开始时间。")
    def start_date(self) -> datetime | None:
        return self.product.start_date

    @strawberry.field(description="Until when; null: no end known. 结束时间。")
    def termination_date(self) -> datetime | None:
        return self.product.termination_date

    @strawberry.field(description="Tells several of the same apart. 实例。")
    def instance(self) -> str:
        return self.product.instance

    @strawberry.field(description="The bundle that brought it. 所属捆绑包。")
    def bundle_product(self) -> ProductOffering | None:
        code = self.view.moment.snapshot.codes_by_id.get(self.product.bundle_offering_id or 0)
        return offering_held(code, self.view) if code else None

    @strawberry.field(description="The price as agreed, when it differs from the catalog's. 协议价。")
    def price(self) -> Decimal | None:
        return self.product.price

    @strawberry.field(description="The channel that sold it. 办理渠道。")
    def channel(self) -> str | None:
        return self.product.channel

    @strawberry.field(description="Days of use in the latest month known; null: not known. 最近一月活跃天数。")
    def active_days(self) -> int | None:
        return self.product.active_days

    @strawberry.field(description="The last day of use known. 最近活跃日。")
    def last_active(self) -> date | None:
        return self.product.last_active


@strawberry.type(description="A person or an enterprise (TMF629 Customer). 客户。")
class Customer:
    customer: strawberry.Private[core.Customer]
    view: strawberry.Private[View]

    @strawberry.field(description="The operator's own id of this customer. 客户编号。")
    def id(self) -> strawberry.ID:
        return strawberry.ID(self.customer.code)

    @strawberry.field(description="PERSON or ENTERPRISE. 个人或集团。")
    def kind(self) -> str:
        return self.customer.kind

    @strawberry.field(description="prospective, active, suspended or closed. 状态。")
    def status(self) -> str:
        return self.customer.status

    @strawberry.field(description="The phone number, masked. 号码（脱敏）。")
    def msisdn(self) -> str | None:
        return core.mask_msisdn(self.customer.msisdn)

    @strawberry.field(description="The name, masked. 姓名（脱敏）。")
    def name(self) -> str | None:
        return core.mask_name(self.customer.name)

    @strawberry.field(description="Province/city/district. 所在地。")
    def place(self) -> str | None:
        return self.customer.place

    @strawberry.field(description="The brand of the operator. 品牌。")
    def brand(self) -> str | None:
        return self.customer.brand

    @strawberry.field(description="Customer since. 入网时间。")
    def joined_at(self) -> datetime | None:
        return self.customer.joined_at

    @strawberry.field(description="The enterprise that this person belongs to. 所属集团。")
    def enterprise(self) -> str | None:
        return self.customer.enterprise

    @strawberry.field(description="Of an enterprise: its industry. 行业。")
    def industry(self) -> str | None:
        return self.customer.industry

    @strawberry.field(description="Of an enterprise: A to G. 集团级别。")
    def size_class(self) -> str | None:
        return self.customer.size_class

    @strawberry.field(description="Of an enterprise: who looks after it. 客户经理。")
    def account_manager(self) -> str | None:
        return self.customer.account_manager

    @strawberry.field(description="Labels that a rule or a person set. 标签。")
    def tags(self) -> list[str]:
        return list(self.customer.tags)

    @strawberry.field(description="Whether offers may be picked for this customer alone. 是否允许个性化推荐。")
    def personalisation(self) -> bool:
        return self.customer.personalisation

    @strawberry.field(description="What is known of the customer, the sensitive left out. 属性。")
    def attributes(self) -> JSON:
        known = self.view.moment.snapshot.attributes
        shown = {
            key: value for key, value in self.customer.attributes.items() if key in known and not known[key].sensitive
        }
        return JSON(shown)

    @strawberry.field(
        description="Value, risk of leaving, stage, needs, moments and plays; null before the first refresh. 客户洞察。"
    )
    async def insight(self, info: JishiInfo) -> CustomerInsight | None:
        return await insight_of(info, self.customer, self.view)

    @strawberry.field(description="Held now, or with ended: true also what was held before. 订购的产品。")
    def products(self, first: First, after: After = None, ended: bool = False) -> Connection[Product]:
        found = sorted(self.customer.products if ended else self.customer.held, key=_product_key)
        return connect(found, lambda one: Product(product=one, view=self.view), first, after, _product_key)

    @strawberry.field(description="The cluster markets it belongs to. 所属聚类市场。")
    def market_segment(self, info: JishiInfo) -> list[MarketSegment]:
        found = (MarketSegment.named(code, info.context, self.view) for code in self.customer.markets)
        return [market for market in found if market]


def _product_key(one: core.Product) -> tuple[object, ...]:
    return (one.start_date.isoformat() if one.start_date else "", one.offering_id, one.instance)


def may_see(principal: Principal, code: str) -> bool:
    """A customer signed in sees nobody but themselves; of others nothing tells whether they exist."""
    return principal.role != "customer" or principal.customer == code


async def find(
    context: Context, code: str | None, msisdn: str | None, action: str, at: datetime
) -> core.Customer | None:
    """The customer named by code or number, if the caller may see them; every look-up is audited.

    A customer who names nobody means themselves.
    """
    if code is None and msisdn is None:
        code = context.principal.customer
    if (code is None) == (msisdn is None):
        raise BadRequest(en="name the customer by id or by msisdn, one of them", zh="请用 id 或 msisdn 之一指明客户")
    db, policy = context.services.db, context.services.policy
    if msisdn is not None and context.method == "GET":
        raise BadRequest(en="a phone number never stands in a URL; send a POST", zh="号码不得出现在网址中，请用 POST")
    if msisdn is not None and context.principal.role == "customer":
        # That the number is their own must be known before anything of its owner is read.
        code, msisdn = await customer_store.code_by_msisdn(db, msisdn), None
    if msisdn is None and (code is None or not may_see(context.principal, code)):
        return None
    return await customer_store.look_up(
        db,
        msisdn or code or "",
        context.caller,
        action,
        at,
        quiet=policy.quiet,
        window=policy.counted,
        is_number=msisdn is not None,
    )


@strawberry.type
class CustomerQuery:
    @strawberry.field(description="One customer, by the operator's id or by phone number. 查客户。")
    async def customer(
        self,
        info: JishiInfo,
        id: strawberry.ID | None = None,
        msisdn: str | None = None,
        context: ContextInput | None = None,
    ) -> Customer | None:
        view = view_of(info.context, context)
        found = await find(info.context, id, msisdn, "customer.read", view.at)
        return Customer(customer=found, view=view) if found else None
