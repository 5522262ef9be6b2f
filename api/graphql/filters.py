"""`where` inputs: conditions on fields, joined by and/or/not.

Knows comparisons; must not know which list they narrow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from enum import Enum

import strawberry

from catalog.text import fold


@strawberry.input(description="A condition on a text. 文本条件。")
class StringFilter:
    eq: str | None = strawberry.field(default=None, description="Exactly this. 等于。")
    in_: list[str] | None = strawberry.field(default=None, name="in", description="One of these. 属于。")
    contains: str | None = strawberry.field(
        default=None, description="Contains this, whatever the case or width of its characters. 包含。"
    )

    def accepts(self, value: str | None) -> bool:
        if self.eq is not None and value != self.eq:
            return False
        if self.in_ is not None and value not in self.in_:
            return False
        return self.contains is None or (value is not None and fold(self.contains) in fold(value))

    def accepts_any(self, values: Iterable[str | None]) -> bool:
        return any(self.accepts(value) for value in values)


@strawberry.input(description="A condition on a truth value. 布尔条件。")
class BooleanFilter:
    eq: bool = strawberry.field(description="Exactly this. 等于。")

    def accepts(self, value: bool) -> bool:
        return value == self.eq


@strawberry.input(description="Between two numbers, both included; an absent end is open. 区间。")
class NumberRange:
    min: Decimal | None = None
    max: Decimal | None = None


@strawberry.input(description="A condition on a number. 数值条件。")
class NumberFilter:
    eq: Decimal | None = strawberry.field(default=None, description="Exactly this. 等于。")
    range: NumberRange | None = strawberry.field(default=None, description="Within this range. 区间。")

    def accepts(self, value: Decimal | int | None) -> bool:
        if value is None:
            return False
        if self.eq is not None and value != self.eq:
            return False
        low, high = (self.range.min, self.range.max) if self.range else (None, None)
        return (low is None or value >= low) and (high is None or value <= high)


@strawberry.enum(description="Upwards or downwards. 方向。")
class OrderDirection(Enum):
    ASC = "asc"
    DESC = "desc"


Test = Callable[[], bool]


def holds(own: Iterable[Test], all_of: Iterable[Test] | None, any_of: Iterable[Test] | None, none: Test | None) -> bool:
    """Every own condition, every one of `and`, one of `or` when given, and not `not`."""
    return (
        all(test() for test in own)
        and all(test() for test in all_of or ())
        and (any_of is None or any(test() for test in any_of))
        and (none is None or not none())
    )
