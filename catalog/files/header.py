"""What the header of an import file means: its columns, and the attributes of customers that it declares.

Knows the formats and what was declared before; must not know rows or the database.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from catalog.customer import Attribute
from catalog.files.columns import SUBJECTS, BadFile, Column, Kind, ValueType, column, columns

# A phone number that slipped into a header.
_DIGITS = re.compile(r"\d{7,}")
_TYPES: Mapping[str, ValueType] = {"categorical": "categorical", "numeric": "numeric", "date": "date"}


@dataclass(frozen=True, slots=True)
class Layout:
    """What the header of one file means: its columns in file order, those among them that are customer attributes
    or facts of a market, and the attributes that the header declares."""

    kind: Kind
    columns: tuple[Column, ...]
    attributes: Mapping[str, Attribute]

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    @property
    def subject(self) -> str:
        """The column that says whom or what a row is about."""
        return SUBJECTS[self.kind]


def resolve(kind: str, header: Sequence[str], known: Mapping[str, Attribute]) -> Layout:
    """What a header means, given the customer attributes `known` so far; BadFile when it means nothing."""
    base = {column.name: column for column in columns(kind)}
    found: list[Column] = []
    attributes: dict[str, Attribute] = {}
    unknown: list[str] = []
    for name in (cell.strip() for cell in header):
        if name in base:
            found.append(base[name])
        elif kind == "market" and name.startswith("fact.") and len(name) > len("fact."):
            found.append(column(name, "fact", "a fact", "市场属性", longest=200))
        elif kind == "customer" and (":" in name or name in known):
            code, attribute = _attribute(name, known, base)
            attributes[code] = attribute
            found.append(_attribute_column(code, attribute))
        else:
            unknown.append(name)
    _complain(kind, base, found, unknown)
    return Layout(kind, tuple(found), attributes)  # type: ignore[arg-type]


def _attribute(name: str, known: Mapping[str, Attribute], base: Mapping[str, Column]) -> tuple[str, Attribute]:
    code, _, declared = name.partition(":")
    code, sensitive, declared = code.strip(), declared.endswith("!"), declared.removesuffix("!").strip()
    before = known.get(code)
    if before and not declared:
        return code, before
    if not code or code in base or len(code) > 100 or not code.isprintable():
        raise BadFile(
            f"{name!r} cannot name an attribute: {code!r} is empty, too long or a column of its own; "
            "choose another name.",
            f"{name!r} 不能作为属性：{code!r} 为空、过长或已是固定列名；请换一个名称。",
        )
    if declared not in _TYPES:
        raise BadFile(
            f"attribute {name!r} has no known type; write {code}:categorical, {code}:numeric or {code}:date.",
            f"属性 {name!r} 的类型未知；请写 {code}:categorical、{code}:numeric 或 {code}:date。",
        )
    if before and before.kind != declared:
        raise BadFile(
            f"attribute {code!r} was declared {before.kind} before; write {code}:{before.kind}, or use another name.",
            f"属性 {code!r} 此前声明为 {before.kind}；请写 {code}:{before.kind}，或换一个名称。",
        )
    return code, Attribute(code, declared, sensitive or bool(before and before.sensitive))


def _attribute_column(code: str, attribute: Attribute) -> Column:
    return column(code, _TYPES[attribute.kind], "an attribute", "客户属性", longest=200, personal=attribute.sensitive)


def _complain(kind: str, base: Mapping[str, Column], found: list[Column], unknown: list[str]) -> None:
    names = [column.name for column in found]
    missing = [column.name for column in base.values() if column.required and column.name not in names]
    twice = sorted({name for name in names if names.count(name) > 1})
    near_by = {name: difflib.get_close_matches(name.lower(), base, 1) for name in unknown}
    if not found and not any(near_by.values()):
        # Perhaps a row of data, which nobody should read in a message.
        raise BadFile(
            f"the first line names no column of {kind}; put a header line first, as `jishi import {kind} --template` "
            "shows it.",
            f"首行没有 {kind} 的任何列名；请在首行写表头，参见 `jishi import {kind} --template`。",
        )
    en, zh = [], []
    for name in (_DIGITS.sub("#", name) for name in unknown):
        near = near_by.get(name)
        if near:
            en.append(f"unknown column {name!r} (did you mean {near[0]!r}?)")
            zh.append(f"未知列 {name!r}（是否为 {near[0]!r}？）")
        elif kind == "customer" and name:
            en.append(f"unknown column {name!r} (declare an attribute as {name}:categorical, :numeric or :date)")
            zh.append(f"未知列 {name!r}（若为属性，请写成 {name}:categorical、:numeric 或 :date）")
        else:
            en.append(f"unknown column {name!r}")
            zh.append(f"未知列 {name!r}")
    if missing:
        en.append("missing column " + ", ".join(missing))
        zh.append("缺少列 " + "、".join(missing))
    if twice:
        en.append("column twice: " + ", ".join(twice))
        zh.append("重复列 " + "、".join(twice))
    if en:
        raise BadFile(
            f"wrong columns for {kind}: {'; '.join(en)}. `jishi import {kind} --template` shows the right ones.",
            f"{kind} 的列不正确：{'；'.join(zh)}。请用 `jishi import {kind} --template` 查看正确的列。",
        )
