"""Single values of a catalog document: texts, numbers, times, lists, with every problem named by its place.

Knows JSON and the rules of single values; must not know what an offering is made of.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any, TypeVar

from catalog.errors import Problem
from catalog.period import ALWAYS, Period, instant
from catalog.text import LANGUAGES, Text

Path = tuple[str | int, ...]
T = TypeVar("T")
E = TypeVar("E", bound=Enum)


@dataclass
class ValueReader:
    """Walks a JSON value and collects problems instead of stopping at the first."""

    zone: tzinfo
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, path: Path, code: str, en: str, zh: str) -> None:
        self.problems.append(Problem(path, code, Text(zh, en)))

    def mapping(self, value: object, path: Path, known: frozenset[str]) -> Mapping[str, Any]:
        if not isinstance(value, Mapping):
            self.wrong(path, "NOT_AN_OBJECT", "must be a JSON object", "必须是 JSON 对象")
            return {}
        for key in value.keys() - known:
            near = difflib.get_close_matches(key, known, 1)
            hint = f"; did you mean {near[0]}" if near else f"; known are {', '.join(sorted(known))}"
            self.wrong((*path, key), "UNKNOWN_FIELD", f"is not a field{hint}", "未知字段")
        return value

    def each(self, value: object, path: Path, read_one: Callable[[Any, Path], T | None]) -> list[T]:
        if value is None:
            return []
        if not isinstance(value, Sequence) or isinstance(value, str):
            self.wrong(path, "NOT_A_LIST", "must be a list", "必须是列表")
            return []
        found = (read_one(entry, (*path, position)) for position, entry in enumerate(value))
        return [one for one in found if one is not None]

    def build(self, path: Path, make: Callable[[], T]) -> T | None:
        """`make()`, its ValueError turned into a problem; None as well when a problem below `path` was found before."""
        if any(problem.path[: len(path)] == path for problem in reversed(self.problems)):
            return None
        try:
            return make()
        except ValueError as error:
            self.wrong(path, "INVALID", str(error), "取值不合规则")
            return None

    def string(self, node: Mapping[str, Any], key: str, path: Path, *, required: bool = False) -> str | None:
        value = node.get(key)
        if value is None or value == "":
            if required:
                self.wrong((*path, key), "MISSING", "is required", "必填")
            return None
        if not isinstance(value, str) or value != value.strip() or not value.isprintable():
            self.wrong(
                (*path, key), "NOT_A_STRING", "must be a string without outer blanks", "必须是首尾无空白的字符串"
            )
            return None
        return value

    def code(self, node: Mapping[str, Any], key: str, path: Path) -> str:
        return self.string(node, key, path, required=True) or "?"

    def text(self, node: Mapping[str, Any], key: str, path: Path, *, required: bool = False) -> Text:
        value = node.get(key)
        if value is None and not required:
            return Text()
        inner = self.mapping(value if value is not None else {}, (*path, key), frozenset(LANGUAGES))
        text = Text(*(self.string(inner, language, (*path, key)) for language in LANGUAGES))
        if required and not text and isinstance(value, Mapping | None):
            self.wrong((*path, key), "MISSING", "needs a text in zh or en", "需要中文或英文")
        return text

    def whole(self, node: Mapping[str, Any], key: str, path: Path, default: int | None) -> int | None:
        value = node.get(key, default)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or abs(value) > 10**9):
            self.wrong((*path, key), "NOT_A_WHOLE_NUMBER", "must be a whole number", "必须是整数")
            return default
        return value

    def flag(self, node: Mapping[str, Any], key: str, path: Path, default: bool) -> bool:
        value = node.get(key, default)
        if not isinstance(value, bool):
            self.wrong((*path, key), "NOT_A_BOOLEAN", "must be true or false", "必须是 true 或 false")
            return default
        return value

    def decimal(self, node: Mapping[str, Any], key: str, path: Path) -> Decimal | None:
        value = node.get(key)
        if value is None:
            return None
        try:
            number = Decimal(value) if isinstance(value, str | int) and not isinstance(value, bool) else None
        except InvalidOperation:
            number = None
        if number is None or not number.is_finite() or abs(number) >= 10**14 or number != round(number, 4):
            remedy = 'must be a number in quotes with at most four decimals, like "19.90"'
            self.wrong((*path, key), "NOT_A_DECIMAL", remedy, "必须是带引号、最多四位小数的数字")
            return None
        return number

    def enum(self, node: Mapping[str, Any], key: str, path: Path, kind: type[E], default: E | None) -> E:
        value = node.get(key)
        if value is None and default is not None:
            return default
        try:
            return kind(value)
        except ValueError:
            names = ", ".join(member.value for member in kind)
            self.wrong((*path, key), "UNKNOWN_VALUE", f"must be one of {names}", f"只能是 {names}")
            return default or next(iter(kind))

    def period(self, node: Mapping[str, Any], path: Path) -> Period:
        value = node.get("validFor")
        if value is None:
            return ALWAYS
        path = (*path, "validFor")
        inner = self.mapping(value, path, frozenset({"startDateTime", "endDateTime"}))
        edges = []
        for key in ("startDateTime", "endDateTime"):
            written = self.string(inner, key, path)
            try:
                edges.append(instant(written, self.zone) if written else None)
            except ValueError:
                self.wrong(
                    (*path, key), "NOT_A_TIME", "must be a date like 2026-03-01 or an ISO 8601 time", "不是有效日期"
                )
                edges.append(None)
        return self.build(path, lambda: Period(*edges)) or ALWAYS

    def reference(self, value: object, path: Path) -> str | None:
        if isinstance(value, str) and value.strip():
            return value.strip()
        self.wrong(path, "NOT_A_STRING", "must be a code", "必须是代码")
        return None
