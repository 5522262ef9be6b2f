"""The columns of every import file: names, types, what is required, and what a header means.

Knows the formats and nothing of files, values or the database.
"""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from catalog.errors import CatalogError
from catalog.text import Text

Kind = Literal["customer", "product", "usage", "market", "member", "outcome"]
KINDS: tuple[Kind, ...] = get_args(Kind)
AttributeKind = Literal["categorical", "numeric", "date"]
ValueType = Literal[
    "code", "text", "choice", "instant", "date", "month", "whole", "number", "decimal", "boolean",
    "msisdn", "tags", "place", "uuid", "fact", "categorical", "numeric",
]  # fmt: skip


class BadFile(CatalogError):
    """The whole file cannot be imported; the message says what is wrong and what to do, in English and Chinese."""

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(f"{en}\n{zh}")
        self.text = Text(zh, en)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of an import file. `low` and `high` bound whole numbers, `longest` counts characters."""

    name: str
    type: ValueType
    help: Text
    required: bool = False
    example: str = ""
    options: tuple[str, ...] = ()
    low: int = 0
    high: int = 0
    longest: int = 64
    personal: bool = False
    """Personal data: masked wherever a rejected value is shown."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """What the operator declared of an attribute of customers."""

    kind: AttributeKind
    sensitive: bool = False


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


def _column(name: str, type: ValueType, en: str, zh: str, **more: object) -> Column:
    return Column(name, type, Text(zh, en), **more)  # type: ignore[arg-type]


_CUSTOMER_ID = _column(
    "customer_id", "code", "the operator's customer id", "运营商客户编号", required=True, example="C0001"
)
_OFFERING = _column("offering", "code", "code of the offering", "产品编码", required=True, example="DATA_10G")
_CHANNEL = _column("channel", "text", "channel code", "渠道编码", example="HALL")
_AGENT = _column("agent", "text", "agent's id", "营业员编号", example="A17")
_PLACE = _column("place", "place", "path of codes: province/city/district", "地点编码路径：省/市/区", longest=200,
                 example="shanxi/taiyuan/xiaodian")  # fmt: skip

COLUMNS: Mapping[Kind, tuple[Column, ...]] = {
    "customer": (
        _column("id", "code", "the operator's customer id", "运营商客户编号", required=True, example="C0001"),
        _column("kind", "choice", "person or enterprise; PERSON when empty", "个人或集团，空为个人",
                options=("PERSON", "ENTERPRISE"), example="PERSON"),
        _column("status", "choice", "active when empty", "状态，空为 active",
                options=("prospective", "active", "suspended", "closed"), example="active"),
        _column("msisdn", "msisdn", "phone number", "手机号码", personal=True, example="13800000000"),
        _column("name", "text", "name", "姓名或集团名称", longest=200, personal=True, example="王小明"),
        _PLACE,
        _column("brand", "text", "brand", "品牌", example="GOTONE"),
        _column("joined_at", "instant", "when the customer joined", "入网时间", example="2019-05-01"),
        _column("enterprise", "code", "customer id of the enterprise this member belongs to", "所属集团的客户编号"),
        _column("industry", "text", "industry of an enterprise", "集团行业"),
        _column("size_class", "choice", "size class of an enterprise", "集团等级", options=tuple("ABCDEFG")),
        _column("account_manager", "text", "account manager", "客户经理", personal=True),
        _column("tags", "tags", "tags separated by ;", "标签，以 ; 分隔", longest=1000, example="vip;student"),
        _column("personalisation", "boolean", "may offers be personalised; empty leaves it as it is",
                "是否允许个性化推荐，空则保持原值", example="true"),
        _column("known_from", "instant", "since when the attributes were known; empty means always",
                "属性从何时起为已知，空为一直"),
    ),
    "product": (
        _CUSTOMER_ID,
        _OFFERING,
        _column("start_date", "instant", "start; empty means unknown", "生效时间，空为未知", example="2024-01-15"),
        _column("instance", "code", "tells several of the same product apart", "同一产品多个实例的区分号"),
        _column("status", "choice", "terminated when a termination date has passed, else active, when empty",
                "状态；空则按终止时间判断", example="active",
                options=("created", "pendingActive", "active", "suspended", "pendingTerminate", "terminated",
                         "cancelled", "aborted")),
        _column("termination_date", "instant", "end; not before the start", "终止时间，不早于生效时间"),
        _column("origin", "choice", "VOLUNTARY when empty", "来源，空为自愿订购",
                options=("VOLUNTARY", "BUNDLE", "GIFT", "TRIAL"), example="VOLUNTARY"),
        _column("bundle", "code", "code of the bundle it came with", "所属套餐的产品编码"),
        _column("version", "whole", "version of the offering", "产品版本", low=1, high=32767),
        _column("price", "decimal", "price as agreed, at most four decimals", "约定价格，最多四位小数",
                example="10.00"),
        _CHANNEL,
        _AGENT,
    ),
    "usage": (
        _CUSTOMER_ID,
        _OFFERING,
        _column("month", "month", "month, YYYY-MM", "月份，YYYY-MM", required=True, example="2024-03"),
        _column("active_days", "whole", "days of use, 0 to 31", "使用天数，0 到 31", required=True, high=31,
                example="12"),
        _column("last_active", "date", "last day of use", "最后使用日期", example="2024-03-29"),
        _column("volume", "number", "volume used", "使用量", example="3.5"),
    ),
    "market": (
        _column("code", "code", "code of the market", "市场编码", required=True, example="CAMPUS_001"),
        _column("kind", "choice", "kind of market", "市场类型", required=True, example="CAMPUS",
                options=("CAMPUS", "PARK", "MARKET", "VILLAGE", "BUILDING", "OTHER")),
        _column("name_zh", "text", "name in Chinese", "中文名称", longest=200, example="大学城一号校区"),
        _column("name_en", "text", "name in English", "英文名称", longest=200, example="College Town Campus 1"),
        _PLACE,
        _column("size", "whole", "number of people", "人数", high=2_000_000_000, example="12000"),
        _column("potential", "decimal", "potential, at most four decimals", "潜力，最多四位小数", example="350000"),
    ),
    "member": (
        _column("market", "code", "code of the market", "市场编码", required=True, example="CAMPUS_001"),
        _CUSTOMER_ID,
        _column("member_from", "instant", "start; empty means unknown", "加入时间，空为未知", example="2023-09-01"),
        _column("member_to", "instant", "end; not before the start", "退出时间，不早于加入时间"),
    ),
    "outcome": (
        _CUSTOMER_ID,
        _column("recommendation_id", "uuid", "id of the recommendation; made from the row when empty",
                "推荐编号，空则由本行生成"),
        _OFFERING,
        _column("outcome", "choice", "what happened", "结果", required=True, example="ACCEPTED",
                options=("SHOWN", "ACCEPTED", "REFUSED", "CANCELLED_LATER")),
        _column("at", "instant", "when", "时间", required=True, example="2024-03-05T10:30:00"),
        _CHANNEL,
        _AGENT,
        _column("reason", "text", "reason given", "原因", longest=200),
    ),
}  # fmt: skip

SUBJECTS: Mapping[Kind, str] = {
    "customer": "id", "product": "customer_id", "usage": "customer_id", "market": "code", "member": "customer_id",
    "outcome": "customer_id",
}  # fmt: skip
_EXTRA_EXAMPLES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "customer": (("gender:categorical!", "F"), ("arpu:numeric", "58.5"), ("contract_end:date", "2025-12-31")),
    "market": (("fact.wlan", "true"),),
}


def columns(kind: str) -> tuple[Column, ...]:
    """The documented columns of a kind, without attribute and fact columns; BadFile for a kind that is none."""
    for known in KINDS:
        if known == kind:
            return COLUMNS[known]
    raise BadFile(
        f"{kind!r} is not an import kind; use one of {', '.join(KINDS)}.",
        f"没有 {kind!r} 这种导入类型；可用：{', '.join(KINDS)}。",
    )


def template(kind: str) -> str:
    """A CSV file to start from: the header and one example row."""
    cells = [(column.name, column.example) for column in columns(kind)] + list(_EXTRA_EXAMPLES.get(kind, ()))
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([[name for name, _ in cells], [example for _, example in cells]])
    return out.getvalue()


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
            found.append(_column(name, "fact", "a fact", "市场属性", longest=200))
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
    for kind in get_args(AttributeKind):
        if kind == declared:
            if before and before.kind != kind:
                raise BadFile(
                    f"attribute {code!r} was declared {before.kind} before; write {code}:{before.kind}, "
                    "or use another name.",
                    f"属性 {code!r} 此前声明为 {before.kind}；请写 {code}:{before.kind}，或换一个名称。",
                )
            return code, Attribute(kind, sensitive or bool(before and before.sensitive))
    raise BadFile(
        f"attribute {name!r} has no known type; write {code}:categorical, {code}:numeric or {code}:date.",
        f"属性 {name!r} 的类型未知；请写 {code}:categorical、{code}:numeric 或 {code}:date。",
    )


def _attribute_column(code: str, attribute: Attribute) -> Column:
    return _column(code, attribute.kind, "an attribute", "客户属性", longest=200, personal=attribute.sensitive)


def _complain(kind: str, base: Mapping[str, Column], found: list[Column], unknown: list[str]) -> None:
    names = [column.name for column in found]
    missing = [column.name for column in base.values() if column.required and column.name not in names]
    twice = sorted({name for name in names if names.count(name) > 1})
    en, zh = [], []
    for name in unknown:
        near = difflib.get_close_matches(name.lower(), base, 1)
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
