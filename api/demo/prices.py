"""Prices and terms in the demo's short form, "0.10/1 minute", written out as a catalog file has them.

Knows both notations; must not know which offering a price belongs to.
"""

from __future__ import annotations

from typing import Any

_NAMES = {
    "monthly": ("RECURRING", "月费", "Monthly fee"),
    "once": ("ONE_TIME", "一次性费用", "One-time fee"),
    "usage": ("USAGE", "按量计费", "Charge by use"),
    "allowance": ("ALLOWANCE", "套餐内包含", "Included"),
    "discount": ("DISCOUNT", "优惠", "Discount"),
    "penalty": ("PENALTY", "提前终止违约金", "Early termination"),
    "minimum": ("MINIMUM_COMMITMENT", "承诺最低消费", "Minimum spend"),
}
_PERIODS = {"monthly": "month"}


_QUANTITIES = ("ratingIncrement", "applicationDuration")
_TERMS: dict[str, dict[str, Any]] = {
    "year": {"kind": "BINDING", "name": {"zh": "合约一年", "en": "One-year contract"}, "duration": "12 month"},
    "two_years": {"kind": "BINDING", "name": {"zh": "在网两年", "en": "Bound for two years"}, "duration": "24 month"},
    "spend_1y": {
        "kind": "COMMITMENT",
        "name": {"zh": "承诺消费一年", "en": "Yearly spend, one year"},
        "duration": "1 year",
    },
    "spend_2y": {
        "kind": "COMMITMENT",
        "name": {"zh": "承诺消费两年", "en": "Yearly spend, two years"},
        "duration": "2 year",
    },
}
_SPEND = {"shortfallPolicy": {"percentage": "20"}, "scope": "BILL"}


def write_term(code: str) -> dict[str, Any]:
    """One of the terms that several offerings share; two years of committed spend count as one tier higher."""
    term = {"code": code} | _TERMS[code]
    term["duration"] = _quantity(term["duration"])
    if term["kind"] == "COMMITMENT":
        term |= _SPEND | ({"tierLift": 1} if code == "spend_2y" else {})
    return term


def write_out(code: str, given: str | dict[str, Any], tax_rate: str) -> dict[str, Any]:
    """One price. The kind is the code up to its first underscore.

    `given` is an amount in CNY ("10"), a share ("30%"), an amount per unit or period ("0.10/1 minute", "2000/month")
    or a quantity ("10 GB"); or one of these as "is", beside fields of the catalog file. Tiers are shares or amounts by
    where they begin: {"1000": "3%"}.
    """
    if isinstance(given, str):
        return _plain(code, given, tax_rate)
    fields = {key: _quantity(value) if key in _QUANTITIES else value for key, value in given.items() if key != "is"}
    if isinstance(given["is"], dict):
        price = _named(code) | {"tiers": _tiers(given["is"])}
    else:
        price = _plain(code, given["is"], tax_rate)
    if "tiers" in fields:
        fields["tiers"] = _tiers(fields["tiers"])
    return price | fields


def _named(code: str) -> dict[str, Any]:
    price_type, zh, en = _NAMES[code.partition("_")[0]]
    return {"code": code, "name": {"zh": zh, "en": en}, "priceType": price_type}


def _plain(code: str, short: str, tax_rate: str) -> dict[str, Any]:
    price = _named(code)
    price_type = price["priceType"]
    if price_type == "ALLOWANCE":
        return price | {"unitOfMeasure": _quantity(short)}
    if short.endswith("%"):
        return price | {"percentage": short[:-1]}
    amount, _, per = short.partition("/")
    price |= {"price": {"unit": "CNY", "value": amount}}
    price |= {"taxIncluded": True, "taxRate": tax_rate}
    if price_type == "USAGE":
        return price | {"unitOfMeasure": _quantity(per)}
    period = _PERIODS.get(code.partition("_")[0]) or per
    return price | ({"recurringChargePeriod": period} if period else {})


def _tiers(steps: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {"lower": low}
        | ({"percentage": step[:-1]} if step.endswith("%") else {"price": {"unit": "CNY", "value": step}})
        for low, step in steps.items()
    ]


def _quantity(short: str) -> dict[str, str]:
    amount, units = short.split(" ")
    return {"amount": amount, "units": units}
