"""Prices in the demo's short form, "0.10/1 minute", written out as a catalog file has them.

Knows both notations; must not know which offering a price belongs to.
"""

from __future__ import annotations

from typing import Any

_NAMES = {
    "monthly": ("RECURRING", "月费", "Monthly fee"),
    "yearly": ("RECURRING", "年费", "Yearly fee"),
    "once": ("ONE_TIME", "一次性费用", "One-time fee"),
    "usage": ("USAGE", "按量计费", "Charge by use"),
    "allowance": ("ALLOWANCE", "套餐内包含", "Included"),
    "discount": ("DISCOUNT", "优惠", "Discount"),
    "penalty": ("PENALTY", "提前终止违约金", "Early termination"),
    "minimum": ("MINIMUM_COMMITMENT", "承诺最低消费", "Minimum spend"),
}
_PERIODS = {"monthly": "month", "yearly": "year"}


def write_out(code: str, short: str, tax_rate: str) -> dict[str, Any]:
    """One price. The kind is the code up to its first underscore; `short` is an amount in CNY ("10"), a share ("30%"),
    an amount per unit or period ("0.10/1 minute", "2000/month") or a quantity ("10 GB")."""
    kind = code.partition("_")[0]
    price_type, zh, en = _NAMES[kind]
    price: dict[str, Any] = {"code": code, "name": {"zh": zh, "en": en}, "priceType": price_type}
    if price_type == "ALLOWANCE":
        return price | {"unitOfMeasure": _quantity(short)}
    if short.endswith("%"):
        return price | {"percentage": short[:-1]}
    amount, _, per = short.partition("/")
    price |= {"price": {"unit": "CNY", "value": amount}}
    price |= {"taxIncluded": True, "taxRate": tax_rate}
    if price_type == "USAGE":
        return price | {"unitOfMeasure": _quantity(per)}
    period = _PERIODS.get(kind) or per
    return price | ({"recurringChargePeriod": period} if period else {})


def _quantity(short: str) -> dict[str, str]:
    amount, units = short.split(" ")
    return {"amount": amount, "units": units}
