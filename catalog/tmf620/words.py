"""The standard's words beside ours: stages, kinds of price, relations, periods, numbers, names in two languages.

Knows words; must not know where in a resource they stand. Source: TMF620 Product Catalog Management v5.0.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

OURS = "jishi"
LIFECYCLE = {
    "IN_STUDY": "In study",
    "IN_DESIGN": "In design",
    "IN_TEST": "In test",
    "ACTIVE": "Active",
    "LAUNCHED": "Launched",
    "RETIRED": "Retired",
    "OBSOLETE": "Obsolete",
    "REJECTED": "Rejected",
}
PRICE_TYPE = {
    "ONE_TIME": "oneTime",
    "RECURRING": "recurring",
    "USAGE": "usage",
    "ALLOWANCE": "allowance",
    "DISCOUNT": "discount",
    "PENALTY": "penalty",
    "MINIMUM_COMMITMENT": "minimumCommitment",
}
RELATIONSHIP = {
    "REQUIRES": "requires",
    "EXCLUDES": "excludes",
    "OPTIONAL_FOR": "optionalFor",
    "EXCHANGEABLE_TO": "exchangeableTo",
    "UPSELL": "upsell",
    "CROSS_SELL": "crossSell",
    "REPLACES": "replaces",
}
PERIOD = {"day": ("day", 1), "week": ("week", 1), "month": ("month", 1), "quarter": ("month", 3), "year": ("year", 1)}
# What other systems also write, letters only and in lower case.
_PRICE_TYPES = {
    "onetimecharge": "ONE_TIME",
    "nonrecurring": "ONE_TIME",
    "activation": "ONE_TIME",
    "recurringcharge": "RECURRING",
    "recurringprepaid": "RECURRING",
    "recurringpostpaid": "RECURRING",
    "usagecharge": "USAGE",
    "payperuse": "USAGE",
    "alteration": "DISCOUNT",
    "pricealteration": "DISCOUNT",
}
_RELATIONSHIPS = {
    "dependency": "REQUIRES",
    "requirement": "REQUIRES",
    "prerequisite": "REQUIRES",
    "exclusivity": "EXCLUDES",
    "exclusion": "EXCLUDES",
    "incompatibility": "EXCLUDES",
    "optional": "OPTIONAL_FOR",
    "addon": "OPTIONAL_FOR",
    "exchangeable": "EXCHANGEABLE_TO",
    "substitution": "EXCHANGEABLE_TO",
    "upgrade": "UPSELL",
    "migration": "UPSELL",
    "replacement": "REPLACES",
}
_VALUE_TYPES = {"integer": "NUMBER", "decimal": "NUMBER", "float": "NUMBER", "datetime": "DATE", "text": "STRING"}
_PERIODS = {"daily": "day", "weekly": "week", "monthly": "month", "quarterly": "quarter", "yearly": "year"}
_PERIODS |= {"annual": "year", "annually": "year"}
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")


def ours(word: Any, words: Mapping[str, str], also: Mapping[str, str] | None = None) -> str | None:
    """Our word for the standard's, however it is spelt; None for one that we have not."""
    plain = letters(word)
    by_word = {letters(value): key for key, value in words.items()} | {letters(key): key for key in words}
    return by_word.get(plain) or (also or {}).get(plain)


def letters(word: Any) -> str:
    return re.sub(r"[^a-z]", "", str(word).casefold())


def price_type(word: Any) -> str | None:
    return ours(word, PRICE_TYPE, _PRICE_TYPES)


def relationship(word: Any) -> str | None:
    return ours(word, RELATIONSHIP, _RELATIONSHIPS)


def value_type(word: Any) -> str:
    known = {"STRING": "string", "NUMBER": "number", "BOOLEAN": "boolean", "DATE": "date"}
    return ours(word, known, _VALUE_TYPES) or "STRING"


def period(kind: Any, length: Any) -> str | None:
    """Our period for a type and how many of them; None when there is none as long."""
    word = singular(_PERIODS.get(letters(kind), letters(kind)))
    try:
        count = int(length or 1)
    except (ValueError, TypeError):
        return None
    if word == "month" and count == 12:
        return "year"
    if word == "quarter" and count == 1:
        return word
    return next((one for one, known in PERIOD.items() if known == (word, count)), None)


def singular(units: str) -> str:
    return units[:-1] if units in ("days", "weeks", "months", "quarters", "years") else units


def number(written: Any) -> Any:
    """A decimal string as a JSON number, or as the string it is when no number of JSON's readers keeps it exactly."""
    if written is None:
        return None
    exact = Decimal(written)
    if exact == exact.to_integral_value() and abs(exact) < 10**15:
        return int(exact)
    return float(exact) if Decimal(repr(float(exact))) == exact else str(written)


def decimal(value: Any) -> str | None:
    """A JSON number, or one in a string, as our decimal string; None for none."""
    if value is None or isinstance(value, bool):
        return None
    try:
        return f"{Decimal(str(value)):f}"
    except InvalidOperation:
        return str(value)


def said(text: Mapping[str, str] | None, language: str) -> str | None:
    """The text in one language, else in the other."""
    text = text or {}
    return text.get(language) or next(iter(text.values()), None)


def needs_ours(text: Mapping[str, str] | None, string: str | None) -> bool:
    """Whether the two languages cannot be told from the one string."""
    return bool(text) and text != guessed(string)


def guessed(string: str | None) -> dict[str, str]:
    """A name in whichever language it looks like."""
    return {"zh" if _HAN.search(string) else "en": string} if string else {}


def both(string: str | None, known: Mapping[str, str] | None) -> dict[str, str]:
    """The text of a resource: ours, unless its one string was changed by another system."""
    if known and string in known.values():
        return dict(known)
    return {**(known or {}), **guessed(string)}


def percent(share: str) -> str:
    """0.06 → 6."""
    return f"{Decimal(share) * 100:f}"
