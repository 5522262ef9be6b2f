"""What a quote is asked for: plans, their items and the use, read into the catalog's own values.

Knows the inputs' shapes and bounds; must not reckon a price.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

import strawberry

from catalog.offering import Offering
from catalog.price import Quantity
from catalog.quoting.holding import QuoteItem, QuoteRefused
from catalog.quoting.quote import Plan
from catalog.quoting.usage import Usage
from catalog.text import Text

MAX_PLANS, MAX_ITEMS, MAX_USAGE, MAX_COUNT = 10, 50, 500, 1_000_000
YEARS = range(2000, 2200)
Path = tuple[str | int, ...]
Known = Mapping[tuple[str, int | None], Offering]


@strawberry.input(description="Events of the same size: 20 calls of 90 s, or 3 GB. 使用量。")
class QuoteUsageInput:
    amount: Decimal = strawberry.field(description="Of one event. 每次用量。")
    units: str = strawberry.field(description="s, minute, hour, KB, MB, GB, TB, or any unit of the tariff. 单位。")
    count: int = strawberry.field(default=1, description="So many such events. 次数。")
    at: datetime | None = strawberry.field(
        default=None, description="When they began; absent: outside every time window. 发生时间。"
    )
    offering: str | None = strawberry.field(
        default=None, description="With which offering it was used; absent: with whatever rates it. 所用产品。"
    )


@strawberry.input(description="How many of a part of a bundle. 成员选择。")
class QuoteChoiceInput:
    code: str
    count: int = 1


@strawberry.input(description="What an allowance or a credit brought over from the month before. 上月结转。")
class QuoteCarriedInput:
    code: str = strawberry.field(description="The code of the price. 价格代码。")
    amount: Decimal = strawberry.field(description="In the unit of the price. 数量。")


@strawberry.input(description="An offering that is held, or might be. 报价项。")
class QuoteItemInput:
    code: str = strawberry.field(description="The code of the offering. 产品代码。")
    version: int | None = strawberry.field(
        default=None, description="The version that a customer holds, whose prices he keeps; absent: in force. 版本。"
    )
    quantity: int = 1
    start: datetime | None = strawberry.field(
        default=None, description="Held from then on; in the bill's month one-time fees are due. 生效时间。"
    )
    end: datetime | None = strawberry.field(default=None, description="Held until then, not including. 终止时间。")
    trial: bool = strawberry.field(
        default=False, description="It began as a trial at `start`: free until its end, then what it turns into. 试用。"
    )
    term: str | None = strawberry.field(default=None, description="The code of the term that is chosen. 条款代码。")
    commitment: Decimal | None = strawberry.field(
        default=None, description="The spend committed to, per period of the term. 承诺消费。"
    )
    spent: Decimal = strawberry.field(
        default=Decimal(0), description="Spent in that period before this month, before discounts. 已消费。"
    )
    carried: list[QuoteCarriedInput] = strawberry.field(default_factory=list)
    choice: list[QuoteChoiceInput] = strawberry.field(
        default_factory=list, description="Parts of a bundle that differ from its defaults. 成员选择。"
    )


@strawberry.input(description="Everything that one customer would hold together. 方案。")
class QuotePlanInput:
    name: str | None = strawberry.field(default=None, description="To tell plans apart. 名称。")
    items: list[QuoteItemInput]


def check_sizes(plans: list[QuotePlanInput], usage: list[QuoteUsageInput]) -> None:
    _at_most(len(plans), MAX_PLANS, ("plans",))
    _at_most(len(usage), MAX_USAGE, ("usage",))
    for number, plan in enumerate(plans):
        _at_most(len(plan.items), MAX_ITEMS, ("plans", number, "items"))
    if not plans:
        raise QuoteRefused(("plans",), "MISSING", Text("至少需要一个方案", "a quote needs a plan"))


def _at_most(count: int, most: int, path: Path) -> None:
    if count > most:
        raise QuoteRefused(path, "TOO_MANY", Text(f"最多 {most} 个", f"at most {most} are allowed"))


def plans_of(given: list[QuotePlanInput], known: Known) -> list[Plan]:
    """The plans, their offerings looked up in `known`. Raises QuoteRefused."""
    return [
        Plan(
            plan.name or str(number + 1),
            tuple(_item(one, known, ("plans", number, "items", place)) for place, one in enumerate(plan.items)),
        )
        for number, plan in enumerate(given)
    ]


def _item(one: QuoteItemInput, known: Known, path: Path) -> QuoteItem:
    offering = known.get((one.code, one.version))
    if offering is None:
        zh, en = "没有这个产品或版本，或此时未生效", "there is no such offering or version, or it is not in force then"
        raise QuoteRefused((*path, "code"), "UNKNOWN_CODE", Text(zh, en))
    if one.term is not None and all(term.code != one.term for term in offering.terms):
        known_terms = ", ".join(term.code for term in offering.terms) or "-"
        message = Text(f"没有这个条款，可选：{known_terms}", f"there is no such term; known are: {known_terms}")
        raise QuoteRefused((*path, "term"), "UNKNOWN_CODE", message)
    _check_count(one.quantity, (*path, "quantity"))
    start, end = _time(one.start, (*path, "start")), _time(one.end, (*path, "end"))
    if start and end and start >= end:
        message = Text("终止时间须晚于生效时间", "must be later than start")
        raise QuoteRefused((*path, "end"), "INVALID", message)
    return QuoteItem(
        offering,
        one.quantity,
        start,
        end,
        one.term,
        None if one.commitment is None else _decimal(one.commitment, (*path, "commitment")),
        _decimal(one.spent, (*path, "spent")),
        {each.code: _decimal(each.amount, (*path, "carried")) for each in one.carried},
        {each.code: _check_count(each.count, (*path, "choice"), 0) for each in one.choice},
        one.trial,
    )


def usage_of(given: list[QuoteUsageInput]) -> list[Usage]:
    """The use. Raises QuoteRefused."""
    found = []
    for place, one in enumerate(given):
        path: Path = ("usage", place)
        amount = Quantity(_decimal(one.amount, (*path, "amount")), one.units)
        count = _check_count(one.count, (*path, "count"))
        found.append(Usage(amount, count, _time(one.at, (*path, "at")), one.offering))
    return found


def _decimal(value: Decimal, path: Path) -> Decimal:
    if not value.is_finite() or not 0 <= value < 10**12 or value != round(value, 4):
        zh, en = "应为不小于 0、最多四位小数的数字", "must be a number of 0 or more with at most four decimals"
        raise QuoteRefused(path, "NOT_A_DECIMAL", Text(zh, en))
    return value


def _check_count(value: int, path: Path, least: int = 1) -> int:
    if not least <= value <= MAX_COUNT:
        message = Text(f"须在 {least} 到 {MAX_COUNT} 之间", f"must lie between {least} and {MAX_COUNT}")
        raise QuoteRefused(path, "OUTSIDE_LIMITS", message)
    return value


def _time(value: datetime | None, path: Path) -> datetime | None:
    return None if value is None else checked_time(value, path)


def checked_time(value: datetime, path: Path) -> datetime:
    """The time itself when it has a zone and lies in a year that calendars can reckon with."""
    if value.tzinfo is None:
        zh, en = "时间需要带时区", "a time needs its offset, like 2026-03-01T00:00:00+08:00"
        raise QuoteRefused(path, "NO_TIME_ZONE", Text(zh, en))
    if value.year not in YEARS:
        message = Text("年份须在 2000 到 2199 之间", "must lie between the years 2000 and 2199")
        raise QuoteRefused(path, "OUTSIDE_LIMITS", message)
    return value
