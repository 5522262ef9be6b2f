"""What a customer loses, keeps and gains when they move from one offering to another (product.md P26).

Knows two offerings and what else is held; must not know who the customer is. Amounts are the quote's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from catalog.eligibility.relations import own_requirements
from catalog.moment import Moment
from catalog.offering import Offering
from catalog.price import Money, PriceType, Quantity
from catalog.quoting.charge import LineKind
from catalog.quoting.holding import Holding, Offerings, QuoteItem, QuoteRefused
from catalog.quoting.quote import Plan, monthly_effect, quote
from catalog.quoting.quote_text import plain
from catalog.term import Term, TermKind
from catalog.text import Text
from catalog.units import dimension, smallest

ZERO = Decimal(0)


class Effect(StrEnum):
    """CONFLICT: what is held and the new offering shut each other out."""

    LOST = "LOST"
    KEPT = "KEPT"
    GAINED = "GAINED"
    CONFLICT = "CONFLICT"


class Subject(StrEnum):
    """What a line is about; DEPENDANT: something held that needs what is left."""

    PART = "PART"
    ALLOWANCE = "ALLOWANCE"
    DISCOUNT = "DISCOUNT"
    TERM = "TERM"
    DEPENDANT = "DEPENDANT"


@dataclass(frozen=True, slots=True)
class Line:
    """`code` is of the part, price, term or dependant, or what an allowance measures; a TERM that is lost was not over,
    and leaving it costs `amount`."""

    effect: Effect
    subject: Subject
    code: str
    message: Text
    amount: Money | None = None


@dataclass(frozen=True, slots=True)
class ChangeImpact:
    """`difference` is what a whole month costs more without use; None: one of both cannot be priced."""

    lines: tuple[Line, ...]
    difference: Money | None


@dataclass(frozen=True, slots=True)
class Change:
    """`left` has been held since `start` (None: unknown); `held` are all codes held, `at` is in the operator's zone."""

    left: Offering
    taken: Offering
    start: datetime | None
    held: tuple[str, ...]
    at: datetime

    @property
    def staying(self) -> tuple[str, ...]:
        return tuple(code for code in self.held if code != self.left.code)


def impact(change: Change, moment: Moment) -> ChangeImpact:
    """Everything that the change touches, what is lost first."""
    lines = [
        *_parts(change, moment),
        *_allowances(change, moment.offerings),
        *_discounts(change),
        *_terms(change, moment.offerings),
        *_dependants(change, moment),
        *_conflicts(change, moment),
    ]
    order = [Effect.LOST, Effect.CONFLICT, Effect.KEPT, Effect.GAINED]
    return ChangeImpact(tuple(sorted(lines, key=lambda one: order.index(one.effect))), _difference(change, moment))


def _difference(change: Change, moment: Moment) -> Money | None:
    known = moment.offerings
    zone = change.at.tzinfo
    assert zone is not None, "an aware time"
    before, after = (
        monthly_effect(one, at=change.at, zone=zone, offerings=known) for one in (change.left, change.taken)
    )
    if before is None or after is None or before.unit != after.unit:
        return None
    return Money(after.unit, after.value - before.value)


def _compared(before: Mapping[str, Text], after: Mapping[str, Text], subject: Subject) -> Iterator[Line]:
    for code, name in before.items():
        if code in after:
            yield Line(Effect.KEPT, subject, code, _said(name, "保留{}", "{} stays"))
        else:
            yield Line(Effect.LOST, subject, code, _said(name, "失去{}", "{} is lost"))
    for code, name in after.items():
        if code not in before:
            yield Line(Effect.GAINED, subject, code, _said(name, "新增{}", "{} is new"))


def _said(name: Text, zh: str, en: str) -> Text:
    return Text(zh.format(name.said("zh")), en.format(name.said("en")))


def _parts(change: Change, moment: Moment) -> Iterator[Line]:
    before, after = (_brought(one, moment) for one in (change.left, change.taken))
    yield from _compared(before, after, Subject.PART)


def _brought(one: Offering, moment: Moment) -> dict[str, Text]:
    """What comes with an offering by default, nested bundles included, by code."""
    found: dict[str, Text] = {}
    waiting = [part.code for part in one.parts if part.default]
    while waiting:
        code = waiting.pop()
        inner = moment.snapshot.latest(code)
        if code not in found and inner:
            found[code] = inner.name
            waiting += [part.code for part in inner.parts if part.default]
    return dict(sorted(found.items()))


def _allowances(change: Change, offerings: Offerings) -> Iterator[Line]:
    before, after = (_included(one, offerings, change.at) for one in (change.left, change.taken))
    for what in sorted({*before, *after}):
        old, new = before.get(what), after.get(what)
        was, is_now = (smallest(one) if one else ZERO for one in (old, new))
        effect = Effect.LOST if is_now < was else Effect.GAINED if is_now > was else Effect.KEPT
        shown, shown_en = (" → ".join((_amount(old, none), _amount(new, none))) for none in ("无", "none"))
        yield Line(effect, Subject.ALLOWANCE, what, Text(f"每月含量 {shown}", f"included a month: {shown_en}"))


def _amount(one: Quantity | None, none: str) -> str:
    return f"{plain(one.amount)} {one.units}" if one else none


def _included(one: Offering, offerings: Offerings, at: datetime) -> dict[str, Quantity]:
    """What is included, by what it measures and in the unit of the first price; of the offering and its parts."""
    found: dict[str, Quantity] = {}
    whole = [one, *(offerings[part.code] for part in one.parts if part.default and part.code in offerings)]
    for offering in whole:
        for price in offering.prices:
            unit = price.unit_of_measure if price.price_type is PriceType.ALLOWANCE else None
            if unit is None or price.term or not price.valid.contains(at):
                continue
            known = found.setdefault(dimension(unit.units), Quantity(ZERO, unit.units))
            more = smallest(unit) / smallest(Quantity(Decimal(1), known.units))
            found[dimension(unit.units)] = Quantity(known.amount + more, known.units)
    return found


def _discounts(change: Change) -> Iterator[Line]:
    # A discount belongs to its offering: one of the same code elsewhere is another.
    for code, name in _reductions(change.left, change.at):
        yield Line(Effect.LOST, Subject.DISCOUNT, code, _said(name, "失去优惠：{}", "the discount {} is lost"))
    for code, name in _reductions(change.taken, change.at):
        yield Line(Effect.GAINED, Subject.DISCOUNT, code, _said(name, "新增优惠：{}", "the discount {} is new"))


def _reductions(one: Offering, at: datetime) -> Iterator[tuple[str, Text]]:
    for price in one.prices:
        if price.price_type is PriceType.DISCOUNT and not price.term and price.valid.contains(at):
            yield price.code, price.name or Text(price.code, price.code)


def _terms(change: Change, offerings: Offerings) -> Iterator[Line]:
    for term in _bound(change):
        assert change.start
        end = term.end(change.start.astimezone(change.at.tzinfo).date()).isoformat()
        cost = _early_termination(change, offerings) if term.kind is not TermKind.PRICE_GUARANTEE else None
        name = term.name or Text(term.code, term.code)
        zh, en = f"{name.said('zh')}到 {end} 才满", f"{name.said('en')} runs until {end}"
        if cost:
            zh, en = (
                f"{zh}，提前解约 {plain(cost.value)} 元",
                f"{en}; leaving now costs {plain(cost.value)} {cost.unit}",
            )
        yield Line(Effect.LOST, Subject.TERM, term.code, Text(zh, en), cost)
    for term in change.taken.terms:
        name, duration = term.name or Text(term.code, term.code), term.duration
        count = f"{plain(duration.amount)} {duration.units}"
        yield Line(
            Effect.GAINED,
            Subject.TERM,
            term.code,
            Text(f"新约定：{name.said('zh')}（{count}）", f"a new term: {name.said('en')} ({count})"),
        )


def _bound(change: Change) -> list[Term]:
    """The terms that the customer is still in; of a choice nobody knows which one was taken."""
    if change.start is None:
        return []
    holding = Holding(0, QuoteItem(change.left, start=change.start), change.left, 1)
    start, today = change.start.astimezone(change.at.tzinfo).date(), change.at.date()
    binding = [holding.term(kind) for kind in (TermKind.BINDING, TermKind.COMMITMENT)]
    found = [term for term in binding if term and today < term.end(start)][:1]
    guarantee = holding.term(TermKind.PRICE_GUARANTEE)
    return [*found, guarantee] if guarantee and today < guarantee.end(start) else found


def _early_termination(change: Change, offerings: Offerings) -> Money | None:
    """What leaving today costs, as the bill of the month would have it; None: nothing, or it cannot be reckoned."""
    zone = change.at.tzinfo
    assert zone is not None, "an aware time"
    midnight = change.at.replace(hour=0, minute=0, second=0, microsecond=0)
    item = QuoteItem(change.left, start=change.start, end=midnight)
    try:
        # Who leaves at the first midnight of a month leaves in the month before.
        found = quote([Plan("", (item,))], (), at=midnight - timedelta(seconds=1), zone=zone, offerings=offerings)[0]
    except QuoteRefused:
        return None
    owed = sum((line.gross for line in found.lines if line.kind is LineKind.EARLY_TERMINATION), ZERO)
    return Money(found.currency, owed) if owed else None


def _dependants(change: Change, moment: Moment) -> Iterator[Line]:
    """What is held and would lack what it needs."""
    rules = moment.rules
    before, after = rules.owned(change.held), rules.owned((*change.staying, change.taken.code))
    for code in sorted(change.staying):
        one = moment.snapshot.latest(code)
        for least, others in own_requirements(one) if one else ():
            if len(others & before) >= least > len(others & after):
                message = _said(one.name if one else Text(code), "{}将失去前提产品", "{} would lack what it needs")
                yield Line(Effect.LOST, Subject.DEPENDANT, code, message)
                break


def _conflicts(change: Change, moment: Moment) -> Iterator[Line]:
    rules = moment.rules
    place = rules.index.get(change.taken.code)
    for code in sorted(change.staying):
        if place is not None and rules.effect(code).shuts >> place & 1:
            one = moment.snapshot.latest(code)
            message = _said(one.name if one else Text(code, code), "与已订购的{}互斥", "{}, which is held, excludes it")
            yield Line(Effect.CONFLICT, Subject.DEPENDANT, code, message)
