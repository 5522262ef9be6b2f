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
from catalog.feeds.hand_over import HandOverKind
from catalog.moment import Moment
from catalog.offering import Offering
from catalog.qualifying.qualification import Asked, Result
from catalog.qualifying.service import answer
from catalog.quoting.bill import Bill
from catalog.quoting.bill_month import BillMonth
from catalog.quoting.charge import LineKind
from catalog.quoting.holding import QuoteItem, QuoteRefused
from catalog.quoting.quote import Plan, quote
from catalog.text import Text
from catalog.trial_period import trial_end

NOT_IN_FORCE = Text("没有此产品，或此时未生效", "there is no such offering, or it is not in force now")
NOT_HELD = Text("客户未订购此产品", "is not held, so nothing can take its place")
NO_TRIAL = Text("此产品不提供试用", "this offering cannot be tried")
PRICE = Text("价格已变，现为每月 {0}", "the price is {0} a month now; say so to the customer, and hand it over again")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants to hand over, before anything is checked; `replaces` is held and gives way."""

    offering: str
    quantity: int
    choice: Mapping[str, int]
    term: str | None
    is_trial: bool
    monthly_price: Decimal | None
    replaces: str | None


@dataclass(frozen=True, slots=True)
class Checked:
    """What may be handed over, and how."""

    offering: Offering
    kind: HandOverKind
    quote: Mapping[str, Any]
    trial_until: datetime | None


def check(context: Context, wanted: Wanted, asked: Asked) -> Checked | list[UserError]:
    """What may be handed over, or everything that stands against it."""
    offering = asked.moment.offerings.get(wanted.offering)
    if offering is None:
        return [user_error(context, ["productOffering"], "UNKNOWN_OFFERING", NOT_IN_FORCE)]
    if wanted.replaces is not None and wanted.replaces not in (asked.held or ()):
        return [user_error(context, ["replaces"], "NOT_HELD", NOT_HELD)]
    replacing = frozenset(() if wanted.replaces is None else (wanted.replaces,))
    found = answer(asked, [offering.code], replacing)[0]
    errors = [
        user_error(context, ["productOffering"], one.rule.value, one.message)
        for one in (found.reasons if found.result is not Result.QUALIFIED else ())
    ]
    if wanted.is_trial and offering.trial is None:
        errors.append(user_error(context, ["trial"], "NO_TRIAL", NO_TRIAL))
    try:
        bill, monthly = _bill(context, offering, wanted, asked.moment)
    except QuoteRefused as refused:
        path = [*(step for step in refused.path if step not in ("plans", "items", 0))] or ["productOffering"]
        return [*errors, user_error(context, path, refused.code, refused.message)]
    if wanted.monthly_price is not None and wanted.monthly_price != monthly:
        message = Text((PRICE.zh or "").format(monthly), (PRICE.en or "").format(monthly))
        errors.append(user_error(context, ["monthlyPrice"], "PRICE_CHANGED", message))
    if errors:
        return errors
    until = trial_end(offering.trial, context.at, context.zone) if wanted.is_trial and offering.trial else None
    kind = HandOverKind.LEAD if found.is_lead else HandOverKind.ORDER
    return Checked(offering, kind, _written(bill, monthly, context.at), until)


def _bill(context: Context, offering: Offering, wanted: Wanted, moment: Moment) -> tuple[Bill, Decimal]:
    """The bill of a whole first month, and what every further month costs without use."""
    month = BillMonth.of(context.at, context.zone)
    item = QuoteItem(offering, wanted.quantity, start=month.period.start, term=wanted.term, choice=dict(wanted.choice))
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
