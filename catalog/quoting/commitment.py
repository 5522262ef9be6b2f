"""Minimums and terms: what is owed when less was spent than promised, and when somebody leaves early.

Knows charges before discounts; must not know discounts. Source: domain.md, true-up = share × max(0, minimum − actual).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from catalog.price import Price, PriceType
from catalog.quoting import quote_text
from catalog.quoting.bill_month import BillMonth, Days
from catalog.quoting.charge import Charge, LineKind, Tax, counted, times
from catalog.quoting.fees import monthly_fees
from catalog.quoting.holding import Holding
from catalog.term import MINIMUM_PERIODS, EarlyTermination, Term, TermKind, months_later
from catalog.text import Text

ZERO = Decimal(0)
HUNDRED = Decimal(100)


def true_up(minimum: Decimal, actual: Decimal, percentage: Decimal = HUNDRED, share: Fraction = Fraction(1)) -> Decimal:
    """What is owed for spending `actual`, before discounts, where `share` of `minimum` was promised."""
    return max(ZERO, times(minimum, share) - actual) * percentage / 100


@dataclass(frozen=True, slots=True)
class Promise:
    """A minimum that a holder owes per so many months, and the per cent of a shortfall that it costs him."""

    price: Price
    name: Text
    minimum: Decimal
    months: int
    percentage: Decimal
    prorated: bool = True
    until: date = date.max


def true_ups(holdings: Sequence[Holding], charges: Sequence[Charge], month: BillMonth) -> Iterator[Charge]:
    """The shortfalls that this month settles: of a month always, of a longer period in the month in which it ends."""
    for holding in holdings:
        for promise in () if holding.item.is_trial else _promises(holding, month):
            spent = holding.item.spent if promise.months > 1 else ZERO
            for whole, held in _settled(holding, promise, month):
                actual = spent + _spent(holding, promise, charges, held, month)
                share = Fraction(len(held), len(whole)) if promise.prorated else Fraction(1)
                owed = true_up(promise.minimum, actual, promise.percentage, share)
                if owed:
                    rule = quote_text.true_up(times(promise.minimum, share), actual, promise.percentage)
                    yield _charge(holding, promise.price.code, promise.name, LineKind.TRUE_UP, rule, owed, month.days)
                spent = ZERO


def _promises(holding: Holding, month: BillMonth) -> Iterator[Promise]:
    for price, _ in holding.prices(month):
        if price.price_type is PriceType.MINIMUM_COMMITMENT and price.price:
            months = MINIMUM_PERIODS[price.recurring_charge_period or "month"]
            share = HUNDRED if price.percentage is None else price.percentage
            yield Promise(price, price.name, price.price.value * holding.quantity, months, share)
    term = holding.term(TermKind.COMMITMENT)
    start = holding.started(month)
    minimum = holding.item.commitment or (term.minimum.value if term and term.minimum else None)
    if term and minimum and start:
        policy, months = term.shortfall_policy, MINIMUM_PERIODS[term.minimum_period]
        counts = Price(term.code, PriceType.DISCOUNT, percentage=ZERO, scope=term.scope)
        yield Promise(counts, term.name, minimum, months, policy.percentage, policy.prorated, term.end(start))


def _settled(holding: Holding, promise: Promise, month: BillMonth) -> Iterator[tuple[Days, Days]]:
    """(the whole period, the days of it on which the promise held) of each that this month settles."""
    start, end = holding.started(month), min(holding.ended(month) or date.max, promise.until)
    if promise.months == 1:
        held = month.days & Days(start or date.min, end)
        if len(held):
            yield month.days, held
        return
    if start is None:
        return
    run = (month.first.year - start.year) * 12 + month.first.month - start.month
    for number in range(max(0, run // promise.months - 1), run // promise.months + 2):
        whole = Days(months_later(start, number * promise.months), months_later(start, (number + 1) * promise.months))
        held = Days(whole.first, min(whole.end, end))
        if len(held) and month.first < held.end <= month.days.end:
            yield whole, held


def _spent(holding: Holding, promise: Promise, charges: Sequence[Charge], held: Days, month: BillMonth) -> Decimal:
    positions = counted(promise.price, holding.root, charges)
    return sum((times(charges[at].exact, charges[at].share_in(held, month)) for at in positions), ZERO)


def early_terminations(holdings: Sequence[Holding], month: BillMonth) -> Iterator[Charge]:
    """What leaving in this month costs those who are still bound."""
    for holding in holdings:
        start, end = holding.started(month), holding.ended(month)
        if start is None or end is None or holding.item.is_trial or not month.first < end <= month.days.end:
            continue
        for term in _bound(holding, start, end):
            for code, name, cost in _costs(holding, term, month):
                monthly, months = monthly_fees(holding, month), _months(end, term.end(start))
                owed = _owed(cost, monthly, months, holding.quantity)
                rule = quote_text.early(cost, monthly, months)
                if owed:
                    yield _charge(holding, code, name, LineKind.EARLY_TERMINATION, rule, owed, month.days)


def _bound(holding: Holding, start: date, end: date) -> list[Term]:
    terms = (holding.term(kind) for kind in (TermKind.BINDING, TermKind.COMMITMENT))
    return [term for term in terms if term and end < term.end(start)][:1]


def _costs(holding: Holding, term: Term, month: BillMonth) -> Iterator[tuple[str, Text, EarlyTermination]]:
    """The term's own price of leaving, or else the penalties among the prices."""
    if term.early_termination:
        yield term.code, term.name, term.early_termination
        return
    for price, _ in holding.prices(month):
        if price.price_type is PriceType.PENALTY:
            cost = EarlyTermination(price.price, None if price.price else price.percentage)
            yield price.code, price.name, cost


def _owed(cost: EarlyTermination, monthly: Decimal, months: Decimal, quantity: int) -> Decimal:
    if cost.price:
        return cost.price.value * quantity
    return monthly * months * (cost.percentage or ZERO) / 100


def _months(start: date, end: date) -> Decimal:
    """How many months lie between, the last by its days."""
    whole = (end.year - start.year) * 12 + end.month - start.month
    whole -= months_later(start, whole) > end
    last = Days(months_later(start, whole), months_later(start, whole + 1))
    return whole + Decimal((end - last.first).days) / len(last)


def _charge(holding: Holding, code: str, name: Text, kind: LineKind, rule: Text, exact: Decimal, days: Days) -> Charge:
    prices = holding.offering.prices
    tax = next((Tax(price.tax_included, price.tax_rate) for price in prices if price.code == code), None)
    tax = tax or next((Tax(price.tax_included, price.tax_rate) for price in prices if price.tax_rate), Tax())
    return Charge(holding.root, holding.offering.code, code, kind, name, rule, exact, tax, days)
