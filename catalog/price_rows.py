"""Prices and terms as rows of PostgreSQL, there and back.

Knows the columns and their order in the statements; must not run any.
"""

from __future__ import annotations

from datetime import time
from decimal import Decimal

import orjson
from asyncpg import Record

from catalog.period import ALWAYS, Period
from catalog.price import Money, Price, PriceType, Quantity, Scope, Stacking, Tier, TierMode
from catalog.term import EarlyTermination, ShortfallPolicy, Term, TermKind
from catalog.text import Text
from catalog.time_window import TimeWindow


def period(row: Record) -> Period:
    start, end = row["valid_start"], row["valid_end"]
    return Period(start, end) if start or end else ALWAYS


def price(row: Record) -> Price:
    unit = row["unit"]
    return Price(
        code=row["code"],
        price_type=PriceType(row["price_type"]),
        name=Text.from_json(orjson.loads(row["name"])),
        price=_money(unit, row["value"]),
        percentage=row["percentage"],
        unit_of_measure=_quantity(row, "unit_of_measure"),
        recurring_charge_period=row["recurring_charge_period"],
        tax_included=row["tax_included"],
        tax_rate=row["tax_rate"],
        valid=period(row),
        rating_increment=_quantity(row, "rating_increment"),
        connect_fee=_money(unit, row["connect_fee"]),
        tier_mode=TierMode(row["tier_mode"]),
        tiers=tuple(_tier(unit, step) for step in orjson.loads(row["tiers"])),
        carry_over=row["carry_over"],
        time_window=_window(row["time_window"]),
        stacking=Stacking(row["stacking"]),
        exclusive_group=row["exclusive_group"],
        application_duration=_quantity(row, "application_duration"),
        priority=row["priority"],
        scope=Scope(row["scope"]),
        applies_to=tuple(orjson.loads(row["applies_to"])),
        term=row["term"],
    )


def _money(unit: str, value: Decimal | None) -> Money | None:
    return None if value is None else Money(unit, value)


def _quantity(row: Record, name: str) -> Quantity | None:
    units = row[f"{name}_units"]
    return None if units is None else Quantity(row[f"{name}_amount"], units)


def _tier(unit: str, step: dict[str, str | None]) -> Tier:
    value, share = step["price"], step["percentage"]
    price = None if value is None else Money(unit, Decimal(value))
    return Tier(Decimal(step["lower"] or 0), price, None if share is None else Decimal(share))


def _window(written: str | None) -> TimeWindow | None:
    if written is None:
        return None
    value = orjson.loads(written)
    return TimeWindow(time.fromisoformat(value["start"]), time.fromisoformat(value["end"]), tuple(value["days"]))


def of_price(price: Price) -> tuple[object, ...]:
    """What insert_price takes from $4 on."""
    return (
        price.code,
        price.name.to_json(),
        price.price_type.value,
        price.unit,
        price.price.value if price.price else None,
        price.percentage,
        *_of_quantity(price.unit_of_measure),
        price.recurring_charge_period,
        price.tax_included,
        price.tax_rate,
        price.valid.start,
        price.valid.end,
        *_of_quantity(price.rating_increment),
        price.connect_fee.value if price.connect_fee else None,
        price.tier_mode.value,
        [_of_tier(tier) for tier in price.tiers],
        price.carry_over,
        _of_window(price.time_window),
        price.stacking.value,
        price.exclusive_group,
        *_of_quantity(price.application_duration),
        price.priority,
        price.scope.value,
        list(price.applies_to),
        price.term,
    )


def _of_quantity(quantity: Quantity | None) -> tuple[Decimal | None, str | None]:
    return (quantity.amount, quantity.units) if quantity else (None, None)


def _of_tier(tier: Tier) -> dict[str, str | None]:
    return {
        "lower": str(tier.lower),
        "price": str(tier.price.value) if tier.price else None,
        "percentage": None if tier.percentage is None else str(tier.percentage),
    }


def _of_window(window: TimeWindow | None) -> dict[str, object] | None:
    if window is None:
        return None
    return {"start": window.start.isoformat(), "end": window.end.isoformat(), "days": list(window.days)}


def term(row: Record) -> Term:
    unit, early = row["unit"], (row["early_price"], row["early_percentage"])
    return Term(
        code=row["code"],
        kind=TermKind(row["kind"]),
        duration=Quantity(row["duration_amount"], row["duration_units"]),
        name=Text.from_json(orjson.loads(row["name"])),
        minimum=_money(unit, row["minimum"]),
        minimum_period=row["minimum_period"],
        shortfall_policy=ShortfallPolicy(row["shortfall_percentage"], row["shortfall_prorated"]),
        early_termination=None if early == (None, None) else EarlyTermination(_money(unit, early[0]), early[1]),
        tier_lift=row["tier_lift"],
        scope=Scope(row["scope"]),
        valid=period(row),
    )


def of_term(term: Term) -> tuple[object, ...]:
    """What insert_term takes from $4 on."""
    early, policy = term.early_termination, term.shortfall_policy
    return (
        term.code,
        term.name.to_json(),
        term.kind.value,
        term.duration.amount,
        term.duration.units,
        term.unit,
        term.minimum.value if term.minimum else None,
        term.minimum_period,
        policy.percentage,
        policy.prorated,
        early.price.value if early and early.price else None,
        early.percentage if early else None,
        term.tier_lift,
        term.scope.value,
        term.valid.start,
        term.valid.end,
    )
