"""What must be true before something is handed over: may this customer buy it here and now, and at which price.

Knows eligibility and quotes; must not know how a hand-over is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from api.graphql.common import UserError
from api.graphql.context import Context
from api.graphql.edits import user_error
from catalog.bill import Bill
from catalog.bill_month import BillMonth
from catalog.charge import LineKind
from catalog.customer import Customer
from catalog.eligibility import Rule, facts_of
from catalog.hand_over import HandOverKind
from catalog.holding import QuoteItem, QuoteRefused
from catalog.moment import Moment
from catalog.offering import Offering
from catalog.quote import Plan, quote
from catalog.text import Text
from catalog.trial_period import trial_end

# What was refused or shown often rests from being recommended; nobody is kept from buying it.
RESTING = frozenset({Rule.REFUSED_RECENTLY, Rule.SHOWN_OFTEN})
WHY = {
    Rule.HELD: Text("客户已订购", "the customer holds it already"),
    Rule.INSIDE_HELD_BUNDLE: Text("已包含在客户所订套餐中", "a bundle that the customer holds contains it"),
    Rule.RETIRED: Text("已下架", "it is no longer offered"),
    Rule.NOT_YET_IN_FORCE: Text("尚未生效", "it is not in force yet"),
    Rule.NOT_SELLABLE: Text("不单独销售", "it is not sold by itself"),
    Rule.CHANNEL: Text("本渠道不可办理", "this channel does not sell it; see channel of the offering"),
    Rule.PLACE: Text("客户所在地不提供", "it is not delivered where the customer is"),
    Rule.MARKET: Text("仅限其他聚类市场", "it is for members of other markets"),
    Rule.POLICY: Text("不符合办理条件", "the customer does not meet its conditions"),
    Rule.EXCLUDED: Text("与已订购产品互斥", "something that the customer holds excludes it"),
    Rule.REQUIRES: Text("缺少前提产品", "it needs something that the customer does not hold"),
}
NOT_IN_FORCE = Text("没有此产品，或此时未生效", "there is no such offering, or it is not in force now")
NO_TRIAL = Text("此产品不提供试用", "this offering cannot be tried")
PRICE = Text("价格已变，现为每月 {0}", "the price is {0} a month now; say so to the customer, and hand it over again")


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to hand over, before anything is checked."""

    offering: str
    quantity: int
    choice: Mapping[str, int]
    term: str | None
    is_trial: bool
    monthly_price: Decimal | None
    channel: str | None


@dataclass(frozen=True, slots=True)
class Checked:
    """What may be handed over, and how."""

    offering: Offering
    kind: HandOverKind
    quote: Mapping[str, Any]
    trial_until: datetime | None


def check(context: Context, customer: Customer, asked: Asked, moment: Moment) -> Checked | list[UserError]:
    """What may be handed over, or everything that stands against it."""
    offering = moment.offerings.get(asked.offering)
    if offering is None:
        return [user_error(context, ["productOffering"], "UNKNOWN_OFFERING", NOT_IN_FORCE)]
    names = moment.snapshot.codes_by_id
    held = [names[one.offering_id] for one in customer.held if one.offering_id in names]
    facts = facts_of(customer, context.at.astimezone(context.zone))
    found = moment.rules.qualify(held, channel=asked.channel, facts=facts)
    errors = [
        user_error(context, ["productOffering"], rule.value, WHY[rule])
        for rule, codes in found.withheld.items()
        if rule not in RESTING and offering.code in codes
    ]
    if asked.is_trial and offering.trial is None:
        errors.append(user_error(context, ["trial"], "NO_TRIAL", NO_TRIAL))
    try:
        bill, monthly = _bill(context, offering, asked, moment)
    except QuoteRefused as refused:
        path = [*(step for step in refused.path if step not in ("plans", "items", 0))] or ["productOffering"]
        return [*errors, user_error(context, path, refused.code, refused.message)]
    if asked.monthly_price is not None and asked.monthly_price != monthly:
        message = Text((PRICE.zh or "").format(monthly), (PRICE.en or "").format(monthly))
        errors.append(user_error(context, ["monthlyPrice"], "PRICE_CHANGED", message))
    if errors:
        return errors
    until = trial_end(offering.trial, context.at, context.zone) if asked.is_trial and offering.trial else None
    kind = HandOverKind.LEAD if offering.code in found.leads else HandOverKind.ORDER
    return Checked(offering, kind, _written(bill, monthly, context.at), until)


def _bill(context: Context, offering: Offering, asked: Asked, moment: Moment) -> tuple[Bill, Decimal]:
    """The bill of a whole first month, and what every further month costs without use."""
    month = BillMonth.of(context.at, context.zone)
    item = QuoteItem(offering, asked.quantity, start=month.period.start, term=asked.term, choice=dict(asked.choice))
    bill = quote([Plan("1", (item,))], (), at=context.at, zone=context.zone, offerings=moment.offerings)[0]
    once = sum((line.gross for line in bill.lines if line.kind in (LineKind.ONE_TIME, LineKind.TRUE_UP)), Decimal(0))
    return bill, bill.gross - once


def _written(bill: Bill, monthly: Decimal, at: datetime) -> dict[str, Any]:
    """The quote as it is kept and sent: money as decimal strings, texts in both languages."""
    return {
        "at": at.isoformat(),
        "currency": bill.currency,
        "firstMonth": str(bill.gross),
        "monthly": str(monthly),
        "lines": [
            {
                "offering": line.offering,
                "code": line.code,
                "kind": line.kind.value,
                "name": line.name.to_json(),
                "quantity": str(line.quantity),
                "net": str(line.net),
                "tax": str(line.tax_amount),
            }
            for line in bill.lines
        ],
    }
