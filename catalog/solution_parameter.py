"""What a solution asks of each market: parameters with type, default and whether they must be given.

Knows how a value is written and read; must not know what it changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from catalog.documents.values import Path, ValueReader
from catalog.documents.written import Json, known
from catalog.errors import Problem
from catalog.period import instant
from catalog.price import FOUR_PLACES
from catalog.text import EMPTY, Text

MOST, MAX_FACT = Decimal(10**14), 200
Value = Decimal | datetime | str


class ParameterType(StrEnum):
    """MONEY and PERCENTAGE are decimals, DATE a date or an instant, FACT the name of a fact that a market must have."""

    MONEY = "MONEY"
    PERCENTAGE = "PERCENTAGE"
    DATE = "DATE"
    FACT = "FACT"


@dataclass(frozen=True, slots=True)
class Parameter:
    """`default` is written like a market's value; None: without a value the template stays as it is."""

    code: str
    type: ParameterType
    name: Text = EMPTY
    default: str | None = None
    required: bool = False

    def __post_init__(self) -> None:
        # A date by itself is read in the operator's zone; any zone tells whether it is one.
        if self.default is not None and parsed(self.type, self.default, None) is None:
            raise ValueError(f"the default {self.default!r} is no {self.type}; {REMEDY[self.type].en}")


REMEDY: Mapping[ParameterType, Text] = {
    ParameterType.MONEY: Text('应为最多四位小数的金额，如 "18.00"', 'write an amount like "18.00"'),
    ParameterType.PERCENTAGE: Text('应为 0 到 100 的数字，如 "15"', 'write a number from 0 to 100 like "15"'),
    ParameterType.DATE: Text("应为日期，如 2027-03-01", "write a date like 2027-03-01"),
    ParameterType.FACT: Text("应为事实名称，如 wlan", "write the name of a fact like wlan"),
}


def parsed(kind: ParameterType, text: str, zone: tzinfo | None) -> Value | None:
    """The value that `text` says, None when it says none; a bare date is its midnight in `zone`."""
    if kind is ParameterType.FACT:
        return text if text == text.strip() and text.isprintable() and 0 < len(text) <= MAX_FACT else None
    try:
        if kind is ParameterType.DATE:
            return instant(text, zone) if zone else datetime.fromisoformat(text)
        number = Decimal(text)
    except (ValueError, InvalidOperation):
        return None
    most = Decimal(100) if kind is ParameterType.PERCENTAGE else MOST
    sound = number.is_finite() and 0 <= number < MOST and number <= most and number == round(number, 4)
    # As PostgreSQL keeps it, so that what is read again is the same.
    return number.quantize(FOUR_PLACES) if sound else None


def resolved(
    parameters: tuple[Parameter, ...], given: Mapping[str, str], zone: tzinfo
) -> tuple[Mapping[str, Value], tuple[Problem, ...]]:
    """(code → value, given or by default; what is wrong with what was given). Without a value a code is left out."""
    written = {one.code: given.get(one.code, one.default) for one in parameters}
    values = {one.code: parsed(one.type, text, zone) for one in parameters if (text := written[one.code]) is not None}
    sound = {code: value for code, value in values.items() if value is not None}
    return sound, tuple(_wrong(parameters, given, written, sound))


def _wrong(
    parameters: tuple[Parameter, ...],
    given: Mapping[str, str],
    written: Mapping[str, str | None],
    sound: Mapping[str, Value],
) -> Iterator[Problem]:
    declared = {one.code for one in parameters}
    for code in given.keys() - declared:
        names = ", ".join(sorted(declared)) or "-"
        yield problem_of(
            ("parameters", code), "UNKNOWN_CODE", f"没有此参数，可用：{names}", f"is no parameter; known are {names}"
        )
    for one in parameters:
        if written[one.code] is None and one.required:
            yield problem_of(("parameters", one.code), "MISSING", "必填", "is required for every market")
        elif written[one.code] is not None and one.code not in sound:
            yield Problem(("parameters", one.code), "INVALID", REMEDY[one.type])


def problem_of(path: tuple[str | int, ...], code: str, zh: str, en: str) -> Problem:
    return Problem(path, code, Text(zh, en))


def read_parameter(reader: ValueReader, value: object, path: Path) -> Parameter | None:
    """A parameter as a catalog document has it."""
    node = reader.mapping(value, path, frozenset({"code", "name", "type", "default", "required"}))
    code, kind = reader.code(node, "code", path), reader.enum(node, "type", path, ParameterType, None)
    name, default = reader.text(node, "name", path), reader.string(node, "default", path)
    required = reader.flag(node, "required", path, False)
    return reader.build(path, lambda: Parameter(code, kind, name, default, required))


def write_parameter(one: Parameter) -> Json:
    """A parameter as a catalog document has it."""
    return known(
        code=one.code,
        name=one.name.to_json(),
        type=one.type.value,
        default=one.default,
        required=one.required or None,
    )
