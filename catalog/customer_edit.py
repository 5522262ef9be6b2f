"""Changes of what is known of one customer: the fields that are given, checked, laid over those that are there.

Knows what a valid value is, as import files do; must not know where customers are kept. Problems never quote a value:
a phone number or a name would end up in an answer or a log.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from catalog.customer import Attribute
from catalog.errors import Problem
from catalog.text import Text

PHONE = re.compile(r"\+?[0-9]{5,20}")
PLACE = re.compile(r"[^/\s]+(/[^/\s]+)*")
MAX_TEXT, MAX_TAGS = 200, 100
Given = Mapping[str, Any]
Attributes = Mapping[str, Any]

REQUIRED = Text("不能为空", "cannot be emptied; leave it out to keep it")
UNREADABLE = Text("过长、为空、含不可见字符或首尾空白", "is empty, too long, or has control characters or outer blanks")
NO_PHONE = Text("不是电话号码：5 到 20 位数字，可带 +", "is no phone number: 5 to 20 digits, with or without +")
NO_PLACE = Text("应为编码路径，如 shanxi/taiyuan/xiaodian", "must be a path of codes such as shanxi/taiyuan/xiaodian")
NO_TAGS = Text("标签不能含分号", f"must be at most {MAX_TAGS} labels without a semicolon")
UNDECLARED = Text("未声明的属性，请先在目录文件中声明", "is not declared; declare it in a catalog file first")


@dataclass(frozen=True, slots=True)
class Fields:
    """A customer's own fields; None is unknown."""

    kind: str = "PERSON"
    status: str = "active"
    msisdn: str | None = None
    name: str | None = None
    place: str | None = None
    brand: str | None = None
    joined_at: datetime | None = None
    enterprise: str | None = None
    industry: str | None = None
    size_class: str | None = None
    account_manager: str | None = None
    tags: tuple[str, ...] = ()
    personalisation: bool = True


NEVER_EMPTY = ("kind", "status", "personalisation")
TEXTS = ("name", "brand", "enterprise", "industry", "account_manager")


def normalised(given: Given) -> dict[str, Any]:
    """The given fields with numbers in Chinese width made narrow, and tags sorted, each once."""
    found = dict(given)
    if isinstance(found.get("msisdn"), str):
        found["msisdn"] = unicodedata.normalize("NFKC", found["msisdn"]).strip()
    if "tags" in found:
        found["tags"] = tuple(sorted({tag.strip() for tag in found["tags"] or ()}))
    return found


def wrong_fields(given: Given) -> Iterator[Problem]:
    """What is wrong with normalised fields; paths are the names of Fields."""
    for key in NEVER_EMPTY:
        if key in given and given[key] is None:
            yield Problem((key,), "MISSING", REQUIRED)
    for key in TEXTS:
        if given.get(key) is not None and not _is_readable(given[key]):
            yield Problem((key,), "INVALID", UNREADABLE)
    if given.get("msisdn") is not None and not PHONE.fullmatch(given["msisdn"]):
        yield Problem(("msisdn",), "INVALID", NO_PHONE)
    if given.get("place") is not None and not (PLACE.fullmatch(given["place"]) and _is_readable(given["place"])):
        yield Problem(("place",), "INVALID", NO_PLACE)
    tags = given.get("tags", ())
    if len(tags) > MAX_TAGS or not all(_is_readable(tag) and ";" not in tag and "；" not in tag for tag in tags):
        yield Problem(("tags",), "INVALID", NO_TAGS)


def wrong_attributes(given: Attributes, declared: Mapping[str, Attribute]) -> Iterator[Problem]:
    """Attributes that nobody declared, or whose value is not of the declared kind; null removes one."""
    for code, value in given.items():
        if code not in declared:
            yield Problem(("attributes", code), "UNKNOWN_CODE", UNDECLARED)
        elif value is not None and not KINDS[declared[code].kind][0](value):
            yield Problem(("attributes", code), "INVALID", KINDS[declared[code].kind][1])


def changed(known: Fields, given: Given) -> Fields:
    """`known` with the given fields in their places."""
    return replace(known, **given)


def differing(before: Fields | None, after: Fields) -> list[str]:
    """The names of the fields that differ; of a new customer, of those that are known."""
    old = before or Fields()
    return [name for name in Fields.__dataclass_fields__ if getattr(old, name) != getattr(after, name)]


def merged(known: Attributes, given: Attributes) -> dict[str, Any]:
    """What is known with what is given laid over it; null forgets an attribute."""
    return {key: value for key, value in {**known, **given}.items() if value is not None}


def _is_readable(text: object) -> bool:
    return isinstance(text, str) and 0 < len(text) <= MAX_TEXT and text.isprintable() and text == text.strip()


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_date(value: object) -> bool:
    try:
        return isinstance(value, str) and len(value) == 10 and bool(date.fromisoformat(value))
    except ValueError:
        return False


KINDS: Mapping[str, tuple[Callable[[object], bool], Text]] = {
    "categorical": (_is_readable, UNREADABLE),
    "numeric": (_is_number, Text("必须是数字", "must be a number")),
    "date": (_is_date, Text("必须是日期，如 2026-03-01", "must be a date like 2026-03-01")),
}
