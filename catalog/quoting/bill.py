"""A bill: its lines, each rounded once, with what is net, tax and gross, and their sums.

Knows rounding and tax; must not know how a charge came about. Half up, at the line and nowhere else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from catalog.quoting.bill_month import BillMonth
from catalog.quoting.charge import Charge, LineKind, Tax
from catalog.quoting.rating import Carried
from catalog.quoting.usage import Usage
from catalog.text import Text

FEN = Decimal("0.01")
# Thirds and sixtieths that make a whole again are whole: what the last digit inside lost is far below this.
GRAIN = Decimal("1e-20")
ZERO = Decimal(0)
_PLACE = {kind: place for place, kind in enumerate(LineKind)}


@dataclass(frozen=True, slots=True)
class BillLine:
    """`exact` is the amount before rounding, `amount` after it, with tax inside or not as `tax` says."""

    root: int
    offering: str
    code: str
    kind: LineKind
    name: Text
    rule: Text
    quantity: Decimal
    units: str | None
    unit_price: Decimal | None
    exact: Decimal
    amount: Decimal
    tax: Tax
    net: Decimal
    tax_amount: Decimal

    @property
    def gross(self) -> Decimal:
        return self.net + self.tax_amount


@dataclass(frozen=True, slots=True)
class Bill:
    """The lines of one plan in one month, in `currency`; what goes on to the next month, and use without a price."""

    currency: str
    month: BillMonth
    lines: tuple[BillLine, ...]
    carried: tuple[Carried, ...] = ()
    unrated: tuple[Usage, ...] = ()

    @property
    def net(self) -> Decimal:
        return sum((line.net for line in self.lines), ZERO)

    @property
    def tax(self) -> Decimal:
        return sum((line.tax_amount for line in self.lines), ZERO)

    @property
    def gross(self) -> Decimal:
        return self.net + self.tax


def rounded(amount: Decimal) -> Decimal:
    return amount.quantize(FEN, ROUND_HALF_UP)


def lines(charges: Iterable[Charge]) -> tuple[BillLine, ...]:
    """One line for all charges that the same rule made at the same price, in the order of the items asked for."""
    groups: dict[tuple[object, ...], list[Charge]] = defaultdict(list)
    for charge in charges:
        groups[_same(charge)].append(charge)
    ordered = sorted(groups.values(), key=lambda group: (group[0].root, _PLACE[group[0].kind]))
    return tuple(_line(group) for group in ordered)


def _same(charge: Charge) -> tuple[object, ...]:
    return charge.root, charge.kind, charge.offering, charge.code, charge.unit_price, charge.rule, charge.tax


def _line(group: Sequence[Charge]) -> BillLine:
    one = group[0]
    exact = sum((charge.exact for charge in group), ZERO).quantize(GRAIN).normalize() + ZERO
    amount = rounded(exact)
    net, tax = taxed(amount, one.tax)
    return BillLine(
        root=one.root,
        offering=one.offering,
        code=one.code,
        kind=one.kind,
        name=one.name,
        rule=one.rule,
        quantity=sum((charge.quantity for charge in group), ZERO),
        units=one.units,
        unit_price=one.unit_price,
        exact=exact,
        amount=amount,
        tax=one.tax,
        net=net,
        tax_amount=tax,
    )


def taxed(amount: Decimal, tax: Tax) -> tuple[Decimal, Decimal]:
    """(net, tax) of a rounded amount; without a known rate everything is net."""
    rate = tax.rate or ZERO
    if not tax.included:
        return amount, rounded(amount * rate)
    inside = rounded(amount * rate / (1 + rate))
    return amount - inside, inside
