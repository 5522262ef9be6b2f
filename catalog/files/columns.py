"""The columns of every import file: names, types, what is required, help and a template.

Knows the formats; must not know files, values or the database.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from catalog.errors import CatalogError
from catalog.text import Text

Kind = Literal["customer", "product", "usage", "market", "member", "outcome"]
KINDS: tuple[Kind, ...] = get_args(Kind)
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


def column(name: str, type: ValueType, en: str, zh: str, **more: object) -> Column:
    """A column with its help in English and Chinese."""
    return Column(name, type, Text(zh, en), **more)  # type: ignore[arg-type]


_CUSTOMER_ID = column(
    "customer_id", "code", "the operator's customer id", "运营商客户编号", required=True, example="C0001"
)
_OFFERING = column("offering", "code", "code of the offering", "产品编码", required=True, example="DATA_10G")
_CHANNEL = column("channel", "text", "channel code", "渠道编码", example="HALL")
_AGENT = column("agent", "text", "agent's id", "营业员编号", example="A17")
_PLACE = column("place", "place", "path of codes: province/city/district", "地点编码路径：省/市/区", longest=200,
                 example="shanxi/taiyuan/xiaodian")  # fmt: skip

COLUMNS: Mapping[Kind, tuple[Column, ...]] = {
    "customer": (
        column("id", "code", "the operator's customer id", "运营商客户编号", required=True, example="C0001"),
        column("kind", "choice", "person or enterprise; PERSON when empty", "个人或集团，空为个人",
                options=("PERSON", "ENTERPRISE"), example="PERSON"),
        column("status", "choice", "active when empty", "状态，空为 active",
                options=("prospective", "active", "suspended", "closed"), example="active"),
        column("msisdn", "msisdn", "phone number", "手机号码", personal=True, example="13800000000"),
        column("name", "text", "name", "姓名或集团名称", longest=200, personal=True, example="王小明"),
        _PLACE,
        column("brand", "text", "brand", "品牌", example="GOTONE"),
        column("joined_at", "instant", "when the customer joined", "入网时间", example="2019-05-01"),
        column("enterprise", "code", "customer id of the enterprise this member belongs to", "所属集团的客户编号"),
        column("industry", "text", "industry of an enterprise", "集团行业"),
        column("size_class", "choice", "size class of an enterprise", "集团等级", options=tuple("ABCDEFG")),
        column("account_manager", "text", "account manager", "客户经理", personal=True),
        column("tags", "tags", "tags separated by ;", "标签，以 ; 分隔", longest=1000, example="vip;student"),
        column("personalisation", "boolean", "may offers be personalised; empty leaves it as it is",
                "是否允许个性化推荐，空则保持原值", example="true"),
        column("known_from", "instant", "since when the attributes were known; empty means always",
                "属性从何时起为已知，空为一直"),
    ),
    "product": (
        _CUSTOMER_ID,
        _OFFERING,
        column("start_date", "instant", "start; empty means unknown", "生效时间，空为未知", example="2024-01-15"),
        column("instance", "code", "tells several of the same product apart", "同一产品多个实例的区分号"),
        column("status", "choice", "terminated when a termination date has passed, else active, when empty",
                "状态；空则按终止时间判断", example="active",
                options=("created", "pendingActive", "active", "suspended", "pendingTerminate", "terminated",
                         "cancelled", "aborted")),
        column("termination_date", "instant", "end; not before the start", "终止时间，不早于生效时间"),
        column("origin", "choice", "VOLUNTARY when empty", "来源，空为自愿订购",
                options=("VOLUNTARY", "BUNDLE", "GIFT", "TRIAL"), example="VOLUNTARY"),
        column("bundle", "code", "code of the bundle it came with", "所属套餐的产品编码"),
        column("version", "whole", "version of the offering", "产品版本", low=1, high=32767),
        column("price", "decimal", "price as agreed, at most four decimals", "约定价格，最多四位小数",
                example="10.00"),
        _CHANNEL,
        _AGENT,
    ),
    "usage": (
        _CUSTOMER_ID,
        _OFFERING,
        column("month", "month", "month, YYYY-MM", "月份，YYYY-MM", required=True, example="2024-03"),
        column("active_days", "whole", "days of use, 0 to 31", "使用天数，0 到 31", required=True, high=31,
                example="12"),
        column("last_active", "date", "last day of use", "最后使用日期", example="2024-03-29"),
        column("volume", "number", "volume used", "使用量", example="3.5"),
    ),
    "market": (
        column("code", "code", "code of the market", "市场编码", required=True, example="CAMPUS_001"),
        column("kind", "choice", "kind of market", "市场类型", required=True, example="CAMPUS",
                options=("CAMPUS", "PARK", "MARKET", "VILLAGE", "BUILDING", "OTHER")),
        column("name_zh", "text", "name in Chinese", "中文名称", longest=200, example="大学城一号校区"),
        column("name_en", "text", "name in English", "英文名称", longest=200, example="College Town Campus 1"),
        _PLACE,
        column("size", "whole", "number of people", "人数", high=2_000_000_000, example="12000"),
        column("potential", "decimal", "potential, at most four decimals", "潜力，最多四位小数", example="350000"),
    ),
    "member": (
        column("market", "code", "code of the market", "市场编码", required=True, example="CAMPUS_001"),
        _CUSTOMER_ID,
        column("member_from", "instant", "start; empty means unknown", "加入时间，空为未知", example="2023-09-01"),
        column("member_to", "instant", "end; not before the start", "退出时间，不早于加入时间"),
    ),
    "outcome": (
        _CUSTOMER_ID,
        column("recommendation_id", "uuid", "id of the recommendation; made from the row when empty",
                "推荐编号，空则由本行生成"),
        _OFFERING,
        column("outcome", "choice", "what happened", "结果", required=True, example="ACCEPTED",
                options=("SHOWN", "ACCEPTED", "REFUSED", "CANCELLED_LATER")),
        column("at", "instant", "when", "时间", required=True, example="2024-03-05T10:30:00"),
        _CHANNEL,
        _AGENT,
        column("reason", "text", "reason given", "原因", longest=200),
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
    cells = [(one.name, one.example) for one in columns(kind)] + list(_EXTRA_EXAMPLES.get(kind, ()))
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([[name for name, _ in cells], [example for _, example in cells]])
    return out.getvalue()
