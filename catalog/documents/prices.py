"""Prices and terms of a catalog document.

Knows how a price and a term are written; must not know the offering around them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from typing import Any

from catalog.documents.values import Path, ValueReader
from catalog.price import Money, Price, PriceType, Quantity, Scope, Stacking, Tier, TierMode
from catalog.term import EarlyTermination, ShortfallPolicy, Term, TermKind
from catalog.time_window import MONDAY_TO_SUNDAY, TimeWindow

PRICE_FIELDS = frozenset(
    [
        "code",
        "name",
        "priceType",
        "price",
        "percentage",
        "unitOfMeasure",
        "recurringChargePeriod",
        "taxIncluded",
        "taxRate",
        "validFor",
        "ratingIncrement",
        "connectFee",
        "tierMode",
        "tiers",
        "carryOver",
        "timeWindow",
        "stacking",
        "exclusiveGroup",
        "applicationDuration",
        "priority",
        "scope",
        "appliesTo",
        "term",
    ]
)
TERM_FIELDS = frozenset(
    [
        "code",
        "name",
        "kind",
        "duration",
        "minimum",
        "minimumPeriod",
        "shortfallPolicy",
        "earlyTermination",
        "tierLift",
        "scope",
        "validFor",
    ]
)


@dataclass
class PriceReader(ValueReader):
    """Reads what an offering costs and binds to."""

    def money(self, node: Mapping[str, Any], path: Path, key: str = "price") -> Money | None:
        if node.get(key) is None:
            return None
        path = (*path, key)
        inner = self.mapping(node[key], path, frozenset({"unit", "value"}))
        unit, value = self.string(inner, "unit", path) or "CNY", self.decimal(inner, "value", path)
        if inner.get("value") is None:
            self.wrong((*path, "value"), "MISSING", "is required", "必填")
        if value is None:
            return None
        return self.build(path, lambda: Money(unit, value))

    def quantity(self, node: Mapping[str, Any], path: Path, key: str = "unitOfMeasure") -> Quantity | None:
        if node.get(key) is None:
            return None
        path = (*path, key)
        inner = self.mapping(node[key], path, frozenset({"amount", "units"}))
        amount, units = self.decimal(inner, "amount", path), self.string(inner, "units", path, required=True)
        return Quantity(Decimal(1) if amount is None else amount, units or "?")

    def price(self, value: object, path: Path) -> Price | None:
        node = self.mapping(value, path, PRICE_FIELDS)
        fields: dict[str, Any] = {
            "code": self.code(node, "code", path),
            "price_type": self.enum(node, "priceType", path, PriceType, None),
            "name": self.text(node, "name", path),
            "price": self.money(node, path),
            "percentage": self.decimal(node, "percentage", path),
            "unit_of_measure": self.quantity(node, path),
            "recurring_charge_period": self.string(node, "recurringChargePeriod", path),
            "tax_included": self.flag(node, "taxIncluded", path, True),
            "tax_rate": self.decimal(node, "taxRate", path),
            "valid": self.period(node, path),
            "rating_increment": self.quantity(node, path, "ratingIncrement"),
            "connect_fee": self.money(node, path, "connectFee"),
            "tier_mode": self.enum(node, "tierMode", path, TierMode, TierMode.GRADUATED),
            "tiers": tuple(self.each(node.get("tiers"), (*path, "tiers"), self.tier)),
            "carry_over": self.flag(node, "carryOver", path, False),
            "time_window": self.window(node, path),
            "stacking": self.enum(node, "stacking", path, Stacking, Stacking.COMBINABLE),
            "exclusive_group": self.string(node, "exclusiveGroup", path),
            "application_duration": self.quantity(node, path, "applicationDuration"),
            "priority": self.whole(node, "priority", path, 0) or 0,
            "scope": self.enum(node, "scope", path, Scope, Scope.ITEM),
            "applies_to": tuple(self.each(node.get("appliesTo"), (*path, "appliesTo"), self.reference)),
            "term": self.string(node, "term", path),
        }
        return self.build(path, lambda: Price(**fields))

    def tier(self, value: object, path: Path) -> Tier | None:
        node = self.mapping(value, path, frozenset({"lower", "price", "percentage"}))
        lower = self.decimal(node, "lower", path) or Decimal(0)
        price, percentage = self.money(node, path), self.decimal(node, "percentage", path)
        return self.build(path, lambda: Tier(lower, price, percentage))

    def window(self, node: Mapping[str, Any], path: Path) -> TimeWindow | None:
        if node.get("timeWindow") is None:
            return None
        path = (*path, "timeWindow")
        inner = self.mapping(node["timeWindow"], path, frozenset({"start", "end", "days"}))
        start, end = self.hour(inner, "start", path), self.hour(inner, "end", path)
        days = inner.get("days")
        numbers = MONDAY_TO_SUNDAY if days is None else tuple(self.each(days, (*path, "days"), self.weekday))
        return self.build(path, lambda: TimeWindow(start, end, numbers))

    def hour(self, node: Mapping[str, Any], key: str, path: Path) -> time:
        written = self.string(node, key, path)
        try:
            found = time.fromisoformat(written) if written else time()
        except ValueError:
            found = None
        if found is None or found.tzinfo:
            self.wrong((*path, key), "NOT_A_TIME", "must be a time of day like 23:00", "必须是 23:00 这样的时刻")
            return time()
        return found

    def weekday(self, value: object, path: Path) -> int | None:
        if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 7:
            return value
        self.wrong(path, "UNKNOWN_VALUE", "must be 1 (Monday) to 7 (Sunday)", "必须是 1（周一）到 7（周日）")
        return None

    def term(self, value: object, path: Path) -> Term | None:
        node = self.mapping(value, path, TERM_FIELDS)
        if node.get("duration") is None:
            self.wrong((*path, "duration"), "MISSING", "is required", "必填")
        fields: dict[str, Any] = {
            "code": self.code(node, "code", path),
            "kind": self.enum(node, "kind", path, TermKind, None),
            "duration": self.quantity(node, path, "duration"),
            "name": self.text(node, "name", path),
            "minimum": self.money(node, path, "minimum"),
            "minimum_period": self.string(node, "minimumPeriod", path) or "year",
            "shortfall_policy": self.shortfall(node, path),
            "early_termination": self.early(node, path),
            "tier_lift": self.whole(node, "tierLift", path, 0) or 0,
            "scope": self.enum(node, "scope", path, Scope, Scope.ITEM),
            "valid": self.period(node, path),
        }
        return self.build(path, lambda: Term(**fields))

    def shortfall(self, node: Mapping[str, Any], path: Path) -> ShortfallPolicy | None:
        if node.get("shortfallPolicy") is None:
            return ShortfallPolicy()
        path = (*path, "shortfallPolicy")
        inner = self.mapping(node["shortfallPolicy"], path, frozenset({"percentage", "prorated"}))
        share, prorated = self.decimal(inner, "percentage", path), self.flag(inner, "prorated", path, True)
        return self.build(path, lambda: ShortfallPolicy(Decimal(100) if share is None else share, prorated))

    def early(self, node: Mapping[str, Any], path: Path) -> EarlyTermination | None:
        if node.get("earlyTermination") is None:
            return None
        path = (*path, "earlyTermination")
        inner = self.mapping(node["earlyTermination"], path, frozenset({"price", "percentage"}))
        price, share = self.money(inner, path), self.decimal(inner, "percentage", path)
        return self.build(path, lambda: EarlyTermination(price, share))
