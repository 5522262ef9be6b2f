"""One cell: a value of a catalog document as a spreadsheet shows it, and read back exactly.

Knows how people type numbers, dates and lists; must not know which column the cell stands in.
"""

from __future__ import annotations

import json
import re
from datetime import date, datetime, time, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any

from catalog.period import instant
from catalog.workbook.columns import Kind

# What a spreadsheet keeps of a number; longer ones are written as text.
DIGITS = 15
ANY = "any"
_ANY_WORDS = frozenset({ANY, "unlimited", "*", "不限"})
_YES, _NO = frozenset({"true", "yes", "y", "1", "是", "对"}), frozenset({"false", "no", "n", "0", "否", "不"})
_SEPARATOR = re.compile(r"[;；\n]")
_SLASHED = re.compile(r"(\d{4})[/.年-](\d{1,2})[/.月-](\d{1,2})日?(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}))?)?")
_FIRST_DAY = datetime(1901, 1, 1)
MISSING = object()


class Unreadable(ValueError):
    """A cell that its column cannot take; `code`, and what to do in both languages."""

    def __init__(self, code: str, en: str, zh: str) -> None:
        self.code, self.en, self.zh = code, en, zh
        super().__init__(en)


def shown(kind: Kind, value: Any, zone: tzinfo) -> Any:
    """What goes into the cell for a document's value: None, str, Decimal, int, bool or a local datetime."""
    if kind is Kind.LIMIT:
        return ANY if value is None else value
    if value is None:
        return None
    if kind is Kind.DECIMAL:
        return _number(value)
    if kind is Kind.TIME:
        return _local(value, zone)
    if kind in (Kind.LIST, Kind.DAYS):
        return _joined(value)
    if kind is Kind.JSON:
        return json.dumps(value, ensure_ascii=False)
    return value


def read(kind: Kind, value: Any, zone: tzinfo) -> Any:
    """The document's value of a cell, MISSING when it is blank.

    What makes no sense goes on as it is, for the document's reader to say what is wrong. Raises Unreadable for what it
    could not tell from something sensible.
    """
    if isinstance(value, str):
        value = value.strip()
    if value is None or value == "":
        return MISSING
    return _READERS[kind](value, zone)


def _number(value: str) -> Decimal | str:
    try:
        number = Decimal(value)
    except InvalidOperation:
        return value
    return number if len(number.normalize().as_tuple().digits) <= DIGITS else value


def _local(value: str, zone: tzinfo) -> datetime | str:
    """A date that a spreadsheet can calculate with, or ISO 8601 when it could not be read back exactly."""
    try:
        moment = instant(value, zone)
    except ValueError:
        return value
    local = moment.astimezone(zone).replace(tzinfo=None)
    exact = not local.microsecond and local.replace(tzinfo=zone).astimezone(moment.tzinfo) == moment
    return local if exact and local >= _FIRST_DAY and not local.fold else value


def _joined(items: list[Any]) -> str:
    """The items with ; between, or as a JSON list when one of them could not be told apart so."""
    simple = all(isinstance(one, int) or (isinstance(one, str) and _is_plain(one)) for one in items)
    if simple and not str(items[0] if items else "").startswith("["):
        return ";".join(str(one) for one in items)
    return json.dumps(items, ensure_ascii=False)


def _is_plain(item: str) -> bool:
    return item != "" and item == item.strip() and not _SEPARATOR.search(item)


def plain(value: Any) -> str:
    """A cell's value as it reads; numbers as shown, never in powers of ten."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return f"{Decimal(f'{value:.{DIGITS}g}'):f}"
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value)


def _text(value: Any, zone: tzinfo) -> Any:
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    return plain(value)


def _decimal(value: Any, zone: tzinfo) -> Any:
    return value if isinstance(value, bool | datetime | date | time) else plain(value)


def _whole(value: Any, zone: tzinfo) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and re.fullmatch(r"[+-]?\d{1,15}", value):
        return int(value)
    return value


def _limit(value: Any, zone: tzinfo) -> Any:
    return None if isinstance(value, str) and value.casefold() in _ANY_WORDS else _whole(value, zone)


def _flag(value: Any, zone: tzinfo) -> Any:
    word = plain(value).casefold()
    return True if word in _YES else False if word in _NO else value


def _time(value: Any, zone: tzinfo) -> Any:
    if isinstance(value, datetime):
        return value.replace(tzinfo=zone).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str) and (found := _SLASHED.fullmatch(value)):
        year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
        try:
            return datetime(year, month, day, hour, minute, second, tzinfo=zone).isoformat()
        except ValueError:
            return value
    return plain(value)


def _hour(value: Any, zone: tzinfo) -> Any:
    if isinstance(value, datetime):
        return value.time().isoformat()
    return plain(value)


def _list(value: Any, zone: tzinfo) -> Any:
    written = plain(value)
    if written.startswith("["):
        return _json(written, zone)
    return [item.strip() for item in _SEPARATOR.split(written) if item.strip()]


def _days(value: Any, zone: tzinfo) -> Any:
    found = _list(value, zone)
    return [_whole(item, zone) for item in found] if isinstance(found, list) else found


def _json(value: Any, zone: tzinfo) -> Any:
    try:
        return json.loads(value, parse_constant=_no_number) if isinstance(value, str) else value
    except (ValueError, RecursionError) as error:
        raise Unreadable("NOT_JSON", f"is no JSON: {error}", "不是有效的 JSON") from None


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no number of JSON")


_READERS = {
    Kind.TEXT: _text,
    Kind.DECIMAL: _decimal,
    Kind.WHOLE: _whole,
    Kind.LIMIT: _limit,
    Kind.FLAG: _flag,
    Kind.TIME: _time,
    Kind.HOUR: _hour,
    Kind.LIST: _list,
    Kind.DAYS: _days,
    Kind.JSON: _json,
}
