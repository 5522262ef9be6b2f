"""Conditions between values and JSON: {"all": […]}, {"any": […]}, {"not": {…}}, {"market": {…}} and single checks.

Knows how a condition is written, and names every place that is wrong; must not know what follows from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from math import isfinite
from typing import Any

from catalog.documents.values import Path, ValueReader
from catalog.documents.written import Json
from catalog.policies.condition import (
    FACTS,
    OPERATORS,
    PREFIXES,
    WORDS_OF,
    AllOf,
    AnyOf,
    Bound,
    Check,
    Condition,
    FactKind,
    Not,
    OneMarket,
    Operator,
    Value,
    checks,
    kind_of,
)

MAX_DEPTH, MAX_CHECKS, MAX_VALUES = 8, 100, 1_000
KEYS = ("all", "any", "not", "market", "fact")
NAMES = frozenset({"fact", *Operator})


def read_condition(reader: ValueReader, value: object, path: Path) -> Condition | None:
    """The condition, or None when anything is wrong with it."""
    known = len(reader.problems)
    found = _read(reader, value, path, MAX_DEPTH)
    if found is None or len(reader.problems) > known:
        return None
    if sum(1 for _ in checks(found)) > MAX_CHECKS:
        reader.wrong(path, "TOO_MANY", f"has more than {MAX_CHECKS} checks", f"条件超过 {MAX_CHECKS} 项")
        return None
    return found


def _read(reader: ValueReader, value: object, path: Path, depth: int) -> Condition | None:
    if not isinstance(value, Mapping):
        reader.wrong(path, "NOT_AN_OBJECT", "must be a JSON object", "必须是 JSON 对象")
        return None
    if depth == 0:
        reader.wrong(path, "TOO_DEEP", f"stands more than {MAX_DEPTH} deep", f"嵌套超过 {MAX_DEPTH} 层")
        return None
    named = [key for key in KEYS if key in value]
    if len(named) != 1:
        reader.wrong(
            path, "NOT_A_CONDITION", f"needs exactly one of {', '.join(KEYS)}", f"只能有 {'、'.join(KEYS)} 之一"
        )
        return None
    key = named[0]
    if key == "fact":
        return _check(reader, reader.mapping(value, path, NAMES), path)
    inner, below = reader.mapping(value, path, frozenset({key}))[key], (*path, key)
    if key in ("all", "any"):
        return _several(reader, inner, below, AllOf if key == "all" else AnyOf, depth)
    found = _read(reader, inner, below, depth - 1)
    if found is None or key == "not":
        return Not(found) if found else None
    inside = found
    return reader.build(below, lambda: OneMarket(inside))


def _several(
    reader: ValueReader, value: object, path: Path, make: Callable[[tuple[Condition, ...]], Condition], depth: int
) -> Condition | None:
    def read_one(entry: object, place: Path) -> Condition | None:
        return _read(reader, entry, place, depth - 1)

    found: list[Condition] = reader.each(value, path, read_one)
    if not value:
        reader.wrong(path, "MISSING", "needs at least one condition", "至少需要一个条件")
    return make(tuple(found)) if found else None


def _check(reader: ValueReader, node: Mapping[str, Any], path: Path) -> Check | None:
    fact = reader.code(node, "fact", path)
    kind = kind_of(fact)
    if kind is None:
        known = ", ".join((*sorted(FACTS), *(f"{prefix}<code>" for prefix in PREFIXES)))
        reader.wrong((*path, "fact"), "UNKNOWN_FACT", f"is no fact; known are {known}", "没有这个事实")
        return None
    allowed = [one.value for one in OPERATORS[kind]]
    named = [key for key in node if key != "fact"]
    if len(named) != 1 or named[0] not in allowed:
        reader.wrong(
            path, "UNKNOWN_OPERATOR", f"{fact} takes one of {', '.join(allowed)}", f"可用 {'、'.join(allowed)}"
        )
        return None
    operator, place = Operator(named[0]), (*path, named[0])
    if operator in (Operator.RANGE, Operator.DAYS):
        ends = reader.mapping(node[operator], place, frozenset({"min", "max"}))
        low, high = (_bound(reader, ends.get(end), (*place, end), operator, kind) for end in ("min", "max"))
        if isinstance(low, date) != isinstance(high, date) and None not in (low, high):
            reader.wrong(place, "INVALID", "both ends are numbers or both are dates", "两端须同为数字或同为日期")
            return None
        return reader.build(place, lambda: Check(fact, operator, (), low, high))
    given = [node[operator]] if operator is Operator.EQ else node[operator]
    if operator is not Operator.EQ and (not isinstance(given, list) or not 1 <= len(given) <= MAX_VALUES):
        reader.wrong(
            place, "NOT_A_LIST", f"must be a list of 1 to {MAX_VALUES} values", f"必须是 1 到 {MAX_VALUES} 个值的列表"
        )
        return None
    values = [_value(reader, one, place, fact, kind) for one in given]
    return reader.build(place, lambda: Check(fact, operator, tuple(one for one in values if one is not None)))


def _value(reader: ValueReader, value: object, path: Path, fact: str, kind: FactKind) -> Value | None:
    if kind is FactKind.FLAG or (kind is FactKind.ANY and isinstance(value, bool)):
        if isinstance(value, bool):
            return value
        reader.wrong(path, "NOT_A_BOOLEAN", "must be true or false", "必须是 true 或 false")
        return None
    if kind is FactKind.NUMBER or (kind is FactKind.ANY and isinstance(value, int | float)):
        return _number(reader, value, path)
    if not isinstance(value, str) or not value or value != value.strip() or not value.isprintable():
        reader.wrong(path, "NOT_A_STRING", "must be a string without outer blanks", "必须是首尾无空白的字符串")
        return None
    known = WORDS_OF.get(fact)
    if known and value not in known:
        names = ", ".join(sorted(known))
        reader.wrong(path, "UNKNOWN_VALUE", f"must be one of {names}", f"只能是 {names}")
        return None
    return value


def _bound(reader: ValueReader, value: object, path: Path, operator: Operator, kind: FactKind) -> Bound | None:
    if value is None:
        return None
    if operator is Operator.RANGE and kind is FactKind.ANY and isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            reader.wrong(path, "NOT_A_DATE", "must be a number or a date like 2026-03-01", "必须是数字或日期")
            return None
    return _number(reader, value, path)


def _number(reader: ValueReader, value: object, path: Path) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and isfinite(value) and abs(value) < 10**15:  # type: ignore[arg-type]
        return value  # type: ignore[return-value]
    reader.wrong(path, "NOT_A_NUMBER", "must be a number", "必须是数字")
    return None


def write_condition(condition: Condition) -> Json:
    """The JSON that reads as this condition."""
    match condition:
        case AllOf(inner):
            return {"all": [write_condition(one) for one in inner]}
        case AnyOf(inner):
            return {"any": [write_condition(one) for one in inner]}
        case Not(one):
            return {"not": write_condition(one)}
        case OneMarket(one):
            return {"market": write_condition(one)}
        case Check():
            return {"fact": condition.fact, condition.operator.value: _written(condition)}


def _written(check: Check) -> Any:
    if check.operator is Operator.EQ:
        return check.values[0]
    if check.values:
        return list(check.values)
    ends = {"min": check.low, "max": check.high}
    return {name: end.isoformat() if isinstance(end, date) else end for name, end in ends.items() if end is not None}
