"""What a quote is asked for, and the offerings that this comes to: bundles taken apart into what is charged.

Knows offerings and counts; must not know amounts of money. A bundle with a fee of its own pays for what it brings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import islice

from catalog.bundle import BundlePart
from catalog.errors import CatalogError
from catalog.offering import Offering
from catalog.period import Period
from catalog.price import Price, PriceType
from catalog.quoting.bill_month import BillMonth, Days
from catalog.term import Term, TermKind, later
from catalog.text import Text
from catalog.trial_period import becomes, trial_end

MAX_DEPTH = 10
MAX_HOLDINGS = 1_000
Offerings = Mapping[str, Offering]


class QuoteRefused(CatalogError):
    """What was asked for cannot be priced; `path` leads into the request."""

    def __init__(self, path: tuple[str | int, ...], code: str, message: Text) -> None:
        super().__init__(message.said("en"))
        self.path, self.code, self.message = path, code, message


@dataclass(frozen=True, slots=True)
class QuoteItem:
    """`quantity` of an offering in the version that is meant, held from `start` (None: since long ago) to `end`.

    `choice` counts the parts of a bundle that differ from its defaults; without any, groups stay undecided.
    `commitment` is the spend committed to per period of the term; `spent` what was spent in that period before this
    month; `carried` what an allowance or a credit (by price code, in its own unit) brought over from the month before.
    `is_trial`: it began as a trial, whose fees are free; from the trial's end on it is what the trial turns into.
    """

    offering: Offering
    quantity: int = 1
    start: datetime | None = None
    end: datetime | None = None
    term: str | None = None
    commitment: Decimal | None = None
    spent: Decimal = Decimal(0)
    carried: Mapping[str, Decimal] = field(default_factory=dict)
    choice: Mapping[str, int] = field(default_factory=dict)
    is_trial: bool = False


@dataclass(frozen=True, slots=True)
class Holding:
    """An offering that is charged, once or several times; the fees of one that is `paid` are in its bundle's."""

    root: int
    item: QuoteItem
    offering: Offering
    quantity: int
    paid: bool = False

    def term(self, kind: TermKind) -> Term | None:
        """The term of this kind that was chosen, or the only one there is unless prices make it a choice."""
        terms = [term for term in self.offering.terms if term.kind is kind]
        chosen = [term for term in terms if term.code == self.item.term]
        if chosen or len(terms) != 1:
            return chosen[0] if chosen else None
        is_choice = any(price.term == terms[0].code for price in self.offering.prices)
        return None if is_choice else terms[0]

    def prices(self, month: BillMonth) -> list[tuple[Price, Days]]:
        """The prices in force on some day of the month on which it is held, and those days."""
        held = month.within(self.item.start, self.item.end)
        prices = (price for price in self.offering.prices if price.term in (None, self.item.term))
        found = ((price, held & self._days(price, month)) for price in prices)
        return [(price, days) for price, days in found if len(days)]

    def _days(self, price: Price, month: BillMonth) -> Days:
        days = month.within(*self._valid(price, month))
        if price.application_duration is None:
            return days
        if self.item.start is None:
            return Days(month.first, month.first)
        start = month.local(self.item.start)
        return days & Days(start, later(start, price.application_duration))

    def _valid(self, price: Price, month: BillMonth) -> tuple[datetime | None, datetime | None]:
        """A price guarantee keeps the prices of the start in force, and others out, until it ends."""
        guarantee, start = self.term(TermKind.PRICE_GUARANTEE), self.item.start
        if guarantee is None or start is None:
            return price.valid.start, price.valid.end
        until = month.midnight(guarantee.end(month.local(start)))
        if price.valid.contains(start):
            return price.valid.start, max(price.valid.end, until) if price.valid.end else None
        return max(price.valid.start, until) if price.valid.start else until, price.valid.end

    def started(self, month: BillMonth) -> date | None:
        return month.local(self.item.start) if self.item.start else None

    def ended(self, month: BillMonth) -> date | None:
        return month.local(self.item.end) if self.item.end else None

    def begins_in(self, period: Period) -> bool:
        return self.item.start is not None and period.contains(self.item.start)


def expand(
    items: tuple[QuoteItem, ...], offerings: Offerings, month: BillMonth, path: tuple[str | int, ...] = ()
) -> list[Holding]:
    """Every holding that the items come to. Raises QuoteRefused for a part unknown or a count outside the limits."""
    found: list[Holding] = []
    for root, item in _in_turn(items, offerings, month, path):
        place = (*path, "items", root)
        if item.quantity < 1:
            raise QuoteRefused((*place, "quantity"), "TOO_FEW", Text("数量至少为 1", "quantity is at least 1"))
        _check_choice(item, offerings, place)
        found += islice(
            _opened(Holding(root, item, item.offering, item.quantity), offerings, place, MAX_DEPTH), MAX_HOLDINGS
        )
        if len(found) >= MAX_HOLDINGS:
            raise QuoteRefused(place, "TOO_MANY", Text("成员过多", f"comes to more than {MAX_HOLDINGS} offerings"))
    return found


def _in_turn(
    items: tuple[QuoteItem, ...], offerings: Offerings, month: BillMonth, path: tuple[str | int, ...]
) -> Iterator[tuple[int, QuoteItem]]:
    """Each item with its position; a trial that ends in the month is two: itself, and what it turns into."""
    for root, item in enumerate(items):
        if not item.is_trial:
            yield root, item
            continue
        place, trial = (*path, "items", root), item.offering.trial
        if trial is None:
            raise QuoteRefused((*place, "trial"), "NO_TRIAL", Text("此产品不提供试用", "this offering cannot be tried"))
        if item.start is None:
            message = Text("试用须说明生效时间", "say since when it is tried")
            raise QuoteRefused((*place, "start"), "MISSING", message)
        until = trial_end(trial, item.start, month.zone)
        if month.local(until) > month.first:
            # What is left of a trial's allowances ends with the month.
            yield root, replace(item, end=min(item.end or until, until), carried={})
        code = becomes(trial, item.offering.code)
        if code and month.local(until) < month.days.end and (item.end is None or item.end > until):
            yield root, _turned(item, code, until, offerings, place)


def _turned(
    item: QuoteItem, code: str, until: datetime, offerings: Offerings, place: tuple[str | int, ...]
) -> QuoteItem:
    subscribed = replace(item, start=until, is_trial=False)
    if code == item.offering.code:
        return subscribed
    if code not in offerings:
        message = Text(f"试用转为的 {code} 此时未生效", f"{code}, which the trial turns into, is not in force then")
        raise QuoteRefused((*place, "trial"), "NOT_IN_FORCE", message)
    return replace(subscribed, offering=offerings[code], term=None, commitment=None, choice={})


def _opened(one: Holding, offerings: Offerings, place: tuple[str | int, ...], depth: int) -> Iterator[Holding]:
    yield one
    if depth == 0:
        raise QuoteRefused(place, "TOO_DEEP", Text("捆绑嵌套过深", f"bundles stand more than {MAX_DEPTH} deep"))
    pays = one.paid or any(price.price_type is PriceType.RECURRING for price in one.offering.prices)
    for part in one.offering.parts:
        chosen = one.item.choice.get(part.code, part.default)
        if not chosen:
            continue
        offering = _part(part, offerings, place)
        brought = _brought(part, chosen) if pays else 0
        for count, paid in ((brought, True), (chosen - brought, False)):
            if count:
                inner = Holding(one.root, one.item, offering, one.quantity * count, paid)
                yield from _opened(inner, offerings, place, depth - 1)


def _brought(part: BundlePart, chosen: int) -> int:
    """How many of a part the bundle's own fee pays for: what is chosen from a group, else the default number."""
    return chosen if part.group else min(chosen, part.default)


def _part(part: BundlePart, offerings: Offerings, place: tuple[str | int, ...]) -> Offering:
    found = offerings.get(part.code)
    if found is None:
        message = Text(f"成员 {part.code} 此时未生效", f"the part {part.code} is not in force then")
        raise QuoteRefused(place, "PART_NOT_IN_FORCE", message)
    return found


def _check_choice(item: QuoteItem, offerings: Offerings, place: tuple[str | int, ...]) -> None:
    known: dict[str, BundlePart] = {}
    _check_limits(item.offering, item, offerings, place, known, MAX_DEPTH)
    for code in item.choice:
        if code not in known:
            message = Text(f"{code} 不是该捆绑包的成员", f"{code} is no part of this bundle")
            raise QuoteRefused((*place, "choice", code), "UNKNOWN_CODE", message)


def _check_limits(
    bundle: Offering,
    item: QuoteItem,
    offerings: Offerings,
    place: tuple[str | int, ...],
    known: dict[str, BundlePart],
    depth: int,
) -> None:
    for part in bundle.parts:
        is_seen = part.code in known
        known[part.code] = part
        count = item.choice.get(part.code, part.default)
        if count < part.lower or (part.upper is not None and count > part.upper):
            most = "∞" if part.upper is None else part.upper
            message = Text(f"数量须在 {part.lower} 到 {most} 之间", f"choose between {part.lower} and {most}")
            raise QuoteRefused((*place, "choice", part.code), "OUTSIDE_LIMITS", message)
        inner = offerings.get(part.code)
        if count and inner and depth and not is_seen:
            _check_limits(inner, item, offerings, place, known, depth - 1)
    for group in bundle.groups if item.choice else ():
        _check_group(bundle, group.code, item, place)


def _check_group(bundle: Offering, code: str, item: QuoteItem, place: tuple[str | int, ...]) -> int:
    """How many are chosen in a group; nested groups count one each when anything is chosen in them."""
    group = next(group for group in bundle.groups if group.code == code)
    parts = [part for part in bundle.parts if part.group == code]
    chosen = sum(min(1, item.choice.get(part.code, part.default)) for part in parts)
    nested = [inner.code for inner in bundle.groups if inner.parent == code]
    chosen += sum(min(1, _chosen_in(bundle, inner, item)) for inner in nested)
    if chosen < group.lower or (group.upper is not None and chosen > group.upper):
        most = "∞" if group.upper is None else group.upper
        zh, en = f"分组 {code} 须选 {group.lower} 到 {most} 个", f"choose {group.lower} to {most} of the group {code}"
        raise QuoteRefused((*place, "choice"), "OUTSIDE_LIMITS", Text(zh, en))
    return chosen


def _chosen_in(bundle: Offering, code: str, item: QuoteItem) -> int:
    own = sum(item.choice.get(part.code, part.default) for part in bundle.parts if part.group == code)
    return own + sum(_chosen_in(bundle, inner.code, item) for inner in bundle.groups if inner.parent == code)
