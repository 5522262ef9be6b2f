"""Discounts in their order: what each takes off which charge, and which of them shut each other out.

Knows charges; must not know how they were made. The order is priority, then what takes off more, then code, so that it
depends on nothing that the caller happened to say first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from catalog.price import Price, PriceType, Quantity, Stacking
from catalog.quoting import quote_text
from catalog.quoting.bill_month import BillMonth, Days
from catalog.quoting.charge import Charge, LineKind, Tax, counted, times
from catalog.quoting.holding import Holding
from catalog.quoting.rating import Carried
from catalog.quoting.tiers import reached, slices
from catalog.term import TermKind

ZERO = Decimal(0)
Base = dict[int, Decimal]


@dataclass(frozen=True, slots=True)
class Discount:
    """A discount of a holding on the days on which it counts."""

    holding: Holding
    price: Price
    days: Days

    @property
    def commitment(self) -> Decimal | None:
        """What the discount's tiers go by when the holder committed himself to a spend."""
        term = self.holding.term(TermKind.COMMITMENT)
        if term is None:
            return None
        return self.holding.item.commitment or (term.minimum.value if term.minimum else None)

    @property
    def lift(self) -> int:
        term = self.holding.term(TermKind.COMMITMENT)
        return term.tier_lift if term else 0

    def percentage(self, spend: Decimal) -> Decimal | None:
        """The per cent taken off a base of `spend`; None for a credit."""
        price = self.price
        if not price.tiers:
            return price.percentage
        if self.commitment is not None:
            tier = reached(price.tiers, self.commitment, self.lift)
            return tier.percentage if tier and tier.percentage else ZERO
        if not spend:
            return ZERO
        parts = slices(price.tiers, price.tier_mode, ZERO, spend, spend)
        off = sum((amount * (tier.percentage or ZERO) for tier, amount in parts if tier), ZERO)
        return off / spend

    def credit(self, month: BillMonth) -> Decimal:
        """The money that it credits in this month, with what was carried here."""
        price = self.price
        if price.price is None:
            return ZERO
        if price.recurring_charge_period:
            share = month.share(self.days, price.recurring_charge_period)
        else:
            share = Fraction(self.holding.begins_in(month.period))
        given = times(price.price.value * self.holding.quantity, share)
        return given + self.holding.item.carried.get(price.code, ZERO)


@dataclass(slots=True)
class _Ledger:
    """What is left of every charge, and which exclusive discounts it has met."""

    charges: Sequence[Charge]
    left: list[Decimal]
    met: list[set[str | None]] = field(default_factory=list)
    is_shut: list[bool] = field(default_factory=list)

    @classmethod
    def of(cls, charges: Sequence[Charge]) -> _Ledger:
        left = [charge.exact for charge in charges]
        return cls(charges, left, [set() for _ in charges], [False for _ in charges])

    def is_open(self, position: int, price: Price) -> bool:
        """Whether the discount may touch the charge beside those that did."""
        met = self.met[position]
        if self.is_shut[position]:
            return False
        if price.stacking is Stacking.COMBINABLE:
            return True
        return price.exclusive_group not in met if price.exclusive_group else not met

    def take(self, position: int, off: Decimal, price: Price) -> None:
        self.left[position] -= off
        self.met[position].add(price.exclusive_group)
        self.is_shut[position] |= price.stacking is Stacking.EXCLUSIVE and not price.exclusive_group


def discounts(
    holdings: Iterable[Holding], charges: Sequence[Charge], month: BillMonth
) -> tuple[list[Charge], list[Carried]]:
    """The reductions, as charges below zero with one for each rate of tax, and the credit that goes on."""
    found = [
        Discount(holding, price, days)
        for holding in holdings
        for price, days in holding.prices(month)
        if price.price_type is PriceType.DISCOUNT
    ]
    ledger = _Ledger.of(charges)
    found.sort(key=lambda one: _order(one, charges, month))
    lines: list[Charge] = []
    carried: list[Carried] = []
    for one in found:
        full = _base(one, charges, [charge.exact for charge in charges], month)
        base = {
            at: times(ledger.left[at], _part(full[at], charges[at])) for at in full if ledger.is_open(at, one.price)
        }
        off = _reduction(one, base, sum(full.values(), ZERO), month)
        for at, amount in off.items():
            ledger.take(at, amount, one.price)
        lines += _lines(one, base, off, charges, sum(full.values(), ZERO))
        rest = one.credit(month) - sum(off.values(), ZERO)
        if one.price.carry_over and one.price.price and rest > 0 and not one.holding.item.is_trial:
            left = Quantity(rest, one.price.price.unit)
            carried.append(Carried(one.holding.root, one.holding.offering.code, one.price.code, left))
    return lines, carried


def _order(one: Discount, charges: Sequence[Charge], month: BillMonth) -> tuple[int, Decimal, str, str, int]:
    base = _base(one, charges, [charge.exact for charge in charges], month)
    alone = sum(_reduction(one, base, sum(base.values(), ZERO), month).values(), ZERO)
    return one.price.priority, -alone, one.holding.offering.code, one.price.code, one.holding.root


def _base(one: Discount, charges: Sequence[Charge], amounts: Sequence[Decimal], month: BillMonth) -> Base:
    """position → how much of a charge the discount looks at: its days, its hours."""
    base: Base = {}
    for at in counted(one.price, one.holding.root, charges):
        charge = charges[at]
        share = charge.share_in(one.days, month)
        if one.price.time_window and not (charge.at and one.price.time_window.contains(charge.at, month.zone)):
            continue
        if share and amounts[at] > 0:
            base[at] = times(amounts[at], share)
    return base


def _part(amount: Decimal, charge: Charge) -> Fraction:
    return Fraction(amount) / Fraction(charge.exact)


def _reduction(one: Discount, base: Base, spend: Decimal, month: BillMonth) -> Base:
    """position → what is taken off. Tiers go by `spend`, the base before any discount."""
    percentage, whole = one.percentage(spend), sum(base.values(), ZERO)
    if percentage is not None:
        return {at: amount * percentage / 100 for at, amount in base.items() if amount and percentage}
    credit = min(one.credit(month), whole)
    if not credit:
        return {}
    return {at: times(credit, Fraction(amount) / Fraction(whole)) for at, amount in base.items() if amount}


def _lines(one: Discount, base: Base, off: Base, charges: Sequence[Charge], spend: Decimal) -> Iterator[Charge]:
    by_tax: dict[Tax, list[int]] = defaultdict(list)
    for at in off:
        by_tax[charges[at].tax].append(at)
    percentage = one.percentage(spend)
    committed = one.commitment if one.price.tiers else None
    for tax, positions in by_tax.items():
        whole = sum((base[at] for at in positions), ZERO)
        yield Charge(
            root=one.holding.root,
            offering=one.holding.offering.code,
            code=one.price.code,
            kind=LineKind.DISCOUNT,
            name=one.price.name,
            rule=quote_text.discount(one.price, percentage, whole, committed),
            exact=-sum((off[at] for at in positions), ZERO),
            tax=tax,
            days=one.days,
        )
