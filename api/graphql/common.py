"""What many types share: the view an answer is given from, global ids, Relay connections, money.

Knows GraphQL's conventions of this API; must not know any noun of the catalog beyond text and money.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import cmp_to_key, lru_cache
from typing import Annotated, Any, Generic, TypeVar

import orjson
import strawberry

from api.graphql.context import Context
from api.graphql.errors import BadRequest
from catalog.market import within
from catalog.moment import Moment
from catalog.period import Period
from catalog.price import Money as MoneyValue
from catalog.snapshot import Snapshot
from catalog.text import Text

MAX_FIRST = 100

First = Annotated[int, strawberry.argument(description="How many at most, 1 to 100. 最多返回多少个。")]
After = Annotated[str | None, strawberry.argument(description="The endCursor of the page before. 上一页的 endCursor。")]


@strawberry.enum(description="A language that people read. 语言。")
class Language(Enum):
    ZH = "zh"
    EN = "en"


@strawberry.input(description="The situation an answer is for: where, through which channel, when, in which language.")
class ContextInput:
    channel: str | None = strawberry.field(
        default=None, description="The sales channel, like ONLINE, HALL or 10086; absent: none in particular. 渠道。"
    )
    place: str | None = strawberry.field(
        default=None,
        description="Where it is to be delivered, like shanxi/taiyuan; absent: where the customer lives. 地点。",
    )
    market_segment: str | None = strawberry.field(
        default=None,
        description="Code of a cluster market that counts beside those the customer belongs to. 聚类市场。",
    )
    customer_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="Who the answer is for, where it depends on somebody; what is in the catalog is the same for all. "
        "客户编号。",
    )
    as_of: datetime | None = strawberry.field(
        default=None, description="The time for which the answer should hold; absent: now. 按此时间作答。"
    )
    language: Language | None = strawberry.field(
        default=None, description="The language of texts; absent: as Accept-Language says. 语言。"
    )


@dataclass(frozen=True, slots=True)
class View:
    """The situation that an object of the answer was reached in; it travels from parent to child."""

    moment: Moment
    at: datetime
    language: str
    channel: str | None = None
    place: str | None = None
    market: str | None = None

    def say(self, text: Text, language: Language | None = None) -> str:
        return text.said(language.value if language else self.language)

    def say_if(self, text: Text, language: Language | None = None) -> str | None:
        return self.say(text, language) or None


def view_of(context: Context, given: ContextInput | None) -> View:
    """The view that `given` asks for, its gaps filled from the request."""
    asked = given or ContextInput()
    at = asked.as_of or context.at
    if at.tzinfo is None:
        raise BadRequest(en="asOf needs a time zone, like 2026-03-01T00:00:00+08:00", zh="asOf 需要带时区")
    language = asked.language.value if asked.language else context.language
    snapshot = context.snapshot_at(at)
    _check_market(context, snapshot, asked.market_segment, at)
    return View(snapshot.moment(at), at, language, asked.channel, asked.place or None, asked.market_segment)


def _check_market(context: Context, snapshot: Snapshot, code: str | None, at: datetime) -> None:
    """Raises BadRequest for a market that is not there, or not the caller's to see: nothing tells which."""
    if code is None:
        return
    found = snapshot.markets.get(code)
    if found is None or not found.valid.contains(at) or not within(found.place, context.principal.limit):
        raise BadRequest(en=f"there is no market {code}; leave it out", zh=f"没有聚类市场 {code}，请去掉")


@strawberry.type(description="An amount of money, exact to four decimals. 金额。")
class Money:
    unit: str = strawberry.field(description="Currency, ISO 4217. 币种。")
    value: str = strawberry.field(description='The amount as a decimal string, like "19.9000". 数额。')

    @classmethod
    def of(cls, money: MoneyValue) -> Money:
        return cls(unit=money.unit, value=str(money))


@strawberry.type(description="A stretch of time, closed at its start and open at its end. 有效期。")
class TimePeriod:
    start_date_time: datetime | None = strawberry.field(description="From this instant on; null: always. 起。")
    end_date_time: datetime | None = strawberry.field(description="Up to, not including; null: for ever. 止。")

    @classmethod
    def of(cls, period: Period) -> TimePeriod:
        return cls(start_date_time=period.start, end_date_time=period.end)


@strawberry.type(description="Why an edit, or a part of it, did not happen. 未能执行的原因。")
class UserError:
    path: list[str] = strawberry.field(description="Leads to the place in the input. 输入中的位置。")
    code: str = strawberry.field(description="The rule, for programs. 代码。")
    message: str = strawberry.field(description="What is wrong and what to do, for people. 说明。")


@lru_cache(maxsize=16_384)
def global_id(kind: str, key: str) -> strawberry.ID:
    return strawberry.ID(base64.urlsafe_b64encode(f"{kind}:{key}".encode()).decode().rstrip("="))


def from_global_id(text: str) -> tuple[str, str] | None:
    """(kind, key), or None when it is no id of ours."""
    try:
        kind, found, key = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    return (kind, key) if found else None


Node = TypeVar("Node")
Item = TypeVar("Item")


@strawberry.type(description="Where a page of a list begins and ends. 分页信息。")
class PageInfo:
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@strawberry.type(description="An object in a list, with its cursor. 列表项。")
class Edge(Generic[Node]):
    node: Node
    cursor: str


@strawberry.type(description="A page of a list. 列表的一页。")
class Connection(Generic[Node]):
    """Objects and cursors are made when they are asked for; `make` and `cursor` make those of one item."""

    items: strawberry.Private[Sequence[Any]]
    make: strawberry.Private[Callable[[Any], Any]]
    cursor: strawberry.Private[Callable[[Any], str]]
    has_next: strawberry.Private[bool]
    has_previous: strawberry.Private[bool]
    count: strawberry.Private[Callable[[], int]]

    @strawberry.field()
    def edges(self) -> list[Edge[Node]]:
        return [Edge(node=self.make(item), cursor=self.cursor(item)) for item in self.items]

    @strawberry.field()
    def page_info(self) -> PageInfo:
        return PageInfo(
            has_next_page=self.has_next,
            has_previous_page=self.has_previous,
            start_cursor=self.cursor(self.items[0]) if self.items else None,
            end_cursor=self.cursor(self.items[-1]) if self.items else None,
        )

    @strawberry.field(description="How many there are on all pages. 总数。")
    def total_count(self) -> int:
        return self.count()

    @strawberry.field(description="The objects alone, without cursors. 仅对象。")
    def nodes(self) -> list[Node]:
        make = self.make
        return [make(item) for item in self.items]


def checked_first(first: int) -> int:
    if not 1 <= first <= MAX_FIRST:
        raise BadRequest(en=f"first must lie between 1 and {MAX_FIRST}", zh=f"first 必须在 1 到 {MAX_FIRST} 之间")
    return first


Key = tuple[Any, ...]


def connect(
    items: Sequence[Item],
    make: Callable[[Item], Node],
    first: int,
    after: str | None,
    key: Callable[[Item], Key],
    descending: Sequence[bool] = (),
) -> Connection[Node]:
    """The page of `items`, which stand in the order of `key` already, that begins behind the cursor `after`.

    A cursor holds the key itself (keyset), so pages stay right while the list changes. `descending` flags parts of the
    key that run downwards.
    """
    checked_first(first)
    begin = 0 if after is None else _behind(items, _read_cursor(after), key, descending)
    return Connection(
        items=items[begin : begin + first],
        make=make,
        cursor=lambda item: _cursor(key(item)),
        has_next=begin + first < len(items),
        has_previous=begin > 0,
        count=lambda: len(items),
    )


def connect_read(
    found: Sequence[Item],
    make: Callable[[Item], Node],
    first: int,
    after: str | None,
    key: Callable[[Item], Key],
    count: int,
) -> Connection[Node]:
    """The page that a statement read: `found` begins behind `after` and has one more than `first` when there are."""
    return Connection(
        items=found[:first],
        make=make,
        cursor=lambda item: _cursor(key(item)),
        has_next=len(found) > first,
        has_previous=after is not None,
        count=lambda: count,
    )


def number_behind(after: str | None) -> int | None:
    """The number that the cursor of a list by numbers holds; None for the beginning."""
    if after is None:
        return None
    number, *rest = _read_cursor(after) or (None,)
    if rest or not isinstance(number, int):
        raise BadRequest(en="after is no cursor of this list; pass pageInfo.endCursor", zh="after 不是本列表的游标")
    return number


def _cursor(key: Key) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(key)).decode().rstrip("=")


def _read_cursor(text: str) -> Key:
    try:
        value = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError):
        value = None
    if not isinstance(value, list):
        raise BadRequest(en="after is no cursor of this list; pass pageInfo.endCursor", zh="after 不是本列表的游标")
    return tuple(value)


def _behind(items: Sequence[Item], cursor: Key, key: Callable[[Item], Key], descending: Sequence[bool]) -> int:
    wanted = order_key(cursor, descending)
    low, high = 0, len(items)
    try:
        while low < high:
            middle = (low + high) // 2
            if order_key(key(items[middle]), descending) > wanted:
                high = middle
            else:
                low = middle + 1
    except TypeError:
        raise BadRequest(en="after belongs to a list in another order", zh="after 属于另一种排序的列表") from None
    return low


def order_key(key: Key, descending: Sequence[bool] = ()) -> Any:
    """A comparable that runs downwards in the flagged parts, with missing values last in either direction."""
    downwards = (*descending, *(False for _ in key))
    return _Ordered([(part, down) for part, down in zip(key, downwards, strict=False)])


def _compare(left: list[tuple[Any, bool]], right: list[tuple[Any, bool]]) -> int:
    for (a, down), (b, _) in zip(left, right, strict=False):
        if a == b:
            continue
        if a is None or b is None:
            return 1 if a is None else -1
        return (1 if a > b else -1) * (-1 if down else 1)
    return len(left) - len(right)


_Ordered = cmp_to_key(_compare)
