"""An edit of a cluster market as the fields that it gives: what is absent stays, null empties, facts come one by one.

Knows what a valid market is; must not know where markets are kept, or which solutions were brought to them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from catalog.desk.editing import refused
from catalog.documents.values import Path, ValueReader
from catalog.documents.written import Json, decimal, known, period
from catalog.errors import EditRefused
from catalog.market import MarketKind, MarketSegment
from catalog.period import Period

Given = Mapping[str, Any]
FIELDS = frozenset({"code", "kind", "name", "place", "size", "potential", "facts", "validFor"})
# Texts, periods and facts are changed one by one.
MERGED = ("name", "validFor", "facts")
PLACE = re.compile(r"[^/\s]+(/[^/\s]+)*")
MAX_TEXT, MAX_FACTS = 200, 100


def written(one: MarketSegment) -> Json:
    """The market as JSON values; what is empty is left out."""
    return known(
        code=one.code,
        kind=one.kind.value,
        name=one.name.to_json(),
        place=one.place,
        size=one.size,
        potential=decimal(one.potential),
        facts=dict(one.facts),
        validFor=period(one.valid),
    )


def new(given: Given) -> MarketSegment:
    """A new market of what is given. Raises EditRefused with every problem."""
    return _read({**given, "facts": _without_nulls(given.get("facts"))})


def patched(one: MarketSegment, given: Given) -> MarketSegment:
    """`one` with the fields of `given`. Raises EditRefused with every problem."""
    before = written(one)
    merged = {
        key: _without_nulls({**before.get(key, {}), **value})
        for key, value in given.items()
        if key in MERGED and isinstance(value, Mapping)
    }
    found = _read({**before, **given, **merged, "code": one.code})
    return replace(found, id=one.id, etag=one.etag)


def ended(one: MarketSegment, when: datetime) -> MarketSegment:
    """`one`, over at `when`; refused when it would end before it begins, or has ended by then."""
    if one.valid.start and one.valid.start >= when:
        zh, en = "结束时间须晚于开始时间", "the market begins later; end it after its start"
        raise refused(("at",), "ENDS_BEFORE_START", zh, en)
    if one.valid.end and one.valid.end <= when:
        zh, en = f"已于 {one.valid.end.isoformat()} 结束", f"the market ends at {one.valid.end.isoformat()} already"
        raise refused(("at",), "ENDED_ALREADY", zh, en)
    return replace(one, valid=Period(one.valid.start, when))


def _without_nulls(value: object) -> object:
    return {key: one for key, one in value.items() if one is not None} if isinstance(value, Mapping) else value


def _read(node: Given) -> MarketSegment:
    reader = _Reader(UTC)
    found = reader.market(node)
    if found is None or reader.problems:
        raise EditRefused(*reader.problems)
    return found


class _Reader(ValueReader):
    def market(self, value: Given) -> MarketSegment | None:
        node = self.mapping(value, (), FIELDS)
        code, kind = self.code(node, "code", ()), self.enum(node, "kind", (), MarketKind, None)
        name, place = self.text(node, "name", (), required=True), self.string(node, "place", ())
        size, potential = self.whole(node, "size", (), None), self.decimal(node, "potential", ())
        facts, valid = self.facts(node.get("facts")), self.period(node, ())
        if place and not PLACE.fullmatch(place):
            remedy = "must be a path of codes such as shanxi/taiyuan/xiaodian"
            self.wrong(("place",), "INVALID", remedy, "应为编码路径，如 shanxi/taiyuan/xiaodian")
        if size is not None and size < 0:
            self.wrong(("size",), "INVALID", "is not negative", "不能为负")
        texts = {"code": code, "place": place, "name": max(name.zh or "", name.en or "", key=len)}
        for key in (key for key, text in texts.items() if text and len(text) > MAX_TEXT):
            self.wrong((key,), "TOO_LONG", f"is longer than {MAX_TEXT} characters", f"不能超过 {MAX_TEXT} 个字符")
        return self.build((), lambda: MarketSegment(0, code, kind, name, place, size, potential, facts, valid))

    def facts(self, value: object) -> dict[str, bool | int | float | str]:
        inner = self.mapping(value or {}, ("facts",), frozenset(value) if isinstance(value, Mapping) else frozenset())
        if len(inner) > MAX_FACTS:
            self.wrong(("facts",), "TOO_MANY", f"holds more than {MAX_FACTS} facts", f"不能超过 {MAX_FACTS} 项")
        return {name: one for name, one in inner.items() if self._is_fact(name, one)}

    def _is_fact(self, name: str, value: object) -> bool:
        place: Path = ("facts", name[:MAX_TEXT])
        named = 0 < len(name) <= MAX_TEXT and name.isprintable() and name == name.strip()
        sound = isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value))
        text = isinstance(value, str) and len(value) <= MAX_TEXT and value.isprintable()
        if not (named and (sound or text)):
            remedy = "must be true, false, a number or a short text"
            self.wrong(place, "INVALID", remedy, "应为 true、false、数字或短文本")
        return named and (sound or text)
